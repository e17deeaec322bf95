"""Figures of the benchmarks, by matplotlib: SVG for pages and print."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib

from dlfd_core.benchmark.statistics import Estimate
from dlfd_core.benchmark.tables import Row

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

matplotlib.use("Agg")
matplotlib.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "dlfd", "font.family": "sans-serif", "font.size": 9}

#: Okabe and Ito's palette, safe for colour-blind readers; the sign also stands in the position and the marker.
AHEAD, BEHIND, OPEN, INK = "#0072B2", "#D55E00", "#767676", "#222222"
_COLOURS = {"ahead": AHEAD, "behind": BEHIND, "open": OPEN, "": INK}
_MARKERS = {"ahead": "o", "behind": "s", "open": "D", "": "o"}


#: stands for a heading in ``forest``
NOTHING = Estimate(math.nan, math.nan, math.nan, 0)


def _new(width: float, height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def write(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Date": None})


def forest(entries: Sequence[tuple[str, Estimate, str]], title: str, axis: str, *, zero: bool = True) -> Figure:
    """Estimates with their intervals, one line each.

    Args:
        entries: name, estimate, and its verdict (``ahead``, ``behind``, ``open``), from the top down; a name with
            ``NOTHING`` is a heading.
        zero: draw the line at no difference.
    """
    figure, axes = _new(6.4, 0.9 + 0.27 * len(entries))
    for i, (_, found, says) in enumerate(entries):
        if found is NOTHING:
            continue
        axes.errorbar(
            found.mean, i, xerr=[[found.mean - found.low], [found.high - found.mean]], fmt=_MARKERS[says],
            color=_COLOURS[says], markersize=5, linewidth=1.4, capsize=2.5,
        )  # fmt: skip
    if zero:
        axes.axvline(0, color=INK, linewidth=0.8)
    axes.set_yticks(range(len(entries)), [name for name, _, _ in entries])
    for label, (_, found, _) in zip(axes.get_yticklabels(), entries, strict=True):
        label.set_fontweight("bold" if found is NOTHING else "normal")
    axes.set_ylim(len(entries) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(axis)
    axes.set_title(title, loc="left", fontsize=10)
    return figure


def plane(rows: Sequence[Row], title: str) -> Figure:
    """Utility over forgetting score, means with intervals: the upper left is where one wants to be."""
    figure, axes = _new(6.0, 4.2)
    markers = iter("osDvP<>Xp")
    for row in rows:
        score, utility = row.measures["forgetting_score"], row.measures["utility"]
        star = row.name == "retrained"
        axes.errorbar(
            score.mean, utility.mean, xerr=score.half, yerr=utility.half, fmt="*" if star else next(markers),
            markersize=11 if star else 6, capsize=2, linewidth=1, label=row.name,
        )  # fmt: skip
    axes.legend(frameon=False, fontsize=8)
    axes.set_xlabel("forgetting score (lower is better)")
    axes.set_ylabel("utility: accuracy on unseen people")
    axes.set_title(title, loc="left", fontsize=10)
    return figure
