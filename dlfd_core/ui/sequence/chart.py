"""Line charts over the steps of a sequence, as inline SVG; each line has a colour, a dash, a shape and its name."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dlfd_core.ui.text.markup import esc

#: Size of a panel and edges of its plot, in units of its view box; the names are right of the plot.
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 380, 230, 46, 12, 240, 188
#: Distance between two names, and the shortest axis.
GAP, SPAN = 15.0, 0.1
DASHES = ("", "7 4", "2 4", "9 3 2 3", "4 2", "1 3")
#: Outlines around (0, 0), about nine units wide.
SHAPES = (
    "M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0 -4.5 0Z", "M-4-4H4V4H-4Z", "M0-5.2L5 4H-5Z",
    "M0-5.5L5.5 0L0 5.5L-5.5 0Z", "M0 5.2L5-4H-5Z", "M-2-5H2V-2H5V2H2V5H-2V2H-5V-2H-2Z",
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line of a chart.

    Attributes:
        name: class in ``sequence.css`` with its colour.
        look: index of its dash and shape.
        points: (step from 1, value), connected in their order.
    """

    name: str
    title: str
    look: int
    points: tuple[tuple[int, float], ...]


def chart(
    title: str,
    note: str,
    lines: Sequence[Line],
    steps: int,
    show: Callable[[float], str],
    bands: Sequence[tuple[float, float]] = (),
) -> str:
    """Figure with one chart.

    Args:
        steps: number of the whole sequence, so that the axis does not change while steps arrive.
        bands: (low, high) of chance for the first steps; with bands, a line marks 0.5, the ideal.
    """
    lines = [line for line in lines if line.points]
    values = [value for line in lines for _, value in line.points] + [edge for band in bands for edge in band]
    low, high, ticks = _axis([*values, 0.5] if bands else values)

    def at(step: float, value: float) -> tuple[float, float]:
        x = (LEFT + RIGHT) / 2 if steps == 1 else LEFT + 14 + (RIGHT - LEFT - 28) * (step - 1) / (steps - 1)
        return x, BOTTOM - (BOTTOM - TOP) * (value - low) / (high - low)

    summary = "; ".join(f"{line.title}: {', '.join(show(value) for _, value in line.points)}" for line in lines)
    grid = "".join(
        f'<path class="axis" d="M{LEFT} {at(1, tick)[1]:.1f}H{RIGHT}"/>'
        f'<text class="tick" x="{LEFT - 7}" y="{at(1, tick)[1] + 4:.1f}" text-anchor="end">{show(tick)}</text>'
        for tick in ticks
    )
    every = range(1, steps + 1, math.ceil(steps / 10))
    below = "".join(
        f'<text class="tick" x="{at(i, low)[0]:.1f}" y="{BOTTOM + 18}" text-anchor="middle">{i}</text>' for i in every
    )
    drawn = "".join(_line(line, at) for line in lines)
    return (
        f"<figure><figcaption>{esc(title)}<small>{esc(note)}</small></figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{esc(f"{title} by step. {summary}.")}">'
        f"{grid}{_chance(bands, at)}{drawn}{_names(lines, at)}{below}"
        f'<text class="tick" x="{(LEFT + RIGHT) / 2:.0f}" y="{HEIGHT - 6}" text-anchor="middle">requests carried out'
        "</text></svg></figure>"
    )


def _axis(values: Sequence[float]) -> tuple[float, float, list[float]]:
    """Ends of an axis that holds all values, and round numbers on it."""
    low, high = min(values), max(values)
    middle, span = (low + high) / 2, max(SPAN, (high - low) * 1.12)
    low, high = middle - span / 2, middle + span / 2
    step = next(size for size in (0.02, 0.05, 0.1, 0.2, 0.5, 1.0) if span / size <= 5)
    first = math.ceil(low / step - 1e-9)
    return low, high, [i * step for i in range(first, math.floor(high / step + 1e-9) + 1)]


At = Callable[[float, float], tuple[float, float]]


def _line(line: Line, at: At) -> str:
    places = [at(step, value) for step, value in line.points]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    dash = DASHES[line.look]
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    spots = "".join(_spot(line.look, x, y) for x, y in places)
    return f'<g class="{line.name}"><path class="line"{dashed} d="M{path}"/>{spots}</g>'


def _spot(look: int, x: float, y: float) -> str:
    return f'<path class="spot" transform="translate({x:.1f} {y:.1f})" d="{SHAPES[look]}"/>'


def _names(lines: Sequence[Line], at: At) -> str:
    """The names beside the ends of the lines, moved apart so that none covers another."""
    ends = sorted(((at(*line.points[-1])[1], line) for line in lines), key=lambda pair: pair[0])
    places: list[float] = []
    for y, _ in ends:
        places.append(max(y, places[-1] + GAP) if places else max(y, TOP + 4.0))
    shift = max(0.0, places[-1] - BOTTOM) if places else 0.0
    for i in reversed(range(len(places))):  # a name pushed below the plot moves up again, with the names above it
        places[i] = min(places[i], BOTTOM if i == len(places) - 1 else places[i + 1] - GAP) if shift else places[i]
    return "".join(
        f'<g class="{line.name}">{_spot(line.look, RIGHT + 12, y)}</g>'
        f'<text x="{RIGHT + 22}" y="{y + 4:.1f}">{esc(line.title)}</text>'
        for y, (_, line) in zip(places, ends, strict=True)
    )


def _chance(bands: Sequence[tuple[float, float]], at: At) -> str:
    if not bands:
        return ""
    upper = [at(i, high) for i, (_, high) in enumerate(bands, 1)]
    lower = [at(i, low) for i, (low, _) in enumerate(bands, 1)][::-1]
    if len(bands) == 1:  # an area with one step needs a width
        upper, lower = (
            [(x + side, y) for x, y in upper for side in (-8, 8)],
            [(x + side, y) for x, y in lower for side in (8, -8)],
        )
    corners = "L".join(f"{x:.1f} {y:.1f}" for x, y in [*upper, *lower])
    y = at(1, 0.5)[1]
    return f'<path class="chance" d="M{corners}Z"/><path class="ideal" d="M{LEFT} {y:.1f}H{RIGHT}"/>'
