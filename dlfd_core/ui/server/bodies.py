"""Limits of request bodies: bytes and seconds of each, bytes of all that are open, and requests that work at once."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

#: Most bytes of a request body; a piece of a photo takes 160,000 and a run of 140 people with all settings 4,000.
LARGEST_BODY = 200_000
#: The same for events of the page: a cancel sends back the table of a race, which grows with its runs.
LARGEST_EVENT = 1_000_000
#: Most bytes of all bodies that are open at the same time.
ALL_BODIES = 32_000_000
#: Seconds in which a body has to arrive.
BODY_SECONDS = 20.0
#: Requests of the page's scripts that are worked on at once: of all visitors, and for each visitor that an address may
#: have. Each takes a thread. The others wait, for so many seconds at most.
AT_ONCE, AT_ONCE_EACH, TURN_SECONDS = 32, 3, 10.0


class Refused(Exception):
    """A request that is refused: status and sentence."""

    def __init__(self, status: int, sentence: str):
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


BUSY = Refused(503, "The server is busy; try again in a moment.")
SLOW = Refused(408, "The request did not arrive in time; send it again.")


def too_large(most: int) -> Refused:
    return Refused(413, f"This is larger than the {most:,} bytes that may be sent here.")


class Bodies:
    """Count of the bytes of all open bodies. It belongs to one event loop."""

    def __init__(self, most: int = ALL_BODIES, seconds: float = BODY_SECONDS):
        self.most, self.seconds, self.held = most, seconds, 0


class Body:
    """The body of one request, received under the limits; a context, at whose end its bytes no longer count.

    Attributes:
        most: bytes.
        refused: why the body is not received any further; None while it is.
        ended: whether it has arrived as a whole.
    """

    def __init__(self, receive: Receive, bodies: Bodies, most: int):
        self._receive, self._bodies, self.most = receive, bodies, most
        self.taken = 0
        self.refused: Refused | None = None
        self.ended = False
        self._deadline: float | None = None

    async def receive(self) -> Message:
        """The next message. Raises ``Refused``."""
        if self.refused is not None:
            raise self.refused
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + self._bodies.seconds
        try:
            async with asyncio.timeout_at(None if self.ended else self._deadline):
                message = await self.next()
        except TimeoutError as error:
            self.refused = SLOW
            raise SLOW from error
        size = len(message.get("body", b""))
        self.taken += size
        self._bodies.held += size
        if self.taken > self.most:
            self.refused = too_large(self.most)
        elif self._bodies.held > self._bodies.most:
            self.refused = BUSY
        if self.refused is not None:
            raise self.refused
        return message

    async def next(self) -> Message:
        """The next message, without limits."""
        message = await self._receive()
        self.ended = not message.get("more_body")
        return message

    def close(self) -> None:
        self._bodies.held -= self.taken
        self.taken = 0


class Turns:
    """Turns for work that takes a thread: so many at once, of all visitors and of each address. It belongs to one event
    loop."""

    def __init__(self, most: int = AT_ONCE, each: int | None = None, seconds: float = TURN_SECONDS):
        self.most, self.each, self.seconds = most, most if each is None else each, seconds
        self.taken: Counter[str | None] = Counter()
        self._moved = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def take(self, address: str | None) -> AsyncIterator[None]:
        """Wait for a turn and keep it. Raises ``Refused`` where none comes in time."""
        try:
            async with asyncio.timeout(self.seconds), self._moved:
                await self._moved.wait_for(lambda: self._free(address))
                self.taken[address] += 1
        except TimeoutError as error:
            raise BUSY from error
        try:
            yield
        finally:
            self.taken[address] -= 1
            if not self.taken[address]:
                del self.taken[address]
            async with self._moved:
                self._moved.notify_all()

    def _free(self, address: str | None) -> bool:
        mine = self.taken[address] if address is not None else 0
        return mine < self.each and self.taken.total() < self.most
