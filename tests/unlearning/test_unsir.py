"""UNSIR: noise that the model is most wrong about, then impairing and repairing."""

from __future__ import annotations

import torch

from dlfd_core.unlearning.pairs import fixed_copy
from dlfd_core.unlearning.unsir import Unsir, learn_noise
from tests.unlearning.baselines import BATCH, Start, loss_of


def test_unsir_learns_noise_the_model_is_most_wrong_about(start: Start) -> None:
    context = start()
    losses = []
    for steps in (1, 10):
        noise = learn_noise(context, Unsir({"noise_steps": steps, "batch_size": BATCH}).config)
        losses.append(loss_of(context.model, noise))
        assert noise.images.shape == context.forget.images.shape and noise.images.dtype == torch.uint8
        assert torch.equal(noise.labels, context.forget.labels)
    assert losses[1] > 2 * losses[0] and losses[1] > loss_of(context.model, context.forget) + 1


def test_unsir_impairs_and_then_repairs(start: Start) -> None:
    context, before = start(), start()
    method = Unsir({"epochs": 2, "batch_size": BATCH, "forget_batch": BATCH, "forget_share": 0.5, "lr": 0.005})
    told = []
    for log in method.steps(context):
        told.append((log.phase.name, loss_of(fixed_copy(context.model), context.retain)))
    names = [name for name, _ in told]
    half = len(names) // 2
    assert names == ["impairing"] * half + ["repairing"] * half
    assert max(loss for _, loss in told[:half]) > 2 * loss_of(before.model, context.retain)
    assert told[-1][1] < told[half - 1][1]
