"""A campaign: many cells (runs) in parallel with one thread each, resumable, with the time left."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO

from dlfd_core.artifacts import open_ordinary
from dlfd_core.benchmark.cells import Cell, run_cell
from dlfd_core.benchmark.settings import Setting, cached_files, prepare_setting
from dlfd_core.device import available_cores
from dlfd_core.engines.one_run import only_run
from dlfd_core.engines.opening import engine_named
from dlfd_core.engines.options import GPU_SHARE, LOCAL
from dlfd_core.engines.port import Engine
from dlfd_core.errors import InvalidData, InvalidRequest
from dlfd_core.types import MEASURES, KnobValue, Scores
from dlfd_core.unlearning import METHODS
from dlfd_core.unlearning.plugins import load_plugins

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
        modules: each process imports them first; they register methods or networks from outside ``dlfd_core``.
        plugins: a folder of methods that each process loads.
        engine: as in ``engine_named``.
        gpu_share: share of a GPU that each cell on a GPU has on a cluster.
        log: receives a line for each original and for each finished run.

    Raises:
        InvalidData: a line of the file is not a run, or a run of another version of this project.
    """

    def __init__(
        self,
        path: Path,
        jobs: int = 0,
        *,
        modules: Sequence[str] = (),
        plugins: Path | None = None,
        engine: str = LOCAL,
        gpu_share: float = GPU_SHARE,
        log: Log = lambda line: None,
    ):
        self.path, self.jobs, self.engine, self.gpu_share, self.log = path, jobs, engine, gpu_share, log
        self._setup = partial(set_up_worker, tuple(modules), plugins and plugins.resolve())
        self._results = _read(path)

    def __getitem__(self, cell: Cell) -> dict[str, Any]:
        return self._results[_name(cell.key())]

    def __contains__(self, cell: Cell) -> bool:
        return _name(cell.key()) in self._results

    def run(self, cells: Iterable[Cell]) -> None:
        """Run the missing cells; the run may be interrupted at any time and started again."""
        wanted = list(dict.fromkeys(cells))
        if all(cell in self for cell in wanted):
            return
        with only_run(self.path):
            self._results |= _read(self.path)  # another run may have ended since
            if missing := [cell for cell in wanted if cell not in self]:
                self._run(missing)

    def _run(self, missing: list[Cell]) -> None:
        """Run these cells, and keep each result once it is there."""
        missing.sort(key=lambda cell: repr(cell.setting))  # cells of one setting share an original; the sort is stable
        _drop_unfinished(self.path)
        with self._opened(missing) as engine, self.path.open("a", encoding="utf-8") as file:
            settings = list(dict.fromkeys(cell.setting for cell in missing))
            for setting in settings:
                self.log(f"Making the original ready: {_where(setting)}, trained first where there is none yet")
            engine.prepare(prepare_setting, settings, cached_files)
            started = time.monotonic()
            for done, (cell, result) in enumerate(engine.map(run_cell, missing), start=1):
                self._keep(file, cell, result)
                self.log(_line(cell, result, done, len(missing), time.monotonic() - started))

    def _opened(self, cells: Sequence[Cell]) -> AbstractContextManager[Engine]:
        """The engine for these cells, with no more processes than cells."""
        device = max(cell.setting.device for cell in cells)  # cuda before cpu before auto: the largest need of a cell
        jobs = min(self.jobs or available_cores(), len(cells)) if self.engine == LOCAL else self.jobs
        return engine_named(self.engine, jobs, setup=self._setup, device=device, gpu_share=self.gpu_share)

    def _keep(self, file: TextIO, cell: Cell, result: dict[str, Any]) -> None:
        """Add a result to the file and to this object."""
        key = cell.key()
        self._results[_name(key)] = result
        try:
            file.write(json.dumps({"cell": key, "result": result}) + "\n")
            file.flush()
        except OSError as error:
            raise InvalidRequest(f"{self.path} cannot be written to ({error.strerror}); make room for it.") from error


def set_up_worker(modules: Sequence[str], plugins: Path | None = None) -> None:
    """Import modules and load plugins; each worker of an engine does so first."""
    for module in modules:
        import_module(module)
    if plugins is not None:
        load_plugins(plugins)


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
            other_version = _of_other_version(row["cell"], row["result"])
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidData(f"Line {number} of {path} is not a finished run; remove that line.") from error
        if other_version:
            raise InvalidData(
                f"Line {number} of {path} was written by another version of this project, with other settings or "
                "scores; choose another folder, or go on with that version."
            )
    return results


def _of_other_version(key: dict[str, Any], result: dict[str, Any]) -> bool:
    """Whether a finished run has settings that cells do not have here, or other scores than here."""
    settings = key.keys() - Cell.__dataclass_fields__ or key["setting"].keys() - Setting.__dataclass_fields__
    scores = [scores.keys() for scores in result.get("scores", {}).values()]
    return bool(settings) or any(names != Scores.__dataclass_fields__.keys() for names in scores)


def _drop_unfinished(path: Path) -> None:
    """Cut off an incomplete last line, so that the next run starts on a new line."""
    if path.exists() and not (content := path.read_bytes()).endswith(b"\n"):
        with path.open("r+b") as file:
            file.truncate(content.rfind(b"\n") + 1)


def _where(setting: Setting) -> str:
    """Task, network, and which original or fold, in words."""
    other = "".join(f", {name} {getattr(setting, name)}" for name in ("original", "fold") if getattr(setting, name))
    return f"{setting.task} with {setting.backbone}{other}"


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
