"""JiT: smoother outputs around the forget photos, from these photos alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from dlfd_core.data.photos import to_pixels
from dlfd_core.seeding import make_generator
from dlfd_core.unlearning.jit import lipschitz
from tests.small import CPU
from tests.unlearning.baselines import Start, run
from tests.unlearning.test_data_used import changed, same


def test_the_outputs_become_smoother_and_batch_norm_stays(start: Start) -> None:
    context, before = start(), start().model.eval()
    after = run("jit", context, epochs=2, lr=0.05)
    images = to_pixels(context.forget.images)
    first, last = (lipschitz(m, images, 0.2, 8, CPU, make_generator(9, "test")).item() for m in (before, after))
    assert last < 0.9 * first
    assert all(torch.equal(a, b) for a, b in zip(before.buffers(), after.buffers(), strict=True))


@pytest.mark.parametrize("part", ["images", "labels"])
def test_kept_photos_are_never_looked_at(part: str, start: Start) -> None:
    other = start()
    assert same(run("jit", start()), run("jit", replace(other, retain=changed(other.retain, part))))


def test_the_estimate_of_a_linear_map(start: Start) -> None:
    """For a linear map that doubles its input, the ratio is exactly 2."""
    images = torch.rand(4, 3, 8, 8)
    doubled = torch.nn.Sequential(torch.nn.Flatten())
    value = lipschitz(lambda x: 2 * doubled(x), images, 0.1, 3, CPU, make_generator(0, "test"))  # type: ignore[arg-type]
    assert value.item() == pytest.approx(2.0, rel=1e-4)
