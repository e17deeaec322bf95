"""Handlers of requests that come one after another, without gradio: from the form to named slots of the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import (
    DEFAULT_PRESET,
    MAX_REQUESTS,
    MIN_REQUESTS,
    ForgetProgress,
    SequenceEvent,
    SequenceReport,
    SequenceRequest,
)
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.sequence import views
from dlfd_core.ui.server.failures import job
from dlfd_core.ui.server.jobs import Slots

#: In the status while the page may still show an earlier sequence.
PREVIOUS = "Any results below are from the previous sequence."
#: People per request, in the order of the requests.
Queue = Sequence[Sequence[str]]


@dataclass
class _Shown:
    """Last report of a sequence, as the page shows it."""

    report: SequenceReport | None = None


class SequenceHandlers:
    """Handlers of the part on requests that come one after another.

    Its slots: ``queue`` (kept on the server for this visitor), ``queued`` (the list of them), ``sequence_status``,
    ``sequence_progress``, ``sequence_result``, ``sequence`` (the last report, kept as the queue is), and as in
    ``Handlers`` ``busy`` and ``toast``.

    Args:
        page: shares its service, its catalog and its reading of the form.

    Attributes:
        kept: sequences that go on without their visitor.
    """

    def __init__(self, page: Handlers):
        self.page, self.service = page, page.service
        self.kept = page.kept_jobs()
        self.titles = {card.name: card.title for card in page.catalog.methods}
        self.tasks = {task.name: task.title for task in page.data.tasks}

    # ---- the queue ----

    def queued(self, queue: Queue, warning: str = "") -> str:
        """The list of the requests that wait, with a warning below it."""
        return views.queue_list(self.page.data, queue, warning)

    def add(self, queue: Queue, people: Sequence[str]) -> Slots:
        """The queue with the picked people as its last request; a warning where there is nobody to add.

        People of earlier requests are left out, so that a visitor can add to the pick and press the button again.
        """
        in_line = {person for group in queue for person in group}
        fresh = sorted(set(people) - in_line)
        if not people:
            warning = "Nobody is picked; pick at least one person under Demo first."
        elif not fresh:
            warning = "All picked people are already lined up; pick other people under Demo."
        elif len(queue) >= MAX_REQUESTS:
            warning = f"A sequence has {MAX_REQUESTS} requests at most."
        elif len(in_line) + len(fresh) >= len(self.page.data.people):
            warning = "Then everybody would be forgotten; leave at least one person for the model to keep."
        else:
            queue, warning = [*queue, fresh], ""
        return {"queue": list(queue), "queued": self.queued(queue, warning)}

    def remove(self, queue: Queue, number: object) -> Slots:
        """The queue without the request of this number, counted from 0; unchanged where there is no such request."""
        kept = [group for i, group in enumerate(queue) if i != number or isinstance(number, bool)]
        return {"queue": kept, "queued": self.queued(kept)}

    def settled(self, status: object) -> Slots:
        """The status line after a change of the queue: an error about the old queue goes away."""
        if views.state_of(status) != "failed":
            return {}
        return {"sequence_status": views.sequence_status("idle")}

    # ---- a sequence ----

    def request(self, wishes: Wishes, queue: Queue, session: str | None = None) -> SequenceRequest:
        """The request that the form and the queue make. Raises ``InvalidRequest``."""
        if len(queue) < MIN_REQUESTS:
            raise InvalidRequest(
                f"{'One request is' if len(queue) == 1 else 'No request is'} lined up; add at least {MIN_REQUESTS}."
            )
        everybody = [person for group in queue for person in group]  # own people may be in a later request
        base = self.page.request(replace(wishes, people=everybody, control=False), session)
        base = replace(base, people=tuple(sorted(queue[0])))
        return SequenceRequest(base, tuple(tuple(group) for group in queue[1:]))

    def run(self, wishes: Wishes, queue: Queue, session: str | None = None) -> Iterator[Slots]:
        """A sequence as the page shows it, from the click to the last step. Never raises: an error becomes a sentence,
        and the finished steps stay."""
        shown = _Shown()
        return job(self._run(wishes, queue, session, shown), partial(self._failure, shown), "A sequence failed")

    def _run(self, wishes: Wishes, queue: Queue, session: str | None, shown: _Shown) -> Iterator[Slots]:
        start = ForgetProgress("load", 0, 1, "Starting")
        yield {
            "busy": True,
            "sequence_status": views.sequence_status("running", f"Running. {PREVIOUS}"),
            "sequence_progress": views.progress_bar(start),
            "queue": list(queue),  # for a page that comes back
            "queued": self.queued(queue),
        }
        request = self.request(wishes, queue, session)
        for batch in self.page.batches(partial(self.service.sequence, request), session):
            yield self._repaint(batch, shown)
        if shown.report is not None:
            yield self._done(shown.report)

    def _repaint(self, batch: list[SequenceEvent], shown: _Shown) -> Slots:
        """One message for a batch of events; an empty one as heartbeat where there are none."""
        slots: Slots = {}
        for event in batch:
            if isinstance(event, SequenceReport):
                shown.report = event
                sentence = f"{len(event.steps)} of {len(event.request.groups)} requests are finished; see below."
                slots |= {"sequence_status": views.sequence_status("steps", sentence), "sequence": event}
                slots["sequence_result"] = self._result(event)
            else:
                slots["sequence_progress"] = views.progress_bar(event)
        return slots

    def _result(self, report: SequenceReport) -> str:
        base = report.request.base
        preset = "" if base.preset == DEFAULT_PRESET else base.preset
        title = self.titles.get(base.method, base.method)
        return views.result(report, views.run_title(title, base.task, base.seed, preset, len(base.knobs), self.tasks))

    def _done(self, report: SequenceReport) -> Slots:
        sentence = f"Finished: {len(report.steps)} requests, one after another. The result is below."
        return {
            "busy": False,
            "sequence_status": views.sequence_status("done", sentence),
            "sequence_progress": views.progress_bar(None),
        }

    def _failure(self, shown: _Shown, sentence: str) -> Slots:
        kept = "" if shown.report is None else f" The {len(shown.report.steps)} finished below stay."
        return {
            "busy": False,
            "sequence_status": views.sequence_status("failed", sentence + kept),
            "sequence_progress": views.progress_bar(None),
            "toast": sentence,
        }

    def cancelled(self, status: object, report: SequenceReport | None, session: str | None = None) -> Slots:
        """The part after a cancel, which stops the sequence of this session.

        Args:
            status: value of this slot on the page; it tells whether the report is of this sequence.
            report: the last one that arrived, perhaps of an earlier sequence.
        """
        self.kept.drop(session or "")
        state = views.state_of(status)
        if report is not None and (state == "done" or (state == "steps" and report.complete)):
            return self._done(report)  # the cancel came after the last step
        if report is not None and state == "steps":
            done = f"{len(report.steps)} of {len(report.request.groups)}"
            sentence = f"Cancelled. The {done} steps that are finished stay below."
        else:
            sentence = f"Cancelled before the first request was finished. {PREVIOUS}"
        return {
            "busy": False,
            "sequence_status": views.sequence_status("cancelled", sentence),
            "sequence_progress": views.progress_bar(None),
        }
