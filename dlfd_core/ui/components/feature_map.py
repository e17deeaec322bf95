"""Map of the photos in the model's feature space: before, after and during forgetting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from dlfd_core.types import SET_TITLES, SETS, ForgetReport, MapPoints, heading
from dlfd_core.ui.components.assets import script, templates
from dlfd_core.ui.components.base import Drawing
from dlfd_core.ui.components.map_views import (
    BEYOND,
    LOSSES,
    film_value,
    frame_of,
    layout_value,
    map_mark,
    photos_value,
    view_value,
)

EMPTY = "The map will appear here right after the scores."
#: Names of the sets in the one-line legend.
SHORT_TITLES = {"forget": "Forgotten", "retain": "Kept", "validation": "Validation", "unseen": "Unseen"}
MOST_STRETCH = 1.6  # most the map is stretched in width to fill the space
#: The scripts in the order in which they run.
PARTS = (
    "data",
    "colours",
    "canvas",
    "outline",
    "zoom",
    "time",
    "words",
    "drill",
    "export",
    "people",
    "pick",
    "taken",
    "live",
)


class FeatureMap(Drawing):
    """Scatter plot on a canvas that morphs from before to after. Value: see ``map_value``; ``{}`` is empty.

    Its block listens to events of the page: ``map-play``, ``map-begin``, ``map-frame``, ``map-stop`` (see
    ``ui.components.live_map``) and ``map-people``. It sends ``people-pointed``, and for a selection of photos
    ``people-chosen``: ``people`` (ids) and ``act``, ``forget`` or ``show``, where an empty list shows all people.

    Args:
        figure: server function that makes a figure for print, see ``map_maker``; without it there is no button.
        faces: server function that gives the sheet of faces, see ``face_maker``; it is called when the visitor first
            points at a photo. Without it no faces are shown.
    """

    def __init__(
        self,
        value: dict[str, Any] | None = None,
        figure: Callable[[object], dict[str, str]] | None = None,
        faces: Callable[[object], dict[str, str]] | None = None,
        **kwargs: Any,
    ):
        config = {"empty": EMPTY, "stretch": MOST_STRETCH, "losses": LOSSES, "beyond": BEYOND, "print": bool(figure)}
        config |= {"faces": bool(faces), "short": [SHORT_TITLES[name] for name in SETS]}
        scripts = ("hues", "save", *(f"feature_map_{part}" for part in PARTS), "feature_map")
        super().__init__(
            value=value or {},
            js_on_load=script(*scripts, **config),
            server_functions=[function for function in (figure, faces) if function] or None,
            **templates("feature_map", "feature_map_drill"),
            **kwargs,
        )


def map_value(report: ForgetReport) -> dict[str, Any]:
    """Value of ``FeatureMap`` for a report; ``{}`` while the report has no map yet."""
    points = report.points
    if points is None or not len(points.before):
        return {}
    classes = len(report.classes)
    low, span = frame_of(*(view.places for view in points.views.values()))
    rows = [_row(points, group, span) for group in range(len(SETS)) if np.any(points.group == group)]
    return {
        "key": report.key,
        "mark": map_mark(points),
        "n": len(points.before),
        "aspect": float(span[0] / span[1]),
        "views": {name: view_value(view, low, span, classes) for name, view in points.views.items()},
        "film": film_value(points.film, low, span, classes),
        **photos_value(points, report.classes),
        "faces": layout_value(points.faces),
        "table": rows,
        "summary": _summary(rows, len(points.before)),
    }


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
    """The map in words, for screen readers."""
    parts = [
        f"{heading(SET_TITLES[SETS[row['set']]])}: {row['photos']} photos, moved by {100 * row['moved']:.1f} % of the "
        f"map's diagonal on average, {row['changed']} predictions changed."
        for row in rows
    ]
    return " ".join([f"A map of {count} photos before and after forgetting.", *parts])
