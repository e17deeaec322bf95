"""One short run of DLFD on each backbone, with all parts: monitor, synthesis, transport, optimiser."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
import torch

from dlfd_core.backbones import BACKBONES, Backbone
from dlfd_core.backbones.dropout import RepeatableDropout
from dlfd_core.data.photos import Batch, PhotoSet, to_pixels
from dlfd_core.data.splits import Splits, TaskData
from dlfd_core.models.originals import ModelSpec
from dlfd_core.models.outputs import collect_outputs
from dlfd_core.models.training import Recipe, StepLog, training_mode
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS, UnlearningContext
from dlfd_core.unlearning.monitor import Monitor
from dlfd_core.unlearning.synthesis import SynthesisSettings, synthesise
from tests.small import CPU, picked, small_task

#: Settings that shorten the preset to two steps.
BRIEF: dict[str, KnobValue] = {"epochs": 1, "steps": 1, "batch_size": 8, "tau": -0.5, "guard": 0.0, "least_steps": 0}


@pytest.fixture(scope="module")
def task() -> TaskData:
    return small_task(people=10, side=32)


@pytest.fixture(scope="module")
def splits(task: TaskData) -> Splits:
    return picked(task, 3)


def context_of(task: TaskData, splits: Splits, original: Backbone) -> UnlearningContext:
    photos = ModelSpec(task, "slim_resnet", CPU).photos()
    retain, forget, validation = (
        photos.select(torch.from_numpy(index)) for index in (splits.retain, splits.forget, splits.validation)
    )
    return UnlearningContext(
        model=copy.deepcopy(original),
        build=lambda stream: original,
        retain=retain,
        forget=forget,
        recipe=Recipe(epochs=1, batch_size=8),
        compute=CPU,
        seed=0,
        monitor=monitor_of(retain, forget, validation),
        raise_if_cancelled=lambda: None,
    )


def monitor_of(retain: PhotoSet, forget: PhotoSet, validation: PhotoSet) -> Monitor:
    return Monitor(
        forget=forget, retain=retain, validation=validation, strangers=validation, compute=CPU, seed=0, size=4
    )


def run_of_dlfd(context: UnlearningContext) -> list[StepLog]:
    torch.manual_seed(np.random.default_rng().integers(1 << 30))  # the global generator must not matter
    method = METHODS.get("dlfd")
    return list(method(method.preset() | BRIEF).run(context))


def state_of(model: torch.nn.Module) -> dict[str, np.ndarray]:
    return {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}


@pytest.mark.parametrize("name", BACKBONES.names())
def test_dlfd_runs_on_every_backbone(name: str, task: TaskData, splits: Splits) -> None:
    original = ModelSpec(task, name, CPU).build(0, "original")
    context = context_of(task, splits, original)
    logs = run_of_dlfd(context)
    assert logs[-1].step == logs[-1].total == 2
    assert all(log.phase.name == "forgetting" for log in logs[1:])
    assert logs[-1].loss is not None and math.isfinite(logs[-1].loss)
    assert logs[-1].point is not None and 0 <= logs[-1].point.forgetting_score <= 0.5
    outputs = collect_outputs(context.model, context.forget.images[:4], CPU)
    assert np.isfinite(outputs.logits).all() and np.isfinite(outputs.features).all()
    before, after = state_of(original), state_of(context.model)
    assert [key for key, _ in original.named_parameters() if np.array_equal(before[key], after[key])] == []


def test_a_run_with_dropout_repeats(task: TaskData, splits: Splits) -> None:
    original = ModelSpec(task, "efficientnet_b0", CPU).build(0, "original")
    assert any(isinstance(module, RepeatableDropout) for module in original.modules())
    contexts = [context_of(task, splits, original) for _ in range(2)]
    first, second = ((run_of_dlfd(context), state_of(context.model))[1] for context in contexts)
    assert all(np.array_equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize("name", BACKBONES.names())
def test_the_model_is_fixed_while_photos_are_changed(name: str, task: TaskData, splits: Splits) -> None:
    """Every kind of norm a backbone uses keeps its running statistics."""
    model = ModelSpec(task, name, CPU).build(0, "original")
    context = context_of(task, splits, model)
    clean = Batch(to_pixels(context.retain.images[:2]), context.retain.labels[:2])
    settings = SynthesisSettings(steps=1, alpha=4 / 255, radius=0.0, lambda_f=3.0, epsilon=0.05, released=False)
    before = state_of(model)
    with training_mode(model):
        made = synthesise(model, clean, to_pixels(context.forget.images[:2]), 1.0, settings, CPU)
    after = state_of(model)
    changed = [key for key in before if not np.array_equal(before[key], after[key])]
    assert [key for key in changed if not key.endswith("num_batches_tracked")] == []
    assert float((made.images - clean.images).abs().amax((1, 2, 3)).min()) > 0
