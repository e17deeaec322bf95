"""Waiting line: a limited number of callers at a time, in the order of arrival."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice


class Line:
    """First-come, first-served line; safe to use from several threads.

    Args:
        places: how many are served at a time.
    """

    def __init__(self, places: int):
        self._places = places
        self._line: deque[object] = deque()
        self._moved = threading.Condition()

    @contextmanager
    def join(self) -> Iterator[Callable[[float], bool]]:
        """Context of a place in the line, from joining at its end until leaving.

        Yields:
            A function that waits at most so many seconds and returns whether it is the caller's turn.
        """
        me = object()
        with self._moved:
            self._line.append(me)

        def wait(timeout: float) -> bool:
            with self._moved:
                return self._moved.wait_for(lambda: me in islice(self._line, self._places), timeout)

        try:
            yield wait
        finally:
            with self._moved:
                self._line.remove(me)
                self._moved.notify_all()
