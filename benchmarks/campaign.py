"""Many cells: in parallel, one thread each, resumable, with the time left."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from benchmarks.lab import Cell, Setting, prepare_setting, run_cell
from dlfd_core.device import available_cores
from dlfd_core.types import KnobValue

#: Tables and figures, kept with the project.
RESULTS = Path(__file__).parent / "results"
#: Single runs, so that a study can go on where it stopped; those on the portraits are kept with the project.
RUNS = RESULTS / "runs"


def _name(key: dict[str, Any]) -> str:
    return json.dumps(key, sort_keys=True)


class Campaign:
    """Cells and their results, one line of JSON each; what is there already is not run again.

    One process with one thread per core: on small networks twice the throughput of one process with all threads, and
    results that do not depend on the number of cores.
    """

    def __init__(self, path: Path, jobs: int = 0):
        self.path, self.jobs = path, jobs or available_cores()
        self._found: dict[str, dict[str, Any]] = {}
        if path.exists():
            for line in path.read_text().splitlines():
                row = json.loads(line)
                self._found[_name(row["cell"])] = row["result"]

    def __getitem__(self, cell: Cell) -> dict[str, Any]:
        return self._found[_name(cell.key())]

    def __contains__(self, cell: Cell) -> bool:
        return _name(cell.key()) in self._found

    def run(self, cells: Iterable[Cell]) -> None:
        """Run what is missing; interrupt at any time and start again."""
        missing = [cell for cell in dict.fromkeys(cells) if _name(cell.key()) not in self._found]
        if not missing:
            return
        missing.sort(key=lambda cell: repr(cell.setting))  # neighbours share an original; the sort keeps their order
        self.path.parent.mkdir(parents=True, exist_ok=True)
        started, threads = time.monotonic(), os.environ.get("OMP_NUM_THREADS")
        os.environ["OMP_NUM_THREADS"] = "1"  # read by the processes started below
        try:
            spawn = multiprocessing.get_context("spawn")
            with ProcessPoolExecutor(self.jobs, mp_context=spawn) as pool, self.path.open("a") as file:
                for setting in dict.fromkeys(cell.setting for cell in missing):
                    pool.submit(prepare_setting, setting).result()
                running = {pool.submit(run_cell, cell): cell for cell in missing}
                for done, future in enumerate(as_completed(running), start=1):
                    key, result = running[future].key(), future.result()
                    self._found[_name(key)] = result
                    file.write(json.dumps({"cell": key, "result": result}) + "\n")
                    file.flush()
                    _say(running[future], result, done, len(missing), time.monotonic() - started)
        finally:
            if threads is None:
                del os.environ["OMP_NUM_THREADS"]
            else:
                os.environ["OMP_NUM_THREADS"] = threads


def _say(cell: Cell, result: dict[str, Any], done: int, total: int, spent: float) -> None:
    left = spent / done * (total - done)
    told = result.get("diverged") or "  ".join(
        f"{view} NoMUS {scores['nomus']:.3f}" for view, scores in result["scores"].items()
    )
    print(
        f"[{done}/{total}, {left / 60:.0f} min left] {cell.setting.task} {cell.method} "
        f"{dict(cell.knobs) or ''} pick {cell.pick} seed {cell.seed}: {told}",
        file=sys.stderr,
        flush=True,
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


def add_options(parser: argparse.ArgumentParser, *, picks: int = 0, seeds: int = 0) -> None:
    """What the studies have in common; ``picks`` and ``seeds`` of 0 leave those options out."""
    parser.add_argument("--data", default="portraits", help="portraits, or folder:PATH")
    parser.add_argument("--task", default="emotion")
    parser.add_argument("--backbone", default="slim_resnet")
    parser.add_argument("--jobs", type=int, default=0, help="processes of one thread each (default: one per core)")
    if picks:
        parser.add_argument("--picks", type=int, default=picks, help=f"picks of 20 people (default {picks})")
    if seeds:
        parser.add_argument("--seeds", type=int, default=seeds, help=f"seeds per pick (default {seeds})")


def setting_of(options: argparse.Namespace) -> Setting:
    return Setting(options.data, options.task, options.backbone)


def stem(setting: Setting) -> str:
    """For file names, e.g. ``portraits-emotion``; another backbone is said."""
    name = Path(setting.data.removeprefix("folder:")).name
    return f"{name}-{setting.task}" + ("" if setting.backbone == Setting().backbone else f"-{setting.backbone}")
