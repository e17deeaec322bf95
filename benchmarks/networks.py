"""``python -m benchmarks.networks``: small networks for the portraits, accuracy on validation people against cost.

Each candidate is trained once by its recipe on the training people of the task emotion. Cost is processor time of one
training step of 64 photos in float32 on one thread, relative to ``slim_resnet``; it is measured in turns, candidate by
candidate and again, so that another load on the machine falls on all of them. The choice looks at validation people and
cost alone; accuracy on unseen people and the membership signal stand beside them for the report.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.studies import RESULTS
from dlfd_core.backbones import Backbone
from dlfd_core.backbones.compact_resnet import CompactResNet
from dlfd_core.backbones.slim_resnet import SlimResNet
from dlfd_core.data.photos import PhotoSet
from dlfd_core.data.sources import load_data
from dlfd_core.data.splits import TaskData, prepare_task
from dlfd_core.device import select_compute, to_uint8_batch
from dlfd_core.metrics.membership import signed_auc
from dlfd_core.models.outputs import collect_outputs
from dlfd_core.models.training import Recipe, train_from_scratch
from dlfd_core.seeding import seeded_initialisation

BATCH, SIDE, ROUNDS = 64, 64, 7
#: Short names of plans: stem, widths, strides of the stages.
PLANS: dict[str, tuple[tuple[tuple[int, int, int], ...], tuple[int, ...], tuple[int, ...]]] = {
    "16 / 16-32-64-128": (((4, 2, 16),), (16, 32, 64, 128), (1, 2, 2, 2)),
    "16 / 16-24-48-96": (((4, 2, 16),), (16, 24, 48, 96), (1, 2, 2, 2)),
    "8 / 8-16-32-64": (((4, 2, 8),), (8, 16, 32, 64), (1, 2, 2, 2)),
    "16+24 / 32-64-128": (((3, 2, 16), (3, 1, 24)), (32, 64, 128), (2, 2, 2)),
    "16 / 24-48-96": (((4, 2, 16),), (24, 48, 96), (2, 2, 2)),
    "16>24 / 24-48-96": (((4, 2, 16), (3, 2, 24)), (24, 48, 96), (1, 2, 2)),
    "16>32 / 32-64-128": (((4, 2, 16), (3, 2, 32)), (32, 64, 128), (1, 2, 2)),
}
CHOSEN = "16>32 / 32-64-128"


@dataclass(frozen=True)
class Candidate:
    """A network and what its recipe changes.

    Attributes:
        plan: of ``PLANS``, or ``slim_resnet``.
        shift: pixels, see ``Augmentation``.
        plain_mean: the unweighted mean over places.
    """

    plan: str
    shift: int = 0
    plain_mean: bool = False

    @property
    def name(self) -> str:
        mean = " plain mean" if self.plain_mean else ""
        return f"{self.plan}{mean}, shift {self.shift}"

    def build(self, classes: int) -> Backbone:
        if self.plan == "slim_resnet":
            return SlimResNet(classes)
        stem, widths, strides = PLANS[self.plan]
        return CompactResNet(classes, stem, widths, strides, self.plain_mean)


CANDIDATES = (
    Candidate("slim_resnet"),
    Candidate("slim_resnet", 1),
    Candidate("16 / 16-32-64-128", plain_mean=True),
    Candidate("16 / 16-32-64-128"),
    Candidate("16 / 16-32-64-128", 1),
    Candidate("16 / 16-32-64-128", 2),
    Candidate("16 / 16-24-48-96", 1),
    Candidate("16 / 16-24-48-96", 2),
    Candidate("8 / 8-16-32-64", 1),
    Candidate("16+24 / 32-64-128", 1),
    Candidate("16 / 24-48-96", 1),
    Candidate("16>24 / 24-48-96", 1),
    Candidate(CHOSEN),
    Candidate(CHOSEN, 1, plain_mean=True),
    Candidate(CHOSEN, 1),
    Candidate(CHOSEN, 2),
)


def count_multiply_adds(model: Backbone) -> float:
    """Millions of multiply-adds for one photo of 64 pixels, in convolutions and linear layers."""
    total = 0

    def count(layer: torch.nn.Module, _: Any, output: torch.Tensor) -> None:
        nonlocal total
        if isinstance(layer, torch.nn.Conv2d):
            total += output[0].numel() * layer.weight[0].numel()
        elif isinstance(layer, torch.nn.Linear):
            total += layer.weight.numel()

    hooks = [layer.register_forward_hook(count) for layer in model.modules()]
    with torch.no_grad():
        model.eval()(torch.rand(1, 3, SIDE, SIDE))
    for hook in hooks:
        hook.remove()
    return total / 1e6


def measure_costs(models: dict[str, Backbone], rounds: int = ROUNDS) -> dict[str, float]:
    """Processor milliseconds of a training step in float32: the least of ``rounds``, the models in turns."""
    images = torch.rand(BATCH, 3, SIDE, SIDE).contiguous(memory_format=torch.channels_last)
    labels = torch.arange(BATCH) % 7
    least = dict.fromkeys(models, float("inf"))
    for number in range(rounds + 1):
        for name, model in models.items():
            model.train().to(memory_format=torch.channels_last)
            started = time.process_time()
            torch.nn.functional.cross_entropy(model(images), labels).backward()
            if number:  # the first round chooses kernels
                least[name] = min(least[name], 1000 * (time.process_time() - started))
    return least


def train_and_score(candidate: Candidate, task: TaskData, epochs: int, seed: int) -> dict[str, float]:
    """Train one candidate; accuracies, and P(loss of an unseen photo > loss of a training photo)."""
    compute = select_compute("cpu")
    with seeded_initialisation(seed, "networks"):
        model = candidate.build(len(task.classes)).means(task.space)
    compute.place(model)
    labels = torch.from_numpy(task.labels)
    photos = PhotoSet(to_uint8_batch(task.data.images, compute), labels)
    recipe = replace(Recipe(), epochs=epochs, shift=candidate.shift)
    started = time.process_time()
    training = photos.select(torch.from_numpy(task.train))
    for _ in train_from_scratch(model, training, recipe, compute, seed=seed, stream="networks"):
        pass
    seconds = time.process_time() - started
    outputs = collect_outputs(model.eval(), photos.images, compute)
    right, losses = outputs.correctness(task.labels), outputs.losses(task.labels)
    sides = {"train": task.train, "validation": task.validation, "unseen": task.unseen}
    accuracies = {name: float(np.mean(right[index])) for name, index in sides.items()}
    auc = signed_auc(losses[task.train], losses[task.unseen])
    return accuracies | {"membership_auc": float(auc), "training_seconds": seconds}


def _run(candidate: Candidate, epochs: int, seed: int) -> dict[str, float]:
    torch.set_num_threads(1)
    return train_and_score(candidate, prepare_task(load_data("portraits"), "emotion"), epochs, seed)


def run_all(jobs: int, epochs: int, seed: int, show: Callable[[str], None]) -> list[dict[str, Any]]:
    """Costs of all candidates, then their trainings in ``jobs`` processes of one thread each."""
    torch.set_num_threads(1)
    models = {candidate.name: candidate.build(7) for candidate in CANDIDATES}
    costs = measure_costs(models)
    base = costs[CANDIDATES[0].name]
    os.environ["OMP_NUM_THREADS"] = "1"  # read by the processes that are started
    rows = []
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(_run, candidate, epochs, seed) for candidate in CANDIDATES]
        for candidate, future in zip(CANDIDATES, futures, strict=True):
            row: dict[str, Any] = {"name": candidate.name} | asdict(candidate)
            row |= {"multiply_adds": count_multiply_adds(models[candidate.name])}
            row |= {"step_ms": costs[candidate.name], "times_cheaper": base / costs[candidate.name]}
            row |= future.result()
            rows.append(row)
            show(line_of(row))
    return rows


def line_of(row: dict[str, Any]) -> str:
    return (
        f"{row['name']:38} {row['multiply_adds']:5.1f} M  {row['step_ms']:6.1f} ms  {row['times_cheaper']:4.1f} x"
        f"  validation {row['validation']:.3f}  unseen {row['unseen']:.3f}  train {row['train']:.3f}"
        f"  membership AUC {row['membership_auc']:.3f}"
    )


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """Accuracy on validation people against the cost of a step, every candidate named."""
    from matplotlib import rc_context

    from dlfd_core.benchmark.figures import AHEAD, OPEN, STYLE, write

    with rc_context(STYLE):
        from matplotlib.figure import Figure

        figure = Figure(figsize=(7.6, 4.6), layout="constrained")
        axes = figure.subplots()
        for row in rows:
            chosen = row["plan"] == CHOSEN and row["shift"] == 1 and not row["plain_mean"]
            colour = AHEAD if chosen else OPEN
            axes.plot(row["step_ms"], row["validation"], "o", color=colour, markersize=7 if chosen else 4)
            axes.annotate(
                row["name"], (row["step_ms"], row["validation"]), (4, 3), textcoords="offset points", fontsize=6.5,
                color=colour,
            )  # fmt: skip
        axes.set_xscale("log")
        axes.set_xlabel("processor time of a training step of 64 photos, float32, one thread (ms)")
        axes.set_ylabel("accuracy on validation people")
        axes.spines[["top", "right"]].set_visible(False)
    write(figure, path)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.networks", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, help="processes of one thread each (default 2)")
    parser.add_argument("--epochs", type=int, default=Recipe().epochs)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULTS / "networks", help="folder for table and figure")
    options = parser.parse_args(arguments)
    rows = run_all(options.jobs, options.epochs, options.seed, lambda line: print(line, flush=True))
    options.out.mkdir(parents=True, exist_ok=True)
    document = {"epochs": options.epochs, "seed": options.seed, "candidates": rows}
    (options.out / "networks.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    draw(rows, options.out / "networks.svg")


if __name__ == "__main__":
    main()
