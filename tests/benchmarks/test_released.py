"""The public code of DLFD, run in part and whole: same start, its transport, its skipped batches."""

from __future__ import annotations

import math

import pytest
import torch

from benchmarks import released
from benchmarks.released import Settings, paired_batches, perturb, run_released, transport_term
from dlfd_core.data.splits import Splits
from dlfd_core.runs.prepared_original import PreparedOriginal
from dlfd_core.unlearning.transport import cosine_cost, solve_entropic, transport_cost

SMALL = Settings(batch_size=16, steps=3, iterations=3)


@pytest.mark.parametrize("monitored", [0, 10])
def test_the_public_code_runs_in_part_and_whole(
    original_and_splits: tuple[PreparedOriginal, Splits], monitored: int
) -> None:
    settings = Settings(batch_size=18, steps=2, iterations=3, monitored=monitored)
    part, whole = (run_released(*original_and_splits, settings, limit=limit) for limit in (2, None))
    assert len(part.batches) == 2 < part.total and not part.finished
    low, high = part.extrapolated()
    assert part.seconds < low <= high
    assert whole.finished and whole.extrapolated() == pytest.approx((whole.seconds, whole.seconds))
    for batch in whole.batches:
        assert all(math.isfinite(seconds) for seconds in (batch.perturb, batch.train, batch.monitor))
        assert 0 <= batch.score <= 0.5
    assert whole.batches[0].perturb > 0
    assert not any(module.training for module in whole.model.modules())


def test_it_starts_from_the_same_original_and_leaves_it_alone(
    original_and_splits: tuple[PreparedOriginal, Splits],
) -> None:
    before = {name: tensor.clone() for name, tensor in original_and_splits[0].original.model.state_dict().items()}
    unlearned = run_released(*original_and_splits, SMALL, limit=1).model.state_dict()
    after = original_and_splits[0].original.model.state_dict()
    assert all(torch.equal(tensor, after[name]) for name, tensor in before.items())
    assert not torch.equal(unlearned["head.weight"], after["head.weight"])


def test_its_transport_gives_the_noise_no_gradient_but_the_weights_one(
    original_and_splits: tuple[PreparedOriginal, Splits],
) -> None:
    model = original_and_splits[0].original.model
    clean, forget = torch.rand(8, 3, 16, 16), torch.rand(8, 3, 16, 16)
    labels = torch.arange(8) % 3
    # the transport term alone changes no pixel, but gradients of all weights are computed
    assert torch.equal(perturb(model, clean, labels, forget, 0.0, SMALL), clean)
    assert all(parameter.grad is not None for parameter in model.parameters())
    model.zero_grad()
    moved = perturb(model, clean, labels, forget, 1.0, SMALL)
    assert float((moved - clean).abs().max()) > 0.3 and 0 <= float(moved.min()) <= float(moved.max()) <= 1
    with torch.no_grad():
        loss = [torch.nn.functional.cross_entropy(released.logits_of(model, x), labels) for x in (clean, moved)]
    assert loss[1] < loss[0]


def test_its_transport_is_ours_where_it_does_not_stop_early() -> None:
    generator = torch.Generator().manual_seed(0)
    near, far = torch.randn(12, 3, generator=generator), torch.randn(12, 3, generator=generator) + 0.5
    cost = cosine_cost(near, far)
    exact = transport_cost(solve_entropic(cost, epsilon=0.1, tolerance=1e-6), cost)
    patient = Settings(epsilon=0.1, tolerance=0.0, iterations=300)
    assert float(transport_term(near, far, patient)) == pytest.approx(float(exact), abs=1e-4)


def test_a_batch_is_skipped_where_the_forget_batch_is_shorter() -> None:
    # 20 forget photos give batches of 8, 8, 4. The third retain batch is paired with the 4; the last retain batch has 4
    # photos and is paired with an 8.
    assert [number for number, _, _ in paired_batches(36, 20, 8)] == [0, 1, 3]
    assert [number for number, _, _ in paired_batches(32, 16, 8)] == [0, 1, 2, 3]


def test_a_forget_set_smaller_than_a_batch_is_refused(original_and_splits: tuple[PreparedOriginal, Splits]) -> None:
    with pytest.raises(ValueError, match="forget photos"):
        run_released(*original_and_splits, Settings(batch_size=32))
