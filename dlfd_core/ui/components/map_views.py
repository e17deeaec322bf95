"""Each model's view of the photos on a map, and the film of the run, packed as 16-bit numbers for the browser."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from dlfd_core.types import Film, MapPoints, MapView, Sprite
from dlfd_core.ui.components.assets import pack

FULL = 65_535  # numbers travel as uint16: finer than any screen
#: Losses travel as logarithms: from 10 to the power of ``low`` nats, over this many decades.
LOSSES = {"low": -6, "decades": 8}
#: Points of the film may lie outside of the map's frame by this share of its size, on each side.
BEYOND = 0.5
#: With more classes than this, only the most probable classes of a photo travel.
ALL_CLASSES, TOP_CLASSES = 6, 3
NEIGHBOURS = 5


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


def pack_classes(numbers: np.ndarray, count: int) -> str:
    """Numbers of ``count`` classes: a byte each where that is enough, else as ``pack`` does."""
    if count > 256:
        return pack(numbers)
    return base64.b64encode(np.ascontiguousarray(numbers, dtype=np.uint8).tobytes()).decode("ascii")


def view_value(view: MapView, low: np.ndarray, span: np.ndarray, classes: int) -> dict[str, Any]:
    """One model's view; ``top`` holds the classes of ``chances`` where not all travel."""
    chances, top = view.probabilities, None
    if chances.shape[1] > ALL_CLASSES:
        order = np.argsort(-chances, axis=1, kind="stable")[:, :TOP_CLASSES]
        chances, top = np.take_along_axis(chances, order, axis=1), pack_classes(order, classes)
    exponent = np.log10(np.maximum(view.losses, 10.0 ** LOSSES["low"])) - LOSSES["low"]
    near = view.neighbours[:, :NEIGHBOURS]
    return {
        "places": pack(scaled(view.places, low, span)),
        "predicted": pack_classes(view.predicted, classes),
        "width": chances.shape[1],
        "chances": pack(np.rint(chances.clip(0, 1) * FULL)),
        "top": top,
        "losses": pack(np.rint((exponent / LOSSES["decades"]).clip(0, 1) * FULL)),
        "near": near.shape[1],
        "neighbours": pack(near),
        "trustworthiness": round(float(view.trustworthiness), 4),
        "continuity": round(float(view.continuity), 4),
    }


def pack_wide(places: np.ndarray, low: np.ndarray, span: np.ndarray) -> str:
    """Places (n, 2) that may lie outside of the map's frame, packed in that frame widened by ``BEYOND``."""
    return pack(scaled(places, low - BEYOND * span, (1 + 2 * BEYOND) * span))


def film_value(film: Film | None, low: np.ndarray, span: np.ndarray, classes: int) -> dict[str, Any] | None:
    """The recorded photos, frame by frame, in the map's frame widened by ``BEYOND``."""
    if film is None or len(film.steps) < 2 or not len(film.photos):
        return None
    return {
        "steps": [int(step) for step in film.steps],
        "phases": list(film.phases),
        "kept": range(len(film.steps))[film.kept],
        "photos": pack(film.photos),
        "places": pack_wide(film.places.reshape(-1, 2), low, span),
        "predicted": pack_classes(film.predicted, classes),
    }


def photos_value(points: MapPoints, classes: Sequence[str]) -> dict[str, Any]:
    """What the photos of a map are: set, true class and person of each, with the names of people and classes."""
    return {
        "group": pack(points.group),
        "label": pack_classes(points.label, len(classes)),
        "person": pack(points.person),
        "ids": [person for person, _ in points.people],
        "people": [name for _, name in points.people],
        "classes": list(classes),
    }


def layout_value(faces: Sprite | None) -> dict[str, Any] | None:
    """Layout of a sheet of faces. The sheet itself is large, so the browser requests it when it needs it."""
    return None if faces is None else {"columns": faces.columns, "tile": faces.tile, "count": faces.count}


def map_mark(points: MapPoints) -> str:
    """Digest of a map's points. Two maps of one request can differ, such as the finished example and a run with another
    number of threads."""
    places = (np.ascontiguousarray(view.places, dtype=np.float32).tobytes() for view in points.views.values())
    return hashlib.sha256(b"".join(places)).hexdigest()[:16]
