"""Handlers of the relearn test, without gradio: from the shown run and a number of photos to slots of the page."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import RELEARN_PHOTOS, ForgetProgress, ForgetRequest, RelearnReport
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.relearn import views
from dlfd_core.ui.server.failures import job
from dlfd_core.ui.server.jobs import Slots
from dlfd_core.ui.text.markup import seconds

NO_RUN = "There is no run for this test yet; forget somebody first."


class RelearnHandlers:
    """Handlers of the block "Does the memory come back?".

    Its slots: ``relearn_status``, ``relearn``, and as in ``Handlers`` ``busy`` and ``toast``.

    Args:
        page: shares its service.

    Attributes:
        kept: tests that go on without their visitor; the note of each is the request of its run.
    """

    def __init__(self, page: Handlers):
        self.page, self.service = page, page.service
        self.kept = page.kept_jobs()

    def start(self, request: ForgetRequest | None, photos: object, session: str | None = None) -> Iterator[Slots]:
        """``relearn`` as a job that goes on without its visitor; first comes its ticket."""
        return self.kept.begin(self.relearn(request, photos, session), session, request)

    def come_back(self, ticket: object, request: ForgetRequest | None, session: str) -> Iterator[Slots]:
        """The test of a page that was reloaded. Nothing while the page shows another run than the test's.

        Args:
            request: of the run that the page shows.
        """
        self.kept.claim(ticket, session)
        if self.kept.note(ticket) == request:
            return self.kept.answer(ticket)
        return itertools.islice(self.kept.answer(ticket), 1)

    def another_run(self, request: ForgetRequest | None, session: str | None = None) -> Slots:
        """The block once the page shows another run: empty, since its result was about the run before; the page asks
        for the test of this very run where it was reloaded and shows its run again."""
        ticket = self.kept.ticket_of(session or "", over=True)
        if ticket is not None and self.kept.note(ticket) == request:
            return {"ticket": {"again": ticket}}
        empty: Slots = {"busy": False, "relearn_status": views.relearn_status("idle"), "relearn": views.nothing_yet()}
        self.kept.drop(session or "", empty)
        return empty

    def relearn(self, request: ForgetRequest | None, photos: object, session: str | None = None) -> Iterator[Slots]:
        """A test as the page shows it. Never raises: an error becomes a sentence.

        Args:
            request: of the run that the page shows, None while it shows none. Where the run is not in the service's
                memory, as the finished example at first, it is carried out first.
        """
        return job(self._run(request, photos, session), _failure, "A relearn test failed")

    def _run(self, request: ForgetRequest | None, photos: object, session: str | None) -> Iterator[Slots]:
        yield {"busy": True, "relearn_status": views.relearn_status("running", "Getting the models of this run ready.")}
        if request is None:
            raise InvalidRequest(NO_RUN)
        report: RelearnReport | None = None
        work = partial(self.service.relearn, request, read_photos(photos))
        for batch in self.page.batches(work, session):
            progress: ForgetProgress | None = None
            for event in batch:
                if isinstance(event, RelearnReport):
                    report = event
                else:
                    progress = event
            yield {} if progress is None else {"relearn_status": views.relearn_status("running", "", progress)}
        assert report is not None  # relearn either raises or ends with its report
        sentence = f"Finished in {seconds(report.seconds)}. The models of your run were not changed."
        yield {
            "busy": False,
            "relearn_status": views.relearn_status("done", sentence),
            "relearn": views.result(report),
        }

    def cancelled(self, session: str | None = None) -> Slots:
        """The block after a cancel, which stops the test of this session."""
        self.kept.drop(session or "")
        sentence = "Cancelled. Any results below are from the previous test."
        return {"busy": False, "relearn_status": views.relearn_status("cancelled", sentence)}


def read_photos(value: object) -> int:
    """The number of photos that the slider has. Raises ``InvalidRequest``."""
    low, high = RELEARN_PHOTOS
    if isinstance(value, int | float) and not isinstance(value, bool) and value in range(low, high + 1):
        return int(value)
    raise InvalidRequest(f"The number of photos must be a whole number from {low} to {high}.")


def _failure(sentence: str) -> Slots:
    return {"busy": False, "relearn_status": views.relearn_status("failed", sentence), "toast": sentence}
