"""Figures for screen and print, drawn with matplotlib as SVG."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from dlfd_core.types import ForgetReport

FORGET, UNSEEN = "#D55E00", "#0072B2"  # vermillion and blue of Okabe & Ito: told apart by every kind of colour vision
UNSEEN_ON_DARK = "#56B4E9"
TITLES = {"original": "Original", "unlearned": "Unlearned", "retrained": "Retrained without them"}


def loss_histograms(report: ForgetReport, *, dark: bool) -> bytes:
    """Loss distributions of forget and unseen photos, one panel per model, as SVG with a transparent background.

    An attacker sees exactly this: where the two shapes differ, the photos' membership leaks.
    """
    from matplotlib import rc_context
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    ink, unseen_colour = ("#e5e7eb", UNSEEN_ON_DARK) if dark else ("#1f2937", UNSEEN)
    models = [name for name in TITLES if name in report.losses]
    style: Any = {
        "text.color": ink, "axes.labelcolor": ink, "axes.edgecolor": ink, "xtick.color": ink, "ytick.color": ink,
        "font.size": 11, "svg.fonttype": "path", "svg.hashsalt": "dlfd",
    }  # fmt: skip
    floor = 1e-4  # losses below are drawn at it: the axis is logarithmic
    every = np.concatenate([values for sets in report.losses.values() for values in sets.values()])
    bins = np.logspace(np.log10(floor), np.log10(max(10.0, float(np.nanmax(every)))), 36)
    with rc_context(style):
        figure = Figure(figsize=(4.0 * len(models), 3.1), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.subplots(1, len(models), sharey=True, squeeze=False)[0]
        for axis, name in zip(axes, models, strict=True):
            for group, colour, hatch in [("unseen", unseen_colour, ""), ("forget", FORGET, "////")]:
                values = np.clip(report.losses[name][group], floor, None)
                weights = np.full(len(values), 1.0 / len(values))
                label = f"{'unseen people' if group == 'unseen' else 'forgotten people'}, n = {len(values)}"
                axis.hist(values, bins, weights=weights, color=colour, alpha=0.35)
                axis.hist(
                    values,
                    bins,
                    weights=weights,
                    histtype="step",
                    color=colour,
                    linewidth=1.8,
                    hatch=hatch,
                    label=label,
                )
            axis.set(
                xscale="log",
                xlabel="loss per photo (nats)",
                title=f"{TITLES[name]}\nattack {report.scores[name].mia_accuracy:.2f}",
            )
            axis.spines[["top", "right"]].set_visible(False)
        axes[0].set_ylabel("share of photos")
        axes[0].legend(frameon=False, loc="upper left", fontsize=9)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None})
    return buffer.getvalue()
