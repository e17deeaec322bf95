"""Queue for the device, which does one piece of work at a time, by turns of the callers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dlfd_core.types import FairOrder


@dataclass(frozen=True)
class Place:
    """Attributes:
    ahead: pieces of work before this one, the running one included; 0 when this one has the device.
    seconds: until this one gets the device; None where it is not known of all of those ahead.
    """

    ahead: int
    seconds: float | None


class Ticket:
    """One piece of work in a ``DeviceQueue``, a context: at its end the next one gets the device, or moves up."""

    def __init__(self, queue: DeviceQueue, kind: str):
        self.kind = kind
        self._queue = queue
        self.started: float | None = None
        self.ends: float | None = None

    def wait(self, timeout: float) -> bool:
        """Whether this ticket has the device, after ``timeout`` seconds at most."""
        return self._queue.wait_for(self, timeout)

    def place(self) -> Place:
        return self._queue.place_of(self)

    def set_seconds_left(self, seconds_left: float | None) -> None:
        """Set when the running work is expected to end, for the waiting times of those behind it; None changes
        nothing."""
        if seconds_left is not None:
            self.ends = time.monotonic() + seconds_left


class DeviceQueue:
    """One piece of work at a time; safe to use from several threads.

    Callers take turns (``types.FairOrder``): the first piece of a caller waits for no second piece of another one. Work
    that is given up while waiting (a closed tab, a cancel) leaves no gap.
    """

    def __init__(self) -> None:
        self._line = FairOrder[Ticket]()
        self._moved = threading.Condition()
        self._took: dict[str, float] = {}  # seconds the last one of each kind had the device

    @contextmanager
    def join(self, kind: str = "run") -> Iterator[Ticket]:
        """Join the end of the queue.

        Args:
            kind: what the work is; the last one of its kind predicts how long the next one takes.
        """
        ticket = Ticket(self, kind)
        with self._moved:
            self._line.add(ticket)
            self._start()
        try:
            yield ticket
        finally:
            self._leave(ticket)

    @contextmanager
    def acquire(self, kind: str = "run") -> Iterator[Ticket]:
        """Join the queue and wait until the device is free, however long that takes."""
        with self.join(kind) as ticket:
            while not ticket.wait(60.0):
                pass
            yield ticket

    def _leave(self, ticket: Ticket) -> None:
        with self._moved:
            if ticket.started is not None:
                self._took[ticket.kind] = time.monotonic() - ticket.started
            self._line.remove(ticket)
            self._start()
            self._moved.notify_all()

    def _start(self) -> None:
        """Start the time of the ticket that has the device."""
        for ticket in self._line.served():
            if ticket.started is None:
                ticket.started = time.monotonic()

    def wait_for(self, ticket: Ticket, timeout: float) -> bool:
        with self._moved:
            return self._moved.wait_for(lambda: ticket.started is not None, timeout)

    def place_of(self, ticket: Ticket) -> Place:
        """Where a ticket stands; with seconds only where they are known of everyone ahead."""
        with self._moved:
            line = self._line.pieces()
            before = line[: line.index(ticket)]
        now, seconds = time.monotonic(), 0.0
        for other in before:
            took = self._took.get(other.kind)
            if other.ends is not None:
                seconds += max(0.0, other.ends - now)
            elif took is not None:
                seconds += max(0.0, took - (now - other.started if other.started is not None else 0.0))
            else:
                return Place(len(before), None)
        return Place(len(before), seconds)

    def busy(self) -> bool:
        return self.length() > 0

    def length(self) -> int:
        """Pieces of work that have the device or wait for it."""
        with self._moved:
            return len(self._line.pieces())
