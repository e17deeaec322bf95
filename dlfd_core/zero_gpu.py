"""Service for ZeroGPU, the shared GPUs of Hugging Face: each run has a process of its own, with a GPU for a while.

That process is forked from this one, and its memory is lost at its end. So a whole piece of work, its thread and its
progress included, is inside the function that the package ``spaces`` runs in the other process, and only events come
back. Written after the source of that package (0.51); it has not been tried on a Space.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

from dlfd_core.artifacts import shipped_weights
from dlfd_core.errors import DlfdError, RunCancelled
from dlfd_core.models.originals import shipped_name
from dlfd_core.runs.catalog import nearest_people
from dlfd_core.runs.event_streams import mapped
from dlfd_core.service import UnlearningService
from dlfd_core.types import (
    CachedReport,
    ForgetEvent,
    ForgetProgress,
    ForgetRequest,
    RelearnEvent,
    ReportReady,
    SequenceEvent,
    SequenceRequest,
)

#: Seconds of a GPU to request for a run with its control, and for work that trains longer. A visitor without an account
#: has two minutes a day; a run starts only if the requested seconds are left. Unused seconds are not counted.
RUN_SECONDS, LONG_SECONDS = 60, 120


def seconds_of(name: str, arguments: tuple[object, ...]) -> int:
    """Seconds of a GPU to request for a piece of work, which is a method of the service and its arguments."""
    request = arguments[0]
    if name != "forget" or not isinstance(request, ForgetRequest):
        return LONG_SECONDS
    shipped = shipped_weights(shipped_name(request.data, request.task, request.backbone)) is not None
    trains = not shipped or request.retrain or request.method == "retrain"
    return LONG_SECONDS if trains else RUN_SECONDS


class _Refused:
    """The message of an error in the other process; of an exception itself only the class would arrive here."""

    def __init__(self, sentence: str):
        self.sentence = sentence


def make_service(limit: float | None) -> UnlearningService:
    """The service, on ZeroGPU where that is switched on and its package is installed.

    Args:
        limit: see ``UnlearningService``.
    """
    on = os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
    if on:
        return ZeroGpuService(importlib.import_module("spaces").GPU, limit)
    return UnlearningService(limit=limit, shipped=True)


class ZeroGpuService(UnlearningService):
    """A service whose pieces of work are carried out in other processes. A race consists of calls of ``forget``, as
    always.

    Args:
        gpu: the decorator ``spaces.GPU``.
    """

    def __init__(self, gpu: Callable[..., Any], limit: float | None = None):
        super().__init__(limit=limit, shipped=True)
        self.own.device = "cpu"  # the taught model must be in this process, from which the others are forked
        self._in_other_process = gpu(self._work, duration=seconds_of)

    def forget(self, request: ForgetRequest, should_stop: Callable[[], bool]) -> Iterator[ForgetEvent]:
        cached = self.cached_report(request)
        if cached is not None:
            yield CachedReport(cached)
            return
        last: ForgetEvent | None = None
        for last in self._events("forget", (request,), should_stop):
            yield last
        if isinstance(last, ReportReady):
            self.remember(last.report)

    def relearn(self, request: ForgetRequest, photos: int, should_stop: Callable[[], bool]) -> Iterator[RelearnEvent]:
        yield from self._stored(request.data, self._events("relearn", (request, photos), should_stop))

    def sequence(self, request: SequenceRequest, should_stop: Callable[[], bool]) -> Iterator[SequenceEvent]:
        yield from self._stored(request.base.data, self._events("sequence", (request,), should_stop))

    def look_alikes(
        self, data: str, task: str, backbone: str, person: str, count: int, weights: str | None = None
    ) -> Sequence[str]:
        """On the CPU: a click on a face needs no GPU."""
        with self.own.lease(data):
            prepared = self._prepared(ForgetRequest((person,), data, task, backbone, weights=weights, device="cpu"))
            return nearest_people(prepared.spec.task, prepared.outputs, person)[:count]

    def warm_up(self) -> None:
        """The part that does not need a GPU."""
        self._prepared(ForgetRequest((), device="cpu"))
        self.ready = True

    def _work(self, name: str, arguments: tuple[object, ...]) -> Generator[Any, None, None]:
        """In the other process: the service's own work. To stop it, it is closed at its next event."""
        try:
            yield from getattr(super(), name)(*arguments, lambda: False)
        except DlfdError as error:
            yield _Refused(str(error))

    def _stored(self, data: str, events: Generator[Any, None, None]) -> Generator[Any, None, None]:
        """The events unchanged; reports among them are stored in this process, for receipts. Raises ``InvalidRequest``
        where they are about own photos that are deleted."""

        def stored(event: Any) -> Any:
            if isinstance(event, ForgetProgress):
                return event
            with self.own.lease(data):
                return self._follow_ups.stored(event)

        yield from mapped(events, stored)

    def _events(
        self, name: str, arguments: tuple[object, ...], should_stop: Callable[[], bool]
    ) -> Generator[Any, None, None]:
        """Raises ``DlfdError`` with the other process's message, and ``RunCancelled`` where ``should_stop`` is true."""
        events = self._in_other_process(name, arguments)
        try:
            for event in events:
                if should_stop():
                    raise RunCancelled("Cancelled.")
                if isinstance(event, _Refused):
                    raise DlfdError(event.sentence)
                yield event
        finally:
            events.close()
