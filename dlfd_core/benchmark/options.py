"""What the command ``benchmark`` is asked for. Imported with the command line, so nothing heavy is imported here."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from dlfd_core.types import DEFAULT_PRESET

#: Stands for every method that is registered.
ALL = "all"


@dataclass(frozen=True)
class BenchmarkRequest:
    """Attributes:
    methods: names, or ``all``.
    presets: each method runs with those of them that it has.
    picks, seeds: how many, both numbered from 0; a pick is the seed of a draw of people to forget.
    people: how many a draw takes, or ``set:NAME``, a published forget set, which is a pick by itself.
    plugins: a folder of methods.
    retrain: also retrain, as the reference.
    epochs: of originals that are trained for this; 0 takes the shipped model, or trains by the usual recipe.
    jobs: processes; 0 takes one per core, or a single one on a GPU.
    """

    out: Path
    data: str = "portraits"
    task: str = "emotion"
    backbones: tuple[str, ...] = ("slim_resnet",)
    methods: tuple[str, ...] = (ALL,)
    presets: tuple[str, ...] = (DEFAULT_PRESET,)
    picks: int = 3
    seeds: int = 5
    people: str = "20"
    retrain: bool = True
    epochs: int = 0
    device: str = "auto"
    jobs: int = 0
    plugins: Path | None = None

    @property
    def forget_set(self) -> str:
        """``set:NAME``, or empty where people are drawn."""
        return self.people if self.people.startswith("set:") else ""


def _names(text: str) -> tuple[str, ...]:
    """``a,b`` -> the names in their order, each once."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def add_options(parser: argparse.ArgumentParser) -> None:
    usual = BenchmarkRequest(Path())
    parser.add_argument("--data", default=usual.data, help="as for forget (default: %(default)s)")
    parser.add_argument("--drop-duplicates", action="store_true", help="as for forget")
    parser.add_argument("--task", default=usual.task, help="as for forget (default: %(default)s)")
    parser.add_argument("--backbones", type=_names, default=usual.backbones, metavar="A,B", help="networks")
    parser.add_argument("--methods", type=_names, default=usual.methods, metavar="A,B", help="default: all")
    parser.add_argument(
        "--presets", "--preset", type=_names, default=usual.presets, metavar="A,B",
        help=f"a row for each that a method has (default: {DEFAULT_PRESET})",
    )  # fmt: skip
    parser.add_argument("--picks", type=int, default=usual.picks, metavar="N", help="draws of people to forget")
    parser.add_argument("--seeds", type=int, default=usual.seeds, metavar="K", help="runs of each method on each pick")
    parser.add_argument("--people", default=usual.people, metavar="N", help="how many are forgotten, or set:NAME")
    parser.add_argument("--no-retrain", action="store_true", help="leave out the retrained model, the reference")
    parser.add_argument("--epochs", type=int, default=usual.epochs, help="of originals trained for this")
    parser.add_argument("--plugins", type=Path, metavar="DIR", help="a folder of your own methods")
    parser.add_argument("--device", default=usual.device, help="auto, cpu or cuda")
    parser.add_argument("--jobs", type=int, default=usual.jobs, help="processes (default: one per core, 1 on a GPU)")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for runs, tables and figures")


def request_of(arguments: argparse.Namespace) -> BenchmarkRequest:
    given = {name: value for name, value in vars(arguments).items() if name in BenchmarkRequest.__dataclass_fields__}
    return BenchmarkRequest(**given | {"retrain": not arguments.no_retrain})
