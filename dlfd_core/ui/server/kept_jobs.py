"""Jobs that go on for some minutes without their visitor, whose page is reloaded or whose line is lost.

Gradio ends the stream of a job when its page is gone. The job itself is an iterator of ``Slots`` that is kept here,
with everything it has shown so far; a page that knows the ticket shows all of that, and then what follows. Other
pages can watch a job by its key, which stands in the address of its page; they cannot stop it.
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


def newest(shown: Slots, news: Slots) -> Slots:
    """Newer slots in place of older ones; a sentence that pops up is not shown twice."""
    return {name: value for name, value in (shown | news).items() if name != "toast"}


class _Job:
    """One job. ``lock`` is held while a step is taken.

    Attributes:
        note: what the page needs besides the slots to show the job again.
        shown: all slots so far, joined.
        follower: mark of the stream of its own visitor; a newer stream takes it over.
        waiting: what each stream has still to show, by its mark.
        left: a time of ``time.monotonic`` since when no stream shows it; None while one does.
    """

    def __init__(self, steps: Iterator[Slots], session: str, note: Any):
        self.steps, self.session, self.note = steps, session, note
        self.key = secrets.token_urlsafe(12)
        self.lock = threading.Lock()
        self.shown: Slots = {}
        self.done = False
        self.follower: object = None
        self.waiting: dict[object, Slots] = {}
        self.left: float | None = time.monotonic()

    def close(self, last: Slots) -> None:
        """Stop the work, after the step that is being taken; at once where it is done.

        Args:
            last: what the streams show in the end.
        """
        with self.lock:
            self.done = True
            self.steps.close()  # type: ignore[attr-defined]  # a generator
            for mark in list(self.waiting):
                self.waiting[mark] = last

    def step(self, mark: object, join: Join) -> Slots | None:
        """What the stream of this mark shows next; None at the end. The lock is held."""
        news = self.waiting[mark]
        self.waiting[mark] = {}
        if news or self.done:
            return news or None
        try:
            news = next(self.steps)
        except StopIteration:
            self.done = True
            return None
        if news:
            self.shown = join(self.shown, news)
            for other in [each for each in self.waiting if each is not mark]:
                self.waiting[other] = join(self.waiting[other], news)
        return news


class KeptJobs:
    """The jobs of one kind of all visitors; safe to use from several threads.

    Args:
        join: see ``Join``.
        alone: seconds, see ``ALONE``.
        most: jobs that are kept; beyond that, the oldest that nobody follows is deleted.
    """

    def __init__(self, join: Join = newest, alone: float = ALONE, most: int = RUNS_OPEN):
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

    def begin(self, steps: Iterator[Slots], session: str | None, note: Any = None) -> Iterator[Slots]:
        """Keep a job and show it, each message with the slot ``ticket``, see ``RunTicket``."""
        return self.answer(self.start(steps, session, note))

    def ticket_of(self, session: str, *, over: bool = False) -> str | None:
        """The ticket of a visitor's latest job that goes on; ``over``: also of one that does not."""
        with self._lock:
            mine = [ticket for ticket, job in self._jobs.items() if job.session == session and (over or not job.done)]
        return mine[-1] if mine else None

    def key_of(self, ticket: object) -> str:
        """The key by which other pages watch a job; empty for an unknown ticket."""
        job = self._find(ticket)
        return "" if job is None else job.key

    def follow(self, ticket: object, session: str | None = None) -> Iterator[Slots]:
        """What the job has shown until now, as one message, and then each further one. Nothing for an unknown ticket.

        Args:
            session: of the page that follows from now on.
        """
        job = self._find(ticket)
        if job is None:
            return
        before, mine = job.follower, object()
        job.follower = mine
        job.waiting.pop(before, None)  # a stream of before ends after its step
        job.session = session or job.session
        yield from self._stream(job, mine)

    def answer(self, ticket: object, session: str | None = None) -> Iterator[Slots]:
        """``follow``, but first comes the ticket, so that the page stops asking; empty where the job is gone.

        It is in every later message as well, except a heartbeat: of two messages that reach the browser together,
        gradio may show the second only.
        """
        slot: Slots = {"ticket": {"ticket": ticket if self.key_of(ticket) else ""}}
        yield slot
        for news in self.follow(ticket, session):
            yield news | slot if news else news

    def watch(self, key: object) -> tuple[Any, Iterator[Slots]] | None:
        """The note of another visitor's job, and what ``follow`` gives, without taking it over; None for an unknown
        key."""
        with self._lock:
            job = next((job for job in self._jobs.values() if job.key == key), None)
        return None if job is None else (job.note, self._stream(job, object()))

    def _stream(self, job: _Job, mine: object) -> Iterator[Slots]:
        job.waiting[mine], job.left = {}, None
        try:
            with job.lock:
                shown = dict(job.shown)
                if mine in job.waiting:
                    job.waiting[mine] = {}  # part of what is shown
            if shown:
                yield shown
            while True:
                with job.lock:
                    news = job.step(mine, self._join) if mine in job.waiting else None
                if news is None:
                    return
                yield news
        finally:
            job.waiting.pop(mine, None)
            if not job.waiting:
                self._leave(job)

    def _leave(self, job: _Job) -> None:
        """Nobody sees the job any more: it ends after ``alone`` seconds unless somebody comes back."""
        job.left = time.monotonic()
        if not job.done:
            timer = threading.Timer(self._alone + 0.05, self._sweep)
            timer.daemon = True
            timer.start()

    def claim(self, ticket: object, session: str) -> None:
        """A job belongs to the page of this session from now on, also while the page does not show it."""
        job = self._find(ticket)
        if job is not None:
            job.session = session

    def rename(self, before: str, session: str) -> None:
        """A page that was reloaded has another session."""
        for job in self._of(before):
            job.session = session

    def drop(self, session: str, last: Slots | None = None) -> None:
        """Stop the jobs of a visitor, and delete what they have shown.

        Args:
            last: what their streams show in the end.
        """
        jobs = self._of(session)
        with self._lock:
            self._jobs = OrderedDict((ticket, job) for ticket, job in self._jobs.items() if job not in jobs)
        for job in jobs:
            job.close(last or {})

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
            job.close({})
