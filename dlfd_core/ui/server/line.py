"""Waiting line: a limited number of callers at a time, by turns."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dlfd_core.types import FairOrder


class Line:
    """Line in which callers take turns (``types.FairOrder``); safe to use from several threads.

    Args:
        places: how many are served at a time.
    """

    def __init__(self, places: int):
        self._line = FairOrder[object](places)
        self._moved = threading.Condition()

    @contextmanager
    def join(self) -> Iterator[Callable[[float], bool]]:
        """Context of a place in the line, from joining until leaving.

        Yields:
            A function that waits at most so many seconds and returns whether it is the caller's turn.
        """
        me = object()
        with self._moved:
            self._line.add(me)

        def wait(timeout: float) -> bool:
            with self._moved:
                return self._moved.wait_for(lambda: me in self._line.served(), timeout)

        try:
            yield wait
        finally:
            with self._moved:
                self._line.remove(me)
                self._moved.notify_all()
