"""Which run the page shows to a visitor, and its report while it is not yet in the service's memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass

from dlfd_core.types import ForgetReport, ForgetRequest
from dlfd_core.ui.server.jobs import RUNS_OPEN
from dlfd_core.ui.server.marks import mark
from dlfd_core.ui.server.ports import ServicePort
from dlfd_core.ui.server.questions import shown_run

GONE = "This run is no longer in the server's memory. Run it again to see more of it."


@dataclass(frozen=True)
class Shown:
    """The run that a page shows.

    Attributes:
        mark: of its report, see ``marks.mark``.
        final: whether the run is over, so that the service remembers its report.
    """

    request: ForgetRequest
    mark: str
    final: bool = True
    example: bool = False


class ShownRuns:
    """Finder of the report behind a ``Shown``.

    The service remembers complete reports. A report that still waits for its control, or whose control was cancelled,
    is kept here; at most ``RUNS_OPEN`` of them, the oldest is deleted first.
    """

    def __init__(self, service: ServicePort):
        self._service = service
        self._lock = threading.Lock()
        self._partial: OrderedDict[str, tuple[str | None, ForgetReport]] = OrderedDict()

    def show(self, report: ForgetReport, session: str | None, *, final: bool, example: bool = False) -> Shown:
        """The value for a report that is shown now.

        Args:
            session: of the visitor, see ``drop``.
        """
        shown = Shown(report.request, mark(report), final, example)
        with self._lock:
            self._partial.pop(shown.mark, None)
            if not final:
                self._partial[shown.mark] = (session, report)
                while len(self._partial) > RUNS_OPEN:
                    self._partial.popitem(last=False)
        return shown

    def report(self, shown: Shown) -> ForgetReport:
        """Raises ``InvalidRequest`` where no memory has it any more."""
        with self._lock:
            partial = self._partial.get(shown.mark)
        if partial is not None:
            return partial[1]
        return shown_run(self._service, shown.request, shown.mark, GONE)

    def drop(self, session: str) -> None:
        """Delete the kept reports of a visitor, whose own photos are deleted."""
        with self._lock:
            for key in [key for key, (owner, _) in self._partial.items() if owner == session]:
                del self._partial[key]
