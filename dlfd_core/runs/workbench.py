"""What requests share: data in memory, originals made ready, models to compare with, and how long things take."""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from collections.abc import Callable, Generator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np
from torch import nn

from dlfd_core.backbones import Backbone
from dlfd_core.data.schema import FaceData
from dlfd_core.data.sources import load_data
from dlfd_core.data.splits import prepare_task
from dlfd_core.device import select_compute
from dlfd_core.errors import InvalidRequest
from dlfd_core.models.bank import build_bank, cached_folder
from dlfd_core.models.originals import ModelSpec, Original, find_original, train_original
from dlfd_core.models.training import Recipe
from dlfd_core.runs.prepared_original import PreparedOriginal, prepare_original
from dlfd_core.runs.progress import StageClock, StageTimes
from dlfd_core.types import OWN_DATA_PREFIX, CurvePoint, ForgetProgress, ForgetRequest, refuse_own
from dlfd_core.unlearning.recorder import Recording

V = TypeVar("V")

GONE = "These photos are deleted already, or were sent by somebody else; send your own."


#: Bytes of models that were made: 24 slim ones are 40 MB, but 24 InceptionResNets would be 2.6 GB.
MADE_BYTES = 1_000_000_000


def weight(value: object) -> int:
    """Bytes that a value holds, roughly: arrays, pictures, texts and parameters, however deep they lie in dataclasses,
    dictionaries and sequences; anything else counts as a number."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, bytes | str):
        return len(value)
    if isinstance(value, nn.Module):
        return sum(tensor.numel() * tensor.element_size() for tensor in value.state_dict().values())
    if is_dataclass(value):
        return sum(weight(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, dict):
        return sum(weight(key) + weight(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return sum(map(weight, value))
    return 8


class LRUCache(Generic[V]):
    """A bounded dictionary that drops what was used longest ago; safe to use from several threads.

    Args:
        size: values kept at most.
        limit: bytes kept at most, by ``weight``, save that the latest value always is; None for any number.
    """

    def __init__(self, size: int, limit: int | None = None):
        self._size, self._limit = size, limit
        self._items, self._lock = OrderedDict[object, V](), threading.Lock()
        self._weights: dict[object, int] = {}

    def get(self, key: object) -> V | None:
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
            return self._items.get(key)

    def put(self, key: object, value: V) -> V:
        heavy = 0 if self._limit is None else weight(value)
        with self._lock:
            self._items[key], self._weights[key] = value, heavy
            self._items.move_to_end(key)
            while len(self._items) > 1 and self._full():
                old, _ = self._items.popitem(last=False)
                del self._weights[old]
        return value

    def values(self) -> list[V]:
        """All that is kept, used longest ago first; looking uses nothing."""
        with self._lock:
            return list(self._items.values())

    def _full(self) -> bool:
        if len(self._items) > self._size:
            return True
        return self._limit is not None and sum(self._weights.values()) > self._limit

    def drop(self, gone: Callable[[object], bool]) -> None:
        """Let go of everything whose key is ``gone``."""
        with self._lock:
            for key in [key for key in self._items if gone(key)]:
                del self._items[key], self._weights[key]


@dataclass(frozen=True)
class Made:
    """A model that a method made, in eval mode, the seconds that took, what the monitor saw, and what was recorded."""

    model: Backbone
    seconds: float
    curve: tuple[CurvePoint, ...] = ()
    recording: Recording = field(default_factory=Recording)


def _original_of(request: ForgetRequest) -> tuple[object, ...]:
    """What determines the original of a request."""
    return (request.data, request.task, request.backbone, request.weights, select_compute(request.device))


class Workbench:
    """Caches behind the service. ``open`` must be called by one thread at a time; the service's slot sees to it.

    Args:
        recipe: for originals that have to be trained first.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.typical = StageTimes()
        self.made = LRUCache[Made](24, MADE_BYTES)
        self._prepared = LRUCache[PreparedOriginal](4)
        self._data = LRUCache[FaceData](2)
        self._guests: dict[str, tuple[FaceData, dict[str, Original]]] = {}
        self._loading = threading.Lock()

    def data(self, name: str) -> FaceData:
        """Load a data set, once. Raises ``DlfdError``."""
        guest = self._guests.get(name)
        if guest is not None:
            return guest[0]
        if name.startswith(OWN_DATA_PREFIX):
            raise InvalidRequest(GONE)
        with self._loading:
            return self._data.get(name) or self._data.put(name, load_data(name))

    def open(
        self, request: ForgetRequest, raise_if_cancelled: Callable[[], None]
    ) -> Generator[ForgetProgress, None, PreparedOriginal]:
        """The original a request asks for, made ready; yields progress while it has to be trained first."""
        known = self.ready(request)
        if known is not None:
            return known
        task = prepare_task(self.data(request.data), request.task)
        spec = ModelSpec(task, request.backbone, select_compute(request.device))
        original = yield from self._find_or_train(spec, request, raise_if_cancelled)
        return self._prepared.put(_original_of(request), prepare_original(spec, original, raise_if_cancelled))

    def ready(self, request: ForgetRequest) -> PreparedOriginal | None:
        """The original a request asks for if it was made ready before. Raises ``DlfdError`` for an unknown device."""
        return self._prepared.get(_original_of(request))

    def host(self, data: FaceData, originals: dict[str, Original]) -> None:
        """Take in a data set that is in memory only, under its name, with its originals by task."""
        self._guests[data.name] = (data, originals)

    def dismiss(self, name: str) -> None:
        """Let go of a data set that was taken in, and of all that was made of it. Runs on it must have ended."""
        self._guests.pop(name, None)
        for cache in (self.made, self._prepared):
            cache.drop(lambda key: isinstance(key, tuple) and name in key)

    def build_bank(
        self, request: ForgetRequest, raise_if_cancelled: Callable[[], None], folder: Path | None
    ) -> Generator[ForgetProgress, None, Path]:
        """Train what is missing of the reference bank beside a request's original; returns its folder, by default the
        one in the cache, where it will be found. Raises ``InvalidRequest`` for own photos: models of them stay in
        memory."""
        refuse_own(request.data)
        prepared = yield from self.open(request, raise_if_cancelled)
        place = folder or cached_folder(prepared.spec, prepared.original.recipe)
        clock = StageClock("train", "Training the reference bank", self.typical, [])
        for log in build_bank(prepared.spec, prepared.original.recipe, place, raise_if_cancelled=raise_if_cancelled):
            yield clock.event(log)
        return place

    def _find_or_train(
        self, spec: ModelSpec, request: ForgetRequest, raise_if_cancelled: Callable[[], None]
    ) -> Generator[ForgetProgress, None, Original]:
        if request.data in self._guests:
            return self._guest_original(spec, request)
        weights = Path(request.weights) if request.weights else None
        found = find_original(spec, weights, self.recipe)
        if found is not None:
            return found
        path = spec.cached_path(self.recipe, seed=0)
        clock = StageClock("train", "Training the original (once; it is kept)", self.typical, [])
        for log in train_original(spec, self.recipe, path):
            raise_if_cancelled()
            yield clock.event(log)
        trained = find_original(spec, path, self.recipe)
        assert trained is not None  # a given path is either loaded or raises
        return trained

    def _guest_original(self, spec: ModelSpec, request: ForgetRequest) -> Original:
        """On the device of ``spec``, wherever it was taught. Nothing is trained for guests here: that would be written
        to the cache."""
        known = self._guests[request.data][1]
        if request.task not in known or request.weights or request.backbone != ForgetRequest(()).backbone:
            raise InvalidRequest(
                f"The classifier was taught your people for the task {', '.join(known)} only; choose that one, or "
                "teach it again."
            )
        model = copy.deepcopy(known[request.task].model)
        spec.compute.place(model)
        return replace(known[request.task], model=model)
