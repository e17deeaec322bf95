"""A look into the synthesis: transport plan, pictures and the pull of both objectives on each photo."""

from __future__ import annotations

import torch

from dlfd_core.data.photos import Batch, to_pixels
from dlfd_core.seeding import make_generator
from dlfd_core.types import SynthesisLook
from dlfd_core.unlearning.synthesis import SynthesisSettings
from dlfd_core.unlearning.synthesis_look import FORGET_SHOWN, RETAIN_SHOWN, SynthesisStep, inspect_synthesis
from tests.small import CPU, picked, small_context, small_task

SETTINGS = SynthesisSettings(steps=3, alpha=2 / 255, radius=0.0, lambda_f=3.0, epsilon=0.05, released=False)


def a_look(lambda_r: float = 0.5, settings: SynthesisSettings = SETTINGS) -> SynthesisLook:
    task = small_task()
    context = small_context(task, picked(task))
    clean = Batch(to_pixels(context.retain.images[:16]), context.retain.labels[:16])
    forget = Batch(to_pixels(context.forget.images[:12]), context.forget.labels[:12])
    return inspect_synthesis(SynthesisStep(context.model.train(), clean, forget, None, lambda_r, 3, 40), settings, CPU)


def test_a_look_tells_the_two_objectives_apart() -> None:
    look = a_look()
    assert look.cost_made > look.cost_clean + 0.001  # the paper's synthesis moves away
    assert look.cost_made > look.cost_released  # the public code's objective does not
    assert (look.paper.transport > 0).all() and (look.paper.task > 0).all()
    assert (look.released.transport == 0).all() and look.released.decided_by_transport == 0.5
    assert look.released.decided_by_task == 1.0
    assert 0.5 < look.paper.decided_by_transport <= 1


def test_without_the_tasks_weight_the_transport_decides_alone() -> None:
    look = a_look(lambda_r=0.0)
    assert (look.paper.task == 0).all() and look.paper.decided_by_transport == 1.0
    assert look.paper.decided_by_task == 0.5  # by chance


def test_a_looks_plan_and_pictures_are_of_the_photos_it_shows() -> None:
    look = a_look()
    assert look.plan.shape == look.cost.shape == (RETAIN_SHOWN, FORGET_SHOWN) and (look.plan >= 0).all()
    assert 0.2 < look.plan.mean() < 5  # 1 is no preference
    assert (look.cost >= 0).all() and (look.cost <= 2).all()
    for sheet in (look.retain, look.change, look.made, look.change_released, look.made_released):
        assert (sheet.count, sheet.columns) == (RETAIN_SHOWN, RETAIN_SHOWN)
    assert look.forget.count == len(look.forget_labels) == FORGET_SHOWN and len(look.labels) == RETAIN_SHOWN


def test_fewer_photos_than_are_shown_make_a_smaller_look() -> None:
    task = small_task()
    context = small_context(task, picked(task))
    clean = Batch(to_pixels(context.retain.images[:3]), context.retain.labels[:3])
    forget = Batch(to_pixels(context.forget.images[:2]), context.forget.labels[:2])
    look = inspect_synthesis(SynthesisStep(context.model.train(), clean, forget, None, 0.5, 0, 1), SETTINGS, CPU)
    assert look.plan.shape == (3, 2) and look.retain.count == 3 and look.forget.count == 2


def test_a_look_leaves_the_model_alone() -> None:
    task = small_task()
    context = small_context(task, picked(task))
    model = context.model.train()
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    photos = torch.rand(8, 3, 64, 64, generator=make_generator(0, "a look"))
    batch = Batch(photos, torch.zeros(8, dtype=torch.int64))
    inspect_synthesis(SynthesisStep(model, batch, batch, photos, 0.5, 0, 1), SETTINGS, CPU)
    assert all(torch.equal(before[name], tensor) for name, tensor in model.state_dict().items()) and model.training
