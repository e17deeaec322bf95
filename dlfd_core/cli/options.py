"""Options that several commands share, and their readers."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import DEFAULT_BACKBONE, KnobValue

if TYPE_CHECKING:
    from dlfd_core.service import UnlearningService


class Parser(argparse.ArgumentParser):
    """Argument parser whose errors are one sentence on stderr and exit code 2, without the usage block."""

    #: What ``--help`` is asked of.
    program = "python -m dlfd_core"

    def error(self, message: str) -> None:  # type: ignore[override]
        raise InvalidRequest(f"{message[0].upper()}{message[1:]}; see `{self.program} --help`.")


def common_options() -> Parser:
    """Data, task, backbone, seed and device, as a parent of other parsers."""
    common = Parser(add_help=False)
    common.add_argument("--data", default="portraits", help="portraits, folder:PATH, mufac:PATH ... (docs/data.md)")
    add_drop_options(common)
    common.add_argument("--task", default="emotion", help="a label of the data, or identity")
    common.add_argument("--backbone", default=DEFAULT_BACKBONE)
    common.add_argument("--seed", type=int, default=0)
    common.add_argument("--device", default="auto", help="auto, cpu or cuda")
    return common


def add_drop_options(parser: argparse.ArgumentParser) -> None:
    """Options that leave out copies of photos: ``drop`` is the suffix of the data set's name, or empty."""
    drop = parser.add_mutually_exclusive_group()
    drop.add_argument(
        "--drop-duplicates",
        action="store_const",
        dest="drop",
        const="?unique",
        default="",
        help="leave out copies of photos, pixel for pixel",
    )
    drop.add_argument(
        "--drop-near-duplicates",
        action="store_const",
        dest="drop",
        const="?distinct",
        default="",
        help="leave out copies and near-copies (another JPEG, smaller, in grey, brighter)",
    )


def parse_settings(pairs: Sequence[str]) -> tuple[tuple[str, KnobValue], ...]:
    """``["K=5", ...]`` -> sorted pairs of name and text. Raises InvalidRequest without an equals sign."""
    settings: dict[str, KnobValue] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise InvalidRequest(f"--set {pair!r} is not of the form knob=value.")
        settings[name.strip()] = value.strip()
    return tuple(sorted(settings.items()))


def validated_epochs(value: int | None) -> int | None:
    if value is not None and not 1 <= value <= 1000:
        raise InvalidRequest(f"--epochs {value} is not between 1 and 1000.")
    return value


def make_service(epochs: int | None, backbone: str, plugins: Path | None = None) -> UnlearningService:
    """Make the service, and load methods from a folder of plugins.

    Args:
        epochs: for an original of ``backbone`` that has to be trained first; None takes the network's recipe.

    Raises:
        DlfdError: a number of epochs out of range, or plugins that cannot be loaded.
    """
    from dlfd_core.models.training import default_recipe
    from dlfd_core.service import UnlearningService
    from dlfd_core.unlearning.plugins import load_plugins

    epochs = validated_epochs(epochs)
    recipe = default_recipe(backbone, epochs) if epochs else None
    if plugins:
        load_plugins(plugins)
    return UnlearningService(recipe)
