"""``python -m benchmarks.speed``: how long it takes, where the time goes, and how that compares with the public code.

Everything runs in this process one after the other, on the same photos, model and threads; the app is started in one of
its own. Nothing is asserted: speed depends on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
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

TARGET = 20  # times faster than the public code
SECTIONS = ("waiting", "parts", "released", "mufac")
Lines = list[tuple[str, str]]


def nomus_of(prepared: PreparedOriginal, splits: Splits, model: Backbone) -> float:
    """On unseen people."""
    task = prepared.spec.task
    outputs = prepared.outputs_of(model, lambda: None)
    return evaluate(outputs, task.labels, task.data.person, splits).nomus


def measure_parts(prepared: PreparedOriginal, splits: Splits, setting: Setting, seed: int) -> dict[str, RunParts]:
    """Both presets, and the paper's with as many perturbation steps as the public code takes."""
    quality, paper = (preset_knobs("dlfd", setting, name) for name in ("quality", "paper"))
    steps = Settings().steps
    runs = {"quality": quality, "paper": paper, f"paper, K = {steps}": paper | {"steps": steps}}
    warm_up(prepared.context(splits, seed, lambda: None))
    return {name: run_in_parts(prepared.context(splits, seed, lambda: None), knobs) for name, knobs in runs.items()}


def released_lines(run: ReleasedRun, ours: dict[str, RunParts], nomus: dict[str, float]) -> Lines:
    """The public code's seconds over ours; a range where they are extrapolated."""
    low, high = run.foretold()
    done = len(run.batches)
    if run.diverged:
        said = (
            f"{low:.0f} to {high:.0f} s, EXTRAPOLATED: it diverged after {done} of {run.total} batches and has no NoMUS"
        )
    elif run.finished:
        said = f"{run.seconds:.0f} s, all {done} batches, NoMUS {nomus['released']:.3f}"
    else:
        said = (
            f"{low:.0f} to {high:.0f} s, EXTRAPOLATED from {done} of {run.total} batches: if no further one got noise, "
            "and if all did. --full runs them, for its NoMUS too"
        )
    lines = [("public code, made again", said)]
    for name, parts in ours.items():
        faster = low / parts.total, high / parts.total
        range_of = f"{faster[0]:.1f}" if run.finished else f"{faster[0]:.1f} to {faster[1]:.1f}"
        word = "reached" if faster[0] >= TARGET else "missed" if faster[1] < TARGET else "open"
        lines.append((
            f"DLFD here, {name}",
            f"{parts.total:.1f} s, NoMUS {nomus[name]:.3f}: {range_of} times faster ({TARGET} {word})",
        ))  # fmt: skip
    return lines


def compare(
    prepared: PreparedOriginal, splits: Splits, ours: dict[str, RunParts], options: argparse.Namespace
) -> tuple[Lines, dict[str, Any]]:
    """The public code from the same original on the same splits, in both ways its revisions watch the run."""
    limit = None if options.full else options.batches
    lines: Lines = []
    numbers: dict[str, Any] = {}
    nomus = {name: nomus_of(prepared, splits, parts.model) for name, parts in ours.items()}
    for name, monitored in [("first revision: watches all photos", 0), ("second: 300 per set", 300)]:
        run = run_released(prepared, splits, Settings(monitored=monitored), seed=options.seed, limit=limit)
        if run.finished and not run.diverged:
            nomus["released"] = nomus_of(prepared, splits, run.model)
        lines += [(name, ""), *((f"  {key}", value) for key, value in released_lines(run, ours, nomus))]
        low, high = run.foretold()
        numbers[name] = {
            "batches": [asdict(batch) for batch in run.batches], "total": run.total, "finished": run.finished,
            "seconds_low": low, "seconds_high": high, "nomus": dict(nomus),
            "times_faster": {key: [low / parts.total, high / parts.total] for key, parts in ours.items()},
        }  # fmt: skip
    return lines, numbers


def show(title: str, lines: Lines) -> None:
    print(f"\n{title}")
    width = max(len(name) for name, _ in lines)
    for name, said in lines:
        print(f"  {name:{width}}  {said}", flush=True)


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--only", choices=SECTIONS, action="append", help="this section; repeatable (default: all)")
    parser.add_argument("--full", action="store_true", help="run the public code's whole epoch instead of some batches")
    parser.add_argument("--batches", type=int, default=2, help="without --full: how many (default 2)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--people", type=int, default=20, help="how many are forgotten (default 20)")
    parser.add_argument("--train-people", type=int, default=0, help="train on this many only: a small run")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--mufac-photos", type=int, help="default: 10025 on a GPU, elsewhere the section is left out")
    parser.add_argument("--mufac-side", type=int, default=mufac_sized.SIDE, help="pixels (default 128)")
    parser.add_argument("--batch-size", type=int, default=256, help="of the MUFAC-sized run (default 256)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="keep the numbers")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> None:
    options = parse(arguments)
    wanted = options.only or SECTIONS
    busy, cores = os.getloadavg()[0], available_cores()
    document: dict[str, Any] = {"command": sys.argv[1:] if arguments is None else arguments, "load": busy}
    if busy > 0.25 * cores:
        print(f"Something else is running (load {busy:.1f} on {cores} cores): no figure below is worth quoting.")
    if "waiting" in wanted:
        rows = waiting.measure()
        document["waiting"] = dict(rows)
        show("What a visitor waits for", rows)
    if "parts" in wanted or "released" in wanted:
        setting = Setting(people=options.train_people, device=options.device)
        prepared = prepared_for(setting)
        task = prepared.spec.task
        splits = split_for(task, resolve_people(task, f"random:{options.people}", options.seed))
        document["data"] = {"retain": len(splits.retain), "forget": len(splits.forget)}
        document["device"] = prepared.spec.compute.describe()
        ours = measure_parts(prepared, splits, setting, options.seed)
        document["parts"] = {name: parts.numbers() for name, parts in ours.items()}
        where = f"{len(splits.retain)} retain and {len(splits.forget)} forget photos; {document['device']}"
        for name, parts in ours.items():
            show(f"A DLFD run, {name} ({where})", parts.lines())
        if "released" in wanted:
            lines, document["released"] = compare(prepared, splits, ours, options)
            show("Against the public code", lines)
    _mufac(options, wanted, document)
    if options.json:
        options.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def _mufac(options: argparse.Namespace, wanted: tuple[str, ...] | list[str], document: dict[str, Any]) -> None:
    import torch

    gpu = options.device != "cpu" and torch.cuda.is_available()
    photos = options.mufac_photos or (mufac_sized.PHOTOS if gpu else 0)
    if "mufac" not in wanted or not photos:
        return
    found = mufac_sized.measure(
        photos, side=options.mufac_side, batch_size=options.batch_size, device=options.device, seed=options.seed
    )
    document["mufac"] = found.numbers()
    show("As large as the paper's run on MUFAC", found.lines())


if __name__ == "__main__":
    main()
