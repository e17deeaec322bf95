"""The engine on one machine: this process for a single job, else several processes with one thread each."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from pathlib import Path

import torch

from dlfd_core.device import THREADS_VARIABLE
from dlfd_core.engines.port import Engine, Item, Result, Results
from dlfd_core.errors import InvalidRequest


@contextmanager
def local_engine(jobs: int, setup: Callable[[], None]) -> Iterator[Engine]:
    """Context with an engine of ``jobs`` processes; an error or interrupt ends them at once.

    Args:
        setup: each process calls it first.

    Raises:
        InvalidRequest: a process died.
    """
    with _one_thread():
        if jobs == 1:
            setup()
            yield _InProcess()
            return
        before = set(multiprocessing.active_children())
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_set_up, initargs=(setup,)) as pool:
            try:
                yield _ProcessPool(pool)
            except BaseException as error:
                pool.shutdown(wait=False, cancel_futures=True)
                for process in set(multiprocessing.active_children()) - before:
                    process.terminate()
                if isinstance(error, BrokenProcessPool):
                    raise InvalidRequest(
                        "One of the processes ended without a result: the system stopped it for lack of memory, or it "
                        "crashed. Start again with --jobs 1 to see the error; finished runs are kept."
                    ) from error
                raise


def _set_up(setup: Callable[[], None]) -> None:
    """Prepare a process; it ends as soon as the one that started it is gone, whatever ended that one."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_end_after, args=(parent.sentinel,), daemon=True).start()
    setup()


def _end_after(sentinel: int) -> None:
    """End this process when the other one, of this sentinel, has ended."""
    wait([sentinel])
    os._exit(1)


class _SharedCache(Engine):
    """What both engines of one machine have in common: one cache, so that every process finds a prepared file."""

    def prepare(
        self, function: Callable[[Item], None], items: Sequence[Item], files: Callable[[Item], Sequence[Path]]
    ) -> None:
        for _ in self.map(function, items):
            pass


class _InProcess(_SharedCache):
    """Engine of this process."""

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> Results[Item, Result]:
        for item in items:
            yield item, function(item)


class _ProcessPool(_SharedCache):
    """Engine of processes."""

    def __init__(self, pool: ProcessPoolExecutor):
        self._pool = pool

    def map(self, function: Callable[[Item], Result], items: Sequence[Item]) -> Results[Item, Result]:
        with _interrupts_blocked():  # the new processes inherit the mask: only this one receives Ctrl-C
            futures: dict[Future[Result], Item] = {self._pool.submit(function, item): item for item in items}
        for future in as_completed(futures):
            yield futures.pop(future), future.result()


@contextmanager
def _one_thread() -> Iterator[None]:
    """Context with one thread for this process and for those it starts; restores the number afterwards."""
    threads, variable = torch.get_num_threads(), os.environ.get(THREADS_VARIABLE)
    os.environ[THREADS_VARIABLE] = "1"  # the started processes read it
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        if variable is None:
            del os.environ[THREADS_VARIABLE]
        else:
            os.environ[THREADS_VARIABLE] = variable


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Context that delays Ctrl-C to its end; processes started in it never receive it (only where masks exist)."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
