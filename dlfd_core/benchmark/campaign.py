"""A campaign: many cells (runs) in parallel with one thread each, resumable, with the time left."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from dlfd_core.artifacts import open_ordinary
from dlfd_core.benchmark.cells import Cell, Setting
from dlfd_core.benchmark.workers import workers
from dlfd_core.device import available_cores
from dlfd_core.errors import InvalidData, InvalidRequest
from dlfd_core.types import MEASURES, KnobValue
from dlfd_core.unlearning import METHODS

#: Receives one line at a time: the finished run, how many are finished, and the time left.
Log = Callable[[str], None]


def _name(key: dict[str, Any]) -> str:
    """A cell's key as text."""
    return json.dumps(key, sort_keys=True)


class Campaign:
    """Cells and their results in a file, one line of JSON each; finished cells are not run again.

    There is one process with one thread per core. On small networks this has twice the throughput of one process with
    all threads, and the results do not depend on the number of cores. A single job runs in this process.

    Args:
        path: the file of finished runs; it may be missing.
        jobs: processes; 0 takes one per core.
        modules, plugins: what every process loads first, see ``workers``.
        log: receives a line for each original and for each finished run.

    Raises:
        InvalidData: a line of the file is not a run.
    """

    def __init__(
        self,
        path: Path,
        jobs: int = 0,
        *,
        modules: Sequence[str] = (),
        plugins: Path | None = None,
        log: Log = lambda line: None,
    ):
        self.path, self.jobs, self.log = path, jobs or available_cores(), log
        self.modules, self.plugins = tuple(modules), plugins
        self._results = _read(path)

    def __getitem__(self, cell: Cell) -> dict[str, Any]:
        return self._results[_name(cell.key())]

    def __contains__(self, cell: Cell) -> bool:
        return _name(cell.key()) in self._results

    def run(self, cells: Iterable[Cell]) -> None:
        """Run the missing cells; the run may be interrupted at any time and started again."""
        missing = [cell for cell in dict.fromkeys(cells) if cell not in self]
        if not missing:
            return
        missing.sort(key=lambda cell: repr(cell.setting))  # cells of one setting share an original; the sort is stable
        self.path.parent.mkdir(parents=True, exist_ok=True)
        _drop_unfinished(self.path)
        jobs = min(self.jobs, len(missing))
        with workers(jobs, self.modules, self.plugins) as pool, self.path.open("a", encoding="utf-8") as file:
            for setting in dict.fromkeys(cell.setting for cell in missing):
                self.log(f"Making the original ready: {_where(setting)}, trained first where there is none yet")
                pool.prepare(setting)
            started = time.monotonic()
            for done, (cell, result) in enumerate(pool.results(missing), start=1):
                self._keep(file, cell, result)
                self.log(_line(cell, result, done, len(missing), time.monotonic() - started))

    def _keep(self, file: TextIO, cell: Cell, result: dict[str, Any]) -> None:
        """Add a result to the file and to this object."""
        key = cell.key()
        self._results[_name(key)] = result
        try:
            file.write(json.dumps({"cell": key, "result": result}) + "\n")
            file.flush()
        except OSError as error:
            raise InvalidRequest(f"{self.path} cannot be written to ({error.strerror}); make room for it.") from error


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Results by the name of their cell, without an incomplete last line, which an interrupted run may leave."""
    results: dict[str, dict[str, Any]] = {}
    if not path.exists():
        return results
    try:
        with open_ordinary(path) as file:
            content = file.read()
    except OSError as error:
        raise InvalidData(f"{path} cannot be read ({error.strerror}); choose another place.") from error
    for number, line in enumerate(content.splitlines(keepends=True), start=1):
        if not line.endswith(b"\n"):
            break
        try:
            row = json.loads(line)
            results[_name(row["cell"])] = row["result"]
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidData(f"Line {number} of {path} is not a finished run; remove that line.") from error
    return results


def _drop_unfinished(path: Path) -> None:
    """Cut off an incomplete last line, so that the next run starts on a new line."""
    if path.exists() and not (content := path.read_bytes()).endswith(b"\n"):
        with path.open("r+b") as file:
            file.truncate(content.rfind(b"\n") + 1)


def _where(setting: Setting) -> str:
    """Task and network in words."""
    return f"{setting.task} with {setting.backbone}"


def _line(cell: Cell, result: dict[str, Any], done: int, total: int, spent: float) -> str:
    """The line on a finished run: progress, time left, cell and scores."""
    left = spent / done * (total - done)
    outcome = result.get("diverged") or "  ".join(
        f"{view} {MEASURES['nomus'].title} {scores['nomus']:.3f}" for view, scores in result["scores"].items()
    )
    defaults = asdict(METHODS.get(cell.method)().config)
    changed = " ".join(f"{knob}={value}" for knob, value in cell.knobs if defaults[knob] != value)
    parts = [_where(cell.setting), cell.method, changed, f"pick {cell.pick} seed {cell.seed}"]
    time_left = f"{left:.0f} s" if left < 90 else f"{left / 60:.0f} min"
    return f"[{done}/{total}, {time_left} left] {' '.join(filter(None, parts))}: {outcome}"


def grid(
    setting: Setting,
    method: str,
    knobs: dict[str, KnobValue],
    picks: Iterable[int],
    seeds: Iterable[int],
    *,
    view: str,
    count: int = 20,
    forget_set: str = "",
    code: str = "",
) -> list[Cell]:
    """The cells of a method for all combinations of picks and seeds."""
    differing, seeds = tuple(sorted(knobs.items())), list(seeds)
    return [
        Cell(setting, method, pick, seed, differing, count, (view,), forget_set, code)
        for pick in picks
        for seed in seeds
    ]
