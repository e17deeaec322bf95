"""A line in which few are served at a time, in the order they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice


class Line:
    """Safe to use from several threads.

    Args:
        places: how many are served at a time.
    """

    def __init__(self, places: int):
        self._places = places
        self._line: deque[object] = deque()
        self._moved = threading.Condition()

    @contextmanager
    def join(self) -> Iterator[Callable[[float], bool]]:
        """From the end of the line until one has been served, or gives up.

        Yields:
            A function that waits so many seconds at most, and says whether it is one's turn.
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
