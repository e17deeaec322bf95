"""Shadow models of the study of U-LiRA: which are needed, how one is made, and the files that keep their outputs."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dlfd_core.artifacts import cache_key, load_weights, save_weights
from dlfd_core.benchmark.cells import Cell, people_of
from dlfd_core.benchmark.settings import Setting, prepared_for, preset_knobs
from dlfd_core.data.label_space import LabelSpace, SingleLabel
from dlfd_core.data.splits import Splits, TaskData, split_for
from dlfd_core.device import Compute
from dlfd_core.errors import Diverged, MissingArtifact
from dlfd_core.metrics.ulira import scaled_confidence
from dlfd_core.models.outputs import Outputs, collect_outputs
from dlfd_core.unlearning import METHODS

ORIGINAL, RETRAIN = "original", "retrain"


@dataclass(frozen=True)
class Shadow:
    """One shadow model.

    Attributes:
        setting: its ``original`` is the seed of the original; 0 for a model that is trained without the pick.
        method: ``original``, ``retrain`` (never saw the pick), or a method that forgets the pick.
        pick, count: seed of the draw of people, and their number; seed: of the run.
    """

    setting: Setting
    method: str
    preset: str
    pick: int
    count: int
    seed: int

    def cell(self) -> Cell:
        """The run that makes the model; not for an original."""
        knobs = tuple(sorted(preset_knobs(self.method, self.setting, self.preset).items()))
        return Cell(self.setting, self.method, self.pick, self.seed, knobs, self.count)

    def file(self, folder: Path) -> Path:
        """Path of its outputs; the name holds a hash of everything that determines them."""
        key = {"setting": repr(asdict(self.setting))} if self.method == ORIGINAL else {"cell": repr(self.cell().key())}
        return folder / f"{self.method}-{self.preset}-{self.seed}-{cache_key(key)}.safetensors"


@dataclass(frozen=True)
class Made:
    """Outputs of a shadow model on all N photos of the data set.

    Attributes:
        confidence: (N,) float32, see ``confidence_of``. correct: (N,) float32 in [0, 1].
        seconds: of the processor, for unlearning or retraining with one thread; 0 for an original. A busy machine does
            not change them much.
        diverged: why there is no model; empty if there is one.
    """

    confidence: np.ndarray
    correct: np.ndarray
    seconds: float
    diverged: str = ""

    @classmethod
    def without_model(cls, why: str) -> Made:
        """The outputs of a run that diverged: one NaN, since a file holds no empty arrays."""
        nothing = np.full(1, np.nan, dtype=np.float32)
        return cls(nothing, nothing.copy(), 0.0, why)


def shadows_of(setting: Setting, method: str, preset: str, pick: int, count: int, number: int) -> list[Shadow]:
    """``number`` shadow models of one kind, with seeds from 1: seed 0 is that of the shipped models."""
    seeds = range(1, number + 1)
    return [
        Shadow(replace(setting, original=0 if method == RETRAIN else seed), method, preset, pick, count, seed)
        for seed in seeds
    ]


def make_shadow(shadow: Shadow) -> Made:
    """Make a shadow model; its original is trained first if it is not in the cache."""
    prepared = prepared_for(shadow.setting)
    task, started, model = prepared.spec.task, time.process_time(), prepared.original.model
    if shadow.method != ORIGINAL:
        context = prepared.context(splits_of(task, shadow), shadow.seed, lambda: None)
        try:
            for _ in METHODS.get(shadow.method)(dict(shadow.cell().knobs)).run(context):
                pass
        except Diverged as error:
            return Made.without_model(str(error))
        model = context.model
    seconds = time.process_time() - started if shadow.method != ORIGINAL else 0.0
    # in float32, because the shipped summary is read on other machines too
    outputs = collect_outputs(model, prepared.photos.images, Compute(prepared.spec.compute.device, None))
    return Made(confidence_of(task, outputs), outputs.correctness(task.labels).astype(np.float32), seconds)


def confidence_of(task: TaskData, outputs: Outputs) -> np.ndarray:
    """Scaled confidence of the label of each photo, (N,) float32; NaN for a photo that takes no part in the task.

    With several attributes it is that of all values together.
    """
    valid = task.labels >= 0
    confidence = np.full(len(valid), np.nan, dtype=np.float32)
    confidence[valid] = _confidence(task.space, outputs.logits[valid].astype(np.float64), task.labels[valid])
    return confidence


def _confidence(space: LabelSpace, logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    if isinstance(space, SingleLabel):
        return scaled_confidence(logits, labels)
    losses = space.losses(torch.from_numpy(logits), torch.from_numpy(labels)).numpy()
    return np.asarray(-losses - np.log(-np.expm1(-np.maximum(losses, 1e-300))))


def splits_of(task: TaskData, shadow: Shadow) -> Splits:
    """The splits of the shadow's pick."""
    return split_for(task, people_of(task, Cell(shadow.setting, RETRAIN, shadow.pick, 0, count=shadow.count)))


def write_made(path: Path, made: Made) -> None:
    """Write a shadow model's outputs. Raises as ``artifacts.save_weights``."""
    tensors = {"confidence": torch.from_numpy(made.confidence), "correct": torch.from_numpy(made.correct)}
    save_weights(path, tensors, {"seconds": repr(made.seconds), "diverged": made.diverged})


def read_made(path: Path) -> Made | None:
    """Read a shadow model's outputs; None where they are missing or damaged, so that the model is made again."""
    try:
        tensors, metadata = load_weights(path)
        return Made(
            tensors["confidence"].numpy(), tensors["correct"].numpy(), float(metadata["seconds"]), metadata["diverged"]
        )
    except (MissingArtifact, KeyError, ValueError):
        return None


def metadata_of(task: TaskData, shadow: Shadow) -> dict[str, Any]:
    """What the study is about, ready for JSON: data, task, network, and the people to forget."""
    setting = shadow.setting
    return {
        "data": task.data.name,
        "data_digest": task.data.digest,
        "task": setting.task,
        "backbone": setting.backbone,
        "epochs": setting.epochs,
        "pick": shadow.pick,
        "people": list(people_of(task, Cell(setting, RETRAIN, shadow.pick, 0, count=shadow.count))),
    }
