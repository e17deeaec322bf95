"""Plan of a benchmark: the cells to run, with all checks of the request that need no run."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dlfd_core.backbones import BACKBONES
from dlfd_core.benchmark.campaign import grid
from dlfd_core.benchmark.cells import Cell, code_of
from dlfd_core.benchmark.options import ALL, BenchmarkRequest
from dlfd_core.benchmark.settings import Setting
from dlfd_core.data.people import draw_people
from dlfd_core.data.schema import FaceData
from dlfd_core.data.sources import load_data
from dlfd_core.data.splits import TaskData, prepare_task, split_for
from dlfd_core.device import select_compute
from dlfd_core.engines.options import LOCAL, check_engine
from dlfd_core.errors import InvalidRequest, UnknownName
from dlfd_core.types import DEFAULT_PRESET
from dlfd_core.unlearning import METHODS
from dlfd_core.unlearning.plugins import load_plugins

RETRAIN = "retrain"
#: Name of an option -> its least and its largest value.
LIMITS = {"originals": (1, 1000), "picks": (1, 1000), "seeds": (1, 1000), "epochs": (0, 1000)}


@dataclass(frozen=True)
class Entry:
    """One row of the plan: a method with a preset on one network.

    Attributes:
        cells: original by original and pick by pick with seeds in order, so that cells of two entries correspond by
            position.
    """

    title: str
    method: str
    preset: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class About:
    """Description of the data set, without its photos."""

    name: str
    title: str
    digest: str
    people: dict[str, int]
    photos: dict[str, int]
    classes: tuple[str, ...]
    skipped: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A checked request with its cells.

    Attributes:
        entries: by backbone.
    """

    request: BenchmarkRequest
    about: About
    entries: dict[str, tuple[Entry, ...]]
    jobs: int

    def cells(self) -> list[Cell]:
        """All cells of all entries."""
        return [cell for entries in self.entries.values() for entry in entries for cell in entry.cells]


def make_plan(request: BenchmarkRequest) -> Plan:
    """Check a request and plan its cells.

    Raises:
        DlfdError: one sentence on the error.
    """
    _check_numbers(request)
    check_engine(request.engine, request.jobs, request.gpu_share)
    for name in ("backbones", "methods", "presets"):
        if not getattr(request, name):
            raise InvalidRequest(f"--{name} names nothing; give one name or more, separated by commas.")
    for name in request.backbones:
        BACKBONES.get(name)
    if request.plugins:
        load_plugins(request.plugins)
    rows = _rows(request)
    device = _device(request)
    _check_writable(request.out)
    data = load_data(request.data)
    task = prepare_task(data, request.task)
    _check_people(request, task)
    entries = {}
    for backbone in request.backbones:
        setting = Setting(
            request.data, request.task, backbone, epochs=request.epochs, device=device, digest=data.digest
        )
        entries[backbone] = tuple(_entry(request, setting, data, *row) for row in rows)
    jobs = request.jobs or (1 if device == "cuda" and request.engine == LOCAL else 0)
    return Plan(request, _about(data, task), entries, jobs)


def _check_numbers(request: BenchmarkRequest) -> None:
    """Check the numbers of a request against ``LIMITS``."""
    for name, (least, largest) in LIMITS.items():
        if not least <= (value := getattr(request, name)) <= largest:
            raise InvalidRequest(f"--{name} {value} is not between {least} and {largest}.")


def _device(request: BenchmarkRequest) -> str:
    """``cpu`` or ``cuda``. On a cluster, cuda may be on other nodes than this one."""
    if request.engine != LOCAL and request.device == "cuda":
        return "cuda"
    return select_compute(request.device).device.type


def _rows(request: BenchmarkRequest) -> list[tuple[str, str]]:
    """Method and preset of each row, the reference first.

    Raises:
        UnknownName: an unknown method or preset. InvalidRequest: no method is left to run.
    """
    all_presets = {preset for method in METHODS for preset in method.preset_names()}
    for preset in request.presets:
        if preset not in all_presets:
            raise UnknownName("preset", preset, sorted(all_presets))
    rows = [(RETRAIN, DEFAULT_PRESET)] if request.retrain else []
    method_names = METHODS.names() if ALL in request.methods else request.methods
    for name in method_names:
        method = METHODS.get(name)
        if name == RETRAIN:
            continue
        method_rows = [(name, preset) for preset in request.presets if preset in method.preset_names()]
        if not method_rows and ALL not in request.methods:
            raise InvalidRequest(
                f"{name} has no preset {' or '.join(request.presets)}; it has {', '.join(method.preset_names())}."
            )
        rows += method_rows
    if not rows:
        raise InvalidRequest("No method is left to run; name some with --methods, or leave out --no-retrain.")
    return rows


def _entry(request: BenchmarkRequest, setting: Setting, data: FaceData, name: str, preset: str) -> Entry:
    """The entry of a method and preset, with its cells."""
    method = METHODS.get(name)
    several = len(request.presets) > 1 and len(method.preset_names()) > 1
    title = "Retrained" if name == RETRAIN else f"{method.title}, {preset}" if several else method.title
    knobs = method.preset(preset, data.name, request.task)
    picks = range(1 if request.forget_set else request.picks)
    count = 0 if request.forget_set else int(request.people)
    cells: list[Cell] = []
    for original in range(request.originals):
        # nothing of the original is in a retrained model: only another seed makes another one
        first = original * request.seeds if name == RETRAIN else 0
        seeds = range(first, first + request.seeds)
        cells += grid(
            replace(setting, original=original), name, knobs, picks, seeds, view="unseen", count=count,
            forget_set=request.forget_set, code=code_of(name),
        )  # fmt: skip
    return Entry(title, name, preset, tuple(cells))


def _check_writable(out: Path) -> None:
    """Check that files can be written to the output folder."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=out):
            pass
    except OSError as error:
        raise InvalidRequest(f"Nothing can be written to {out} ({error.strerror}); choose another --out.") from error


def _check_people(request: BenchmarkRequest, task: TaskData) -> None:
    """Check that every pick can be drawn and leaves photos to keep and to forget."""
    if request.forget_set:
        split_for(task, [request.forget_set])
        return
    largest = len(task.training_people()) - 1
    number = int(request.people) if request.people.isascii() and request.people.isdigit() else 0
    if not 1 <= number <= largest:
        raise InvalidRequest(
            f"--people {request.people} is neither a number between 1 and {largest}, so that somebody is kept, nor "
            "set:NAME."
        )
    for pick in range(request.picks):
        split_for(task, draw_people(task, number, pick))


def _about(data: FaceData, task: TaskData) -> About:
    """The description of a data set, with the sizes of its roles."""
    roles: Sequence[str] = ("train", "validation", "unseen")
    people = {role: len(set(data.person[getattr(task, role)].tolist())) for role in roles}
    photos = {role: len(getattr(task, role)) for role in roles}
    return About(data.name, data.title, data.digest, people, photos, task.classes, data.skipped, data.notes)
