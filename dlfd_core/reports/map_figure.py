"""The map of features before and after as a still picture for the receipt: a shape and a colour for each set."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from dlfd_core.reports.figures import STYLE_LOCK, figure_style
from dlfd_core.types import SETS, MapPoints

#: (title, marker, size, colour) by set, drawn from back to front: the forgotten people lie on top.
LOOKS = {
    "retain": ("kept people", "o", 7, "#3b6fb6"),
    "validation": ("validation people", "v", 11, "#8a7a3a"),
    "unseen": ("unseen people", "D", 9, "#5f6b7a"),
    "forget": ("forgotten people", "s", 9, "#d1495b"),
}


def map_figure(points: MapPoints, *, kind: str = "svg") -> bytes:
    """Two panels on one scale, each a photo's place by the model's features, as SVG with a transparent background or
    as PNG."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with STYLE_LOCK, rc_context(figure_style(dark=False)):
        figure = Figure(figsize=(8.4, 4.4), layout="constrained")
        FigureCanvasAgg(figure)
        panels = figure.subplots(1, 2, sharex=True, sharey=True)
        for axis, title, where in zip(panels, ("Before", "After"), (points.before, points.after), strict=True):
            _draw(axis, where, points.group)
            axis.set_title(title)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False, fontsize=10, markerscale=2)
        buffer = io.BytesIO()
        more: dict[str, Any] = {"metadata": {"Date": None}} if kind == "svg" else {"dpi": 170}
        figure.savefig(buffer, format=kind, transparent=kind == "svg", **more)
    return buffer.getvalue()


def _draw(axis: Any, where: np.ndarray, group: np.ndarray) -> None:
    for name, (title, marker, size, colour) in LOOKS.items():
        own = where[group == SETS.index(name)]
        if len(own):
            axis.scatter(
                own[:, 0], own[:, 1], s=size, marker=marker, c=colour, linewidths=0, alpha=0.6,
                label=f"{title}, n = {len(own)}",
            )  # fmt: skip
    axis.set(xticks=[], yticks=[])
