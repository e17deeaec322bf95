"""Original models: shipped with the project, given as a file, or trained once and cached."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch

from dlfd_core import artifacts
from dlfd_core.backbones import BACKBONES, NOT_AN_ORIGINAL, Backbone
from dlfd_core.data.photos import PhotoSet
from dlfd_core.data.splits import TaskData
from dlfd_core.device import Compute, to_uint8_batch
from dlfd_core.errors import MissingArtifact
from dlfd_core.models.training import Recipe, StepLog, train_from_scratch
from dlfd_core.seeding import seeded_initialisation

log = logging.getLogger(__name__)

INITIALISATION = "original initialisation"


@dataclass(frozen=True)
class ModelSpec:
    """Specification of a model: task, backbone and device."""

    task: TaskData
    backbone: str
    compute: Compute

    def build(self, seed: int, stream: str) -> Backbone:
        """A newly initialised model on the device; equal seeds and streams give equal weights."""
        with seeded_initialisation(seed, stream):
            model = BACKBONES.get(self.backbone)(self.task.space.outputs).means(self.task.space)
        self.compute.place(model)
        return model

    def photos(self, images: torch.Tensor | None = None) -> PhotoSet:
        """All photos of the data set on the device."""
        pixels = to_uint8_batch(self.task.data.images, self.compute) if images is None else images
        return PhotoSet(pixels, torch.from_numpy(self.task.labels).to(self.compute.device))

    def metadata(self, recipe: Recipe, seed: int) -> dict[str, str]:
        """Metadata of the weights file: data, task, classes, backbone, seed and recipe."""
        metadata = {
            "data": self.task.data.name,
            "data_digest": self.task.data.digest,
            "task": self.task.task,
            "classes": json.dumps(self.task.classes, ensure_ascii=False),
            "backbone": self.backbone,
            "seed": str(seed),
        }
        return metadata | recipe.to_metadata()

    def shipped_name(self) -> str:
        """File name of the shipped weights."""
        return shipped_name(self.task.data.name, self.task.task, self.backbone)

    def cached_path(self, recipe: Recipe, seed: int) -> Path:
        """Path of the cached weights; the file name holds a hash of everything that determines the weights."""
        key = artifacts.cache_key(self.metadata(recipe, seed))
        return artifacts.cache_folder() / "originals" / f"{self.backbone}-{key}.safetensors"


@dataclass(frozen=True)
class Original:
    """A trained original in eval mode, its recipe and the name of its source."""

    model: Backbone
    recipe: Recipe
    source: str


def shipped_name(data: str, task: str, backbone: str) -> str:
    """File name of the shipped weights of a data set, task and network."""
    return f"{data}-{task}-{backbone}.safetensors"


def find_original(spec: ModelSpec, weights: Path | None, recipe: Recipe, seed: int = 0) -> Original | None:
    """The given, the shipped or the cached original; None where it has to be trained.

    A damaged file in the cache is deleted, and the original is trained again: visitors of the page cannot repair it.

    Raises:
        MissingArtifact: a given or shipped file is missing, altered, not safetensors, or made for another data set,
            task or backbone.
    """
    path = weights or artifacts.shipped_weights(spec.shipped_name())
    if path is not None:
        return _read(spec, path, seed)
    path = spec.cached_path(recipe, seed)
    if not path.exists():
        return None
    try:
        return _read(spec, path, seed)
    except MissingArtifact as error:
        log.warning("A cached original is deleted and trained again: %s", error)
        path.unlink(missing_ok=True)
        return None


def _read(spec: ModelSpec, path: Path, seed: int) -> Original:
    """Read a weights file and check that it belongs to ``spec``."""
    try:
        state, metadata = artifacts.load_weights(path)
    except MissingArtifact as error:
        if spec.backbone not in NOT_AN_ORIGINAL:
            raise
        raise MissingArtifact(f"{error} {NOT_AN_ORIGINAL[spec.backbone]}") from error
    for name, expected in [
        ("backbone", spec.backbone),
        ("task", spec.task.task),
        ("data_digest", spec.task.data.digest),
    ]:
        if metadata.get(name, expected) != expected:
            what = "other data" if name == "data_digest" else f"{name} {metadata[name]}, not {expected}"
            raise MissingArtifact(
                f"{path.name} was trained for {what}; train it again with `python -m dlfd_core train`."
            )
    model = spec.build(seed, INITIALISATION)
    model.load_checked(state, path.name)
    try:
        recipe = Recipe.from_metadata(metadata)
    except ValueError as error:
        raise MissingArtifact(f"{path.name} has an unreadable training recipe in its metadata.") from error
    return Original(model.eval(), recipe, path.name)


def train_original(spec: ModelSpec, recipe: Recipe, out: Path, seed: int = 0) -> Iterator[StepLog]:
    """Train an original on all training people; save it to ``out`` (safetensors with metadata) after the last step."""
    artifacts.check_writable(out)
    model = spec.build(seed, INITIALISATION)
    photos = spec.photos().select(torch.from_numpy(spec.task.train))
    yield from train_from_scratch(model, photos, recipe, spec.compute, seed=seed, stream="original")
    artifacts.save_weights(out, model.state_dict(), spec.metadata(recipe, seed))
