"""A setting: data set, task and network of an original, and the original itself, shipped, cached or trained."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from dlfd_core.data.schema import FaceData
from dlfd_core.data.sources import load_data
from dlfd_core.data.splits import TaskData, assign_roles, prepare_task
from dlfd_core.device import select_compute
from dlfd_core.errors import InvalidData, InvalidRequest
from dlfd_core.models.bank import MODELS, cached_folder
from dlfd_core.models.bank_files import model_file
from dlfd_core.models.originals import ModelSpec, Original, find_original, train_original
from dlfd_core.models.training import Recipe, default_recipe
from dlfd_core.runs.prepared_original import PreparedOriginal, prepare_original
from dlfd_core.seeding import make_rng
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS


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
        fold: 0 for the validation people of the data set, 1, 2 ... for others, see ``folded``.
    """

    data: str = "portraits"
    task: str = "emotion"
    backbone: str = "slim_resnet"
    people: int = 0
    epochs: int = 0
    device: str = "auto"
    digest: str = ""
    original: int = 0
    fold: int = 0


@lru_cache(maxsize=2)
def _data(name: str, digest: str = "") -> FaceData:
    data = load_data(name)
    if digest and data.digest != digest:
        raise InvalidData(f"The photos or labels of {data.title} changed while they were used; start again.")
    return data


def task_of(setting: Setting) -> TaskData:
    """The task of a setting, with its data set."""
    data = thinned(_data(setting.data, setting.digest), setting.people)
    return prepare_task(folded(data, setting.fold), setting.task)


def preset_knobs(method: str, setting: Setting, name: str = "quality") -> dict[str, KnobValue]:
    """A preset of a method for the setting's data set and task."""
    return METHODS.get(method).preset(name, _data(setting.data, setting.digest).name, setting.task)


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
    recipe = _recipe_of(setting, _found(setting, spec))
    bank = cached_folder(spec, recipe)
    return [spec.cached_path(recipe, setting.original), *(model_file(bank, number) for number in range(MODELS))]


def _found(setting: Setting, spec: ModelSpec) -> Original | None:
    """The original that is shipped, or cached by the default recipe, for the data set of a setting; None if there is
    none, or if the setting names a number of epochs."""
    if setting.epochs:
        return None
    if setting.fold:
        spec = replace(spec, task=task_of(replace(setting, fold=0)))
    return find_original(spec, None, default_recipe(setting.backbone))


def _recipe_of(setting: Setting, shipped: Original | None) -> Recipe:
    """Recipe of the setting's original: the shipped model's, unless the setting names a number of epochs."""
    return shipped.recipe if shipped else default_recipe(setting.backbone, setting.epochs)


def _original_of(setting: Setting) -> tuple[ModelSpec, Original]:
    spec = ModelSpec(task_of(setting), setting.backbone, select_compute(setting.device))
    shipped = _found(setting, spec)
    if shipped and not setting.original and not setting.fold:
        return spec, shipped
    recipe = _recipe_of(setting, shipped)
    cached = spec.cached_path(recipe, setting.original)
    if not cached.exists():
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


def folded(data: FaceData, fold: int) -> FaceData:
    """The data set with other validation people (0: with its own); unseen people stay.

    The training and validation people are drawn into folds of as many people as the validation people are. Fold 1, 2,
    ... validates on one of them each and trains on all others. The folds have nobody in common.

    Raises:
        InvalidRequest: there are not so many folds.
    """
    if not fold:
        return data
    roles = assign_roles(data)
    known = np.flatnonzero(roles != "unseen")
    size = int((roles == "validation").sum())
    if fold > (folds := len(known) // size):
        raise InvalidRequest(f"Fold {fold} of {data.title} does not exist; there are {folds}.")
    drawn = make_rng(0, "folds of validation people").permutation(known)[(fold - 1) * size : fold * size]
    roles[known] = "train"
    roles[drawn] = "validation"
    return replace(
        data,
        name=f"{data.name}_fold{fold}",
        people=tuple(replace(person, role=role) for person, role in zip(data.people, roles, strict=True)),
        digest=f"{data.digest}-fold{fold}",
        forget_sets={},  # they are for the published roles
    )
