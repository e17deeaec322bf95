"""Panel "Answer by answer": accuracy per true class on unseen people, and the gap between the best and the worst."""

from __future__ import annotations

from dlfd_core.types import MODEL_TITLES, Audit, ClassAccuracy, ClassGap, ForgetReport
from dlfd_core.ui.evidence.parts import (
    Row,
    Scale,
    absent,
    between,
    in_order,
    key,
    mark,
    models_key,
    numbers,
    panel,
    picture,
    ticks,
    value_cell,
    whisker,
)
from dlfd_core.ui.text.markup import esc, percent

#: Most answers that are drawn; the table has all of them.
DRAWN = 8


def answers_panel(report: ForgetReport) -> str:
    """The panel, the unlearned model's worst answer first; empty where accuracy per class was not measured."""
    audits = {name: audit for name in in_order(report) if (audit := report.audits[name]).class_gap is not None}
    ours = audits.get("unlearned")
    if ours is None or ours.class_gap is None:
        return ""
    names = [one.name for one in sorted(ours.classes, key=lambda one: one.accuracy)]
    finding = _finding(ours.class_gap, audits)
    more = f" The {DRAWN} worst of {len(names)} are drawn; the table has all." if len(names) > DRAWN else ""
    photos = sum(one.photos for one in ours.classes)
    note = f"n = {photos:,} photos of unseen people; bars are 95 % intervals with whole people as units.{more}"
    body = (
        key(models_key(audits))
        + _forest({name: _by_name(audit) for name, audit in audits.items()}, names[:DRAWN], finding)
        + f'<p class="quiet">{note}</p>'
        + _table(audits, names)
    )
    return panel("answers", "Answer by answer", finding, body)


def _by_name(audit: Audit) -> dict[str, ClassAccuracy]:
    return {one.name: one for one in audit.classes}


def _points(share: float) -> str:
    return f"{100 * share:.1f}"


def _finding(gap: ClassGap, audits: dict[str, Audit]) -> str:
    classes = _by_name(audits["unlearned"])
    best, worst = classes[gap.best], classes[gap.worst]
    others = "".join(
        f", {MODEL_TITLES[name].lower()} {_points(other.gap)}"
        for name in ("original", "retrained")
        if name in audits and (other := audits[name].class_gap) is not None
    )
    by_chance = "chance alone can make such a gap"
    if gap.gap > gap.by_chance:
        by_chance = f"chance alone makes up to {_points(gap.by_chance)}"
    return (
        f"The gap is {_points(gap.gap)} points: “{best.name}” {percent(best.accuracy)} right, “{worst.name}” "
        f"{percent(worst.accuracy)}{f' ({others[2:]})' if others else ''}; {by_chance}."
    )


def _forest(by_model: dict[str, dict[str, ClassAccuracy]], names: list[str], label: str) -> str:
    every = [by_model[model][name] for model in by_model for name in names if name in by_model[model]]
    ends = [end for one in every for end in (one.accuracy, *(one.interval or ()))]
    scale = Scale(max(0.0, int(10 * min(ends)) / 10), 1.0) if min(ends) < 1 else Scale(0.0, 1.0)
    rows = ""
    for name in names:
        lanes = ""
        for model, classes in by_model.items():
            if (one := classes.get(name)) is not None:
                bar = "" if one.interval is None else whisker(model, scale.span(one.interval))
                lanes += f'<span class="lane">{bar}{mark(model, scale.left(one.accuracy))}</span>'
        ours = by_model["unlearned"][name]
        small = "" if ours.interval is None else f" <small>{between(ours.interval, percent)}</small>"
        rows += (
            f'<span class="who">{esc(name)}</span><span class="lanes">{lanes}</span>'
            f'<span class="said"><b>{percent(ours.accuracy)}</b>{small}</span>'
        )
    axis = ticks(scale, (scale.low, (scale.low + 1) / 2, 1.0), lambda value: f"{100 * value:.0f} %")
    head = '<span></span><span></span><span class="said"><small>unlearned</small></span>'
    plot = f'{head}{rows}<span></span><span class="axis">{axis}</span><span></span>'
    return picture(plot, f"Share of right answers, by true answer and model. {label}", "forest")


def _table(audits: dict[str, Audit], names: list[str]) -> str:
    few = absent("this needs photos of 3 people")
    groups: list[tuple[str, list[Row]]] = []
    sizes = _by_name(audits["unlearned"])
    rows: list[Row] = []
    for name in names:
        cells = []
        for audit in audits.values():
            one = _by_name(audit).get(name)
            if one is None:
                cells.append(absent("not measured"))
            else:
                cells.append(value_cell(one.accuracy, one.interval, percent) + ("" if one.interval else f" {few}"))
        rows.append((esc(name), [*cells, f"{sizes[name].people:,}", f"{sizes[name].photos:,}"]))
    groups.append(("Right answers", rows))
    gaps = [audit.class_gap for audit in audits.values()]
    none = absent("this row is about the models")
    groups.append(
        (
            "Best minus worst, in points",
            [
                ("gap", [*(_points(gap.gap) if gap else none for gap in gaps), none, none]),
                ("by chance alone, up to", [*(_points(gap.by_chance) if gap else none for gap in gaps), none, none]),
            ],
        )
    )
    heads = ["answer", *(MODEL_TITLES[name] for name in audits), "people", "photos"]
    return numbers("Share of right answers by true answer, unseen people, with 95 % intervals", heads, groups)
