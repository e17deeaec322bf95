"""Handlers whose batches depend on no clock: one event each, or all events at once."""

from __future__ import annotations

from collections.abc import Iterator

from typing_extensions import override

from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.server.jobs import T, Work


class Stepwise(Handlers):
    """Handlers that paint every event by itself. The work runs in the thread of the test."""

    @override
    def batches(self, work: Work[T], session: str | None, tick: float | None = None) -> Iterator[list[T]]:
        with self.visits.run(session):
            for event in work(lambda: False):
                yield [event]


class AtOnce(Handlers):
    """Handlers that get all events of a run in one batch, as when the page is slower than the run."""

    @override
    def batches(self, work: Work[T], session: str | None, tick: float | None = None) -> Iterator[list[T]]:
        with self.visits.run(session):
            yield list(work(lambda: False))
