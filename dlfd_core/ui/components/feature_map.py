"""The map of photos in the model's feature space, before and after forgetting."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlfd_core.types import SETS, ForgetReport, MapPoints
from dlfd_core.ui.components.assets import SET_TITLES, pack, script, sprite_value, templates
from dlfd_core.ui.components.base import Drawing

EMPTY = "The map appears here about five seconds after the scores."
FULL = 65_535  # coordinates travel as uint16: finer than any screen
MOST_STRETCH = 1.6  # the map may be drawn at most this much wider than its distances say, to fill the space


class FeatureMap(Drawing):
    """A scatter plot on a canvas that morphs from before to after. Value: what ``map_value`` makes; ``{}`` is empty."""

    def __init__(self, value: dict[str, Any] | None = None, **kwargs: Any):
        super().__init__(
            value=value or {},
            js_on_load=script(
                "hues", "feature_map_canvas", "feature_map_words", "feature_map", empty=EMPTY, stretch=MOST_STRETCH
            ),
            **templates("feature_map"),
            **kwargs,
        )


def map_value(report: ForgetReport) -> dict[str, Any]:
    """What ``FeatureMap`` shows of a report; ``{}`` while the report has no map yet."""
    points = report.points
    if points is None or not len(points.before):
        return {}
    low, span = frame_of(points.before, points.after)
    rows = [_row(points, group, span) for group in range(len(SETS)) if np.any(points.group == group)]
    return {
        "key": report.key,
        "n": len(points.before),
        "aspect": float(span[0] / span[1]),
        "before": pack(scaled(points.before, low, span)),
        "after": pack(scaled(points.after, low, span)),
        "group": pack(points.group),
        "label": pack(points.label),
        "predicted_before": pack(points.predicted_before),
        "predicted_after": pack(points.predicted_after),
        "person": pack(points.person),
        "people": [name for _, name in points.people],
        "classes": list(report.classes),
        "faces": sprite_value(points.faces),
        "table": rows,
        "summary": _summary(rows, len(points.before)),
    }


def frame_of(*where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lower corner and size of the smallest box around all points, each (n, 2); sizes are never 0."""
    every = np.concatenate(where).astype(np.float64)
    low = every.min(axis=0)
    span = every.max(axis=0) - low
    return low, np.where(span > 0, span, 1.0)


def scaled(where: np.ndarray, low: np.ndarray, span: np.ndarray) -> np.ndarray:
    """(n, 2) -> (n, 2) whole numbers in 0..FULL; y grows downwards, as on a screen."""
    unit = (where.astype(np.float64) - low) / span
    unit[:, 1] = 1 - unit[:, 1]
    return np.rint(unit.clip(0, 1) * FULL)


def _row(points: MapPoints, group: int, span: np.ndarray) -> dict[str, Any]:
    """One line of the table: how far the photos of a set moved, and how many predictions changed.

    ``moved`` is the mean distance as a share of the map's diagonal, since the map's axes have no unit.
    """
    mine = points.group == group
    moved = np.linalg.norm(points.after[mine] - points.before[mine], axis=1).mean() / np.linalg.norm(span)
    return {
        "set": group,
        "photos": int(mine.sum()),
        "people": len(np.unique(points.person[mine])),
        "moved": round(float(moved), 4),
        "changed": int(np.sum(points.predicted_before[mine] != points.predicted_after[mine])),
    }


def _summary(rows: list[dict[str, Any]], count: int) -> str:
    """The map in words, for those who do not see it."""
    parts = [
        f"{SET_TITLES[SETS[row['set']]]}: {row['photos']} photos, moved by {100 * row['moved']:.1f} % of the map's "
        f"diagonal on average, {row['changed']} predictions changed."
        for row in rows
    ]
    return " ".join([f"A map of {count} photos before and after forgetting.", *parts])
