"""Many cells: in parallel, one thread each, resumable, with the time left."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing, contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

import torch

from dlfd_core.benchmark.lab import Cell, Setting, prepare_setting, run_cell
from dlfd_core.device import available_cores
from dlfd_core.errors import InvalidData
from dlfd_core.types import KnobValue

#: Told one line at a time: what is being done, how much is done, how long it will still take.
Tell = Callable[[str], None]
Results = Generator[tuple[Cell, dict[str, Any]], None, None]


def _name(key: dict[str, Any]) -> str:
    return json.dumps(key, sort_keys=True)


class Campaign:
    """Cells and their results, one line of JSON each; what is there already is not run again.

    One process with one thread per core: on small networks twice the throughput of one process with all threads, and
    results that do not depend on the number of cores. A single job runs in this process.

    Args:
        path: the file of finished runs; it need not exist.
        jobs: processes; 0 takes one per core.
        modules: imported by every process first, for what registers itself beyond ``dlfd_core``.
        tell: told of each finished run.

    Raises:
        InvalidData: a line of the file is not a run.
    """

    def __init__(self, path: Path, jobs: int = 0, *, modules: Sequence[str] = (), tell: Tell = lambda said: None):
        self.path, self.jobs, self.modules, self.tell = path, jobs or available_cores(), tuple(modules), tell
        self._found = _read(path)

    def __getitem__(self, cell: Cell) -> dict[str, Any]:
        return self._found[_name(cell.key())]

    def __contains__(self, cell: Cell) -> bool:
        return _name(cell.key()) in self._found

    def run(self, cells: Iterable[Cell]) -> None:
        """Run what is missing; interrupt at any time and start again."""
        missing = [cell for cell in dict.fromkeys(cells) if cell not in self]
        if not missing:
            return
        missing.sort(key=lambda cell: repr(cell.setting))  # neighbours share an original; the sort keeps their order
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _drop_unfinished(self.path)
        started = time.monotonic()
        results = self._here(missing) if self.jobs == 1 else self._beside(missing)
        with _one_thread(), self.path.open("a", encoding="utf-8") as file, closing(results):
            for done, (cell, result) in enumerate(results, start=1):
                self._keep(file, cell, result)
                self.tell(_line(cell, result, done, len(missing), time.monotonic() - started))

    def _keep(self, file: TextIO, cell: Cell, result: dict[str, Any]) -> None:
        key = cell.key()
        self._found[_name(key)] = result
        file.write(json.dumps({"cell": key, "result": result}) + "\n")
        file.flush()

    def _here(self, cells: list[Cell]) -> Results:
        _load(self.modules)
        for cell in cells:
            yield cell, run_cell(cell)

    def _beside(self, cells: list[Cell]) -> Results:
        """Results as they come; on an interrupt the processes are ended, not waited for."""
        before = set(multiprocessing.active_children())
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.jobs, mp_context=spawn, initializer=_load, initargs=(self.modules,)) as pool:
            try:
                for setting in dict.fromkeys(cell.setting for cell in cells):
                    with _interrupts_held():  # the processes inherit it: only this one hears Ctrl-C
                        prepared = pool.submit(prepare_setting, setting)
                    prepared.result()
                with _interrupts_held():
                    running = {pool.submit(run_cell, cell): cell for cell in cells}
                for future in as_completed(running):
                    yield running[future], future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                for process in set(multiprocessing.active_children()) - before:
                    process.terminate()
                raise


def _load(modules: Sequence[str]) -> None:
    for module in modules:
        import_module(module)


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Results by the name of their cell; a last line without its end was being written when the machine stopped."""
    found: dict[str, dict[str, Any]] = {}
    if not path.exists():
        return found
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(keepends=True), start=1):
        if not line.endswith("\n"):
            break
        try:
            row = json.loads(line)
            found[_name(row["cell"])] = row["result"]
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidData(f"Line {number} of {path} is not a finished run; remove that line.") from error
    return found


def _drop_unfinished(path: Path) -> None:
    """Cut off a last line that has no end, so that the next run starts a line of its own."""
    if path.exists() and not (content := path.read_bytes()).endswith(b"\n"):
        with path.open("r+b") as file:
            file.truncate(content.rfind(b"\n") + 1)


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread for this process and those it starts; as before afterwards."""
    threads, variable = torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = "1"  # read by the processes that are started
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
def _interrupts_held() -> Iterator[None]:
    """Ctrl-C arrives after the block; processes started in it never hear it. No effect where signals have no masks."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _line(cell: Cell, result: dict[str, Any], done: int, total: int, spent: float) -> str:
    left = spent / done * (total - done)
    told = result.get("diverged") or "  ".join(
        f"{view} NoMUS {scores['nomus']:.3f}" for view, scores in result["scores"].items()
    )
    return (
        f"[{done}/{total}, {left / 60:.0f} min left] {cell.setting.task} {cell.method} "
        f"{dict(cell.knobs) or ''} pick {cell.pick} seed {cell.seed}: {told}"
    )


def grid(
    setting: Setting,
    method: str,
    knobs: dict[str, KnobValue],
    picks: Iterable[int],
    seeds: Iterable[int],
    *,
    view: str,
    count: int = 20,
) -> list[Cell]:
    """A method on all combinations of picks and seeds."""
    differing = tuple(sorted(knobs.items()))
    seeds = list(seeds)
    return [Cell(setting, method, pick, seed, differing, count, (view,)) for pick in picks for seed in seeds]
