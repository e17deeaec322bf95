"""Waiting for one's turn on the device, with progress, and being stopped."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import TypeVar

from dlfd_core.errors import RunCancelled
from dlfd_core.slot import FairSlot, Ticket, Waiting
from dlfd_core.types import ForgetProgress

Event = TypeVar("Event")
Result = TypeVar("Result")


def stopper(should_stop: Callable[[], bool]) -> Callable[[], None]:
    """What is called at every step; raises ``RunCancelled`` once it is told to stop."""

    def check() -> None:
        if should_stop():
            raise RunCancelled("Cancelled.")

    return check


def in_turn(
    slot: FairSlot,
    kind: str,
    check: Callable[[], None],
    work: Callable[[], Generator[Event, None, Result]],
) -> Generator[Event | ForgetProgress, None, Result]:
    """Do the work when it is its turn; yields who is ahead until then, and the work's events after that.

    Args:
        kind: of work, see ``FairSlot.queue``.
        check: called while waiting; may raise to give up.
        work: started when its turn has come; closed when this generator is.
    """
    with slot.queue(kind) as ticket:
        yield from _waiting(ticket, check)
        with closing(work()) as events:
            while True:
                try:
                    event = next(events)
                except StopIteration as finished:
                    result: Result = finished.value
                    return result
                if isinstance(event, ForgetProgress):
                    ticket.note(event.seconds_left)
                yield event


def _waiting(ticket: Ticket, check: Callable[[], None]) -> Iterator[ForgetProgress]:
    """How many are ahead, and how long that takes as far as it is known, told anew when it changes."""
    told: tuple[int, int | None] | None = None
    while not ticket.wait(0.1):
        check()
        now: Waiting = ticket.waiting()
        rounded = (now.ahead, None if now.seconds is None else round(now.seconds))
        if rounded != told:
            told = rounded
            runs = "1 run" if now.ahead == 1 else f"{now.ahead} runs"
            yield ForgetProgress("load", 0, 1, f"Waiting for {runs} before this one", now.seconds)
    yield ForgetProgress("load", 0, 1, "Loading the model")
