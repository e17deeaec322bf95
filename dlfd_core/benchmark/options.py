"""Options of the command ``benchmark``. The command line imports this module, so it imports nothing heavy."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from dlfd_core.engines.options import GPU_SHARE, LOCAL, add_engine_options
from dlfd_core.types import DEFAULT_BACKBONE, DEFAULT_PRESET

#: Name for all registered methods.
ALL = "all"


@dataclass(frozen=True)
class BenchmarkRequest:
    """Request of a benchmark.

    Attributes:
        methods: names, or ``all``.
        presets: each method runs with those of them that it has.
        originals, picks, seeds: numbers of each, which are counted from 0: the seed of an original's training, the seed
            of a draw of people to forget, the seed of a run.
        people: number of people in a draw, or ``set:NAME``, a published forget set, which is the only pick.
        plugins: a folder of methods.
        retrain: also retrain, as the reference.
        epochs: to train the originals of this benchmark; 0 takes the shipped model, or trains by the default recipe.
        jobs: processes; 0 takes one per core, or a single one on a GPU; on a cluster one per core of all nodes.
        engine, gpu_share: as in ``engine_named``.
    """

    out: Path
    data: str = "portraits"
    task: str = "emotion"
    backbones: tuple[str, ...] = (DEFAULT_BACKBONE,)
    methods: tuple[str, ...] = (ALL,)
    presets: tuple[str, ...] = (DEFAULT_PRESET,)
    originals: int = 1
    picks: int = 3
    seeds: int = 5
    people: str = "20"
    retrain: bool = True
    epochs: int = 0
    device: str = "auto"
    jobs: int = 0
    engine: str = LOCAL
    gpu_share: float = GPU_SHARE
    plugins: Path | None = None

    @property
    def forget_set(self) -> str:
        """``set:NAME``, or empty for draws."""
        return self.people if self.people.startswith("set:") else ""


def _names(text: str) -> tuple[str, ...]:
    """Split ``a,b`` into names in their order, each once."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options to a parser."""
    defaults = BenchmarkRequest(Path())
    parser.add_argument("--data", default=defaults.data, help="as for forget (default: %(default)s)")
    parser.add_argument("--task", default=defaults.task, help="as for forget (default: %(default)s)")
    parser.add_argument("--backbones", type=_names, default=defaults.backbones, metavar="A,B", help="networks")
    parser.add_argument("--methods", type=_names, default=defaults.methods, metavar="A,B", help="default: all")
    parser.add_argument(
        "--presets", "--preset", type=_names, default=defaults.presets, metavar="A,B",
        help=f"a row for each that a method has (default: {DEFAULT_PRESET})",
    )  # fmt: skip
    parser.add_argument(
        "--originals", type=int, default=defaults.originals, metavar="N",
        help="models to forget from, trained with seeds 0 to N-1; intervals then count originals (default: 1)",
    )  # fmt: skip
    parser.add_argument("--picks", type=int, default=defaults.picks, metavar="N", help="draws of people to forget")
    parser.add_argument("--seeds", type=int, default=defaults.seeds, metavar="K", help="runs of each method per pick")
    parser.add_argument("--people", default=defaults.people, metavar="N", help="how many are forgotten, or set:NAME")
    parser.add_argument("--no-retrain", action="store_true", help="leave out the retrained model, the reference")
    parser.add_argument("--epochs", type=int, default=defaults.epochs, help="of originals trained for this")
    parser.add_argument("--plugins", type=Path, metavar="DIR", help="a folder of your own methods")
    parser.add_argument("--device", default=defaults.device, help="auto, cpu or cuda")
    add_engine_options(parser, "one per core, 1 on a GPU")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for runs, tables and figures")


def request_of(arguments: argparse.Namespace) -> BenchmarkRequest:
    """The request of parsed arguments."""
    options = {name: value for name, value in vars(arguments).items() if name in BenchmarkRequest.__dataclass_fields__}
    return BenchmarkRequest(**options | {"retrain": not arguments.no_retrain})
