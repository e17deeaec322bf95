"""SSD and LFSSD: only weights that matter more for the forget photos become smaller, and LFSSD reads no label."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from dlfd_core.data.photos import PhotoSet, to_pixels
from dlfd_core.unlearning import UnlearningContext
from dlfd_core.unlearning.dampening import dampen
from tests.unlearning.baselines import Start, loss_of, run


def gradients(context: UnlearningContext, photos: PhotoSet, name: str) -> list[Tensor]:
    """Mean importance over all photos, each in a batch of its own: the definition in the papers."""
    weights = list(context.model.parameters())
    sums = [torch.zeros_like(weight) for weight in weights]
    for image, label in zip(photos.images, photos.labels, strict=True):
        logits = context.model(to_pixels(image[None]))
        value = context.model.space.loss(logits, label[None]) if name == "ssd" else logits.square().sum()
        for part, gradient in zip(sums, torch.autograd.grad(value, weights), strict=True):
            part += gradient.square() if name == "ssd" else gradient.abs()
    return [part / len(photos) for part in sums]


@pytest.mark.parametrize("name", ["ssd", "lfssd"])
def test_weights_are_dampened_as_the_papers_define(name: str, start: Start) -> None:
    context, before = start(), start()
    after = run(name, context, alpha=2.0, lam=0.5, batch_size=1)
    forget, retain = (gradients(before, photos, name) for photos in (before.forget, before.retain))
    n, m = len(before.forget), len(before.retain)
    dampened, all_weights = 0, 0
    for old, new, f, r in zip(before.model.parameters(), after.parameters(), forget, retain, strict=True):
        full = (n * f + m * r) / (n + m)
        chosen, others = f > 2.001 * full, f < 1.999 * full
        torch.testing.assert_close(new[chosen], (old * 0.5 * full / f)[chosen], rtol=1e-3, atol=1e-7)
        assert torch.equal(new[others], old[others])
        dampened, all_weights = dampened + int(chosen.sum()), all_weights + chosen.numel()
    assert 0 < dampened < all_weights / 2
    for one, two in zip(before.model.buffers(), after.buffers(), strict=True):
        assert torch.equal(one, two)


def test_the_factor_is_never_above_one(start: Start) -> None:
    model, before = start().model, start().model
    full = [torch.ones_like(weight) for weight in model.parameters()]
    dampen(model, [3 * part for part in full], full, alpha=2.0, lam=10.0)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), before.parameters(), strict=True))
    dampen(model, [4 * part for part in full], full, alpha=2.0, lam=1.0)
    assert all(torch.equal(a, b / 4) for a, b in zip(model.parameters(), before.parameters(), strict=True))


def test_a_lower_alpha_forgets_more(start: Start) -> None:
    losses = [loss_of(run("ssd", start(), alpha=alpha), start().forget) for alpha in (100.0, 1.2)]
    assert math.isclose(losses[0], loss_of(start().model, start().forget), rel_tol=1e-6)  # nothing is selected
    assert losses[1] > 1.2 * losses[0]
