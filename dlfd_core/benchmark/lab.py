"""One measurement: a method on one pick of people, from the original to its scores. No service, no page, no caches."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from dlfd_core.data.schema import FaceData
from dlfd_core.data.sources import load_data
from dlfd_core.data.splits import Splits, TaskData, assign_roles, prepare_task, resolve_people, split_for
from dlfd_core.device import select_compute
from dlfd_core.errors import Diverged
from dlfd_core.metrics.evaluate import evaluate
from dlfd_core.originals import ModelSpec, find_original, train_original
from dlfd_core.prepared import Prepared, prepare
from dlfd_core.training import Recipe
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS


@dataclass(frozen=True)
class Setting:
    """What is to be unlearned from.

    Attributes:
        people: train on this many of the training people only; 0 takes all.
        epochs: of the original's (and the retrained model's) training; 0 takes the shipped model, or the recipe's.
    """

    data: str = "portraits"
    task: str = "emotion"
    backbone: str = "slim_resnet"
    people: int = 0
    epochs: int = 0


@dataclass(frozen=True)
class Cell:
    """One run.

    Attributes:
        pick: seed of the draw of the people to forget; count: how many.
        knobs: settings that differ from the method's defaults.
        views: whose photos the scores are measured on: ``validation`` (for choices), ``unseen`` (for reports).
    """

    setting: Setting
    method: str
    pick: int
    seed: int
    knobs: tuple[tuple[str, KnobValue], ...] = ()
    count: int = 20
    views: tuple[str, ...] = ("unseen",)

    def config(self) -> dict[str, KnobValue]:
        """All settings of the method, defaults included: a changed preset is another measurement."""
        return asdict(METHODS.get(self.method)(dict(self.knobs)).config)

    def key(self) -> dict[str, Any]:
        """Everything that determines the result, ready for JSON."""
        return asdict(self) | {"knobs": self.config(), "views": list(self.views)}


def run_cell(cell: Cell) -> dict[str, Any]:
    """Carry out a cell; a run that diverges is a result too.

    Returns:
        ``scores[view]`` as the fields of ``types.Scores``, ``original[view]`` likewise, ``seconds`` of unlearning, or
        ``diverged`` with the sentence.
    """
    prepared = prepared_for(cell.setting)
    task = prepared.spec.task
    splits = split_for(task, resolve_people(task, f"random:{cell.count}", cell.pick))
    context = prepared.context(splits, cell.seed, lambda: None)
    started = time.perf_counter()
    try:
        curve = [log.point for log in METHODS.get(cell.method)(dict(cell.knobs)).run(context) if log.point is not None]
    except Diverged as error:
        return {"diverged": str(error)}
    seconds = time.perf_counter() - started
    unlearned = prepared.outputs_of(context.model, lambda: None)
    scores: dict[str, Any] = {"scores": {}, "original": {}, "seconds": seconds}
    for view in cell.views:
        seen = as_seen_on(splits, view)
        for name, outputs in [("scores", unlearned), ("original", prepared.outputs)]:
            scores[name][view] = asdict(evaluate(outputs, task.labels, task.data.person, seen))
    synthesised = [point.phase == "forgetting" for point in curve[1:]]
    return scores | {"forgetting_share": float(np.mean(synthesised)) if synthesised else 0.0}


def as_seen_on(splits: Splits, view: str) -> Splits:
    """The splits whose report is measured on ``validation`` or on ``unseen`` people."""
    if view == "unseen":
        return splits
    return replace(splits, unseen=splits.validation, unseen_strangers=splits.validation_strangers)


@lru_cache(maxsize=2)
def _data(name: str) -> FaceData:
    return load_data(name)


@lru_cache(maxsize=1)
def prepared_for(setting: Setting, device: str = "auto") -> Prepared:
    """The original made ready; trained first where it is neither shipped nor cached."""
    compute = select_compute(device)
    task = prepare_task(thinned(_data(setting.data), setting.people), setting.task)
    spec = ModelSpec(task, setting.backbone, compute)
    recipe = replace(Recipe(), epochs=setting.epochs) if setting.epochs else Recipe()
    path = spec.cached_path(recipe, seed=0) if setting.epochs else None
    if path is not None and not path.exists():
        _train(spec, recipe)
    original = find_original(spec, path, recipe)
    if original is None:
        _train(spec, recipe)
        original = find_original(spec, None, recipe)
    assert original is not None
    return prepare(spec, original, lambda: None)


def _train(spec: ModelSpec, recipe: Recipe) -> None:
    for _ in train_original(spec, recipe, spec.cached_path(recipe, seed=0)):
        pass


def prepare_setting(setting: Setting) -> None:
    """Make sure that the original is there, so that two processes do not train it at once."""
    prepared_for(setting)


def thinned(data: FaceData, people: int) -> FaceData:
    """The data set with only the first ``people`` training people (0: all); validation and unseen people stay."""
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
    )


def task_of(setting: Setting) -> TaskData:
    return prepare_task(thinned(_data(setting.data), setting.people), setting.task)


def preset_knobs(method: str, setting: Setting, name: str = "quality") -> dict[str, KnobValue]:
    """A preset of the product, by the data set's name and the task."""
    return METHODS.get(method).preset(name, _data(setting.data).name, setting.task)
