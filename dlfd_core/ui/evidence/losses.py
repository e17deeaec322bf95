"""Histograms of the loss per photo, forgotten against unseen people: one panel per model, on the same axes.

An attacker uses exactly this difference: where the two shapes differ, membership of the photos leaks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from dlfd_core.types import SET_TITLES, ForgetReport, ModelName
from dlfd_core.ui.text.markup import esc

#: Left end of the logarithmic loss axis, where smaller losses are drawn, and number of bars.
FLOOR, BINS = 1e-4, 30
#: Size of a panel and edges of its plot, in units of its view box.
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 420, 230, 44, 12, 412, 188
#: Sets whose losses are drawn.
GROUPS = ("unseen", "forget")
#: Titles of a run's panels. The control has none: it is computed after they are on the page, and a fourth one would
#: make all of them too small to read.
TITLES: dict[ModelName, str] = {
    "original": "Original", "unlearned": "Unlearned", "retrained": "Retrained without them"
}  # fmt: skip

#: A panel: its title, and the model of a report.
Entry = tuple[str, ForgetReport, ModelName]


class Histograms:
    """The panels of some models.

    Args:
        place: where on the page they are; part of the ids of their hatching.

    Attributes:
        edges: powers of ten between the bars.
        shares: of the photos of each set, by bar; one per panel.
    """

    def __init__(self, entries: Sequence[Entry], place: str):
        self.entries, self.place = entries, place
        losses = [report.losses[model] for _, report, model in entries]
        every = np.concatenate([sets[name] for sets in losses for name in GROUPS])
        top = max([10.0, *every[np.isfinite(every)].tolist()])
        self.edges = np.linspace(np.log10(FLOOR), np.log10(top), BINS + 1)
        self.shares = [{name: _shares(sets[name], self.edges) for name in GROUPS} for sets in losses]

    def html(self) -> str:
        """The panels and their legend; the style sheet gives them the colours of the theme."""
        highest = max(float(values.max()) for sets in self.shares for values in sets.values()) or 1.0
        panels = "".join(
            _panel(entry, sets, self.edges, highest, f"{self.place}-{i}")
            for i, (entry, sets) in enumerate(zip(self.entries, self.shares, strict=True))
        )
        key = "".join(f'<span class="swatch {name}">{SET_TITLES[name]}</span>' for name in GROUPS)
        return f'<div class="panels">{panels}</div><p class="key" aria-hidden="true">{key}</p>'


def of_run(report: ForgetReport) -> str:
    """The panels of one run."""
    entries = [(title, report, model) for model, title in TITLES.items() if model in report.losses]
    return Histograms(entries, "run").html()


def _shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """(n,) losses -> (BINS,) shares of the photos."""
    finite = values[np.isfinite(values)]
    counts, _ = np.histogram(np.log10(np.clip(finite, FLOOR, None)), edges)
    return counts / max(1, len(finite))


def _panel(entry: Entry, shares: Mapping[str, np.ndarray], edges: np.ndarray, highest: float, name: str) -> str:
    title, report, model = entry
    sets, scores = report.losses[model], report.scores[model]
    medians = ", ".join(
        f"{SET_TITLES[kind]} {np.nanmedian(sets[kind]):.2f} (n = {len(sets[kind]):,})"
        if len(sets[kind])
        else f"{SET_TITLES[kind]}: none"
        for kind in GROUPS
    )
    label = f"{title}: attack accuracy {scores.mia_accuracy:.2f}; median loss in nats of {medians}."
    paths = "".join(_steps(values, highest, kind, name) for kind, values in shares.items())
    hatch = (
        f'<pattern id="hatch-{name}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path class="hatch" d="M0 0V6"/></pattern>'
    )
    return (
        f"<figure><figcaption>{esc(title)} <small>attack {scores.mia_accuracy:.2f}</small></figcaption>"
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{esc(label)}"><defs>{hatch}</defs>{paths}'
        f"{_axes(edges, highest)}</svg><small>Median: {esc(medians)}</small></figure>"
    )


def _steps(shares: np.ndarray, highest: float, kind: str, name: str) -> str:
    """A filled histogram with an outline; that of the forgotten people is also hatched."""
    xs = np.linspace(LEFT, RIGHT, len(shares) + 1)
    ys = BOTTOM - (BOTTOM - TOP) * shares / highest
    corners, lines, last = [f"M{LEFT} {BOTTOM}"], [], float(BOTTOM)
    for (left, right), y in zip(pairwise(xs), ys, strict=True):
        corners.append(f"L{left:.1f} {y:.1f}L{right:.1f} {y:.1f}")
        if y != last or y < BOTTOM:  # empty bars draw no line over the axis
            lines.append(f"M{left:.1f} {last:.1f}V{y:.1f}" + (f"H{right:.1f}" if y < BOTTOM else ""))
        last = float(y)
    path = "".join([*corners, f"L{RIGHT} {BOTTOM}Z"])
    hatched = f'<path style="fill:url(#hatch-{name})" d="{path}"/>' if kind == "forget" else ""
    return f'<path class="area {kind}" d="{path}"/>{hatched}<path class="line {kind}" d="{"".join(lines)}"/>'


def _axes(edges: np.ndarray, highest: float) -> str:
    span = edges[-1] - edges[0]
    ticks = []
    for power in range(int(edges[0]), int(np.floor(edges[-1])) + 1):
        x = LEFT + (RIGHT - LEFT) * (power - edges[0]) / span
        text = f"{10.0**power:g}" if power > -4 else "≤ 0.0001"
        ticks.append(f'<text x="{x:.1f}" y="{BOTTOM + 18}" text-anchor="middle">{text}</text>')
    for share in (0.0, highest / 2, highest):
        y = BOTTOM - (BOTTOM - TOP) * share / highest
        ticks.append(f'<text x="{LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{100 * share:.0f} %</text>')
    middle = (LEFT + RIGHT) / 2
    return (
        f'<path class="axis" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>{"".join(ticks)}'
        f'<text x="{middle:.0f}" y="{HEIGHT - 4}" text-anchor="middle">loss per photo, in nats</text>'
    )
