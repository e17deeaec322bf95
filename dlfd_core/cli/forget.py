"""``forget``: forget people and measure the result."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlfd_core.cli.options import Parser, make_service, parse_settings
from dlfd_core.cli.receipts import open_receipts, write_receipts
from dlfd_core.cli.relearn import format_relearn, watch_relearn
from dlfd_core.cli.sequence import format_sequence, read_sequence, watch_sequence
from dlfd_core.cli.watch import format_table, watch
from dlfd_core.errors import InvalidRequest
from dlfd_core.types import (
    DEFAULT_PRESET,
    DEFAULT_RELEARN_PHOTOS,
    FollowUps,
    ForgetReport,
    ForgetRequest,
    SequenceRequest,
)

if TYPE_CHECKING:
    from dlfd_core.service import UnlearningService


def add(commands: Any, common: Parser) -> None:
    forget = commands.add_parser("forget", parents=[common], help="forget people and measure the result")
    forget.add_argument("--method", default="dlfd")
    people = forget.add_mutually_exclusive_group(required=True)
    people.add_argument(
        "--people", help="random:N (drawn with the seed), set:NAME or ID,ID,... (quote an id with a comma)"
    )
    people.add_argument("--people-file", type=Path, metavar="FILE", help="a text file with one id per line, as written")
    forget.add_argument(
        "--then", action="append", default=[], metavar="PEOPLE",
        help="then forget these people, on the model of the request before, and measure the drift; repeatable; "
        "random:N draws from everybody else",
    )  # fmt: skip
    forget.add_argument("--retrain", action="store_true", help="also retrain from scratch, as the reference")
    forget.add_argument(
        "--no-control",
        action="store_true",
        help="leave out the control, the same training as DLFD without its synthesised photos",
    )
    forget.add_argument(
        "--preset", default=DEFAULT_PRESET, metavar="NAME", help="settings to start from (default: %(default)s)"
    )
    forget.add_argument(
        "--set", action="extend", nargs="+", default=[], metavar="KNOB=VALUE", help="change settings; repeatable"
    )
    forget.add_argument("--plugins", type=Path, metavar="DIR", help="a folder of your own methods, one .py file each")
    forget.add_argument("--weights", help="the original model, a safetensors file made by train")
    forget.add_argument(
        "--relearn", type=int, nargs="?", const=DEFAULT_RELEARN_PHOTOS, metavar="PHOTOS",
        help="then carry out the relearn test with that many photos of each person (1 to 5, default %(const)s)",
    )  # fmt: skip
    forget.add_argument("--json", type=Path, metavar="FILE", help="write the report here")
    forget.add_argument("--receipt", type=Path, metavar="DIR", help="write the receipt here as JSON, HTML and PDF")
    forget.add_argument("--epochs", type=int, help="epochs for an original that has to be trained first")


def run(arguments: argparse.Namespace) -> None:
    from dlfd_core.data.people import read_people_file, resolve_people
    from dlfd_core.data.relearn_photos import check_relearn_request
    from dlfd_core.data.splits import prepare_task, split_for

    service = make_service(arguments.epochs, arguments.backbone, arguments.plugins)
    if arguments.json and not arguments.json.parent.is_dir():
        raise InvalidRequest(f"There is no folder {arguments.json.parent}; choose another place for --json.")
    if arguments.receipt:
        open_receipts(arguments.receipt)
    task = prepare_task(service.bench.data(arguments.data), arguments.task)
    if arguments.people_file is None:
        people = resolve_people(task, arguments.people, arguments.seed)
    else:
        people = tuple(sorted(set(read_people_file(arguments.people_file))))
        split_for(task, people)
    request = _request(arguments, people)
    if arguments.relearn is not None:
        check_relearn_request(service.check(request), request.people, arguments.relearn, request.seed)
    requests = read_sequence(task, request, arguments.then) if arguments.then else None
    report = watch(service, request)
    print(format_table(report))
    follow_ups = _follow_ups(service, request, requests, arguments.relearn)
    if arguments.receipt:
        write_receipts(report, follow_ups, arguments.receipt)
    if arguments.json:
        _write(report, follow_ups, arguments.json)


def _follow_ups(
    service: UnlearningService, request: ForgetRequest, requests: SequenceRequest | None, photos: int | None
) -> FollowUps:
    """Carry out the later requests and the relearn test, where they are requested."""
    sequence = relearn = None
    if requests is not None:
        sequence = watch_sequence(service, requests)
        print(f"\n{format_sequence(sequence)}")
    if photos is not None:
        relearn = watch_relearn(service, request, photos)
        print(format_relearn(relearn))
    return FollowUps(relearn, sequence)


def _request(arguments: argparse.Namespace, people: tuple[str, ...]) -> ForgetRequest:
    return ForgetRequest(
        people=people,
        data=arguments.data,
        task=arguments.task,
        backbone=arguments.backbone,
        method=arguments.method,
        seed=arguments.seed,
        retrain=arguments.retrain,
        knobs=parse_settings(arguments.set),
        device=arguments.device,
        weights=arguments.weights,
        preset=arguments.preset,
        control=not arguments.no_control,
    )


def _write(report: ForgetReport, follow_ups: FollowUps, path: Path) -> None:
    from dlfd_core.reports.follow_ups import follow_ups_json
    from dlfd_core.reports.serialise import report_to_json

    document = report_to_json(report) | follow_ups_json(follow_ups)
    try:
        path.write_text(json.dumps(document, indent=1), encoding="utf-8")
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be written ({error.strerror}).") from error
