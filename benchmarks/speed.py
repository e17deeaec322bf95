"""``python -m benchmarks.speed``: times of a run and of its parts, compared with those of the public code.

All runs are in this process one after the other, with the same photos, model and threads; only the app starts in
another process. Nothing is asserted, because speed depends on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks import mufac_sized, waiting
from benchmarks.parts import RunParts, run_in_parts, warm_up
from benchmarks.released import ReleasedRun, Settings, run_released
from dlfd_core.backbones import Backbone
from dlfd_core.benchmark.cells import Setting, prepared_for, preset_knobs
from dlfd_core.data.splits import Splits, resolve_people, split_for
from dlfd_core.device import available_cores
from dlfd_core.metrics.evaluate import evaluate
from dlfd_core.runs.prepared_original import PreparedOriginal

#: Targeted ratio of the public code's time to DLFD's.
TARGET = 20
SECTIONS = ("waiting", "parts", "released", "mufac")
Lines = list[tuple[str, str]]


def nomus_of(prepared: PreparedOriginal, splits: Splits, model: Backbone) -> float:
    """NoMUS of a model on unseen people."""
    task = prepared.spec.task
    outputs = prepared.outputs_of(model, lambda: None)
    return evaluate(outputs, task.labels, task.data.person, splits).nomus


def measure_parts(prepared: PreparedOriginal, splits: Splits, setting: Setting, seed: int) -> dict[str, RunParts]:
    """Measure both presets, and the paper's with as many perturbation steps as the public code."""
    quality, paper = (preset_knobs("dlfd", setting, name) for name in ("quality", "paper"))
    steps = Settings().steps
    runs = {"quality": quality, "paper": paper, f"paper, K = {steps}": paper | {"steps": steps}}
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
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers to this file")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    """Measure and print the sections."""
    options = parse(arguments)
    sections = options.only or SECTIONS
    busy, cores = os.getloadavg()[0], available_cores()
    document: dict[str, Any] = {"command": sys.argv[1:] if arguments is None else arguments, "load": busy}
    if busy > 0.25 * cores:
        print(f"Another program is running (load {busy:.1f} on {cores} cores): the figures below are not reliable.")
    if "waiting" in sections:
        rows = waiting.measure()
        document["waiting"] = dict(rows)
        show("Waiting times of a visitor", rows)
    if "parts" in sections or "released" in sections:
        setting = Setting(people=options.train_people, device=options.device)
        prepared = prepared_for(setting)
        task = prepared.spec.task
        splits = split_for(task, resolve_people(task, f"random:{options.people}", options.seed))
        document["data"] = {"retain": len(splits.retain), "forget": len(splits.forget)}
        document["device"] = prepared.spec.compute.describe()
        runs = measure_parts(prepared, splits, setting, options.seed)
        document["parts"] = {name: parts.numbers() for name, parts in runs.items()}
        setup = f"{len(splits.retain)} retain and {len(splits.forget)} forget photos; {document['device']}"
        for name, parts in runs.items():
            show(f"A DLFD run, {name} ({setup})", parts.lines())
        if "released" in sections:
            lines, document["released"] = compare(prepared, splits, runs, options)
            show("Comparison with the public code", lines)
    _mufac(options, sections, document)
    if options.json:
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


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
