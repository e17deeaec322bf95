"""``python -m benchmarks.speed``: times of a run and its parts: today's default, an earlier one, the public code; in
float32 and in bfloat16.

Each precision is measured in a process of its own, one after the other, on the same machine. In it all runs are made
one after the other with the same photos and threads. Nothing is asserted, because speed depends on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks import mufac_sized, waiting
from benchmarks.defaults import DEFAULTS, EARLIER, TODAY, PageDefault
from benchmarks.parts import RunParts, run_in_parts, warm_up
from benchmarks.released import ReleasedRun, Settings, run_released
from dlfd_core.backbones import Backbone
from dlfd_core.benchmark.settings import prepared_for, preset_knobs
from dlfd_core.data.people import draw_people
from dlfd_core.data.splits import Splits, split_for
from dlfd_core.device import PRECISION_VARIABLE, PRECISIONS, available_cores
from dlfd_core.metrics.evaluate import evaluate
from dlfd_core.runs.prepared_original import PreparedOriginal

#: Targeted ratio of the public code's time to DLFD's.
TARGET = 20
SECTIONS = ("waiting", "parts", "released", "mufac")
#: Values of DLFD_PRECISION that are measured by default.
BOTH = ("float32", "bfloat16")
#: Ticks of the cores since the start of the machine; Linux only.
STAT = Path("/proc/stat")
Lines = list[tuple[str, str]]


def nomus_of(prepared: PreparedOriginal, splits: Splits, model: Backbone) -> float:
    """NoMUS of a model on unseen people."""
    task = prepared.spec.task
    outputs = prepared.outputs_of(model, lambda: None)
    return evaluate(outputs, task.labels, task.data.person, splits).nomus


def measure_parts(prepared: PreparedOriginal, splits: Splits, default: PageDefault, seed: int) -> dict[str, RunParts]:
    """Measure a default, and for today's also the paper's preset, with its and the public code's perturbation steps."""
    runs = {default.name: default.settings()}
    if default is TODAY:
        paper, steps = preset_knobs("dlfd", default.setting, "paper"), Settings().steps
        runs |= {"paper": paper, f"paper, K = {steps}": paper | {"steps": steps}}
    warm_up(prepared.context(splits, seed, lambda: None))
    return {name: run_in_parts(prepared.context(splits, seed, lambda: None), knobs) for name, knobs in runs.items()}


def released_lines(run: ReleasedRun, runs: dict[str, RunParts], nomus: dict[str, float]) -> Lines:
    """Lines on the public code's seconds, and on their ratio to DLFD's; ranges where they are extrapolated."""
    low, high = run.extrapolated()
    batches = len(run.batches)
    if run.diverged:
        text = f"{low:.0f} to {high:.0f} s, EXTRAPOLATED: it diverged after {batches} of {run.total} batches, no NoMUS"
    elif run.finished:
        text = f"{run.seconds:.0f} s, all {batches} batches, NoMUS {nomus['released']:.3f}"
    else:
        text = (
            f"{low:.0f} to {high:.0f} s, EXTRAPOLATED from {batches} of {run.total} batches: if no other batch had "
            "noise, and if all had. --full runs all of them, and measures NoMUS"
        )
    lines = [("public code, reimplemented", text)]
    for name, parts in runs.items():
        ratios = low / parts.total, high / parts.total
        ratio = f"{ratios[0]:.1f}" if run.finished else f"{ratios[0]:.1f} to {ratios[1]:.1f}"
        outcome = "reached" if ratios[0] >= TARGET else "missed" if ratios[1] < TARGET else "open"
        lines.append((
            f"DLFD here, {name}",
            f"{parts.total:.1f} s, NoMUS {nomus[name]:.3f}: {ratio} times faster ({TARGET} {outcome})",
        ))  # fmt: skip
    return lines


def compare(
    prepared: PreparedOriginal, splits: Splits, runs: dict[str, RunParts], options: argparse.Namespace
) -> tuple[Lines, dict[str, Any]]:
    """Measure the public code from the same original on the same splits, with the monitors of both revisions."""
    limit = None if options.full else options.batches
    lines: Lines = []
    numbers: dict[str, Any] = {}
    nomus = {name: nomus_of(prepared, splits, parts.model) for name, parts in runs.items()}
    for name, monitored in [("first revision: monitors all photos", 0), ("second: 300 per set", 300)]:
        run = run_released(prepared, splits, Settings(monitored=monitored), seed=options.seed, limit=limit)
        if run.finished and not run.diverged:
            nomus["released"] = nomus_of(prepared, splits, run.model)
        lines += [(name, ""), *((f"  {key}", value) for key, value in released_lines(run, runs, nomus))]
        low, high = run.extrapolated()
        numbers[name] = {
            "batches": [asdict(batch) for batch in run.batches], "total": run.total, "finished": run.finished,
            "seconds_low": low, "seconds_high": high, "nomus": dict(nomus),
            "times_faster": {key: [low / parts.total, high / parts.total] for key, parts in runs.items()},
        }  # fmt: skip
    return lines, numbers


def show(title: str, lines: Lines) -> None:
    """Print a section."""
    print(f"\n{title}")
    width = max(len(name) for name, _ in lines)
    for name, value in lines:
        print(f"  {name:{width}}  {value}", flush=True)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The options of the command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--only", choices=SECTIONS, action="append", help="only this part; repeatable (default: all)")
    parser.add_argument("--full", action="store_true", help="run the public code's whole epoch instead of some batches")
    parser.add_argument("--batches", type=int, default=2, help="number of batches without --full (default 2)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--people", type=int, default=20, help="number of people to forget (default 20)")
    parser.add_argument("--train-people", type=int, default=0, help="train on this many only: a small run")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--mufac-photos", type=int, help="default: 10025 on a GPU, else no such section")
    parser.add_argument("--mufac-side", type=int, default=mufac_sized.SIDE, help="pixels (default 128)")
    parser.add_argument("--batch-size", type=int, default=256, help="of the MUFAC-sized run (default 256)")
    parser.add_argument("--precision", choices=("both", *PRECISIONS), default="both", help="default: both")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to this file")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print the sections, in one precision or in one process per precision."""
    options = parse(arguments)
    words = sys.argv[1:] if arguments is None else arguments
    if options.precision == "both":
        documents = {precision: _in_process(words, precision) for precision in BOTH}
        show("In short", summary(documents))
        _save(options.json, documents)
        return
    os.environ[PRECISION_VARIABLE] = options.precision
    document = measure(options, options.only or SECTIONS)
    document["command"] = words
    _save(options.json, document)


def _save(path: Path | None, document: dict[str, Any]) -> None:
    if path is not None:
        path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _in_process(words: Sequence[str], precision: str) -> dict[str, Any]:
    """The document of the same command in one precision, measured in another process."""
    print(f"\n==== {precision} ====", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "speed.json")
        command = [sys.executable, "-m", "benchmarks.speed", *words, "--precision", precision, "--json", str(path)]
        subprocess.run(command, check=True)
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return document


def busy_cores(seconds: float = 2.0) -> float | None:
    """Cores that other programs keep busy, measured while this one waits; None where the system does not say.

    The load average would not do: it still has the process that measured the precision before.
    """
    if not STAT.exists():
        return None

    def ticks() -> tuple[int, int]:
        """Of all cores together: all and idle ones."""
        numbers = [int(number) for number in STAT.read_text(encoding="utf-8").split("\n", 1)[0].split()[1:9]]
        return sum(numbers), numbers[3] + numbers[4]

    before = ticks()
    time.sleep(seconds)
    every, idle = (after - start for after, start in zip(ticks(), before, strict=True))
    return (1 - idle / max(every, 1)) * (os.cpu_count() or 1)


def measure(options: argparse.Namespace, sections: Sequence[str]) -> dict[str, Any]:
    """Measure the sections in this process's precision."""
    busy, cores = busy_cores(), available_cores()
    document: dict[str, Any] = {"busy_cores": busy}
    if busy is not None and busy > 0.25:
        print(f"Other programs keep {busy:.1f} of {cores} cores busy: the figures below are not reliable.")
    if "waiting" in sections:
        rows, document["clicks"] = waiting.startup(), {}
        document["waiting"] = dict(rows)
        for default in DEFAULTS.values():
            marks, peak = waiting.clicks(default)
            document["clicks"][default.name] = marks | {"peak_mb": peak}
            rows += waiting.click_rows(default, marks, peak)
        show("Waiting times of a visitor", rows)
    if "parts" in sections or "released" in sections:
        document |= {"parts": {}, "released": {}}
        for default in DEFAULTS.values():
            _compare_default(default, options, sections, document)
    _mufac(options, sections, document)
    return document


def _compare_default(
    default: PageDefault, options: argparse.Namespace, sections: Sequence[str], document: dict[str, Any]
) -> None:
    """Measure the parts of a default, and the public code on its network."""
    setting = replace(default.setting, people=options.train_people, device=options.device)
    prepared = prepared_for(setting)
    task = prepared.spec.task
    splits = split_for(task, draw_people(task, options.people, options.seed))
    document["data"] = {"retain": len(splits.retain), "forget": len(splits.forget)}
    document["device"] = prepared.spec.compute.describe()
    runs = measure_parts(prepared, splits, default, options.seed)
    document["parts"] |= {name: parts.numbers() for name, parts in runs.items()}
    setup = f"{len(splits.retain)} retain and {len(splits.forget)} forget photos; {document['device']}"
    for name, parts in runs.items():
        show(f"A DLFD run, {name}, {default.backbone} ({setup})", parts.lines())
    if "released" in sections:
        lines, document["released"][default.backbone] = compare(prepared, splits, runs, options)
        show(f"Comparison with the public code on {default.backbone}", lines)


def summary(documents: dict[str, dict[str, Any]]) -> Lines:
    """Ratios of the two defaults and of the public code, by precision."""
    lines: Lines = []
    for precision, document in documents.items():
        if clicks := document.get("clicks"):
            now, earlier = (clicks[default.name]["scores"] for default in (TODAY, EARLIER))
            lines.append((
                f"{precision}: click to scores",
                f"{now:.1f} s, {EARLIER.name} {earlier:.1f} s: {now / earlier:.2f} of it; map after "
                f"{clicks[TODAY.name]['map'] - now:.2f} s more; {clicks[TODAY.name]['peak_mb']:.0f} MB",
            ))  # fmt: skip
        for backbone, revisions in document.get("released", {}).items():
            for revision, numbers in revisions.items():
                ours = document["parts"][TODAY.name]["total"]
                low, high = numbers["seconds_low"] / ours, numbers["seconds_high"] / ours
                lines.append((
                    f"{precision}: public code on {backbone}, {revision}", f"{low:.1f} to {high:.1f} times as long"
                ))  # fmt: skip
    return lines


def _mufac(options: argparse.Namespace, sections: Sequence[str], document: dict[str, Any]) -> None:
    """The section of a run as large as the paper's on MUFAC; by default only on a GPU."""
    import torch

    gpu = options.device != "cpu" and torch.cuda.is_available()
    photos = options.mufac_photos or (mufac_sized.PHOTOS if gpu else 0)
    if "mufac" not in sections or not photos:
        return
    result = mufac_sized.measure(
        photos, side=options.mufac_side, batch_size=options.batch_size, device=options.device, seed=options.seed
    )
    document["mufac"] = result.numbers()
    show("A run as large as the paper's on MUFAC", result.lines())


if __name__ == "__main__":
    main()
