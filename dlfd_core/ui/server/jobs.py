"""Thread that runs a blocking iterator, so that the page can answer and cancel while it works."""

from __future__ import annotations

import contextvars
import queue
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Work = Callable[[Callable[[], bool]], Iterator[T]]

#: Changes of the page, by slot; slots that are missing stay as they are. Every job has ``busy`` (it is going on) and
#: ``toast`` (a sentence that pops up).
Slots = dict[str, Any]

#: Runs that may be going on or waiting at the same time. Each shows its visitor who is ahead; above this number
#: gradio's queue shows only that it is busy. A cached run takes one of these places as well, and is answered at once.
RUNS_OPEN = 64
#: Seconds between two batches: the interval at which the page is repainted, and the longest that a cancel waits. A
#: browser on the same cores takes its time from the run.
TICK = 0.5


class _End:
    """Last item in the queue: the work is over; ``error`` is set where it failed."""

    def __init__(self, error: BaseException | None = None):
        self.error = error


class _Worker(Generic[T]):
    """Daemon thread that runs ``work(should_stop)`` to its end and puts what it yields into the queue ``items``."""

    def __init__(self, work: Work[T]):
        self._work, self._stop = work, threading.Event()
        self.items: queue.SimpleQueue[T | _End] = queue.SimpleQueue()
        run = partial(contextvars.copy_context().run, self._run)  # the work knows its caller
        threading.Thread(target=run, name="forget", daemon=True).start()

    def _run(self) -> None:
        try:
            for item in self._work(self._stop.is_set):
                self.items.put(item)
                if self._stop.is_set():  # nobody reads the queue any more
                    break
            self.items.put(_End())
        except BaseException as error:  # raised again in the thread that reads the queue
            self.items.put(_End(error))

    def stop(self) -> None:
        self._stop.set()


def batches(work: Work[T], tick: float = TICK) -> Iterator[list[T]]:
    """Yields every ``tick`` seconds a list of what the work has yielded since then; it can be empty.

    Empty lists are heartbeats: gradio can end a generator only while it yields. When that happens (a cancel, a closed
    tab), or when the work fails, the worker is stopped. An error of the work is raised here, after everything that the
    work yielded before it.
    """
    worker = _Worker(work)
    try:
        end: _End | None = None
        while end is None:
            batch, due = [], time.monotonic() + tick
            while end is None and (left := due - time.monotonic()) > 0:
                try:
                    item = worker.items.get(timeout=left)
                except queue.Empty:
                    break
                if isinstance(item, _End):
                    end = item
                else:
                    batch.append(item)
            if batch or end is None:
                yield batch
        if end.error is not None:
            raise end.error
    finally:
        worker.stop()
