"""A cell: one run of a method on one pick of people, from the original to its scores, without the service."""

from __future__ import annotations

import inspect
import time
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dlfd_core.artifacts import sha256_of
from dlfd_core.data.people import draw_people
from dlfd_core.data.schema import FaceData
from dlfd_core.data.sources import load_data
from dlfd_core.data.splits import Splits, TaskData, assign_roles, prepare_task, split_for
from dlfd_core.device import select_compute
from dlfd_core.errors import Diverged, InvalidData, InvalidRequest
from dlfd_core.metrics.audit import Auditor
from dlfd_core.metrics.evaluate import evaluate
from dlfd_core.metrics.verdict import label_of
from dlfd_core.models.bank import MODELS, cached_folder
from dlfd_core.models.bank_files import model_file
from dlfd_core.models.originals import ModelSpec, Original, find_original, train_original
from dlfd_core.models.outputs import Outputs
from dlfd_core.models.training import Recipe, default_recipe
from dlfd_core.runs.prepared_original import PreparedOriginal, prepare_original
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS

#: Attributes of settings and cells that the files of older runs do not have, and the value they had then.
ADDED_LATER = {"device": "auto", "digest": "", "original": 0, "forget_set": "", "code": ""}


@dataclass(frozen=True)
class Setting:
    """Data set, task and network of an original.

    Attributes:
        people: train on this many of the training people only; 0 takes all.
        epochs: to train the original and the retrained model; 0 takes the shipped model, or the recipe's number.
        device: as in ``select_compute``.
        digest: required digest of the data set; empty accepts any.
        original: seed of the original's training. 0 takes the shipped model if there is one; others are trained by its
            recipe.
    """

    data: str = "portraits"
    task: str = "emotion"
    backbone: str = "slim_resnet"
    people: int = 0
    epochs: int = 0
    device: str = "auto"
    digest: str = ""
    original: int = 0


@dataclass(frozen=True)
class Cell:
    """One run.

    Attributes:
        pick: seed of the draw of the people to forget; count: their number.
        knobs: settings that differ from the method's defaults.
        views: people on whose photos the scores are measured: ``validation`` (for choices), ``unseen`` (for reports).
        forget_set: ``set:NAME``, a published forget set instead of a draw.
        code: hash of the code of a method from outside (``code_of``), whose results are invalid after a change.
    """

    setting: Setting
    method: str
    pick: int
    seed: int
    knobs: tuple[tuple[str, KnobValue], ...] = ()
    count: int = 20
    views: tuple[str, ...] = ("unseen",)
    forget_set: str = ""
    code: str = ""

    def config(self) -> dict[str, KnobValue]:
        """All settings of the method with defaults: a changed preset is another cell."""
        return asdict(METHODS.get(self.method)(dict(self.knobs)).config)

    def key(self) -> dict[str, Any]:
        """Everything that determines the result, ready for JSON."""
        setting, attributes = _without_defaults(asdict(self.setting)), _without_defaults(asdict(self))
        return attributes | {"setting": setting, "knobs": self.config(), "views": list(self.views)}


def _without_defaults(attributes: dict[str, Any]) -> dict[str, Any]:
    """Attributes without those added later that have their default, so that older runs keep their keys."""
    return {name: value for name, value in attributes.items() if name not in ADDED_LATER or value != ADDED_LATER[name]}


def code_of(method: str) -> str:
    """16 hex digits of a hash of the file of a method from outside ``dlfd_core``; else empty."""
    method_class = METHODS.get(method)
    if method_class.__module__.startswith("dlfd_core."):
        return ""
    return sha256_of(Path(inspect.getfile(method_class)))[:16]


def people_of(task: TaskData, cell: Cell) -> tuple[str, ...]:
    """Ids of the people to forget."""
    return (cell.forget_set,) if cell.forget_set else draw_people(task, cell.count, cell.pick)


def run_cell(cell: Cell) -> dict[str, Any]:
    """Run a cell; a run that diverges has a result, too.

    Returns:
        ``scores[view]`` as the fields of ``types.Scores``, ``original[view]`` likewise, ``verdict[view]`` as in
        ``verdict_of``, ``seconds`` of unlearning and ``device`` in words; or ``diverged`` with a sentence.
    """
    prepared = prepared_for(cell.setting)
    task = prepared.spec.task
    splits = split_for(task, people_of(task, cell))
    context = prepared.context(splits, cell.seed, lambda: None)
    started = time.perf_counter()
    try:
        curve = [log.point for log in METHODS.get(cell.method)(dict(cell.knobs)).run(context) if log.point is not None]
    except Diverged as error:
        return {"diverged": str(error)}
    seconds = time.perf_counter() - started
    unlearned = prepared.outputs_of(context.model, lambda: None)
    device = prepared.spec.compute.describe()
    result: dict[str, Any] = {
        "scores": {},
        "original": {},
        "verdict": {},
        "seconds": seconds,
        "device": device,
    }
    for view in cell.views:
        view_splits = splits_of_view(splits, view)
        for name, outputs in [("scores", unlearned), ("original", prepared.outputs)]:
            result[name][view] = asdict(evaluate(outputs, task.labels, task.data.person, view_splits))
        result["verdict"][view] = verdict_of(prepared, view_splits, unlearned)
    synthesised = [point.phase == "forgetting" for point in curve[1:]]
    return result | {"forgetting_share": float(np.mean(synthesised)) if synthesised else 0.0}


def verdict_of(prepared: PreparedOriginal, splits: Splits, unlearned: Outputs) -> dict[str, Any]:
    """The verdict on an unlearned model, without the retrained model.

    Returns:
        Its ``label`` and the ``original`` model's; whether it is ``strict``, that is made with a reference bank; the
        ``statistic`` furthest from what is expected, its ``score`` and the ``threshold``.
    """
    auditor = Auditor(prepared.spec.task, splits, prepared.outputs, prepared.bank)
    try:
        original, model = auditor.evidence(prepared.outputs), auditor.evidence(unlearned)
    except InvalidRequest:  # a single unseen person, or too small a bank: nothing can be told
        return {"label": "cannot_tell", "original": "cannot_tell", "strict": False}
    assert model.worst is not None
    photos = len(splits.forget)
    return {
        "label": label_of(original, model, photos)[0],
        "original": label_of(original, original, photos)[0],
        "strict": model.worst.models > 0,
        "statistic": model.worst.decisive.name,
        "score": model.worst.decisive.score,
        "threshold": model.worst.threshold,
    }


def splits_of_view(splits: Splits, view: str) -> Splits:
    """The splits for scores on ``validation`` or on ``unseen`` people."""
    if view == "unseen":
        return splits
    return replace(splits, unseen=splits.validation, unseen_non_members=splits.validation_non_members)


@lru_cache(maxsize=2)
def _data(name: str, digest: str = "") -> FaceData:
    data = load_data(name)
    if digest and data.digest != digest:
        raise InvalidData(f"The photos or labels of {data.title} changed while they were used; start again.")
    return data


@lru_cache(maxsize=1)
def prepared_for(setting: Setting) -> PreparedOriginal:
    """The prepared original; it is trained first if it is neither shipped nor cached."""
    spec, original = _original_of(setting)
    return prepare_original(spec, original, lambda: None)


def prepare_setting(setting: Setting) -> None:
    """Train the original if it is missing, so that two processes do not train it at the same time."""
    _original_of(setting)


def cached_files(setting: Setting) -> list[Path]:
    """Paths in the cache of what the runs of a setting read: the original, unless it is shipped, and a reference bank
    of its recipe. The files may be missing."""
    spec = ModelSpec(task_of(setting), setting.backbone, select_compute("cpu"))
    recipe = _recipe_of(setting, spec)
    bank = cached_folder(spec, recipe)
    return [spec.cached_path(recipe, setting.original), *(model_file(bank, number) for number in range(MODELS))]


def _recipe_of(setting: Setting, spec: ModelSpec) -> Recipe:
    """Recipe of the setting's original: the shipped model's, unless the setting names a number of epochs."""
    recipe = default_recipe(setting.backbone, setting.epochs)
    shipped = None if setting.epochs else find_original(spec, None, recipe)
    return shipped.recipe if shipped else recipe


def _original_of(setting: Setting) -> tuple[ModelSpec, Original]:
    spec = ModelSpec(task_of(setting), setting.backbone, select_compute(setting.device))
    recipe = _recipe_of(setting, spec)
    cached = spec.cached_path(recipe, setting.original)
    # the shipped model has seed 0 and its own number of epochs
    path = cached if setting.epochs or setting.original else None
    original = find_original(spec, path, recipe) if path is None or path.exists() else None
    if original is None:
        for _ in train_original(spec, recipe, cached, setting.original):
            pass
        original = find_original(spec, cached, recipe)
    assert original is not None  # for a given path it loads or raises
    return spec, original


def thinned(data: FaceData, people: int) -> FaceData:
    """The data set with the first ``people`` training people only (0: all); validation and unseen people stay."""
    if not people:
        return data
    roles = assign_roles(data)
    dropped = np.flatnonzero(roles == "train")[people:]
    kept = np.setdiff1d(np.arange(len(roles)), dropped)
    photos = np.flatnonzero(np.isin(data.person, kept))
    position = np.full(len(roles), -1)
    position[kept] = np.arange(len(kept))
    return replace(
        data,
        name=f"{data.name}_{people}",
        images=data.images[photos],
        person=position[data.person[photos]],
        people=tuple(replace(data.people[i], role=roles[i]) for i in kept),
        tasks={name: replace(task, labels=task.labels[photos]) for name, task in data.tasks.items()},
        digest=f"{data.digest}-{people}",
        faces=None,
        forget_sets={},  # their indices belong to the whole data set
    )


def task_of(setting: Setting) -> TaskData:
    """The task of a setting, with its data set."""
    return prepare_task(thinned(_data(setting.data, setting.digest), setting.people), setting.task)


def preset_knobs(method: str, setting: Setting, name: str = "quality") -> dict[str, KnobValue]:
    """A preset of a method for the setting's data set and task."""
    return METHODS.get(method).preset(name, _data(setting.data, setting.digest).name, setting.task)
