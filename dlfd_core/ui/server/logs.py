"""Limit of the log: requests of outsiders cannot fill the disk with messages."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict

#: Messages of one place in the code within so many seconds; places that are remembered.
MOST, SPAN, PLACES = 10, 60.0, 500
LEFT_OUT = " (more of these are left out for a minute)"
#: Loggers with handlers of their own, to which a filter of the root's handlers does not apply.
OTHERS = ("uvicorn", "uvicorn.error")


class Bounded(logging.Filter):
    """Filter that lets ``most`` messages of one place in the code pass within ``span`` seconds."""

    def __init__(self, most: int = MOST, span: float = SPAN):
        super().__init__()
        self.most, self.span = most, span
        self._places: OrderedDict[tuple[str, int], tuple[float, int]] = OrderedDict()
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        place, now = (record.pathname, record.lineno), time.monotonic()
        with self._lock:
            begun, count = self._places.get(place, (now, 0))
            if now - begun >= self.span:
                begun, count = now, 0
            self._places[place] = begun, count + 1
            while len(self._places) > PLACES:
                self._places.popitem(last=False)
        if count + 1 == self.most:
            record.msg = f"{record.msg}{LEFT_OUT}"
        return count < self.most


def bound_log() -> None:
    """Bound all handlers that are installed now; may be called twice."""
    handlers = [handler for name in ("", *OTHERS) for handler in logging.getLogger(name).handlers]
    for handler in handlers:
        if not any(isinstance(one, Bounded) for one in handler.filters):
            handler.addFilter(Bounded())
