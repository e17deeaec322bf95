"""LRU cache of finished relearn tests and sequences, for the receipt of the run they belong to."""

from __future__ import annotations

from typing import TypeVar

from dlfd_core.runs.keys import FollowUpKey
from dlfd_core.runs.lru_cache import DataSetCache
from dlfd_core.types import FollowUpReport, ForgetReport, RelearnReport, SequenceReport

Event = TypeVar("Event")

#: Largest number of reports, and of their bytes: a test is some 10 kB, a sequence of 20 requests a few 100 kB.
REPORTS, REPORT_BYTES = 96, 20_000_000


class FollowUpStore:
    """The most recently used reports, by the request of their run and the photos shown, or the later requests."""

    def __init__(self) -> None:
        self._reports = DataSetCache[FollowUpKey, FollowUpReport](REPORTS, REPORT_BYTES)

    def stored(self, event: Event) -> Event:
        """Returns the event unchanged; the report of a relearn test or of a complete sequence is stored."""
        if isinstance(event, RelearnReport):
            self._reports.put(FollowUpKey(event.request, event.photos), event)
        elif isinstance(event, SequenceReport) and event.complete:
            self._reports.put(FollowUpKey(event.request.base, event.request.then), event)
        return event

    def of(self, run: ForgetReport) -> tuple[FollowUpReport, ...]:
        """The reports that started from the models of a run, the latest first.

        Args:
            run: the report of a validated request.
        """
        return tuple(report for report in reversed(self._reports.values()) if report.follows(run))

    def drop_data(self, name: str) -> None:
        """Remove all reports on a data set."""
        self._reports.drop_data(name)
