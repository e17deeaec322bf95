"""Figures of the hosting simulation: machines needed against visitors a day, and the simulation beside a soak."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks.hosting_answers import Answers
from benchmarks.hosting_soak import TOLERANCE, Compared
from dlfd_core.benchmark.figures import AHEAD, BEHIND, INK, OPEN, STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Curves of ``machines``: key in ``Answers.needed``, colour, line and marker, from the most machines to the fewest.
_CURVES = (
    ("strict", BEHIND, "-", "s"),
    ("lenient", "#E69F00", "-", "D"),
    ("shared", AHEAD, "-", "o"),
    ("least", OPEN, "--", ""),
)


def machines(answers: Answers) -> Figure:
    """Machines with two cores that are needed against visitors a day, both logarithmic.

    The curves: copies of the free Space at the strict and the lenient limit of the wait, machines behind shared pages
    at the strict limit, and the fewest that could do the work if they were busy all the time.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter

    strict, lenient = (row.limit for row in answers.hosts[:2])
    names = {
        "strict": f"copies of the free Space, wait within {strict:g} s",
        "lenient": f"copies of the free Space, wait within {lenient:g} s",
        "shared": f"shared pages, up to {answers.shared[-1].slots} machines behind each, {strict:g} s",
        "least": "at least: machines that are busy all the time",
    }
    with rc_context(STYLE):
        figure = Figure(figsize=(7.2, 4.6), layout="constrained")
        axes = figure.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        days = sorted(answers.needed)
        for key, colour, line, marker in _CURVES:
            axes.plot(
                days, [answers.needed[day][key] for day in days], line, color=colour, marker=marker, markersize=4.5,
                linewidth=1.5, label=names[key],
            )  # fmt: skip
            most = answers.needed[days[-1]][key]
            if key in ("lenient", "least"):  # their last points nearly coincide with those of the shared pages
                continue
            axes.annotate(
                f"{most:,}", (days[-1], most), xytext=(7, 0), textcoords="offset points", va="center", color=colour
            )
        axes.set_xscale("log")
        axes.set_yscale("log")
        plain = FuncFormatter(lambda value, _: f"{value:,.0f}")
        axes.xaxis.set_major_formatter(plain)
        axes.yaxis.set_major_formatter(plain)
        axes.grid(True, which="major", color="#dddddd", linewidth=0.6)
        axes.set_axisbelow(True)
        axes.set_xlabel("visitors a day (logarithmic)")
        axes.set_ylabel("machines of two cores (logarithmic)")
        axes.set_title("Simulated: machines that the busiest hour of a day needs", loc="left", fontsize=10)
        axes.legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def against_soak(rows: Sequence[Compared]) -> Figure:
    """Each number of a soak as the ratio of its prediction to its measurement, with the accepted band."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context(STYLE):
        figure = Figure(figsize=(6.4, 1.2 + 0.34 * len(rows)), layout="constrained")
        axes = figure.subplots()
        axes.spines[["top", "right"]].set_visible(False)
        axes.axvspan(1 - TOLERANCE, 1 + TOLERANCE, color="#e8eef4", zorder=0)
        axes.axvline(1, color=INK, linewidth=0.8)
        for line, row in enumerate(rows):
            colour, marker = (AHEAD, "o") if row.within else (BEHIND, "s")
            axes.plot(1 + row.error, line, marker, color=colour, markersize=6)
            text = f"{row.predicted:.3g} for {row.measured:.3g}"
            axes.text(1.01, line, text, transform=axes.get_yaxis_transform(), va="center", fontsize=8)
        axes.set_yticks(range(len(rows)), [row.name for row in rows])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(min(0.5, *(0.9 + row.error for row in rows)), max(1.5, *(1.1 + row.error for row in rows)))
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(f"predicted / measured (band: within {TOLERANCE:.0%})")
        axes.set_title("Simulation against the measured load test (predicted for measured)", loc="left", fontsize=10)
    return figure
