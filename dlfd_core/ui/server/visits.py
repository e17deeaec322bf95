"""Rate limiter: how many runs one visitor may start within a time span, and how many may be open at once.

A visitor is an open page, identified by gradio's session. The identifier comes from the browser, so a program can use a
new one for each run: against that, the runs of each network address are counted as well, and the length of the queue
(``launch.LONGEST_QUEUE``) is limited for everybody.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dlfd_core.errors import TooOften
from dlfd_core.types import caller
from dlfd_core.ui.server.hosting import PER_ADDRESS

#: For a school or an office behind one address.
SHARED = f"Where many visitors share one address, the host can allow more of them ({PER_ADDRESS})."


@dataclass
class _Visitor:
    """Start times of a visitor's latest runs, oldest first, and the number of runs that wait or run."""

    started: deque[float] = field(default_factory=deque)
    open: int = 0


class Visits:
    """Counter of runs per session and per network address; safe to use from several threads.

    Args:
        runs: how many may be started within ``span`` seconds.
        at_once: how many may wait or run at the same time.
        remembered: how many sessions are kept; beyond that, the least recent ones without an open run are deleted.
        per_address: visitors that may share an address: it may have so many times the runs of one. None does not count
            addresses.
    """

    def __init__(
        self,
        runs: int = 20,
        span: float = 600.0,
        at_once: int = 2,
        remembered: int = 2_000,
        per_address: int | None = None,
    ):
        self.runs, self.span, self.at_once, self.remembered = runs, span, at_once, remembered
        self.per_address = per_address
        self._visitors: OrderedDict[str, _Visitor] = OrderedDict()
        self._addresses: OrderedDict[str, _Visitor] = OrderedDict()
        self._lock = threading.Lock()

    @contextmanager
    def run(self, session: str | None) -> Iterator[None]:
        """Context of a run, from its start to its end.

        Args:
            session: None is not counted.

        Raises:
            TooOften: the run may not be started now.
        """
        if session is None:
            yield
            return
        address = caller.get() if self.per_address is not None else None
        self._enter(session, address)
        try:
            yield
        finally:
            self._leave(session, address)

    def _enter(self, session: str, address: str | None) -> None:
        now = time.monotonic()
        with self._lock:
            visitor = self._recent(self._visitors, session, now)
            neighbours = None if address is None else self._recent(self._addresses, address, now)
            self._check_visitor(visitor, now)
            if neighbours is not None:
                self._check_address(neighbours, now)
            for one in (visitor, neighbours):
                if one is not None:
                    one.started.append(now)
                    one.open += 1
            for known in (self._visitors, self._addresses):
                _forget_some(known, self.remembered)

    def _recent(self, known: OrderedDict[str, _Visitor], name: str, now: float) -> _Visitor:
        """The record of a name, made where there is none, without starts that are too old to count."""
        record = known.setdefault(name, _Visitor())
        known.move_to_end(name)
        while record.started and now - record.started[0] >= self.span:
            record.started.popleft()
        return record

    def _check_visitor(self, visitor: _Visitor, now: float) -> None:
        if visitor.open >= self.at_once:
            runs = "one run" if self.at_once == 1 else f"{self.at_once} runs"
            raise TooOften(f"You already have {runs} running or waiting here; wait until one ends, or cancel one.")
        if len(visitor.started) >= self.runs:
            raise TooOften(
                f"You have started {self.runs} runs within {self.span / 60:.0f} minutes, the limit for one "
                f"visitor; try again in {self._wait(visitor, now)} seconds."
            )

    def _check_address(self, address: _Visitor, now: float) -> None:
        assert self.per_address is not None
        if address.open >= self.at_once * self.per_address:
            raise TooOften(
                f"{address.open} runs from your network are already running or waiting here; wait until one ends. "
                f"{SHARED}"
            )
        if len(address.started) >= self.runs * self.per_address:
            raise TooOften(
                f"{len(address.started)} runs were started from your network within {self.span / 60:.0f} minutes; try "
                f"again in {self._wait(address, now)} seconds. {SHARED}"
            )

    def _wait(self, record: _Visitor, now: float) -> int:
        return math.ceil(self.span - (now - record.started[0]))

    def _leave(self, session: str, address: str | None) -> None:
        with self._lock:
            self._visitors[session].open -= 1  # a record with an open run is never deleted
            if address is not None:
                self._addresses[address].open -= 1


def _forget_some(known: OrderedDict[str, _Visitor], most: int) -> None:
    spare = len(known) - most
    if spare > 0:
        idle = [name for name, visitor in known.items() if visitor.open == 0]
        for name in idle[:spare]:
            del known[name]
