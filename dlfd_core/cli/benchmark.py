"""``benchmark``: compare methods over picks of people, seeds and backbones."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from dlfd_core.benchmark.options import add_options, request_of
from dlfd_core.cli.options import Parser, add_drop_options


def add(commands: Any, common: Parser) -> None:
    parser = commands.add_parser("benchmark", help="compare methods over picks of people, seeds and backbones")
    add_options(parser)
    add_drop_options(parser)


def run(arguments: argparse.Namespace) -> None:
    from dlfd_core.benchmark.command import compare

    print(compare(request_of(arguments), lambda message: print(message, file=sys.stderr, flush=True)))
