"""Jobs that go on for some minutes without their visitor, whose page is reloaded or whose line is lost.

Gradio ends the stream of a job when its page is gone. The job itself is an iterator of ``Slots`` that is kept here,
with everything it has shown so far; a page that knows the ticket shows all of that, and then what follows.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

from dlfd_core.ui.server.jobs import RUNS_OPEN, Slots

#: Seconds that a job goes on, and its result is kept, without a page that follows it.
ALONE = 300.0
#: Joins what a job has shown and what it shows now.
Join = Callable[[Slots, Slots], Slots]


class _Job:
    """One job. ``lock`` is held while a step is taken.

    Attributes:
        note: what the page needs besides the slots to show the job again.
        shown: all slots so far, joined.
        follower: mark of the stream that shows the job; a newer stream takes it over.
        left: a time of ``time.monotonic`` since when no stream shows it; None while one does.
    """

    def __init__(self, steps: Iterator[Slots], session: str, note: Any):
        self.steps, self.session, self.note = steps, session, note
        self.lock = threading.Lock()
        self.shown: Slots = {}
        self.done = False
        self.follower: object = None
        self.left: float | None = time.monotonic()

    def close(self) -> None:
        """Stop the work, after the step that is being taken; at once where it is done."""
        with self.lock:
            self.done = True
            self.steps.close()  # type: ignore[attr-defined]  # a generator


class KeptJobs:
    """The jobs of one kind of all visitors; safe to use from several threads.

    Args:
        join: see ``Join``.
        alone: seconds, see ``ALONE``.
        most: jobs that are kept; beyond that, the oldest that nobody follows is deleted.
    """

    def __init__(self, join: Join = lambda shown, news: shown | news, alone: float = ALONE, most: int = RUNS_OPEN):
        self._join, self._alone, self._most = join, alone, most
        self._jobs: OrderedDict[str, _Job] = OrderedDict()
        self._lock = threading.Lock()

    def start(self, steps: Iterator[Slots], session: str | None, note: Any = None) -> str:
        """Keep a job that begins when it is followed. Returns its ticket, which no other visitor can guess."""
        ticket = secrets.token_urlsafe(24)
        with self._lock:
            over = [name for name, job in self._jobs.items() if session and job.session == session and job.done]
            for name in over:
                del self._jobs[name]
            self._jobs[ticket] = _Job(steps, session or "", note)
        self._sweep()
        return ticket

    def note(self, ticket: object) -> Any:
        """The note of a job; None for an unknown ticket."""
        job = self._find(ticket)
        return None if job is None else job.note

    def ticket_of(self, session: str) -> str | None:
        """The ticket of a visitor's latest job that is not over."""
        with self._lock:
            mine = [ticket for ticket, job in self._jobs.items() if job.session == session and not job.done]
        return mine[-1] if mine else None

    def follow(self, ticket: str, session: str | None = None) -> Iterator[Slots]:
        """What the job has shown until now, as one message, and then each further one. Nothing for an unknown ticket.

        Args:
            session: of the page that follows from now on.
        """
        job = self._find(ticket)
        if job is None:
            return
        mine = object()
        job.follower, job.left = mine, None
        job.session = session or job.session
        try:
            with job.lock:  # a stream of before ends its step
                shown = dict(job.shown)
            if shown:
                yield shown
            while True:
                with job.lock:
                    if job.follower is not mine or job.done:
                        return
                    try:
                        news = next(job.steps)
                    except StopIteration:
                        job.done = True
                        return
                    if news:
                        job.shown = self._join(job.shown, news)
                yield news
        finally:
            if job.follower is mine:
                self._leave(ticket, job)

    def _leave(self, ticket: str, job: _Job) -> None:
        """Nobody follows the job any more: it ends after ``alone`` seconds unless somebody comes back."""
        job.follower, job.left = None, time.monotonic()
        if not job.done:
            timer = threading.Timer(self._alone + 0.05, self._sweep)
            timer.daemon = True
            timer.start()

    def rename(self, before: str, session: str) -> None:
        """A page that was reloaded has another session."""
        for job in self._of(before):
            job.session = session

    def drop(self, session: str) -> None:
        """Stop the jobs of a visitor, and delete what they have shown."""
        jobs = self._of(session)
        with self._lock:
            self._jobs = OrderedDict((ticket, job) for ticket, job in self._jobs.items() if job not in jobs)
        for job in jobs:
            job.close()

    def _find(self, ticket: object) -> _Job | None:
        with self._lock:
            return self._jobs.get(ticket) if isinstance(ticket, str) else None

    def _of(self, session: str) -> list[_Job]:
        with self._lock:
            return [job for job in self._jobs.values() if session and job.session == session]

    def _sweep(self) -> None:
        """Delete the jobs that were left too long ago, and the oldest of too many."""
        now = time.monotonic()
        with self._lock:
            left = {ticket: job.left for ticket, job in self._jobs.items() if job.left is not None}
            old = {ticket for ticket, since in left.items() if now - since >= self._alone}
            too_many = max(0, len(self._jobs) - len(old) - self._most)
            old |= set([ticket for ticket in left if ticket not in old][:too_many])
            gone = [self._jobs.pop(ticket) for ticket in old]
        for job in gone:
            job.close()
