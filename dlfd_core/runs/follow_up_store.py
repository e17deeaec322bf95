"""Finished relearn tests and sequences, remembered so that the receipt of their run can hold them."""

from __future__ import annotations

from typing import TypeVar

from dlfd_core.runs.keys import FollowUpKey
from dlfd_core.runs.lru_cache import DataSetCache
from dlfd_core.types import FollowUpReport, ForgetReport, RelearnReport, SequenceReport

Event = TypeVar("Event")

#: How many, and their bytes: a test is some 10 kB, a sequence of 20 requests a few 100 kB.
KEPT, KEPT_BYTES = 96, 20_000_000


class FollowUpStore:
    """The latest ones, by the request they started from and the photos shown, or the later requests."""

    def __init__(self) -> None:
        self._reports = DataSetCache[FollowUpKey, FollowUpReport](KEPT, KEPT_BYTES)

    def noted(self, event: Event) -> Event:
        """The event as it came; one that is the end of a test or of a sequence is remembered."""
        if isinstance(event, RelearnReport):
            self._reports.put(FollowUpKey(event.request, event.photos), event)
        elif isinstance(event, SequenceReport) and event.complete:
            self._reports.put(FollowUpKey(event.request.base, event.request.then), event)
        return event

    def of(self, run: ForgetReport) -> tuple[FollowUpReport, ...]:
        """Those that started from the models of a run, the latest first.

        Args:
            run: the report of a validated request.
        """
        return tuple(report for report in reversed(self._reports.values()) if report.follows(run))

    def drop_data(self, name: str) -> None:
        """Remove all reports on a data set."""
        self._reports.drop_data(name)
