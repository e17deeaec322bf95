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
from dlfd_core.ui import sequence_views as views
from dlfd_core.ui.failures import job
from dlfd_core.ui.form import Wishes
from dlfd_core.ui.handlers import Handlers, Slots

#: People per request, in the order of the requests.
Queue = Sequence[Sequence[str]]


@dataclass
class _Shown:
    """Last report of a sequence, as the page shows it."""

    report: SequenceReport | None = None


class SequenceHandlers:
    """The behaviour of the part on requests one after another.

    Its slots: ``queue`` (kept on the server for this visitor), ``queued`` (the list of them), ``sequence_status``,
    ``sequence_progress``, ``sequence_result``, ``sequence`` (the last report, kept as the queue is), and as in
    ``Handlers`` ``busy`` and ``toast``.

    Args:
        page: shares its service, its catalog and its reading of the form.
    """

    def __init__(self, page: Handlers):
        self.page, self.service = page, page.service
        self.titles = {card.name: card.title for card in page.catalog.methods}
        self.tasks = {task.name: task.title for task in page.data.tasks}

    # ---- the queue ----

    def queued(self, queue: Queue, warning: str = "") -> str:
        return views.queue_list(self.page.data, queue, warning)

    def add(self, queue: Queue, people: Sequence[str]) -> Slots:
        """The picked people as the last request, without those lined up before, so that a pick can simply grow; a
        sentence where there is nobody to add."""
        asked = {person for group in queue for person in group}
        fresh = sorted(set(people) - asked)
        if not people:
            warning = "Nobody is picked; pick at least one person at the top of the page first."
        elif not fresh:
            warning = "Everybody picked is lined up already; pick other people at the top of the page."
        elif len(queue) >= MAX_REQUESTS:
            warning = f"A sequence has {MAX_REQUESTS} requests at most."
        elif len(asked) + len(fresh) >= len(self.page.data.people):
            warning = "That would be everybody; leave at least one person for the model to keep."
        else:
            queue, warning = [*queue, fresh], ""
        return {"queue": list(queue), "queued": self.queued(queue, warning)}

    def remove(self, queue: Queue, number: object) -> Slots:
        """The queue without one request, from 0; as it was where there is no such request."""
        kept = [group for i, group in enumerate(queue) if i != number or isinstance(number, bool)]
        return {"queue": kept, "queued": self.queued(kept)}

    def settled(self, status: object) -> Slots:
        """After the queue was changed: what had been wrong with it is said no more."""
        if views.state_of(status) != "failed":
            return {}
        return {"sequence_status": views.sequence_status("idle")}

    # ---- a sequence ----

    def request(self, wishes: Wishes, queue: Queue, session: str | None = None) -> SequenceRequest:
        """The form and the queue as a request. Raises ``InvalidRequest``."""
        if len(queue) < MIN_REQUESTS:
            raise InvalidRequest(
                f"{'One request is' if len(queue) == 1 else 'No request is'} lined up; add at least {MIN_REQUESTS}."
            )
        everybody = [person for group in queue for person in group]  # own people may come late
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
            "sequence_status": views.sequence_status("running", "Running. Results below, if any, are from before."),
            "sequence_progress": views.progress_bar(start),
        }
        request = self.request(wishes, queue, session)
        for batch in self.page.batches(partial(self.service.sequence, request), session):
            yield self._repaint(batch, shown)
        if shown.report is not None:
            yield self._done(shown.report)

    def _repaint(self, batch: list[SequenceEvent], shown: _Shown) -> Slots:
        """One message for all that happened meanwhile; an empty one as heartbeat."""
        found: Slots = {}
        for event in batch:
            if isinstance(event, SequenceReport):
                shown.report = event
                said = f"{len(event.steps)} of {len(event.request.groups)} requests are carried out; see below."
                found |= {"sequence_status": views.sequence_status("steps", said), "sequence": event}
                found["sequence_result"] = self._result(event)
            else:
                found["sequence_progress"] = views.progress_bar(event)
        return found

    def _result(self, report: SequenceReport) -> str:
        base = report.request.base
        preset = "" if base.preset == DEFAULT_PRESET else base.preset
        title = self.titles.get(base.method, base.method)
        return views.result(report, views.run_title(title, base.task, base.seed, preset, len(base.knobs), self.tasks))

    def _done(self, report: SequenceReport) -> Slots:
        said = f"Finished: {len(report.steps)} requests, one after another. The result is below."
        return {
            "busy": False,
            "sequence_status": views.sequence_status("done", said),
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

    def cancelled(self, status: object, report: SequenceReport | None) -> Slots:
        """After a cancel; the sequence itself was told to stop when its stream was closed.

        Args:
            status: as it stands on the page, which tells whether the report is of this sequence.
            report: the last one that arrived, perhaps of a sequence before.
        """
        state = views.state_of(status)
        if report is not None and (state == "done" or (state == "steps" and report.complete)):  # it came too late
            return self._done(report)
        if report is not None and state == "steps":
            done = f"{len(report.steps)} of {len(report.request.groups)}"
            said = f"Cancelled. The {done} steps that are finished stay below."
        else:
            said = "Cancelled before the first request was carried out; results below, if any, are from before."
        return {
            "busy": False,
            "sequence_status": views.sequence_status("cancelled", said),
            "sequence_progress": views.progress_bar(None),
        }
