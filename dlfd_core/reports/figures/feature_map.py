"""Figure of the feature map before and after, for the receipt and for print, with one marker and colour per set."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from dlfd_core.reports.figures.style import STYLE_LOCK, figure_style
from dlfd_core.types import SET_TITLES, SETS, MappedModel, MapPoints

#: (marker, size, colour) by set, drawn from back to front, so that the forgotten people are on top.
SET_STYLES = {
    "retain": ("o", 7, "#3b6fb6"),
    "validation": ("v", 11, "#8a7a3a"),
    "unseen": ("D", 9, "#5f6b7a"),
    "forget": ("s", 9, "#d1495b"),
}
#: The panels, from left to right; only those of models that the map has are drawn.
PANELS: dict[MappedModel, str] = {"original": "Before", "unlearned": "After", "retrained": "Retrained"}
NOTE = "Axes have no meaning; distances of different models are not comparable."


def map_figure(points: MapPoints, *, kind: str = "svg") -> bytes:
    """The map as SVG with a transparent background, or as PNG: one panel per model, all on one scale."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    models = [name for name in PANELS if name in points.views]
    with STYLE_LOCK, rc_context(figure_style()):
        figure = Figure(figsize=(4.2 * len(models), 4.6), layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(1, len(models), sharex=True, sharey=True)
        for axis, name in zip(panels, models, strict=True):
            view = points.views[name]
            _draw(axis, view.places, points.group)
            axis.set_title(PANELS[name])
            measured = f"trustworthiness {view.trustworthiness:.2f}, continuity {view.continuity:.2f}"
            axis.set_xlabel(measured, fontsize=9)
        handles, labels = panels[0].get_legend_handles_labels()
        columns = 2 if len(models) == 2 else 4
        figure.legend(
            handles, labels, loc="outside lower center", ncols=columns, frameon=False, fontsize=10, markerscale=2,
            title=NOTE, title_fontsize=8.5,
        )  # fmt: skip
        buffer = io.BytesIO()
        more: dict[str, Any] = {"metadata": {"Date": None}} if kind == "svg" else {"dpi": 170}
        figure.savefig(buffer, format=kind, transparent=kind == "svg", **more)
    return buffer.getvalue()


def _draw(axis: Any, places: np.ndarray, group: np.ndarray) -> None:
    """Draw one panel: (n, 2) places of the photos, and the number of each photo's set."""
    for name, (marker, size, colour) in SET_STYLES.items():
        points = places[group == SETS.index(name)]
        if len(points):
            axis.scatter(
                points[:, 0], points[:, 1], s=size, marker=marker, c=colour, linewidths=0, alpha=0.6,
                label=f"{SET_TITLES[name]}, n = {len(points)}",
            )  # fmt: skip
    axis.set(xticks=[], yticks=[])
