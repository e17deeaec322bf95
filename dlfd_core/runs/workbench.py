"""State shared by all requests: loaded data sets, prepared originals, models that methods made, and stage durations."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Generator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from dlfd_core.artifacts import check_writable
from dlfd_core.backbones import Backbone
from dlfd_core.data.schema import FaceData
from dlfd_core.data.sources import load_data
from dlfd_core.data.splits import prepare_task
from dlfd_core.device import select_compute
from dlfd_core.engines.one_run import only_run
from dlfd_core.engines.port import OpenedEngine
from dlfd_core.errors import InvalidRequest
from dlfd_core.models.bank import MODELS as BANK_MODELS
from dlfd_core.models.bank import build_bank, cached_folder
from dlfd_core.models.bank_files import model_file
from dlfd_core.models.bank_items import BankSource, build_bank_with
from dlfd_core.models.originals import ModelSpec, Original, find_original, train_original
from dlfd_core.models.training import Recipe, default_recipe
from dlfd_core.runs.keys import ModelKey, OriginalKey
from dlfd_core.runs.lru_cache import DataSetCache, LRUCache
from dlfd_core.runs.prepared_original import PreparedOriginal, prepare_original
from dlfd_core.runs.progress import StageClock, StageTimes
from dlfd_core.runs.step_seconds import StepSeconds
from dlfd_core.types import OWN_DATA_PREFIX, CurvePoint, ForgetProgress, ForgetRequest, refuse_own
from dlfd_core.unlearning.recorder import Recording

DELETED = "These photos are deleted already, or were sent by somebody else; send your own."

#: Number and bytes of models that are kept, with their recordings: 16 of the default network are 44 MB, but 16
#: InceptionResNets would be 1.8 GB.
MODELS, MODEL_BYTES = 16, 1_000_000_000


@dataclass(frozen=True)
class MethodResult:
    """The model that a method made, in eval mode, with the seconds it took, the live curve and the recording."""

    model: Backbone
    seconds: float
    curve: tuple[CurvePoint, ...] = ()
    recording: Recording = field(default_factory=Recording)


class Workbench:
    """Caches of the service. Only one thread at a time may call ``prepare``; the service's ``DeviceQueue`` ensures it.

    Args:
        recipe: for originals that have to be trained first; None takes the network's own (``default_recipe``).

    Attributes:
        stage_times: how long each stage took last time, of work that no original is ready for (see ``times_of``).
        step_seconds: how long each method took last time.
        method_results: models that methods made, with their live curves and recordings.
        aliases: name of a data set in requests -> name that ``load_data`` takes, where they differ.
    """

    def __init__(self, recipe: Recipe | None = None) -> None:
        self._recipe = recipe
        self.stage_times = StageTimes()
        self.step_seconds = StepSeconds()
        self.method_results = DataSetCache[ModelKey, MethodResult](MODELS, MODEL_BYTES)
        self._originals = DataSetCache[OriginalKey, PreparedOriginal](4)
        self._times = DataSetCache[OriginalKey, StageTimes](64)
        self._data = LRUCache[str, FaceData](2)
        self._own_data: dict[str, tuple[FaceData, dict[str, Original]]] = {}
        self._loading = threading.Lock()
        self.aliases: dict[str, str] = {}

    def reserve(self, data: int, originals: int) -> None:
        """Keep so many data sets and prepared originals in memory, beside the usual ones."""
        self._data.grow(data + 1)
        self._originals.grow(originals + 2)

    def data(self, name: str) -> FaceData:
        """Load a data set, once. Raises ``DlfdError``."""
        own_data = self._own_data.get(name)
        if own_data is not None:
            return own_data[0]
        if name.startswith(OWN_DATA_PREFIX):
            raise InvalidRequest(DELETED)
        with self._loading:
            return self._data.get(name) or self._data.put(name, load_data(self.aliases.get(name, name)))

    def prepare(
        self, request: ForgetRequest, raise_if_cancelled: Callable[[], None]
    ) -> Generator[ForgetProgress, None, PreparedOriginal]:
        """The prepared original of a request; yields progress while it has to be trained first."""
        cached = self.prepared(request)
        if cached is not None:
            return cached
        task = prepare_task(self.data(request.data), request.task)
        spec = ModelSpec(task, request.backbone, select_compute(request.device))
        original = yield from self._find_or_train(spec, request, raise_if_cancelled)
        return self._originals.put(OriginalKey.of(request), prepare_original(spec, original, raise_if_cancelled))

    def prepared(self, request: ForgetRequest) -> PreparedOriginal | None:
        """The prepared original of a request where it is in memory. Raises ``DlfdError`` for an unknown device."""
        return self._originals.get(OriginalKey.of(request))

    def times_of(self, request: ForgetRequest) -> StageTimes:
        """How long each stage of a run on this original took last time: other data or networks take other times. Before
        the first run, measuring is guessed from the forward pass that prepared the original."""
        key = OriginalKey.of(request)
        known, prepared = self._times.get(key), self._originals.get(key)
        if known is None and prepared is not None:
            known = self._times.put(key, StageTimes(prepared.forward_seconds))
        return known or StageTimes()

    def add_own_data(self, data: FaceData, originals: dict[str, Original]) -> None:
        """Keep a visitor's data set, which is in memory only, with its originals by task."""
        self._own_data[data.name] = (data, originals)

    def drop_data(self, name: str) -> None:
        """Remove a visitor's data set and everything made from it. Runs on it must have ended."""
        self._own_data.pop(name, None)
        self.method_results.drop_data(name)
        self._originals.drop_data(name)
        self._times.drop_data(name)

    def build_bank(
        self,
        request: ForgetRequest,
        raise_if_cancelled: Callable[[], None],
        folder: Path | None,
        models: int = BANK_MODELS,
        opened: OpenedEngine | None = None,
    ) -> Generator[ForgetProgress, None, Path]:
        """Train what is missing of the reference bank of a request's original, with the request's seed, and return its
        folder. The default folder is the one in the cache; runs look there for a bank of ``BANK_MODELS`` models and
        seed 0. Raises ``InvalidRequest`` for own photos: models trained on them stay in memory.

        Args:
            opened: an engine that trains the models, each with one thread; None trains them in this process.
        """
        refuse_own(request.data)
        if folder is not None:
            check_writable(model_file(folder, 0))
        with opened or nullcontext() as engine:  # first: without a cluster the original must not be trained either
            prepared = yield from self.prepare(request, raise_if_cancelled)
            target = folder or cached_folder(prepared.spec, prepared.original.recipe, models=models, seed=request.seed)
            clock = StageClock("train", "Training the reference bank", self.stage_times, [])
            build = partial(
                build_bank if opened is None else build_bank_with, prepared.spec, prepared.original.recipe, target,
                models=models, seed=request.seed, keep_weights=False, raise_if_cancelled=raise_if_cancelled,
            )  # fmt: skip
            with only_run(target):
                logs = build() if engine is None else build(engine=engine, source=self._source(request, prepared))
                for log in logs:
                    yield clock.event(log)
            return target

    def _source(self, request: ForgetRequest, prepared: PreparedOriginal) -> BankSource:
        """Data, task, network and device of a request, for the workers of an engine."""
        name, spec = self.aliases.get(request.data, request.data), prepared.spec
        return BankSource(name, spec.task.data.digest, request.task, request.backbone, spec.compute.device.type)

    def _find_or_train(
        self, spec: ModelSpec, request: ForgetRequest, raise_if_cancelled: Callable[[], None]
    ) -> Generator[ForgetProgress, None, Original]:
        if request.data in self._own_data:
            return self._own_original(spec, request)
        weights = Path(request.weights) if request.weights else None
        recipe = self._recipe or default_recipe(request.backbone)
        original = find_original(spec, weights, recipe)
        if original is not None:
            return original
        path = spec.cached_path(recipe, seed=0)
        clock = StageClock("train", "Training the original (once; it is kept)", self.stage_times, [])
        for log in train_original(spec, recipe, path):
            raise_if_cancelled()
            yield clock.event(log)
        trained = find_original(spec, path, recipe)
        assert trained is not None  # a given path is either loaded or raises
        return trained

    def check_own(self, request: ForgetRequest) -> None:
        """Check that a visitor's classifier was taught the request's task. Raises ``InvalidRequest``."""
        if request.data not in self._own_data:
            return
        originals = self._own_data[request.data][1]
        if request.task not in originals or request.weights or request.backbone != ForgetRequest(()).backbone:
            raise InvalidRequest(
                f"The classifier was taught your people for the task {', '.join(originals)} only; choose that one, or "
                "teach it again."
            )

    def _own_original(self, spec: ModelSpec, request: ForgetRequest) -> Original:
        """The original of a visitor's data, copied to the device of ``spec``, whatever device adapted it. No original
        is trained on such data here: it would be written to the cache on disk."""
        self.check_own(request)
        originals = self._own_data[request.data][1]
        model = copy.deepcopy(originals[request.task].model)
        spec.compute.place(model)
        return replace(originals[request.task], model=model)
