"""Figures of the benchmarks, drawn by matplotlib as SVG for pages and print, or as PNG for slides."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlfd_core.types import MEASURES, Estimate, Share

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: matplotlib's settings, applied only while drawing and writing, because they are global to the process.
STYLE: Any = {"svg.fonttype": "none", "svg.hashsalt": "dlfd", "font.family": "sans-serif", "font.size": 9}

#: Okabe and Ito's palette, safe for colour-blind readers; position and marker show the sign of a difference, too.
AHEAD, BEHIND, OPEN, INK = "#0072B2", "#D55E00", "#767676", "#222222"
_COLOURS = {"ahead": AHEAD, "behind": BEHIND, "open": OPEN, "": INK}
_MARKERS = {"ahead": "o", "behind": "s", "open": "D", "": "o"}
#: Eleven markers: no common factor with matplotlib's ten colours, so that 110 rows look different.
_POINTS = "osDvP<>Xp^d"

#: Estimate of a heading in ``forest``.
HEADING = Estimate(math.nan, math.nan, math.nan, 0)


def _new(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty figure of a size in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def write(figure: Figure, path: Path) -> None:
    """Write a figure in the format of the path's suffix. Equal figures have equal bytes."""
    from matplotlib import rc_context

    path.parent.mkdir(parents=True, exist_ok=True)
    undated = {"Date": None} if path.suffix == ".svg" else {}
    with rc_context(STYLE):
        figure.savefig(path, metadata=undated, dpi=200)


def forest(entries: Sequence[tuple[str, Estimate, str]], title: str, axis: str, *, zero: bool = True) -> Figure:
    """Forest plot: estimates with their intervals, one line each.

    Args:
        entries: name, estimate, and its verdict (``ahead``, ``behind``, ``open``), from the top down; a name with
            ``HEADING`` is a heading.
        zero: draw the line at no difference.
    """
    from matplotlib import rc_context

    with rc_context(STYLE):
        figure, axes = _new(6.4, 0.9 + 0.27 * len(entries))
        for i, (_, estimate, comparison) in enumerate(entries):
            if estimate is HEADING:
                continue
            axes.errorbar(
                estimate.mean, i, xerr=estimate.half_width, fmt=_MARKERS[comparison],
                color=_COLOURS[comparison], markersize=5, linewidth=1.4, capsize=2.5,
            )  # fmt: skip
        if zero:
            axes.axvline(0, color=INK, linewidth=0.8)
        axes.set_yticks(range(len(entries)), [name for name, _, _ in entries])
        for label, (_, estimate, _) in zip(axes.get_yticklabels(), entries, strict=True):
            label.set_fontweight("bold" if estimate is HEADING else "normal")
        axes.set_ylim(len(entries) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(axis)
        axes.set_title(title, loc="left", fontsize=10)
    return figure


def plane(points: Sequence[tuple[str, Estimate, Estimate]], title: str, *, star: str = "retrained") -> Figure:
    """Utility over forgetting score, means with intervals; the upper left is best.

    Args:
        points: name, forgetting score and utility.
        star: name of the point that is drawn as a star.
    """
    from matplotlib import rc_context

    with rc_context(STYLE):
        many = len(points) > 8  # a legend among the points would hide some
        figure, axes = _new(7.6 if many else 6.0, 4.2)
        markers = cycle(_POINTS)
        for name, score, utility in points:
            axes.errorbar(
                score.mean, utility.mean, xerr=score.half_width, yerr=utility.half_width,
                fmt="*" if name == star else next(markers), markersize=11 if name == star else 6, capsize=2,
                linewidth=1, label=name,
            )  # fmt: skip
        legend_place: dict[str, Any] = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)} if many else {}
        axes.legend(frameon=False, fontsize=8, **legend_place)
        across, up = MEASURES["forgetting_score"], MEASURES["utility"]
        axes.set_xlabel(f"{across.title} ({across.goal()})")
        axes.set_ylabel(f"{up.title}: {up.explanation}")
        axes.set_title(title, loc="left", fontsize=10)
    return figure


def against_time(points: Sequence[tuple[str, float, Share | None, Estimate]], title: str) -> Figure:
    """What methods reach over what they cost: NoMUS, and above it the share of runs that pass the strict verdict.

    Args:
        points: name, seconds of unlearning, share that passes (None without a strict verdict) and NoMUS. Without any
            share the upper part is left out.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    judged = any(passed is not None for _, _, passed, _ in points)
    with rc_context(STYLE):
        figure = Figure(figsize=(7.6, 5.6 if judged else 3.2), layout="constrained")
        *above, below = figure.subplots(1 + judged, 1, sharex=True, squeeze=False)[:, 0]
        markers = cycle(_POINTS)
        for name, seconds, passed, nomus in points:
            marker = next(markers)
            if passed is not None:
                bars = [[passed.value - passed.low], [passed.high - passed.value]]
                above[0].errorbar(seconds, passed.value, yerr=bars, fmt=marker, capsize=2, linewidth=1, label=name)
            below.errorbar(
                seconds, nomus.mean, yerr=nomus.half_width, fmt=marker, capsize=2, linewidth=1, label=name,
            )  # fmt: skip
        for axes in above:
            axes.set_ylim(-0.03, 1.03)
            axes.set_ylabel("share that passes the verdict")
        for axes in (*above, below):
            axes.spines[["top", "right"]].set_visible(False)
        below.set_xscale("log")
        below.set_xlabel("seconds of unlearning (logarithmic)")
        below.set_ylabel(MEASURES["nomus"].title)
        figure.legend(*below.get_legend_handles_labels(), frameon=False, fontsize=8, loc="outside right upper")
        (*above, below)[0].set_title(title, loc="left", fontsize=10)
    return figure
