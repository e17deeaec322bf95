"""Panel "Collapse meter": whether the features lost the task together with the people (correlation collapse)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from dlfd_core.types import (
    MEASURES,
    MODEL_TITLES,
    ForgetReport,
    Separability,
    collapsed,
    format_score,
    heading,
    probe_fell,
    scatter_fell,
)
from dlfd_core.ui.evidence.parts import (
    Row,
    Scale,
    between,
    decimal,
    in_order,
    mark,
    numbers,
    panel,
    picture,
)
from dlfd_core.ui.text.markup import percent

#: Range of a bar, as shares of the original's lead over guessing.
BAR = Scale(0.0, 1.25)


@dataclass(frozen=True)
class _Meter:
    """Bars of one measure of ``Separability``.

    Attributes:
        name: in ``MEASURES``.
        floor: what guessing gives, from the number of classes.
        least: an original with less than this above ``floor`` has no lead of which a share could be drawn.
        telling: takes part in ``collapsed``.
    """

    name: str
    floor: Callable[[int], float]
    least: float = 0.0
    telling: bool = False

    @property
    def title(self) -> str:
        return heading(MEASURES[self.name].title)

    def text(self, model: Separability) -> str:
        return format_score(self.name, getattr(model, self.name))


TASK = (
    _Meter("task_probe", lambda classes: 1 / classes, telling=True),
    _Meter("task_scatter", lambda classes: 0.0, telling=True),
    _Meter("task_silhouette", lambda classes: 0.0, least=0.05),
)
IDENTITY = (
    _Meter("identity_forget", lambda classes: 0.5, least=0.05),
    _Meter("identity_unseen", lambda classes: 0.5, least=0.05),
)


def share_left(meter: _Meter, model: Separability, original: Separability, classes: int) -> float | None:
    """Share of the original's lead over guessing that a model still has, at least 0; None if the original has none."""
    floor = meter.floor(classes)
    value, start = (getattr(one, meter.name) - floor for one in (model, original))
    return max(0.0, value / start) if start > meter.least else None


def collapse_panel(report: ForgetReport) -> str:
    """The panel: task beside identity; empty where it was not measured for the original and the unlearned model."""
    by_model = {name: separability for name in in_order(report) if (separability := report.audits[name].separability)}
    if not {"original", "unlearned"} <= set(by_model):
        return ""
    finding = _finding(by_model)
    classes = len(report.classes)
    columns = "".join(
        f'<div class="column"><b class="column-head">{title}</b>'
        + "".join(_bars(meter, by_model, classes) for meter in meters)
        + "</div>"
        for title, meters in (("The task", TASK), ("Identity", IDENTITY))
    )
    note = (
        "A frame and ↓ mark a collapse: the scatter ratio (how far apart the answers lie in the features) lost more "
        "than a quarter, and the probe (a simple classifier on the features) more than 5 points. "
        "On forgotten people, identity may fall to its value on unseen people: that is the goal. "
        "No bar is drawn where the original itself is hardly better than guessing. "
        "Guessing is right "
        f"{percent(1 / classes)} of the time on the task's {classes} answers and scores 0.50 on who is who."
    )
    body = picture(columns, f"Separability compared with the original. {finding}", "collapse")
    return panel("collapse", "Collapse meter", finding, f'{body}<p class="quiet">{note}</p>{_table(by_model)}')


def _finding(by_model: dict[str, Separability]) -> str:
    original, ours = by_model["original"], by_model["unlearned"]
    shares = f"original {percent(original.task_probe)}"
    if "retrained" in by_model:
        shares += f", retrained {percent(by_model['retrained'].task_probe)}"
    values = (
        f"a new probe on the features is right on {percent(ours.task_probe)} ({shares}), "
        f"scatter ratio {decimal(ours.task_scatter)} (original {decimal(original.task_scatter)})"
    )
    if collapsed(original, ours):
        return f"Correlation collapse: {values}."
    fell = scatter_fell(original, ours) or probe_fell(original, ours)
    return f"No collapse{', though one of the two fell' if fell else ''}: {values}."


def _bars(meter: _Meter, by_model: dict[str, Separability], classes: int) -> str:
    rows = ""
    for name, one in by_model.items():
        share = share_left(meter, one, by_model["original"], classes)
        bar = "" if share is None else f'<i class="bar" data-model="{name}" style="{BAR.span((0.0, share))}"></i>'
        low = " low" if meter.telling and collapsed(by_model["original"], one) else ""
        rows += (
            f'<span class="who">{mark(name, "")}{MODEL_TITLES[name]}</span><span class="meter{low}">{bar}'
            f'<i class="full" style="{BAR.left(1.0)}"></i></span><b>{meter.text(one)}</b>'
        )
    return f'<span class="measure">{meter.title}</span><div class="meters">{rows}</div>'


def _table(by_model: dict[str, Separability]) -> str:
    rows: list[Row] = []
    for meter in (*TASK, *IDENTITY):
        cells = []
        for one in by_model.values():
            small = ""
            if meter.name == "identity_forget":
                small = f'<small class="interval">{between(one.identity_forget_interval)}</small>'
            cells.append(meter.text(one) + small)
        rows.append((meter.title, cells))
    heads = ["measure", *(MODEL_TITLES[name] for name in by_model)]
    return numbers("Separability in the features; small: 95 % interval, whole people as units", heads, [("", rows)])
