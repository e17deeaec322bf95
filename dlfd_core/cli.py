"""The same service without a page: ``python -m dlfd_core forget | train | benchmark | example``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dlfd_core.benchmark.options import add_options, request_of
from dlfd_core.errors import DlfdError, InvalidRequest
from dlfd_core.types import DEFAULT_PRESET, ForgetProgress, ForgetReport, ForgetRequest, KnobValue

if TYPE_CHECKING:
    from dlfd_core.service import UnlearningService

ROWS = [
    ("utility (unseen)", "utility"), ("retain accuracy", "retain_accuracy"), ("forget accuracy", "forget_accuracy"),
    ("validation accuracy", "validation_accuracy"), ("MIA accuracy", "mia_accuracy"), ("signed AUC", "mia_auc"),
    ("forgetting score", "forgetting_score"), ("NoMUS", "nomus"),
]  # fmt: skip


class _Parser(argparse.ArgumentParser):
    """One sentence on stderr and exit code 2, without the usage block."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise InvalidRequest(f"{message[0].upper()}{message[1:]}; see `python -m dlfd_core --help`.")


def build_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m dlfd_core", description="Make a face classifier forget people, and measure it.")
    commands = parser.add_subparsers(dest="command", required=True)
    common = _Parser(add_help=False)
    common.add_argument("--data", default="portraits", help="portraits, folder:PATH, mufac:PATH ... (README, Data)")
    common.add_argument("--drop-duplicates", action="store_true", help="leave out copies of photos, pixel for pixel")
    common.add_argument("--task", default="emotion", help="a label of the data, or identity")
    common.add_argument("--backbone", default="slim_resnet")
    common.add_argument("--seed", type=int, default=0)
    common.add_argument("--device", default="auto", help="auto, cpu or cuda")

    forget = commands.add_parser("forget", parents=[common], help="forget people and score the result")
    forget.add_argument("--method", default="dlfd")
    forget.add_argument("--people", required=True, help="random:N (drawn with the seed), set:NAME or ID,ID,...")
    forget.add_argument("--retrain", action="store_true", help="also retrain from scratch, as the reference")
    forget.add_argument("--no-control", action="store_true", help="leave out the control, which DLFD has beside it")
    forget.add_argument(
        "--preset", default=DEFAULT_PRESET, metavar="NAME", help="settings to start from (default: %(default)s)"
    )
    forget.add_argument("--set", action="append", default=[], metavar="KNOB=VALUE", help="change a setting; repeatable")
    forget.add_argument("--plugins", type=Path, metavar="DIR", help="a folder of your own methods, one .py file each")
    forget.add_argument("--weights", help="the original model, a safetensors file made by train")
    forget.add_argument("--json", type=Path, metavar="FILE", help="write the report here")
    forget.add_argument("--epochs", type=int, help="epochs for an original that has to be trained first")

    train = commands.add_parser("train", parents=[common], help="train an original model")
    train.add_argument("--epochs", type=int)
    train.add_argument("--out", type=Path, required=True, metavar="FILE.safetensors")

    add_options(commands.add_parser("benchmark", help="compare methods over picks of people, seeds and backbones"))

    example = commands.add_parser("example", help="remake the finished run the page opens with")
    example.add_argument("--out", type=Path, help="default: assets/example/report.json")
    return parser


def parse_settings(pairs: Sequence[str]) -> tuple[tuple[str, KnobValue], ...]:
    """``["K=5", ...]`` -> sorted pairs of name and text. Raises InvalidRequest without an equals sign."""
    found: dict[str, KnobValue] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise InvalidRequest(f"--set {pair!r} is not of the form knob=value.")
        found[name.strip()] = value.strip()
    return tuple(sorted(found.items()))


class _ProgressLine:
    """One line on stderr that is rewritten on a terminal, and a few plain lines elsewhere."""

    def __init__(self) -> None:
        self._live, self._shown, self._stage = sys.stderr.isatty(), 0.0, ""

    def show(self, progress: ForgetProgress) -> None:
        if progress.stage == "load":
            return  # over in a moment, and what may be wrong with a file is said in one sentence
        now, last = time.monotonic(), progress.done == progress.total
        if progress.stage == self._stage and not last and now - self._shown < (0.2 if self._live else 15.0):
            return
        self._shown, self._stage = now, progress.stage
        left = "" if progress.seconds_left is None else f", about {progress.seconds_left:.0f} s left"
        text = f"{progress.message}: {progress.done}/{progress.total}{left}"
        sys.stderr.write(f"\r\033[K{text}" + ("\n" if last else "") if self._live else f"{text}\n")
        sys.stderr.flush()


def format_table(report: ForgetReport) -> str:
    """Scores by model, the null band, the verdict and the seconds, as plain text."""
    models = list(report.scores)
    lines = [f"{'':22}" + "".join(f"{name:>12}" for name in models)]
    for title, field in ROWS:
        lines.append(f"{title:22}" + "".join(f"{getattr(report.scores[name], field):12.4f}" for name in models))
    bands = "".join(f"{f'0-{report.scores[name].null_band[1]:.3f}':>12}" for name in models)
    lines.append(f"{'  its null band':22}{bands}")
    counts = report.data
    sizes = ", ".join(f"{name} {counts.people[name]} people / {counts.photos[name]} photos" for name in counts.people)
    spent = report.seconds
    times = f"load {spent.load:.1f}, unlearn {spent.unlearn:.1f}, " + (
        f"retrain {spent.retrain:.1f}, " if "retrained" in report.scores else ""
    )
    times += f"control {spent.control:.1f}, " if "control" in report.scores else ""
    lines += ["", report.verdict.text, "", f"Sets: {sizes}."]
    lines += [f"Seconds: {times}evaluate {spent.evaluate:.1f}, map {spent.project:.1f}, total {spent.total:.1f}."]
    return "\n".join([*lines, *(f"Note: {caveat}" for caveat in report.caveats)])


def _epochs(value: int | None) -> int | None:
    if value is not None and not 1 <= value <= 1000:
        raise InvalidRequest(f"--epochs {value} is not between 1 and 1000.")
    return value


def _forget(arguments: argparse.Namespace) -> None:
    from dlfd_core.data.splits import prepare_task, resolve_people
    from dlfd_core.reports.serialise import report_to_json
    from dlfd_core.service import UnlearningService
    from dlfd_core.training import Recipe
    from dlfd_core.unlearning.plugins import load_plugins

    epochs = _epochs(arguments.epochs)
    if arguments.plugins:
        load_plugins(arguments.plugins)
    service = UnlearningService(Recipe(epochs=epochs) if epochs else None)
    if arguments.json and not arguments.json.parent.is_dir():
        raise InvalidRequest(f"There is no folder {arguments.json.parent}; choose another place for --json.")
    task = prepare_task(service.bench.data(arguments.data), arguments.task)
    request = ForgetRequest(
        people=resolve_people(task, arguments.people, arguments.seed),
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
    report = _watch(service, request)
    print(format_table(report))
    if arguments.json:
        try:
            arguments.json.write_text(json.dumps(report_to_json(report), indent=1), encoding="utf-8")
        except OSError as error:
            raise InvalidRequest(f"{arguments.json} cannot be written ({error.strerror}).") from error


def _watch(service: UnlearningService, request: ForgetRequest) -> ForgetReport:
    line, report = _ProgressLine(), None
    for event in service.forget(request, lambda: False):
        if isinstance(event, ForgetProgress):
            line.show(event)
        else:
            report = event
    assert report is not None  # forget either raises or ends with a report
    return report


def _train(arguments: argparse.Namespace) -> None:
    from dlfd_core.artifacts import WEIGHTS, list_in_manifest
    from dlfd_core.backbones import BACKBONES
    from dlfd_core.data.sources import load_data
    from dlfd_core.data.splits import prepare_task
    from dlfd_core.device import select_compute
    from dlfd_core.originals import ModelSpec, train_original
    from dlfd_core.progress import StageClock, Typical
    from dlfd_core.training import Recipe

    BACKBONES.get(arguments.backbone)
    recipe = replace(Recipe(), epochs=_epochs(arguments.epochs) or Recipe().epochs)
    if arguments.out.suffix != ".safetensors":
        raise InvalidRequest(f"--out {arguments.out} must end in .safetensors.")
    compute = select_compute(arguments.device)
    spec = ModelSpec(prepare_task(load_data(arguments.data), arguments.task), arguments.backbone, compute)
    line, clock = _ProgressLine(), StageClock("train", f"Training {arguments.out.name}", Typical(), [])
    for log in train_original(spec, recipe, arguments.out, seed=arguments.seed):
        line.show(clock.event(log))
    if arguments.out.resolve().parent == WEIGHTS:
        given = {name: getattr(arguments, name) for name in ("data", "task", "backbone", "seed")}
        flags = " ".join(f"--{name} {value}" for name, value in given.items())
        out = f"assets/weights/{arguments.out.name}"
        list_in_manifest(arguments.out, f"python -m dlfd_core train {flags} --epochs {recipe.epochs} --out {out}")
    print(f"Wrote {arguments.out} ({arguments.out.stat().st_size / 1e6:.2f} MB) in {clock.close():.0f} s.")


def _benchmark(arguments: argparse.Namespace) -> None:
    from dlfd_core.benchmark.command import compare

    print(compare(request_of(arguments), lambda said: print(said, file=sys.stderr, flush=True)))


def _example(arguments: argparse.Namespace) -> None:
    from dlfd_core.artifacts import write_atomically
    from dlfd_core.data.splits import prepare_task, resolve_people
    from dlfd_core.reports.serialise import archive_report
    from dlfd_core.service import EXAMPLE, UnlearningService

    service = UnlearningService()
    task = prepare_task(service.bench.data("portraits"), "emotion")
    report = _watch(service, ForgetRequest(resolve_people(task, "random:20", 0), retrain=True, control=True))
    content = json.dumps(archive_report(report), separators=(",", ":"), ensure_ascii=False)
    write_atomically(arguments.out or EXAMPLE, content.encode())
    print(format_table(report))


COMMANDS = {"forget": _forget, "train": _train, "benchmark": _benchmark, "example": _example}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 on success, 2 with one sentence on stderr on bad input."""
    try:
        arguments = build_parser().parse_args(argv)
        if getattr(arguments, "drop_duplicates", False):
            arguments.data += "?unique"  # part of the name, as it is part of what a model was trained on
        COMMANDS[arguments.command](arguments)
    except DlfdError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except KeyboardInterrupt as stop:
        sys.stderr.write(f"{str(stop) or 'Stopped.'}\n")
        return 130
    return 0
