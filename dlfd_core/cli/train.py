"""``train``: train an original model."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from dlfd_core.cli.options import Parser, validated_epochs
from dlfd_core.cli.watch import ProgressLine
from dlfd_core.errors import InvalidRequest


def add(commands: Any, common: Parser) -> None:
    train = commands.add_parser("train", parents=[common], help="train an original model")
    train.add_argument("--epochs", type=int, help="default: the recipe of the network")
    train.add_argument("--shift", type=int, help="move training photos by up to this many pixels (the same default)")
    train.add_argument("--out", type=Path, required=True, metavar="FILE.safetensors")


def run(arguments: argparse.Namespace) -> None:
    from dlfd_core.artifacts import WEIGHTS, add_to_manifest
    from dlfd_core.backbones import BACKBONES
    from dlfd_core.data.sources import load_data
    from dlfd_core.data.splits import prepare_task
    from dlfd_core.device import select_compute
    from dlfd_core.models.originals import ModelSpec, train_original
    from dlfd_core.models.training import default_recipe
    from dlfd_core.runs.progress import StageClock, StageTimes

    BACKBONES.get(arguments.backbone)
    recipe = default_recipe(arguments.backbone, validated_epochs(arguments.epochs))
    if arguments.shift is not None:
        if not 0 <= arguments.shift <= 16:
            raise InvalidRequest(f"--shift {arguments.shift} is not between 0 and 16 pixels.")
        recipe = replace(recipe, shift=arguments.shift)
    if arguments.out.suffix != ".safetensors":
        raise InvalidRequest(f"--out {arguments.out} must end in .safetensors.")
    compute = select_compute(arguments.device)
    spec = ModelSpec(prepare_task(load_data(arguments.data), arguments.task), arguments.backbone, compute)
    line, clock = ProgressLine(), StageClock("train", f"Training {arguments.out.name}", StageTimes(), [])
    for log in train_original(spec, recipe, arguments.out, seed=arguments.seed):
        line.show(clock.event(log))
    if arguments.out.resolve().parent == WEIGHTS:
        options = {name: getattr(arguments, name) for name in ("data", "task", "backbone", "seed")}
        flags = " ".join(f"--{name} {value}" for name, value in options.items())
        out = f"assets/weights/{arguments.out.name}"
        flags += f" --epochs {recipe.epochs} --shift {recipe.shift}"
        add_to_manifest(arguments.out, f"python -m dlfd_core train {flags} --out {out}")
    print(f"Wrote {arguments.out} ({arguments.out.stat().st_size / 1e6:.2f} MB) in {clock.close():.0f} s.")
