"""``example``: make the finished run that the page opens with again."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from dlfd_core.cli.options import Parser
from dlfd_core.cli.watch import format_table, watch
from dlfd_core.types import ForgetRequest


def add(commands: Any, common: Parser) -> None:
    example = commands.add_parser("example", help="make the finished run that the page opens with again")
    example.add_argument("--out", type=Path, help="default: assets/example/report.json")


def run(arguments: argparse.Namespace) -> None:
    from dlfd_core.artifacts import write_atomically
    from dlfd_core.data.splits import prepare_task, resolve_people
    from dlfd_core.reports.serialise import archive_report
    from dlfd_core.service import EXAMPLE, UnlearningService

    service = UnlearningService()
    task = prepare_task(service.bench.data("portraits"), "emotion")
    report = watch(service, ForgetRequest(resolve_people(task, "random:20", 0), retrain=True, control=True))
    content = json.dumps(archive_report(report), separators=(",", ":"), ensure_ascii=False)
    write_atomically(arguments.out or EXAMPLE, content.encode())
    print(format_table(report))
