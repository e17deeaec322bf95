"""Limits of connections: how many may be open, and how long one may be open without a request."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import uvicorn.protocols.http.auto
from uvicorn.protocols.http.h11_impl import H11Protocol

from dlfd_core.ui.server.hosting import Hosting, group

#: Connections at once, of everybody and from one address; an open page keeps two, and a browser opens six at most.
OPEN, OPEN_EACH, OPEN_PER_VISITOR = 1_000, 200, 8
#: Seconds in which the head of a request has to arrive.
HEAD_SECONDS = 15.0


class BoundedConnection(H11Protocol):
    """A connection of uvicorn's server that is closed above the limits."""

    #: Set before the server starts.
    hosting: ClassVar[Hosting] = Hosting()
    head_seconds: ClassVar[float] = HEAD_SECONDS
    most: ClassVar[int] = OPEN

    #: Address that the connection is counted with; None is not counted.
    counted: str | None = None
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client is not None and not self.hosting.proxies:  # behind a proxy all connections are the proxy's
            self.counted = group(self.client[0])
        if len(self.connections) > self.most or self._too_many_of_one():
            transport.abort()
        else:
            self._await_head()

    def data_received(self, data: bytes) -> None:
        if self._between_requests() and self._late is None:
            self._await_head()
        super().data_received(data)
        if not self._between_requests():
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def _too_many_of_one(self) -> bool:
        if self.hosting.per_address is None or self.counted is None:
            return False
        most = max(OPEN_EACH, OPEN_PER_VISITOR * self.hosting.per_address)
        return sum(1 for one in self.connections if getattr(one, "counted", None) == self.counted) > most

    def _between_requests(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _await_head(self) -> None:
        self._late = self.loop.call_later(self.head_seconds, self.transport.abort)

    def _stop_waiting(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def bound_connections(hosting: Hosting) -> None:
    """Let every server that starts from now on have ``BoundedConnection``: gradio passes no such option on to uvicorn,
    which looks its protocol up at this place."""
    BoundedConnection.hosting = hosting
    uvicorn.protocols.http.auto.AutoHTTPProtocol = BoundedConnection
