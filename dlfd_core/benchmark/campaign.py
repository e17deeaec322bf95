"""Many cells: in parallel, one thread each, resumable, with the time left."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from dlfd_core.benchmark.lab import Cell, Setting
from dlfd_core.benchmark.workers import workers
from dlfd_core.device import available_cores
from dlfd_core.errors import InvalidData, InvalidRequest
from dlfd_core.types import MEASURES, KnobValue
from dlfd_core.unlearning import METHODS

#: Told one line at a time: what is being done, how much is done, how long it will still take.
Tell = Callable[[str], None]


def _name(key: dict[str, Any]) -> str:
    return json.dumps(key, sort_keys=True)


class Campaign:
    """Cells and their results, one line of JSON each; what is there already is not run again.

    One process with one thread per core: on small networks twice the throughput of one process with all threads, and
    results that do not depend on the number of cores. A single job runs in this process.

    Args:
        path: the file of finished runs; it need not exist.
        jobs: processes; 0 takes one per core.
        modules, plugins: what every process loads first, see ``workers``.
        tell: told of each original that is made ready, and of each finished run.

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
        tell: Tell = lambda said: None,
    ):
        self.path, self.jobs, self.tell = path, jobs or available_cores(), tell
        self.modules, self.plugins = tuple(modules), plugins
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
        jobs = min(self.jobs, len(missing))
        with workers(jobs, self.modules, self.plugins) as team, self.path.open("a", encoding="utf-8") as file:
            for setting in dict.fromkeys(cell.setting for cell in missing):
                self.tell(f"Making the original ready: {_where(setting)}, trained first where there is none yet")
                team.prepare(setting)
            started = time.monotonic()
            for done, (cell, result) in enumerate(team.results(missing), start=1):
                self._keep(file, cell, result)
                self.tell(_line(cell, result, done, len(missing), time.monotonic() - started))

    def _keep(self, file: TextIO, cell: Cell, result: dict[str, Any]) -> None:
        key = cell.key()
        self._found[_name(key)] = result
        try:
            file.write(json.dumps({"cell": key, "result": result}) + "\n")
            file.flush()
        except OSError as error:
            raise InvalidRequest(f"{self.path} cannot be written to ({error.strerror}); make room for it.") from error


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Results by the name of their cell; a last line without its end was being written when the machine stopped."""
    found: dict[str, dict[str, Any]] = {}
    if not path.exists():
        return found
    for number, line in enumerate(path.read_bytes().splitlines(keepends=True), start=1):
        if not line.endswith(b"\n"):
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


def _where(setting: Setting) -> str:
    return f"{setting.task} with {setting.backbone}"


def _line(cell: Cell, result: dict[str, Any], done: int, total: int, spent: float) -> str:
    left = spent / done * (total - done)
    told = result.get("diverged") or "  ".join(
        f"{view} {MEASURES['nomus'].title} {scores['nomus']:.3f}" for view, scores in result["scores"].items()
    )
    usual = asdict(METHODS.get(cell.method)().config)
    changed = " ".join(f"{knob}={value}" for knob, value in cell.knobs if usual[knob] != value)
    parts = [_where(cell.setting), cell.method, changed, f"pick {cell.pick} seed {cell.seed}"]
    for_how_long = f"{left:.0f} s" if left < 90 else f"{left / 60:.0f} min"
    return f"[{done}/{total}, {for_how_long} left] {' '.join(filter(None, parts))}: {told}"


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
    """A method on all combinations of picks and seeds."""
    differing, seeds = tuple(sorted(knobs.items())), list(seeds)
    return [
        Cell(setting, method, pick, seed, differing, count, (view,), forget_set, code)
        for pick in picks
        for seed in seeds
    ]
