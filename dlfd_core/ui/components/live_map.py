"""The map while a run goes on: the photos before forgetting, then one frame for each look at the run.

The page's script passes them on to the block of ``FeatureMap`` as the details of the events ``map-begin`` and
``map-frame``; ``map-stop`` without a detail shows the last finished map again. A new value of the component ends the
live map as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dlfd_core.types import SETS, MapPoints
from dlfd_core.ui.components.assets import pack
from dlfd_core.ui.components.map_views import frame_of, pack_classes, pack_wide, photos_value, view_value


class LiveMap:
    """The map of one run in progress.

    Args:
        points: the photos; of the views only ``original`` is used.
        filmed: (m,) indices of the photos on the map that the frames hold.
        classes: names of the task's classes.
    """

    def __init__(self, points: MapPoints, filmed: np.ndarray, classes: Sequence[str]):
        self._points, self._filmed, self._classes = points, filmed, classes
        self._low, self._span = frame_of(points.views["original"].places)

    def begin(self) -> dict[str, Any]:
        """Detail of ``map-begin``: the map before forgetting."""
        points, original = self._points, self._points.views["original"]
        return {
            "n": len(original.places),
            "aspect": float(self._span[0] / self._span[1]),
            "views": {"original": view_value(original, self._low, self._span, len(self._classes))},
            "filmed": pack(self._filmed),
            **photos_value(points, self._classes),
            "table": [
                {"set": group, "photos": int(np.sum(points.group == group))}
                for group in range(len(SETS))
                if np.any(points.group == group)
            ],
            "summary": f"A map of {len(original.places)} photos. It moves while the run goes on.",
        }

    def frame(self, step: int, total: int, phase: str, places: np.ndarray, predicted: np.ndarray) -> dict[str, Any]:
        """Detail of ``map-frame``: places (m, 2) and predicted classes (m,) of the filmed photos after ``step`` of
        ``total`` optimiser steps."""
        return {
            "step": step,
            "total": total,
            "phase": phase,
            "places": pack_wide(places, self._low, self._span),
            "predicted": pack_classes(predicted, len(self._classes)),
        }
