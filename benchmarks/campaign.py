"""Many cells: in parallel, one thread each, resumable, with the time left."""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from benchmarks.lab import Cell, prepare_setting, run_cell
from dlfd_core.device import available_cores

RESULTS = Path(__file__).parent / "results"


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
    settings: Sequence[Any], methods: Sequence[tuple[str, dict[str, Any]]], picks: Sequence[int], seeds: Sequence[int],
    views: tuple[str, ...],
) -> list[Cell]:  # fmt: skip
    """All combinations; picks and seeds vary fastest, so that a stopped campaign has whole blocks."""
    return [
        Cell(setting, method, pick, seed, tuple(sorted(knobs.items())), views=views)
        for setting in settings
        for method, knobs in methods
        for pick in picks
        for seed in seeds
    ]
