"""The map: photos placed by what models say about them, and how they moved while a run went on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from dlfd_core.types.cards import Sprite

#: The models a map shows.
MappedModel = Literal["original", "unlearned", "retrained"]


@dataclass(frozen=True)
class MapView:
    """What one model says about the n photos of a map.

    Attributes:
        places: (n, 2) float32 coordinates, in the projection that all models of the map share.
        predicted: (n,) predicted classes.
        probabilities: (n, C) float32, rows sum to 1.
        losses: (n,) float32 cross-entropy of the true class in nats.
        neighbours: (n, k) indices of the photos of the map that lie nearest in this model's *features*, nearest first.
        trustworthiness, continuity: how far neighbours on the map are neighbours in the features, and the other way
            round, in [0, 1], higher is better (Venna & Kaski, 2001).
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
    """Where the photos that a run watched lay at its looks, in the projection of the map.

    Attributes:
        steps: (t,) optimiser steps done at each frame, ascending from 0, the original.
        phases: of the last step before each frame, as in ``CurvePoint``.
        photos: (m,) which photos of the map were watched.
        places: (t, m, 2) float32.
        predicted: (t, m) predicted classes.
    """

    steps: tuple[int, ...]
    phases: tuple[str, ...]
    photos: np.ndarray
    places: np.ndarray
    predicted: np.ndarray


@dataclass(frozen=True)
class MapPoints:
    """The photos on the map, before and after, in one projection.

    Attributes:
        views: by model; ``original`` and ``unlearned`` are always there, ``retrained`` where it was computed.
        group: (n,) index into ``SETS``.
        label: (n,) true class.
        person: (n,) index into ``people``.
        people: (id, name) of everyone on the map.
        faces: n pictures in the same order, or None.
        film: None where the run was not watched.
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
        """(n, 2) places by the original."""
        return self.views["original"].places

    @property
    def after(self) -> np.ndarray:
        """(n, 2) places by the unlearned model."""
        return self.views["unlearned"].places

    @property
    def predicted_before(self) -> np.ndarray:
        """(n,) classes predicted by the original."""
        return self.views["original"].predicted

    @property
    def predicted_after(self) -> np.ndarray:
        """(n,) classes predicted by the unlearned model."""
        return self.views["unlearned"].predicted
