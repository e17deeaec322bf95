"""Histograms of the loss per photo, forgotten against unseen people, as SVG or PNG."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from dlfd_core.reports.figures.style import COLOURS, STYLE_LOCK, figure_style
from dlfd_core.types import SET_TITLES, ForgetReport

#: Hatching by set, in the order in which they are drawn.
HATCHES = {"unseen": "", "forget": "////"}
#: Titles of the panels. The control has none: a fourth panel would make all of them too small to read.
TITLES = {"original": "Original", "unlearned": "Unlearned", "retrained": "Retrained without them"}
#: Smallest loss on the logarithmic axis; smaller losses are drawn here.
FLOOR = 1e-4


def loss_histograms(report: ForgetReport, kind: str = "svg") -> bytes:
    """Histograms of the losses of forget and unseen photos, one panel per model, as transparent SVG or as PNG.

    An attacker uses exactly this difference: where the two shapes differ, membership of the photos leaks.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    names = [name for name in TITLES if name in report.losses]
    all_losses = np.concatenate([values for name in names for values in report.losses[name].values()])
    bins = np.logspace(np.log10(FLOOR), np.log10(max(10.0, float(np.nanmax(all_losses)))), 36)
    with STYLE_LOCK, rc_context(figure_style()):
        figure = Figure(figsize=(4.0 * len(names), 3.4), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
        for axis, name in zip(axes, names, strict=True):
            _draw_panel(axis, report.losses[name], bins)
            axis.set_title(f"{TITLES[name]}\nattack {report.scores[name].mia_accuracy:.2f}")
        axes[0].set_ylabel("share of photos")
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=10)
        buffer = io.BytesIO()
        more: dict[str, Any] = {"metadata": {"Date": None}} if kind == "svg" else {"dpi": 170}
        figure.savefig(buffer, format=kind, transparent=kind == "svg", **more)
    return buffer.getvalue()


def _draw_panel(axis: Any, losses: dict[str, np.ndarray], bins: np.ndarray) -> None:
    """Draw one model's losses on unseen and on forget photos, each as shares of the photos of its set."""
    for group, hatch in HATCHES.items():
        values = np.clip(losses[group], FLOOR, None)
        shares = np.full(len(values), 1.0 / len(values))
        axis.hist(values, bins, weights=shares, color=COLOURS[group], alpha=0.35)
        axis.hist(
            values, bins, weights=shares, histtype="step", color=COLOURS[group], linewidth=1.8, hatch=hatch,
            label=f"{SET_TITLES[group]}, n = {len(values)}",
        )  # fmt: skip
    axis.set(xscale="log", xlabel="loss per photo (nats)")
    axis.spines[["top", "right"]].set_visible(False)
