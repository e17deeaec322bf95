"""Contract of every registered method. A new method is tested once it is registered.

Test your own methods with ``DLFD_PLUGINS=DIR python -m pytest tests/unlearning/test_contract.py``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import torch

from dlfd_core.data.label_space import Attributes
from dlfd_core.data.schema import Task
from dlfd_core.data.splits import Splits, TaskData, prepare_task
from dlfd_core.errors import Diverged, InvalidRequest, RunCancelled, UnknownName
from dlfd_core.models.training import StepLog
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS
from dlfd_core.unlearning.config import check_knob
from dlfd_core.unlearning.plugins import load_named_plugins
from tests.generators import close
from tests.small import picked, small_context, small_data, small_task

pytestmark = pytest.mark.usefixtures("few_steps")

load_named_plugins()

#: Settings that limit every method to a few steps on the small data.
BRIEF: dict[str, KnobValue] = {"epochs": 1, "batch_size": 8}


@pytest.fixture(scope="module")
def task() -> TaskData:
    return small_task()


@pytest.fixture(scope="module")
def splits(task: TaskData) -> Splits:
    return picked(task)


@pytest.fixture(scope="module")
def attributes() -> TaskData:
    """The small task as two yes/no questions: is the bar on the left, is the bar on the right."""
    data = small_data()
    place = data.tasks["place"].labels
    asked = {name: Task(name, name.title(), ("no", "yes"), (place == i) * 1) for name, i in [("left", 0), ("right", 2)]}
    return prepare_task(replace(data, tasks=asked), "left+right")


def brief(name: str) -> dict[str, KnobValue]:
    known = {knob.name for knob in METHODS.get(name).card().knobs}
    return {key: value for key, value in BRIEF.items() if key in known}


def weights(model: torch.nn.Module) -> np.ndarray:
    return torch.cat([tensor.double().flatten() for tensor in model.state_dict().values()]).numpy()


@pytest.mark.parametrize("name", METHODS.names())
def test_runs_and_logs_finite_numbers(name: str, task: TaskData, splits: Splits) -> None:
    context = small_context(task, splits)
    before = weights(context.model)
    logs = list(METHODS.get(name)(brief(name)).run(context))
    assert logs[0].step == 0
    assert logs[-1].step == logs[-1].total
    assert [log.step for log in logs] == list(range(len(logs)))
    assert all(log.loss is None or math.isfinite(log.loss) for log in logs)
    points = [log.point for log in logs if log.point is not None]
    assert points[0].step == 0 and points[-1].step == logs[-1].total
    assert all(0 <= point.forgetting_score <= 0.5 for point in points)
    assert not np.array_equal(before, weights(context.model))


@pytest.mark.parametrize("name", METHODS.names())
def test_runs_with_several_attributes_at_once(name: str, attributes: TaskData) -> None:
    context = small_context(attributes, picked(attributes))
    assert isinstance(context.model.space, Attributes) and context.model.num_classes == 2
    before = weights(context.model)
    logs = list(METHODS.get(name)(brief(name)).run(context))
    assert logs[-1].loss is not None and math.isfinite(logs[-1].loss)
    assert not np.array_equal(before, weights(context.model)) and np.isfinite(weights(context.model)).all()


@pytest.mark.parametrize("name", METHODS.names())
def test_same_seed_same_weights_other_seed_other_weights(name: str, task: TaskData, splits: Splits) -> None:
    found = []
    for seed in (1, 1, 2):
        torch.manual_seed(np.random.default_rng().integers(1 << 30))  # the global generator must not matter
        context = small_context(task, splits, seed)
        for _ in METHODS.get(name)(brief(name)).run(context):
            pass
        found.append(weights(context.model))
    np.testing.assert_array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


@pytest.mark.parametrize("name", METHODS.names())
@pytest.mark.parametrize("ending", ["to the end", "closed early"])
def test_restores_mode_and_requires_grad(name: str, ending: str, task: TaskData, splits: Splits) -> None:
    context = small_context(task, splits)
    context.model.eval()
    run = METHODS.get(name)(brief(name)).run(context)
    _drain(run) if ending == "to the end" else _close_after_two(run)
    if name != "retrain":  # retrain makes a new model
        assert not any(module.training for module in context.model.modules())
    assert all(parameter.requires_grad for parameter in context.model.parameters())


def _drain(run: Iterator[StepLog]) -> None:
    for _ in run:
        pass


def _close_after_two(run: Iterator[StepLog]) -> None:
    next(run)
    next(run)
    close(run)


@pytest.mark.parametrize("name", METHODS.names())
def test_stops_at_the_next_step_when_cancelled(name: str, task: TaskData, splits: Splits) -> None:
    asked = []

    def raise_if_cancelled() -> None:
        asked.append(1)
        if len(asked) > 1:
            raise RunCancelled("Cancelled.")

    context = small_context(task, splits, raise_if_cancelled=raise_if_cancelled)
    logs: list[StepLog] = []
    with pytest.raises(RunCancelled):
        logs.extend(METHODS.get(name)(brief(name)).run(context))
    assert len(asked) == 2


@pytest.mark.parametrize("name", METHODS.names())
def test_photos_are_never_changed(name: str, task: TaskData, splits: Splits) -> None:
    context = small_context(task, splits)
    before = context.retain.images.clone(), context.forget.images.clone()
    _drain(METHODS.get(name)(brief(name)).run(context))
    assert torch.equal(before[0], context.retain.images)
    assert torch.equal(before[1], context.forget.images)


@pytest.mark.parametrize("name", METHODS.names())
def test_the_card_can_be_shown_and_its_defaults_are_allowed(name: str) -> None:
    card = METHODS.get(name).card()
    assert card.name == name
    assert card.title and card.summary.endswith(".") and card.source
    for knob in card.knobs:
        assert knob.label and knob.help, knob.name
        assert check_knob(knob, knob.default) == knob.default
        if knob.kind in ("int", "float"):
            assert knob.low < knob.high and knob.step > 0, knob.name


@pytest.mark.parametrize("name", METHODS.names())
def test_settings_out_of_range_are_refused_in_a_sentence(name: str) -> None:
    for knob in METHODS.get(name).card().knobs:
        with pytest.raises(InvalidRequest, match=knob.name):
            METHODS.get(name)({knob.name: "nonsense"})
        if knob.kind in ("int", "float"):
            for bad in (knob.high * 2 + 1, float("nan"), float("inf"), knob.low - 1):
                with pytest.raises(InvalidRequest, match="between"):
                    METHODS.get(name)({knob.name: bad})
    with pytest.raises(UnknownName, match="Unknown knob 'warp'"):
        METHODS.get(name)({"warp": 1})


@pytest.mark.parametrize("name", [name for name in METHODS.names() if name != "retrain"])
def test_a_loss_that_stops_being_a_number_is_reported(name: str, task: TaskData, splits: Splits) -> None:
    context = small_context(task, splits)
    with torch.no_grad():
        next(context.model.parameters()).fill_(float("nan"))  # of the first layer: EU-k makes the last again
    advice = "the model gives nan" if name in ("ssd", "lfssd") else "Lower the learning rate"  # those two have no rate
    with pytest.raises(Diverged, match=advice):
        _drain(METHODS.get(name)(brief(name)).run(context))


def test_a_context_holds_no_unseen_photo(task: TaskData, splits: Splits) -> None:
    """The context is all that a method gets, and it holds no unseen photo."""
    context = small_context(task, splits)
    unseen = {task.data.images[i].tobytes() for i in splits.unseen}
    for photos in (context.retain, context.forget):
        assert not unseen & {image.permute(1, 2, 0).numpy().tobytes() for image in photos.images}
