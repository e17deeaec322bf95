"""The unlearning service: takes requests, yields progress and reports. The page and the command line both use it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from pathlib import Path

from dlfd_core.backbones import BACKBONES
from dlfd_core.data.relearn_photos import check_photos_per_person
from dlfd_core.data.splits import TaskData, prepare_task, split_for
from dlfd_core.device import select_compute
from dlfd_core.engines.port import OpenedEngine
from dlfd_core.errors import InvalidRequest
from dlfd_core.models.bank import MODELS as BANK_MODELS
from dlfd_core.models.training import Recipe
from dlfd_core.own_photos import OwnPhotos
from dlfd_core.runs.cancellation import CancellationPoll
from dlfd_core.runs.catalog import nearest_people, shipped_card
from dlfd_core.runs.device_queue import DeviceQueue
from dlfd_core.runs.event_streams import mapped, result_of
from dlfd_core.runs.expected_time import expected_seconds, time_first_steps
from dlfd_core.runs.finished_runs import EMBEDDED, find_finished, read_example
from dlfd_core.runs.follow_up_store import FollowUpStore
from dlfd_core.runs.forget import ForgetRun
from dlfd_core.runs.keys import EpochsKey
from dlfd_core.runs.lru_cache import DataSetCache
from dlfd_core.runs.offers import Wanted, first_request, prepare_offers
from dlfd_core.runs.prepared_original import PreparedOriginal
from dlfd_core.runs.queued_work import queued
from dlfd_core.runs.race import Race
from dlfd_core.runs.relearn import RelearnTest
from dlfd_core.runs.report_files import ReportFiles
from dlfd_core.runs.report_store import ReportStore
from dlfd_core.runs.sequence import SequenceRun
from dlfd_core.runs.validation import validated_forget, validated_race, validated_sequence
from dlfd_core.runs.workbench import Workbench
from dlfd_core.types import (
    DEFAULT_PRESET,
    MAX_SEED,
    CachedReport,
    Catalog,
    FollowUpReport,
    ForgetEvent,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    KnobValue,
    Offer,
    RaceEvent,
    RaceRequest,
    RelearnEvent,
    ReportReady,
    SequenceEvent,
    SequenceRequest,
)
from dlfd_core.unlearning import METHODS


class UnlearningService(ReportFiles):
    """Carries out requests one at a time (there is one device) and caches finished reports.

    Args:
        recipe: for originals that have to be trained first; None takes the network's own.
        limit: seconds that a single piece of work may take; None for no limit.
        shipped: answer requests whose finished runs are shipped with the project from these, without computing.

    Attributes:
        ready: whether ``warm_up`` has been done.
        own: photos that visitors send of their own people. All methods take the names of the data sets made of them,
            which nobody else can guess (see ``types.own_photos``), until they are deleted.
    """

    def __init__(self, recipe: Recipe | None = None, limit: float | None = None, *, shipped: bool = False) -> None:
        self.limit, self.ready, self._shipped = limit, False, shipped
        self.bench = Workbench(recipe)
        self._offers, self._device = tuple[Offer, ...](), "auto"
        self._reports = ReportStore()
        self._race_epochs = DataSetCache[EpochsKey, int](256)
        self._follow_ups = FollowUpStore()
        self._queue = DeviceQueue()
        self.own = OwnPhotos(self.bench, self._queue, self._drop_own, limit=limit)

    def catalog(self) -> Catalog:
        """The offered data sets, or else the shipped one, all backbones and all methods; no model is loaded."""
        return Catalog(
            data=tuple(offer.data for offer in self._offers) or (shipped_card(self.bench.data(EMBEDDED)),),
            backbones=tuple(BACKBONES.names()),
            methods=tuple(method.card() for method in METHODS),
            device=select_compute().describe(),
            offers=self._offers,
        )

    def prepare_offers(self, wanted: Wanted, should_stop: Callable[[], bool]) -> Generator[ForgetProgress, None, None]:
        """Make ready what the page offers; yields progress while an original is trained. Raises ``DlfdError``."""
        self._offers = yield from prepare_offers(self.bench, wanted, CancellationPoll(should_stop).raise_if_cancelled)
        self._device = wanted.device

    def preset(
        self, method: str, data: str, task: str, backbone: str, name: str = DEFAULT_PRESET
    ) -> dict[str, KnobValue]:
        """A value for every knob of the method's card. Raises ``UnknownName``."""
        return METHODS.get(method).preset(name, data, task)

    def example(self) -> ForgetReport:
        """The finished run that the page opens with; read once. Raises ``MissingArtifact``."""
        return self._example

    @cached_property
    def _example(self) -> ForgetReport:
        return read_example()

    def look_alikes(
        self, data: str, task: str, backbone: str, person: str, count: int, weights: str | None = None
    ) -> Sequence[str]:
        """People nearest to ``person`` in the original's feature space, nearest first."""
        with self.own.lease(data):
            prepared = self._prepared(ForgetRequest((), data, task, backbone, weights=weights, device=self._device))
            return nearest_people(prepared.spec.task, prepared.outputs, person)[:count]

    def warm_up(self) -> None:
        """Do before the first click what it would wait for: loading, forward pass, first optimiser steps (timed, for
        ``expected_seconds``), the search for near-copies, UMAP's fit and compilation."""
        for request in [first_request([offer]) for offer in self._offers] or [first_request(())]:
            prepared = self._prepared(request)
            if not self._offers:  # the steps of offers are timed already
                with self._queue.acquire("original"):
                    time_first_steps(self.bench, prepared, request)
            _ = prepared.spec.task.data.first_near_copies  # cached; the notes of every run need it
            features = prepared.outputs.features[prepared.sample]
            try:
                prepared.projection.transform(features, features)
            finally:  # runs work without a map
                self.ready = True

    def expected_seconds(self, request: ForgetRequest) -> float | None:
        """Seconds until the scores of a run, from what was measured here; 0 for a cached report, None where nothing
        comparable was measured yet. Waiting for the device is not included. Raises ``DlfdError`` for a bad request."""
        request = validated_forget(request)
        if self._finished(request) is not None:
            return 0.0
        return expected_seconds(self.bench, request, self.check(request))

    def queue_length(self) -> int:
        """Pieces of work that have the device or wait for it."""
        return self._queue.length()

    def check(self, request: ForgetRequest) -> TaskData:
        """Check that a request can be carried out, before anything is computed. Raises ``DlfdError``."""
        BACKBONES.get(request.backbone)
        if not 0 <= request.seed <= MAX_SEED:
            raise InvalidRequest(f"The seed {request.seed} is not a whole number between 0 and {MAX_SEED}.")
        select_compute(request.device)
        task = prepare_task(self.bench.data(request.data), request.task)
        self.bench.check_own(request)
        split_for(task, request.people)
        return task

    def forget(self, request: ForgetRequest, should_stop: Callable[[], bool]) -> Iterator[ForgetEvent]:
        """Carry out a request. Yields progress and ``ScoresReady``, ``MapReady``, and where the request has a control
        ``ControlReady``; for a request with a cached report only ``CachedReport``, at once.

        Raises:
            DlfdError: bad input, a run that diverged, or ``RunCancelled`` when ``should_stop`` is true.
        """
        with self.own.lease(request.data) as leaving:
            poll = CancellationPoll(lambda: should_stop() or leaving(), self.limit)
            request = validated_forget(request)
            task = self.check(request)
            cached = self._finished(request)
            if cached is not None:
                yield CachedReport(cached)
                return
            last: ForgetEvent | None = None
            for last in queued(
                self._queue, "run", poll, ForgetRun(self.bench, request, task, poll.raise_if_cancelled).events
            ):
                yield last
            if isinstance(last, ReportReady):  # only a complete report is cached
                self._reports.put(request, last.report)

    def build_bank(
        self,
        request: ForgetRequest,
        should_stop: Callable[[], bool],
        folder: Path | None = None,
        models: int = BANK_MODELS,
        opened: OpenedEngine | None = None,
    ) -> Generator[ForgetProgress, None, Path]:
        """Train what is missing of the reference bank of a request's data, task, backbone and seed, and return its
        folder; later runs are audited with it.

        Args:
            folder: of the bank; None is the cache, where runs look for a bank of ``BANK_MODELS`` models and seed 0.
            models: an even number from 4 up.
            opened: an engine that trains the models; None trains them in this process.

        Raises:
            DlfdError: bad input, or ``RunCancelled``; models that are finished are kept.
        """
        poll = CancellationPoll(should_stop, self.limit)
        work = partial(self.bench.build_bank, request, poll.raise_if_cancelled, folder, models, opened)
        return (yield from queued(self._queue, "bank", poll, work))

    def cached_report(self, request: ForgetRequest) -> ForgetReport | None:
        """The finished report of a request, or None where it is neither cached nor shipped. Raises ``DlfdError`` for a
        bad request."""
        return self._finished(validated_forget(request))

    def find_report(self, key: str) -> ForgetReport | None:
        """The finished report of that key, or None where it is not cached."""
        return self._reports.find(key)

    def remember(self, report: ForgetReport) -> None:
        """Cache a finished report, as if the run had been carried out here. Raises ``InvalidRequest`` where it is about
        own photos that are deleted."""
        with self.own.lease(report.request.data):
            self._reports.put(validated_forget(report.request), report)

    def follow_ups(self, report: ForgetReport) -> tuple[FollowUpReport, ...]:
        """The cached relearn tests and complete sequences that started from the models of a run, the latest first."""
        return self._follow_ups.of(replace(report, request=validated_forget(report.request)))

    def race(self, request: RaceRequest, should_stop: Callable[[], bool]) -> Iterator[RaceEvent]:
        """Run several methods on the same people and seeds. Yields progress, and after every run a report of all
        finished ones.

        Raises:
            DlfdError: bad input, or ``RunCancelled`` when ``should_stop`` is true; finished runs stay cached.
        """
        request = validated_race(request)
        with self.own.lease(request.data) as leaving:
            self.check(
                ForgetRequest(request.people, request.data, request.task, request.backbone, device=request.device)
            )
            race = Race(request, self.forget, self.cached_report, self._race_epochs)
            yield from race.events(lambda: should_stop() or leaving())

    def relearn(self, request: ForgetRequest, photos: int, should_stop: Callable[[], bool]) -> Iterator[RelearnEvent]:
        """Carry out the relearn test of a run. Yields progress, and a report on how fast the models know the forgotten
        people again. A run that is not cached, or whose models are no longer in memory, is carried out first.

        Args:
            photos: number of photos to show of each forgotten person.

        Raises:
            DlfdError: bad input, a run that diverged, or ``RunCancelled`` when ``should_stop`` is true.
        """
        with self.own.lease(request.data) as leaving:
            poll = CancellationPoll(lambda: should_stop() or leaving(), self.limit)
            request = validated_forget(request)
            test = RelearnTest(
                self.bench, request, self.check(request), check_photos_per_person(photos), poll.raise_if_cancelled
            )
            for event in queued(self._queue, "relearn", poll, partial(test.events, self._reports.get(request))):
                if isinstance(event, ReportReady):
                    self._reports.put(request, event.report)
                else:
                    yield self._follow_ups.stored(event)

    def sequence(self, request: SequenceRequest, should_stop: Callable[[], bool]) -> Iterator[SequenceEvent]:
        """Carry out requests one after another, each on the model of the one before. Yields progress, and after every
        step a report of all finished ones.

        Raises:
            DlfdError: bad input, a step that diverged, or ``RunCancelled`` when ``should_stop`` is true; models that
                are made by then stay cached.
        """
        with self.own.lease(request.base.data) as leaving:
            poll = CancellationPoll(lambda: should_stop() or leaving(), self.limit)
            task = prepare_task(self.bench.data(request.base.data), request.base.task)
            request = validated_sequence(replace(request, base=validated_forget(request.base)), task)
            self.check(request.base)
            work = SequenceRun(self.bench, request, task, poll.raise_if_cancelled).events
            yield from mapped(queued(self._queue, "sequence", poll, work), self._follow_ups.stored)

    def _drop_own(self, name: str) -> None:
        """Remove everything made from a visitor's data set."""
        self.bench.drop_data(name)
        self._reports.drop_data(name)
        self._race_epochs.drop_data(name)
        self._follow_ups.drop_data(name)

    def _finished(self, request: ForgetRequest) -> ForgetReport | None:
        """The finished report of a validated request: cached, or shipped with the project."""
        report = self._reports.get(request)
        if report is None and self._shipped and request.data == EMBEDDED:
            report = find_finished(request, self.bench.data(request.data).digest)
            if report is not None:
                self._reports.put(request, report)
        return report

    def _prepared(self, request: ForgetRequest) -> PreparedOriginal:
        """The prepared original of a request, without progress events; waits for the device where it is not cached."""
        prepared = self.bench.prepared(request)
        if prepared is not None:
            return prepared
        with self._queue.acquire("original"):
            return result_of(self.bench.prepare(request, lambda: None))
