"""Workers that run cells: this process, or several processes with one thread each."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import torch

from dlfd_core.benchmark.cells import Cell, Setting, prepare_setting, run_cell
from dlfd_core.errors import InvalidRequest
from dlfd_core.unlearning.plugins import load_plugins

Results = Generator[tuple[Cell, dict[str, Any]], None, None]


class Workers(Protocol):
    """Interface of the workers."""

    def prepare(self, setting: Setting) -> None:
        """Train the original if it is missing."""

    def results(self, cells: Sequence[Cell]) -> Results:
        """Run cells, and yield each with its result when it is finished."""


@contextmanager
def workers(jobs: int, modules: Sequence[str] = (), plugins: Path | None = None) -> Iterator[Workers]:
    """Context with worker processes, or this process for a single job; an error or interrupt ends them at once.

    Args:
        modules: each worker imports them first; they register methods or networks from outside ``dlfd_core``.
        plugins: a folder of methods that each worker loads.

    Raises:
        InvalidRequest: a process died.
    """
    with _one_thread():
        if jobs == 1:
            _load(modules, plugins)
            yield _InProcess()
            return
        before = set(multiprocessing.active_children())
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(jobs, mp_context=spawn, initializer=_load, initargs=(modules, plugins)) as pool:
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


class _InProcess:
    """Worker in this process."""

    def prepare(self, setting: Setting) -> None:
        prepare_setting(setting)

    def results(self, cells: Sequence[Cell]) -> Results:
        for cell in cells:
            yield cell, run_cell(cell)


class _ProcessPool:
    """Workers in processes of their own."""

    def __init__(self, pool: ProcessPoolExecutor):
        self._pool = pool

    def prepare(self, setting: Setting) -> None:
        with _interrupts_blocked():  # the new processes inherit the mask: only this one receives Ctrl-C
            prepared = self._pool.submit(prepare_setting, setting)
        prepared.result()

    def results(self, cells: Sequence[Cell]) -> Results:
        with _interrupts_blocked():
            futures: dict[Future[dict[str, Any]], Cell] = {self._pool.submit(run_cell, cell): cell for cell in cells}
        for future in as_completed(futures):
            yield futures[future], future.result()


def _load(modules: Sequence[str], plugins: Path | None) -> None:
    """Import modules and load plugins, at the start of a worker."""
    for module in modules:
        import_module(module)
    if plugins is not None:
        load_plugins(plugins)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Context with one thread for this process and for those it starts; restores the number afterwards."""
    threads, variable = torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"  # the started processes read it
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        if variable is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = variable


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
