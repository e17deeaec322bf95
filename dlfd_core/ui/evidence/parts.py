"""Shared parts of the panels: axes in percent of their width, intervals in words, folded tables, panel frames."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from dlfd_core.types import MODEL_TITLES, ForgetReport, Interval
from dlfd_core.ui.text.markup import esc
from dlfd_core.ui.text.texts import parts

#: A value and its 95 % interval.
Estimated = tuple[float, Interval]
#: A row of a table: its head and its cells, all HTML.
Row = tuple[str, Sequence[str]]


@dataclass(frozen=True)
class Scale:
    """Linear axis from ``low`` to ``high``; values outside are drawn at its end."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Position in percent of the width."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 2)

    def left(self, value: float) -> str:
        """CSS position of a mark."""
        return f"left:{self.at(value):g}%"

    def span(self, interval: Interval) -> str:
        """CSS position and width of a bar from one value to another, in any order."""
        low, high = sorted(self.at(value) for value in interval)
        return f"left:{low:g}%;width:{high - low:.2f}%"


def around_half(values: Iterable[float]) -> Scale:
    """The narrowest axis around 0.5 with ends at tenths that holds all values, which are in [0, 1]."""
    reach = max([0.1, *(abs(value - 0.5) for value in values if math.isfinite(value))])
    half = min(0.5, math.ceil(10 * reach - 1e-9) / 10)
    return Scale(round(0.5 - half, 1), round(0.5 + half, 1))


def around_zero(values: Iterable[float]) -> Scale:
    """The narrowest axis around 0 that holds all values; its ends are 1, 2 or 5 times a power of ten."""
    reach = max([0.01, *(abs(value) for value in values if math.isfinite(value))])
    power = 10.0 ** math.floor(math.log10(reach))
    half = next(power * step for step in (1, 2, 5, 10) if power * step >= reach - 1e-9)
    return Scale(-half, half)


# ---- numbers in words ------------------------------------------------------------------------------------------------


def decimal(value: float) -> str:
    return f"{value:.2f}"


def points(change: float) -> str:
    """A change of a share in percentage points, with its sign."""
    text = f"{abs(100 * change):.1f}"
    return text if text == "0.0" else ("−" if change < 0 else "+") + text


def between(interval: Interval, write: Callable[[float], str] = decimal) -> str:
    low, high = map(write, interval)
    return f"{low.removesuffix(' %')} to {high}"


def value_and_band(value: float, band: Interval) -> tuple[str, str]:
    """A value and its band in words, with a third decimal where the value and an end would look the same."""
    alike = decimal(value) in map(decimal, band)

    def write(number: float) -> str:
        return f"{number:.3f}" if alike else decimal(number)

    return write(value), between(band, write)


def beside_chance(name: str, value: float, band: Interval) -> str:
    """Small print below a score: whether it is inside the band of chance."""
    word = "inside" if holds(band, value) else "outside"
    whose = "the published band" if name == "forgetting_score" else "chance"
    return f"<small>{word} {whose}: {value_and_band(value, band)[1]}</small>"


def holds(interval: Interval, value: float) -> bool:
    return interval[0] <= value <= interval[1]


def value_cell(value: float, interval: Interval | None, write: Callable[[float], str] = decimal) -> str:
    """A value with its 95 % interval below it."""
    small = "" if interval is None else f'<small class="interval">{between(interval, write)}</small>'
    return f"{write(value)}{small}"


def absent(why: str) -> str:
    """A dash with the reason why there is no number as its label."""
    return f'<span role="img" aria-label="none: {esc(why)}" title="{esc(why)}">–</span>'


# ---- pieces of a picture ---------------------------------------------------------------------------------------------


def mark(model: str, left: str) -> str:
    """Mark of a model on a track, or in a line of text with an empty ``left``."""
    return f'<i class="mk" data-model="{model}" style="{left}"></i>'


def whisker(model: str, style: str) -> str:
    return f'<i class="ci" data-model="{model}" style="{style}"></i>'


def models_key(models: Iterable[str]) -> str:
    """Legend of the models' marks."""
    return "".join(f"<span>{mark(model, '')}{MODEL_TITLES[model]}</span>" for model in models)


def ticks(scale: Scale, values: Sequence[float], write: Callable[[float], str]) -> str:
    """Numbers below an axis."""
    ends = {scale.low: ' data-end="low"', scale.high: ' data-end="high"'}
    return "".join(
        f'<span class="tick"{ends.get(value, "")} style="{scale.left(value)}">{write(value)}</span>' for value in values
    )


def tenths(scale: Scale) -> str:
    """Numbers below an axis around 0.5, as many as fit on a phone."""
    reach = round(10 * (scale.high - 0.5))
    step = 1 if reach < 3 else 2 if reach < 5 else 5
    steps = range(-(reach // step), reach // step + 1)
    return ticks(scale, [round(0.5 + step * i / 10, 1) for i in steps], lambda value: f"{value:.1f}")


# ---- frames ----------------------------------------------------------------------------------------------------------


def picture(html: str, label: str, kind: str) -> str:
    """A drawing with its label for screen readers; a table beside it has its numbers."""
    return f'<div class="ev-plot {kind}" role="img" aria-label="{esc(label)}">{html}</div>'


def forest(
    rows: Mapping[str, Mapping[str, Estimated]],
    label: str,
    ends: tuple[str, str] = ("← over-forgotten", "known →"),
) -> str:
    """A forest plot around 0.5: a row has one lane per model, and the unlearned model's value in words.

    Args:
        rows: title, plain text -> model -> value with its interval, in [0, 1].
        label: for screen readers.
        ends: what the two ends of the axis mean, plain text.
    """
    scale = around_half(end for row in rows.values() for value, interval in row.values() for end in (value, *interval))
    drawn = ""
    for title, row in rows.items():
        lanes = "".join(
            f'<span class="lane">{whisker(model, scale.span(interval))}{mark(model, scale.left(value))}</span>'
            for model, (value, interval) in row.items()
        )
        ours = row.get("unlearned")
        said = "" if ours is None else f"<b>{decimal(ours[0])}</b> <small>{between(ours[1])}</small>"
        drawn += (
            f'<span class="who">{esc(title)}</span>'
            f'<span class="lanes"><i class="half"></i>{lanes}</span>'
            f'<span class="said">{said}</span>'
        )
    meanings = "".join(f"<span>{esc(end)}</span>" for end in ends)
    head = f'<span></span><span class="ends">{meanings}</span><span class="said">'
    foot = f'<span></span><span class="axis">{tenths(scale)}</span><span></span>'
    return picture(f"{head}<small>unlearned</small></span>{drawn}{foot}", label, "forest")


def key(html: str) -> str:
    return f'<p class="ev-key" aria-hidden="true">{html}</p>'


def numbers(caption: str, heads: Sequence[str], groups: Iterable[tuple[str, Sequence[Row]]]) -> str:
    """A folded table.

    Args:
        caption, heads: plain text.
        groups: a heading as HTML, or "" for none, and its rows.
    """
    top = "".join(f'<th scope="col">{esc(head)}</th>' for head in heads)
    body = "".join(
        "<tbody>"
        + (f'<tr><th scope="rowgroup" class="group" colspan="{len(heads)}">{group}</th></tr>' if group else "")
        + "".join(
            f'<tr><th scope="row">{head}</th>' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
            for head, cells in rows
        )
        + "</tbody>"
        for group, rows in groups
    )
    return (
        '<details class="numbers"><summary>The same as a table</summary>'
        f'<div class="scroll" tabindex="0" role="region" aria-label="{esc(caption)}"><table>'
        f"<caption>{esc(caption)}</caption><thead><tr>{top}</tr></thead>{body}</table></div></details>"
    )


def panel(name: str, title: str, finding: str, body: str, *, folded: bool = True) -> str:
    """A panel of the evidence: the finding, how to read it, then the body.

    Args:
        name: heading of its text in ``evidence.md``; evidence.js restores its fold by this name after a repaint.
        title, finding: plain text.
        body: HTML.
    """
    how = f'<p class="quiet">{esc(parts("evidence")[name])}</p>'
    head = f'<h4>{esc(title)}</h4><span class="finding">{esc(finding)}</span>'
    if folded:
        return f'<details class="panel" data-panel="{name}"><summary>{head}</summary>{how}{body}</details>'
    return f'<section class="panel open" data-panel="{name}">{head}{how}{body}</section>'


def in_order(report: ForgetReport) -> list[str]:
    """Names of the models with an audit, in the order of the scores."""
    return [name for name in report.scores if name in report.audits]
