"""Command line of the service: ``python -m dlfd_core forget | verify | train | bank | data | benchmark | example``.

A command is one file with ``add``, which declares its options, and ``run``.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from dlfd_core.cli import bank, benchmark, data, example, forget, train, verify
from dlfd_core.cli.options import Parser, common_options, parse_settings
from dlfd_core.errors import DlfdError

__all__ = ["build_parser", "main", "parse_settings"]

COMMANDS = {
    "forget": forget,
    "verify": verify,
    "train": train,
    "bank": bank,
    "data": data,
    "benchmark": benchmark,
    "example": example,
}


def build_parser() -> Parser:
    parser = Parser(prog="python -m dlfd_core", description="Make a face classifier forget people, and measure it.")
    commands = parser.add_subparsers(dest="command", required=True)
    for command in COMMANDS.values():
        command.add(commands, common_options())
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 on success, 1 where ``verify`` finds a difference, 2 with one sentence on stderr on bad
    input."""
    try:
        arguments = build_parser().parse_args(argv)
        if getattr(arguments, "drop", "") and arguments.data:
            arguments.data += arguments.drop  # part of the name, as it is part of what a model was trained on
        return COMMANDS[arguments.command].run(arguments) or 0
    except DlfdError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt as stop:
        sys.stderr.write(f"{str(stop) or 'Stopped.'}\n")
        return 130
