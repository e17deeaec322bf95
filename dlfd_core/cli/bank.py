"""``bank``: train the reference bank of a data set and task, so that every run on them is audited with it."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dlfd_core.cli.options import Parser, make_service
from dlfd_core.cli.watch import ProgressLine
from dlfd_core.engines.options import LOCAL, add_engine_options, check_engine
from dlfd_core.errors import InvalidRequest
from dlfd_core.runs.event_streams import result_of
from dlfd_core.types import ForgetRequest

if TYPE_CHECKING:
    from dlfd_core.service import UnlearningService


def add(commands: Any, common: Parser) -> None:
    bank = commands.add_parser("bank", parents=[common], help="train the reference bank, models of random halves")
    bank.add_argument("--epochs", type=int, help="epochs for an original that has to be trained first")
    bank.add_argument("--models", type=int, help="with --out: an even number from 4 up (default 8)")
    add_engine_options(bank, "this process, with all its threads")
    bank.add_argument("--out", type=Path, metavar="DIR", help="default: the cache, where every run looks for it")


def watch_bank(service: UnlearningService, request: ForgetRequest, arguments: argparse.Namespace) -> Path:
    """Train what is missing of the bank, with progress on stderr; returns its folder. Raises ``DlfdError``."""
    from dlfd_core.engines.opening import engine_named
    from dlfd_core.models.bank import MODELS

    engine, jobs, gpu_share = arguments.engine, arguments.jobs, arguments.gpu_share
    check_engine(engine, jobs, gpu_share)
    in_this_process = engine == LOCAL and not jobs
    opened = None if in_this_process else engine_named(engine, jobs, device=request.device, gpu_share=gpu_share)
    building = service.build_bank(request, lambda: False, arguments.out, arguments.models or MODELS, opened)
    return result_of(building, ProgressLine().show)


def run(arguments: argparse.Namespace) -> None:
    from dlfd_core.artifacts import ASSETS
    from dlfd_core.models.bank import BANKS, add_bank_to_manifest

    started = time.monotonic()
    service = make_service(arguments.epochs, arguments.backbone)
    request = ForgetRequest(
        (), arguments.data, arguments.task, arguments.backbone, seed=arguments.seed, device=arguments.device
    )
    if (arguments.models is not None or arguments.seed) and arguments.out is None:
        raise InvalidRequest(
            "--models and --seed need --out: runs look in the cache for a bank of the default size and seed 0."
        )
    folder = watch_bank(service, request, arguments)
    if folder.resolve().parent == BANKS:
        options = " ".join(f"--{name} {getattr(arguments, name)}" for name in ("data", "task", "backbone"))
        options += f" --models {arguments.models}" if arguments.models else ""
        options += f" --seed {arguments.seed}" if arguments.seed else ""
        out = folder.resolve().relative_to(ASSETS.parent)
        add_bank_to_manifest(folder, f"python -m dlfd_core bank {options} --out {out}")
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    print(f"The bank is in {folder} ({size:.1f} MB), ready after {time.monotonic() - started:.0f} s.")
