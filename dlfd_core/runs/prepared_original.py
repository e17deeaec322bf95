"""Prepared original: the original model with its photos on the device, its outputs and its map; shared by all
requests."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch

from dlfd_core.artifacts import weights_hash
from dlfd_core.backbones import Backbone
from dlfd_core.data.photos import PhotoSet
from dlfd_core.data.splits import Splits
from dlfd_core.feature_map.points import map_sample
from dlfd_core.feature_map.projection import Projection
from dlfd_core.feature_map.shipped_points import load_points
from dlfd_core.metrics.audit import Layers
from dlfd_core.metrics.similarity import layer_activations
from dlfd_core.models.bank import Bank, find_bank
from dlfd_core.models.originals import ModelSpec, Original
from dlfd_core.models.outputs import Outputs, collect_outputs
from dlfd_core.runs.lru_cache import LRUCache
from dlfd_core.types import Audit, Scores
from dlfd_core.unlearning import UnlearningContext
from dlfd_core.unlearning.monitor import Monitor

#: Number of picks whose measurements of the original are kept.
PICKS = 4


@dataclass
class BeforeForgetting:
    """What is measured of the original for one pick of people: equal in all runs that forget them.

    Attributes:
        layers, audit: None until they are first needed; without an audit also where none can be made.
    """

    scores: Scores
    layers: Layers | None = None
    audit: Audit | None = None


@dataclass
class PreparedOriginal:
    """An original model, ready for requests.

    Attributes:
        photos: all photos of the data set, on the device.
        outputs: the original's outputs on all photos; forward_seconds: how long they took.
        before: measurements by pick and by whether there was a reference bank.
    """

    spec: ModelSpec
    original: Original
    photos: PhotoSet = field(repr=False)
    outputs: Outputs = field(repr=False)
    forward_seconds: float = 0.0
    before: LRUCache[tuple[tuple[str, ...], bool], BeforeForgetting] = field(
        default_factory=lambda: LRUCache(PICKS), repr=False
    )
    _bank: Bank | None = field(default=None, init=False, repr=False)

    @cached_property
    def sample(self) -> np.ndarray:
        return map_sample(self.spec.task)

    @cached_property
    def projection(self) -> Projection:
        """Fitted on first use, which takes seconds, most of them numba compiling; or shipped."""
        return Projection(self.outputs.features[self.sample], self.shipped_points)

    @cached_property
    def shipped_points(self) -> np.ndarray | None:
        """The points of the map that are shipped for exactly these weights, or None."""
        return load_points(self.spec.shipped_name(), self.weights_sha256, len(self.sample))

    @cached_property
    def weights_sha256(self) -> str:
        return weights_hash(self.original.model.state_dict())

    @property
    def can_project(self) -> bool:
        """Whether ``projection`` takes no seconds: it is fitted or shipped."""
        return "projection" in self.__dict__ or self.shipped_points is not None

    @property
    def bank(self) -> Bank | None:
        """The reference bank of this data, task and backbone, or None until there is one."""
        if self._bank is None:
            self._bank = find_bank(self.spec, self.original.recipe)
        return self._bank

    def layers_of(self, model: Backbone, index: np.ndarray) -> dict[str, np.ndarray]:
        """Activations by layer group of the photos at ``index``, each (n, channels)."""
        return layer_activations(model, self.photos.images[torch.from_numpy(index)], self.spec.compute)

    def outputs_of(self, model: Backbone, raise_if_cancelled: Callable[[], None]) -> Outputs:
        return collect_outputs(model, self.photos.images, self.spec.compute, raise_if_cancelled=raise_if_cancelled)

    def _select(self, index: np.ndarray) -> PhotoSet:
        return self.photos.select(torch.from_numpy(index))

    def context(
        self, splits: Splits, seed: int, raise_if_cancelled: Callable[[], None], start: Backbone | None = None
    ) -> UnlearningContext:
        """What a method starts from: a fresh copy of the original, or of ``start``, and the photos it may use; unseen
        people are left out."""
        retain, forget, validation = (self._select(i) for i in (splits.retain, splits.forget, splits.validation))
        strangers = validation if splits.by_person else self._select(splits.validation_non_members)
        monitor = Monitor(
            forget=forget, retain=retain, validation=validation, strangers=strangers,
            compute=self.spec.compute, seed=seed, raise_if_cancelled=raise_if_cancelled,
        )  # fmt: skip
        return UnlearningContext(
            model=copy.deepcopy(self.original.model if start is None else start),
            build=lambda stream: self.spec.build(seed, stream),
            retain=retain,
            forget=forget,
            recipe=self.original.recipe,
            compute=self.spec.compute,
            seed=seed,
            monitor=monitor,
            raise_if_cancelled=raise_if_cancelled,
            owners=torch.from_numpy(self.spec.task.data.person[splits.forget]),
        )


def prepare_original(spec: ModelSpec, original: Original, raise_if_cancelled: Callable[[], None]) -> PreparedOriginal:
    """Prepare an original: one forward pass over all photos."""
    photos = spec.photos()
    started = time.monotonic()
    outputs = collect_outputs(original.model, photos.images, spec.compute, raise_if_cancelled=raise_if_cancelled)
    return PreparedOriginal(spec, original, photos, outputs, time.monotonic() - started)
