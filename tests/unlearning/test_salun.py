"""SalUn: only the weights with the largest gradients of the forget loss move."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dlfd_core.data.photos import to_pixels
from dlfd_core.types import KnobValue
from dlfd_core.unlearning.salun import Salun, saliency_masks
from tests.unlearning.baselines import BATCH, Start, run


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_weights_outside_the_mask_stay_bit_for_bit(optimizer: str, start: Start) -> None:
    context, before = start(), start().model
    knobs: dict[str, KnobValue] = {"saliency": 0.3, "optimizer": optimizer, "weight_decay": 0.1, "momentum": 0.9}
    masks = saliency_masks(context, Salun(knobs | {"batch_size": BATCH}).config)
    after = run("salun", context, epochs=2, **knobs)
    moved = []
    for mask, old, new in zip(masks, before.parameters(), after.parameters(), strict=True):
        assert torch.equal(old[~mask], new[~mask])
        moved.append((old != new)[mask].float())
    assert float(torch.cat(moved).mean()) > 0.95


def test_the_mask_holds_the_largest_gradients_of_the_forget_loss(start: Start) -> None:
    context = start()
    masks = saliency_masks(context, Salun({"saliency": 0.2, "batch_size": BATCH}).config)
    weights = list(context.model.parameters())
    logits = context.model(to_pixels(context.forget.images))
    gradients = torch.autograd.grad(context.model.space.loss(logits, context.forget.labels), weights)
    sizes = np.concatenate([gradient.abs().flatten().numpy() for gradient in gradients])
    mask = np.concatenate([part.flatten().numpy() for part in masks])
    assert mask.sum() == round(0.2 * len(mask))
    assert sizes[mask].min() >= 0.99 * sizes[~mask].max()  # batches add up in another order
    assert all(weight.grad is None for weight in weights)
