"""The map: photos as points, placed by the features of the models, and their paths during a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from dlfd_core.types.cards import Sprite

#: The models a map shows.
MappedModel = Literal["original", "unlearned", "retrained"]


@dataclass(frozen=True)
class MapView:
    """The n photos of a map as one model sees them.

    Attributes:
        places: (n, 2) float32 points, in the projection that all models of the map share.
        predicted: (n,) predicted classes.
        probabilities: (n, C) float32, rows sum to 1.
        losses: (n,) float32 cross-entropy of the true class in nats.
        neighbours: (n, k) indices of the nearest photos of the map in this model's *features*, nearest first.
        trustworthiness, continuity: how far neighbours on the map are neighbours in the features, and neighbours in
            the features are neighbours on the map, in [0, 1], higher is better (Venna & Kaski, 2001).
    """

    places: np.ndarray
    predicted: np.ndarray
    probabilities: np.ndarray
    losses: np.ndarray
    neighbours: np.ndarray
    trustworthiness: float
    continuity: float


@dataclass(frozen=True)
class Film:
    """Points of some photos at several steps of a run, in the projection of the map.

    Attributes:
        steps: (t,) optimiser steps done at each frame, ascending from 0 (the original).
        phases: phase of the last step before each frame, as in ``CurvePoint``.
        photos: (m,) indices of the recorded photos on the map.
        places: (t, m, 2) float32.
        predicted: (t, m) predicted classes.
        kept: index of the frame that shows the unlearned model; negative numbers count from the end.
    """

    steps: tuple[int, ...]
    phases: tuple[str, ...]
    photos: np.ndarray
    places: np.ndarray
    predicted: np.ndarray
    kept: int = -1


@dataclass(frozen=True)
class MapPoints:
    """The photos on the map by all models, in one projection.

    Attributes:
        views: by model; always ``original``, ``unlearned`` once the run is over, ``retrained`` where it was computed.
        group: (n,) index into ``SETS``.
        label: (n,) true class.
        person: (n,) index into ``people``.
        people: (id, name) of all people on the map.
        faces: n pictures in the same order, or None.
        film: None where the run was not recorded.
    """

    views: dict[MappedModel, MapView]
    group: np.ndarray
    label: np.ndarray
    person: np.ndarray
    people: tuple[tuple[str, str], ...]
    faces: Sprite | None = None
    film: Film | None = field(default=None, repr=False)

    @property
    def before(self) -> np.ndarray:
        """(n, 2) points by the original."""
        return self.views["original"].places

    @property
    def after(self) -> np.ndarray:
        """(n, 2) points by the unlearned model."""
        return self.views["unlearned"].places

    @property
    def predicted_before(self) -> np.ndarray:
        """(n,) classes predicted by the original."""
        return self.views["original"].predicted

    @property
    def predicted_after(self) -> np.ndarray:
        """(n,) classes predicted by the unlearned model."""
        return self.views["unlearned"].predicted


@dataclass(frozen=True)
class MapStart:
    """The map of a run that begins.

    Attributes:
        points: the same photos as on the finished map, by the original alone, without pictures.
        filmed: (m,) indices of the photos on the map that the frames hold.
    """

    points: MapPoints
    filmed: np.ndarray


@dataclass(frozen=True)
class MapFrame:
    """The filmed photos after a step of a run that goes on, in the projection of ``MapStart``.

    Attributes:
        step: optimiser steps done; phase: of the last one, as in ``CurvePoint``.
        places: (m, 2) float32; predicted: (m,) classes.
    """

    step: int
    phase: str
    places: np.ndarray
    predicted: np.ndarray
