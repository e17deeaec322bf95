"""HTML of a relearn test: pure functions to escaped HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from dlfd_core.types import (
    MEASURES,
    MODEL_TITLES,
    SET_TITLES,
    ForgetProgress,
    ModelName,
    RelearnCurve,
    RelearnReport,
    RelearnSide,
    RelearnSource,
    format_score,
    heading,
)
from dlfd_core.ui.server.marks import after_mark
from dlfd_core.ui.text.markup import counted, esc, run_status

RelearnState = Literal["idle", "running", "done", "cancelled", "failed"]
#: Size of a chart and edges of its plot, in units of its view box; the names of the models are right of the plot.
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 420, 260, 40, 14, 318, 212
#: Distance between two names, so that none covers another.
APART = 16
TITLES: dict[RelearnSource, str] = {
    "retain": "Trained on kept people",
    "shown": "Trained on a few of their photos",
}
EMPTY = "This test has not been done on this run yet. The curves will appear here."


def relearn_status(state: RelearnState, text: str = "", progress: ForgetProgress | None = None) -> str:
    """Status sentence and, while the test runs, its progress; a failure is announced as an alert."""
    if progress is None:
        return run_status("relearn", state, text)
    left = "" if progress.seconds_left is None else f", about {progress.seconds_left:.0f} s left"
    share = progress.done / max(1, progress.total)
    return (
        f'<p class="run-status" data-relearn="{state}">{esc(progress.message)}'
        f"<small>{100 * share:.0f} %{left}</small></p>"
        f'<progress class="relearn-bar" max="1" value="{share:.3f}" aria-label="Progress of this step"></progress>'
    )


def nothing_yet() -> str:
    return f'<p class="hint" data-level="none">{EMPTY}</p>'


def result(report: RelearnReport) -> str:
    """The findings, the two charts and their numbers, with the mark by which the run's receipt finds the test."""
    findings = "".join(
        f"<p><b>{esc(_title(report, side.source))}.</b> {esc(side.finding)}</p>" for side in report.sides
    )
    low, high = _range(report)
    charts = "".join(_chart(report, side, low, high) for side in report.sides)
    tables = "".join(_tables(report, side) for side in report.sides)
    return (
        f'<div class="relearn" data-mark="{after_mark(report)}">{findings}<div class="panels">{charts}</div>'
        f'<p class="quiet">{esc(_basis(report))}</p>'
        f'<details class="numbers"><summary>The curves as tables</summary>{tables}</details></div>'
    )


def _title(report: RelearnReport, source: RelearnSource) -> str:
    if source == "retain":
        return TITLES[source]
    return f"Trained on {counted(report.photos, 'photo', 'photos')} of each of them"


def _basis(report: RelearnReport) -> str:
    """Sentence on the steps and photos behind the numbers."""
    whose = SET_TITLES["unseen"] if report.by_person else "the same people that were never used for training"
    text = (
        f"{report.steps} steps with up to {report.batch_size} photos each; every model gets the same photos. Measured "
        f"on {counted(report.measured, 'photo', 'photos')} of {counted(report.people, 'person', 'people')}, without "
        f"the {report.shown} photos used for training, against "
        f"{counted(report.strangers, 'photo', 'photos')} of {whose}."
    )
    if report.left_out:
        text += f" {counted(report.left_out, 'person', 'people')} with a single photo could not take part."
    return text


# ---- charts ----------------------------------------------------------------------------------------------------------


def _range(report: RelearnReport) -> tuple[float, float]:
    """Ends of the vertical axis: tenths around all curves, the same for both charts."""
    every = [point.auc for side in report.sides for curve in side.curves.values() for point in curve.points]
    low, high = min([0.4, *every]), max([0.7, *every])
    return max(0.0, int(low * 10) / 10), min(1.0, -(int(-high * 10 - 0.999) / 10))


def _chart(report: RelearnReport, side: RelearnSide, low: float, high: float) -> str:
    def x(step: float) -> float:
        return LEFT + (RIGHT - LEFT) * step / report.steps

    def y(auc: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (auc - low) / (high - low)

    changes = "; ".join(
        f"{MODEL_TITLES[name]} from {curve.points[0].auc:.2f} to {curve.points[-1].auc:.2f}"
        for name, curve in side.curves.items()
    )
    title = _title(report, side.source)
    lines = "".join(
        f'<polyline class="model-line" data-model="{name}" points="'
        + " ".join(f"{x(point.step):.1f},{y(point.auc):.1f}" for point in curve.points)
        + '"/>'
        for name, curve in side.curves.items()
    )
    ends = {name: y(curve.points[-1].auc) for name, curve in side.curves.items()}
    names = "".join(
        f'<text class="name" data-model="{name}" x="{RIGHT + 8}" y="{at + 4:.1f}">{MODEL_TITLES[name]}</text>'
        for name, at in _spread(ends).items()
    )
    label = f"{title}. {heading(MEASURES['mia_auc'].title)}: {changes}."
    return (
        f"<figure><figcaption>{esc(title)} <small>signed AUC: how known their other photos look</small></figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{esc(label)}">'
        f"{_axes(report.steps, low, high, x, y)}{lines}{names}</svg></figure>"
    )


def _axes(steps: int, low: float, high: float, x: object, y: object) -> str:
    assert callable(x) and callable(y)
    parts = [f'<path class="axis" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>']
    for tenth in range(round(low * 10), round(high * 10) + 1):
        parts.append(f'<text x="{LEFT - 7}" y="{y(tenth / 10) + 4:.1f}" text-anchor="end">{tenth / 10:.1f}</text>')
    for step in sorted({0, steps // 2, steps}):
        parts.append(f'<text x="{x(step):.1f}" y="{BOTTOM + 18}" text-anchor="middle">{step}</text>')
    parts.append(f'<path class="even" d="M{LEFT} {y(0.5):.1f}H{RIGHT}"/>')
    parts.append(f'<text x="{LEFT + 6}" y="{y(0.5) + 14:.1f}">no trace</text>')
    parts.append(f'<text x="{(LEFT + RIGHT) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">training steps</text>')
    return "".join(parts)


def _spread(ends: dict[ModelName, float]) -> dict[ModelName, float]:
    """Heights of the names beside the ends of their lines, moved apart so that none covers another."""
    order = sorted(ends, key=lambda name: ends[name])
    heights: list[float] = []
    for name in order:
        heights.append(max(ends[name], heights[-1] + APART) if heights else ends[name])
    over = max(0.0, heights[-1] - BOTTOM) if heights else 0.0
    for i in reversed(range(len(heights))):  # a name pushed below the plot moves up again, with the names above it
        limit = BOTTOM if i == len(heights) - 1 else heights[i + 1] - APART
        heights[i] = min(heights[i], limit) if over else heights[i]
    return dict(zip(order, heights, strict=True))


# ---- tables ----------------------------------------------------------------------------------------------------------


def _tables(report: RelearnReport, side: RelearnSide) -> str:
    title = esc(_title(report, side.source))
    steps = [point.step for point in next(iter(side.curves.values())).points]
    curves = [
        (MODEL_TITLES[name], [f"{point.auc:.2f}" for point in curve.points]) for name, curve in side.curves.items()
    ]
    sums = [(MODEL_TITLES[name], _summary(curve)) for name, curve in side.curves.items()]
    heads = ("AUC after", "accuracy", "loss in nats", MEASURES["recovery"].title, MEASURES["area"].title)
    return _table(f"{title}: {MEASURES['mia_auc'].title} by step", [str(step) for step in steps], curves) + _table(
        f"{title}: from the first step to the last, with 95 % intervals", heads, sums
    )


def _summary(curve: RelearnCurve) -> list[str]:
    first, last = curve.points[0], curve.points[-1]
    return [
        f"{last.auc:.2f} <small>[{curve.interval[0]:.2f} to {curve.interval[1]:.2f}]</small>",
        f"{100 * first.accuracy:.1f} % to {100 * last.accuracy:.1f} %",
        f"{first.loss:.2f} to {last.loss:.2f}",
        "not defined" if curve.recovery is None else format_score("recovery", curve.recovery),
        "not known" if curve.area is None else format_score("area", curve.area),
    ]


def _table(caption: str, heads: Sequence[str], rows: Sequence[tuple[str, list[str]]]) -> str:
    body = "".join(
        f'<tr><th scope="row">{name}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>' for name, cells in rows
    )
    columns = "".join(f'<th scope="col">{head}</th>' for head in heads)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table><caption>{caption}</caption>'
        f'<thead><tr><th scope="col">model</th>{columns}</tr></thead><tbody>{body}</tbody></table></div>'
    )
