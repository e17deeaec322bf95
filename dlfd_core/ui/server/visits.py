"""Rate limiter: how many runs one visitor may start within a time span, and how many may be open at once.

A visitor is an open page, identified by gradio's session. The identifier comes from the browser, so a program can use a
new one for each run: against that, the length of the queue (``launch.LONGEST_QUEUE``) is limited for everybody.
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


@dataclass
class _Visitor:
    """Start times of a visitor's latest runs, oldest first, and the number of runs that wait or run."""

    started: deque[float] = field(default_factory=deque)
    open: int = 0


class Visits:
    """Counter of runs per session; safe to use from several threads.

    Args:
        runs: how many may be started within ``span`` seconds.
        at_once: how many may wait or run at the same time.
        remembered: how many sessions are kept; beyond that, the least recent ones without an open run are deleted.
    """

    def __init__(self, runs: int = 20, span: float = 600.0, at_once: int = 2, remembered: int = 2_000):
        self.runs, self.span, self.at_once, self.remembered = runs, span, at_once, remembered
        self._visitors: OrderedDict[str, _Visitor] = OrderedDict()
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
        self._enter(session)
        try:
            yield
        finally:
            self._leave(session)

    def _enter(self, session: str) -> None:
        now = time.monotonic()
        with self._lock:
            visitor = self._visitors.setdefault(session, _Visitor())
            while visitor.started and now - visitor.started[0] >= self.span:
                visitor.started.popleft()
            if visitor.open >= self.at_once:
                runs = "one run" if self.at_once == 1 else f"{self.at_once} runs"
                raise TooOften(f"You already have {runs} running or waiting here; wait until one ends, or cancel one.")
            if len(visitor.started) >= self.runs:
                wait = math.ceil(self.span - (now - visitor.started[0]))
                raise TooOften(
                    f"You have started {self.runs} runs within {self.span / 60:.0f} minutes, the limit for one "
                    f"visitor; try again in {wait} seconds."
                )
            visitor.started.append(now)
            visitor.open += 1
            self._visitors.move_to_end(session)
            self._forget_some()

    def _leave(self, session: str) -> None:
        with self._lock:
            self._visitors[session].open -= 1  # a session with an open run is never deleted

    def _forget_some(self) -> None:
        spare = len(self._visitors) - self.remembered
        if spare > 0:
            idle = [name for name, visitor in self._visitors.items() if visitor.open == 0]
            for name in idle[:spare]:
                del self._visitors[name]
