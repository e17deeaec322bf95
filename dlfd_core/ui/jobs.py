"""A blocking iterator carried out in a thread of its own, so that the page can answer while it works."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
Work = Callable[[Callable[[], bool]], Iterator[T]]

#: Runs that may be going on or waiting at once, each seen by its visitor: beyond, gradio's queue says only that it is
#: busy. What is known already is answered within these places at once.
RUNS_OPEN = 64
#: Seconds between two looks at the worker: as often as the page is repainted, and the time a cancel takes to be seen.
TICK = 0.25
#: The same while nothing happens: thirty who wait for their turn would else ask four times a second each.
IDLE = 0.5


class _End:
    """Last thing in the queue: the work is over, with ``error`` where it failed."""

    def __init__(self, error: BaseException | None = None):
        self.error = error


class _Worker(Generic[T]):
    """Runs ``work(should_stop)`` to its end in a daemon thread and keeps what it yields in a queue."""

    def __init__(self, work: Work[T]):
        self._work, self._stop = work, threading.Event()
        self.found: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
        threading.Thread(target=self._run, name="forget", daemon=True).start()

    def _run(self) -> None:
        try:
            for item in self._work(self._stop.is_set):
                self.found.put(item)
                if self._stop.is_set():  # nobody looks any more
                    break
            self.found.put(_End())
        except BaseException as error:  # handed over to the thread that looks
            self.found.put(_End(error))

    def stop(self) -> None:
        self._stop.set()


def batches(work: Work[T], tick: float = TICK) -> Iterator[list[T]]:
    """Yields every ``tick`` seconds what the work yielded meanwhile, possibly nothing; more seldom while that is so.

    The empty lists are heartbeats: the page's framework can end a generator only while it yields. When that happens
    (a cancel, a closed tab), or when the work fails, the worker is told to stop; an error of the work is raised here
    after everything it yielded before.
    """
    worker = _Worker(work)
    try:
        end: _End | None = None
        pause = tick
        while end is None:
            batch, due = [], time.monotonic() + pause
            while end is None and (left := due - time.monotonic()) > 0:
                try:
                    item = worker.found.get(timeout=left)
                except queue.Empty:
                    break
                if isinstance(item, _End):
                    end = item
                else:
                    batch.append(item)
                    due = min(due, time.monotonic() + tick)
            pause = tick if batch else max(tick, min(2 * pause, IDLE))
            if batch or end is None:
                yield batch
        if end.error is not None:
            raise end.error
    finally:
        worker.stop()
