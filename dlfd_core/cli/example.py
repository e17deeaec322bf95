"""``example``: make the finished runs again that are shipped with the project."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlfd_core.cli.options import Parser
from dlfd_core.cli.watch import format_table, watch

if TYPE_CHECKING:
    from dlfd_core.service import UnlearningService
    from dlfd_core.types import ForgetRequest


def add(commands: Any, common: Parser) -> None:
    example = commands.add_parser(
        "example", help="make the shipped finished runs again; with OMP_NUM_THREADS=1 they have the same numbers"
    )
    example.add_argument("--out", type=Path, metavar="FOLDER", help="default: assets/example")


def run(arguments: argparse.Namespace) -> None:
    from dlfd_core.runs.finished_runs import (
        EMBEDDED,
        EXAMPLE,
        example_request,
        save_example,
        save_finished,
        shipped_requests,
    )
    from dlfd_core.service import UnlearningService

    folder = arguments.out or EXAMPLE.parent
    service = UnlearningService()
    data = service.bench.data(EMBEDDED)
    save_maps(service, shipped_requests(data), folder.parent / "maps")
    example = watch(service, example_request(data))
    save_example(example, folder)
    print(format_table(example))
    for old in (folder / "runs").glob("*.json.xz"):
        old.unlink()
    for request in shipped_requests(data):
        report = watch(service, request)
        print(f"{save_finished(report, data.digest, folder / 'runs').name}: {report.verdict.text}")


def save_maps(service: UnlearningService, requests: Iterable[ForgetRequest], folder: Path) -> None:
    """Fit the map of the original of each request again, and write its points.

    Args:
        folder: of the files; those in it are replaced.
    """
    from dlfd_core.feature_map.projection import Projection
    from dlfd_core.feature_map.shipped_points import save_points
    from dlfd_core.runs.event_streams import result_of

    for request in {request.task: request for request in requests}.values():
        prepared = result_of(service.bench.prepare(request, lambda: None))
        points = Projection(prepared.outputs.features[prepared.sample]).points
        path = save_points(prepared.spec.shipped_name(), prepared.weights_sha256, points, folder)
        print(f"{path.name}: {len(points)} points")
