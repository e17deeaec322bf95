"""Two models' maps of the same photos side by side, in one frame; a photo pointed at is marked in both."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlfd_core.types import SET_TITLES, SETS, ForgetReport, MapPoints, heading
from dlfd_core.ui.components.assets import pack, script, sprite_value, templates
from dlfd_core.ui.components.base import Drawing
from dlfd_core.ui.components.feature_map import MOST_STRETCH
from dlfd_core.ui.components.map_views import frame_of, scaled


class TwinMap(Drawing):
    """The component. Value: see ``twin_value``; ``{}`` shows nothing."""

    def __init__(self, value: dict[str, Any] | None = None, **kwargs: Any):
        super().__init__(
            value=value or {},
            js_on_load=script("hues", "twin_map_canvas", "twin_map", stretch=MOST_STRETCH),
            **templates("twin_map"),
            **kwargs,
        )


def twin_value(a: ForgetReport, b: ForgetReport, titles: tuple[str, str]) -> dict[str, Any]:
    """Value of ``TwinMap`` for two reports on the same people and task; ``{}`` where one has no map.

    Args:
        titles: names of the two models.
    """
    left, right = a.points, b.points
    if left is None or right is None or not len(left.after) or len(left.after) != len(right.after):
        return {}
    low, span = frame_of(left.before, left.after, right.after)
    rows = [_row(left, right, group) for group in range(len(SETS)) if np.any(left.group == group)]
    differ = int(np.sum(left.predicted_after != right.predicted_after))
    return {
        "key": f"{a.key} {b.key}",
        "titles": list(titles),
        "n": len(left.after),
        "aspect": float(span[0] / span[1]),
        "before": pack(scaled(left.before, low, span)),
        "sides": [
            {"after": pack(scaled(points.after, low, span)), "predicted": pack(points.predicted_after)}
            for points in (left, right)
        ],
        "group": pack(left.group),
        "label": pack(left.label),
        "person": pack(left.person),
        "people": [name for _, name in left.people],
        "classes": list(a.classes),
        "faces": sprite_value(left.faces),
        "table": rows,
        "summary": (
            f"Two maps of the same {len(left.after)} photos, for {titles[0]} and for {titles[1]}. "
            f"The two models answer differently on {differ} of them."
        ),
    }


def _row(left: MapPoints, right: MapPoints, group: int) -> dict[str, Any]:
    """One line of the table: how often each is right about the photos of a set, and how often they differ."""
    mine = left.group == group
    predicted = [points.predicted_after[mine] for points in (left, right)]
    return {
        "set": heading(SET_TITLES[SETS[group]]),
        "photos": int(mine.sum()),
        "right": [round(float(np.mean(one == left.label[mine])), 4) for one in predicted],
        "differ": int(np.sum(predicted[0] != predicted[1])),
    }
