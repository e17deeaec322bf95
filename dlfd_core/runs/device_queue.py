"""Who computes next: one device does one thing at a time, and those who wait are served in the order they came."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Waiting:
    """Attributes:
    ahead: requests that are served before this one, the running one included; 0 when it is this one's turn.
    seconds: until it is this one's turn, None while nothing is known about those ahead.
    """

    ahead: int
    seconds: float | None


class Ticket:
    """A place in a ``DeviceQueue``. Use it by ``with``: leaving gives the device, or the place, to the next."""

    def __init__(self, slot: DeviceQueue, kind: str):
        self.kind = kind
        self._slot = slot
        self.started: float | None = None
        self.ends: float | None = None

    def wait(self, timeout: float) -> bool:
        """Whether it is this ticket's turn, after ``timeout`` seconds at most."""
        return self._slot.wait_for(self, timeout)

    def waiting(self) -> Waiting:
        return self._slot.waiting(self)

    def note(self, seconds_left: float | None) -> None:
        """What the one who computes knows about its own end: those who wait are told."""
        if seconds_left is not None:
            self.ends = time.monotonic() + seconds_left


class DeviceQueue:
    """One at a time, first come first served; safe to use from several threads.

    Nobody can be overtaken, and who gives up while waiting (a closed tab, a cancel) leaves no gap.
    """

    def __init__(self) -> None:
        self._line: deque[Ticket] = deque()  # the first one computes
        self._moved = threading.Condition()
        self._took: dict[str, float] = {}  # seconds the last one of each kind held the slot

    @contextmanager
    def queue(self, kind: str = "run") -> Iterator[Ticket]:
        """Join the end of the queue.

        Args:
            kind: what it is for; how long the last one of a kind took foretells the next.
        """
        ticket = Ticket(self, kind)
        with self._moved:
            self._line.append(ticket)
            if self._line[0] is ticket:
                ticket.started = time.monotonic()
        try:
            yield ticket
        finally:
            self._leave(ticket)

    @contextmanager
    def hold(self, kind: str = "run") -> Iterator[Ticket]:
        """Join the queue and wait, for as long as it takes."""
        with self.queue(kind) as ticket:
            while not ticket.wait(60.0):
                pass
            yield ticket

    def _leave(self, ticket: Ticket) -> None:
        with self._moved:
            if ticket.started is not None:
                self._took[ticket.kind] = time.monotonic() - ticket.started
            self._line.remove(ticket)
            if self._line and self._line[0].started is None:
                self._line[0].started = time.monotonic()
            self._moved.notify_all()

    def wait_for(self, ticket: Ticket, timeout: float) -> bool:
        with self._moved:
            return self._moved.wait_for(lambda: self._line[0] is ticket, timeout)

    def waiting(self, ticket: Ticket) -> Waiting:
        """Where a ticket stands; a time only where something is known of everyone ahead."""
        with self._moved:
            before = list(self._line)[: self._line.index(ticket)]
        now, seconds = time.monotonic(), 0.0
        for other in before:
            took = self._took.get(other.kind)
            if other.ends is not None:
                seconds += max(0.0, other.ends - now)
            elif took is not None:
                seconds += max(0.0, took - (now - other.started if other.started is not None else 0.0))
            else:
                return Waiting(len(before), None)
        return Waiting(len(before), seconds)

    def busy(self) -> bool:
        with self._moved:
            return bool(self._line)
