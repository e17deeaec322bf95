"""Work that waits in the queue for the device and then runs, as one stream of events."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing
from typing import TypeVar

from dlfd_core.device import machine_errors_explained, release_memory
from dlfd_core.runs.cancellation import CancellationPoll
from dlfd_core.runs.device_queue import DeviceQueue, Ticket
from dlfd_core.types import ForgetProgress

Event = TypeVar("Event")
Result = TypeVar("Result")


def queued(
    queue: DeviceQueue,
    kind: str,
    poll: CancellationPoll,
    work: Callable[[], Generator[Event, None, Result]],
) -> Generator[Event | ForgetProgress, None, Result]:
    """Wait for the device, then do the work. Yields the place in the queue until then, and the work's events after it.

    Args:
        kind: of work, see ``DeviceQueue.join``.
        poll: asked while waiting; its clock starts with the work.
        work: started when the device is free; closed when this generator is.

    Raises:
        TooMuch: memory or the disk does not suffice; and whatever the work raises.
    """
    with queue.join(kind) as ticket:
        yield from _waiting(ticket, poll.raise_if_cancelled)
        poll.start_clock()
        with ExitStack() as stack:
            stack.callback(release_memory)
            events = stack.enter_context(closing(work()))
            while True:
                try:
                    with machine_errors_explained():
                        event = next(events)
                except StopIteration as finished:
                    result: Result = finished.value
                    return result
                if isinstance(event, ForgetProgress):
                    ticket.set_seconds_left(event.seconds_left)
                yield event


def _waiting(ticket: Ticket, raise_if_cancelled: Callable[[], None]) -> Iterator[ForgetProgress]:
    """How many runs are ahead and, where known, for how long; an event whenever one of the two changes."""
    last_sent: tuple[int, int | None] | None = None
    while not ticket.wait(0.1):
        raise_if_cancelled()
        place = ticket.place()
        rounded = (place.ahead, None if place.seconds is None else round(place.seconds))
        if rounded != last_sent:
            last_sent = rounded
            runs = "1 run" if place.ahead == 1 else f"{place.ahead} runs"
            yield ForgetProgress("load", 0, 1, f"Waiting for {runs} before this one", place.seconds)
    yield ForgetProgress("load", 0, 1, "Loading the model")
