"""Waiting for one's turn on the device, with progress, and being stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from typing import TypeVar

from dlfd_core.device import machine_errors_explained, release_memory
from dlfd_core.errors import RunCancelled, TooMuch
from dlfd_core.runs.device_queue import DeviceQueue, Ticket, Waiting
from dlfd_core.types import ForgetProgress

Event = TypeVar("Event")
Result = TypeVar("Result")


class CancellationPoll:
    """Called at every step of a piece of work; raises where it has to end early.

    Args:
        should_stop: whether the visitor has cancelled, or is gone.
        limit: seconds the work may take, not counting the wait for its turn; None for as long as it likes.
    """

    def __init__(self, should_stop: Callable[[], bool], limit: float | None = None):
        self._should_stop, self._limit = should_stop, limit
        self._ends: float | None = None

    def begin(self) -> None:
        """The work's turn has come."""
        if self._limit is not None:
            self._ends = time.monotonic() + self._limit

    def raise_if_cancelled(self) -> None:
        """Raises ``RunCancelled``, or ``TooMuch`` after the limit."""
        if self._should_stop():
            raise RunCancelled("Cancelled.")
        if self._ends is not None and self._limit is not None and time.monotonic() > self._ends:
            raise TooMuch(
                f"This run was stopped after {self._limit / 60:.0f} minutes, the longest one may take here; choose "
                "fewer epochs or a smaller network, or run it on a machine of your own."
            )


def in_turn(
    slot: DeviceQueue,
    kind: str,
    poll: CancellationPoll,
    work: Callable[[], Generator[Event, None, Result]],
) -> Generator[Event | ForgetProgress, None, Result]:
    """Do the work when it is its turn; yields who is ahead until then, and the work's events after that.

    Args:
        kind: of work, see ``DeviceQueue.queue``.
        poll: called while waiting; its clock starts with the work.
        work: started when its turn has come; closed when this generator is.

    Raises:
        TooMuch: memory or the disk does not suffice; and whatever the work raises.
    """
    with slot.queue(kind) as ticket:
        yield from _waiting(ticket, poll.raise_if_cancelled)
        poll.begin()
        with ExitStack() as afterwards:
            afterwards.callback(release_memory)
            events = afterwards.enter_context(closing(work()))
            while True:
                try:
                    with machine_errors_explained():
                        event = next(events)
                except StopIteration as finished:
                    result: Result = finished.value
                    return result
                if isinstance(event, ForgetProgress):
                    ticket.note(event.seconds_left)
                yield event


def _waiting(ticket: Ticket, raise_if_cancelled: Callable[[], None]) -> Iterator[ForgetProgress]:
    """How many are ahead, and how long that takes as far as it is known, told anew when it changes."""
    told: tuple[int, int | None] | None = None
    while not ticket.wait(0.1):
        raise_if_cancelled()
        now: Waiting = ticket.waiting()
        rounded = (now.ahead, None if now.seconds is None else round(now.seconds))
        if rounded != told:
            told = rounded
            runs = "1 run" if now.ahead == 1 else f"{now.ahead} runs"
            yield ForgetProgress("load", 0, 1, f"Waiting for {runs} before this one", now.seconds)
    yield ForgetProgress("load", 0, 1, "Loading the model")
