from __future__ import annotations

import copy

import torch

from dlfd_core.backbones.dropout import RepeatableDropout
from dlfd_core.seeding import seeded_initialisation


def built(seed: int, share: float = 0.25) -> RepeatableDropout:
    with seeded_initialisation(seed, "dropout"):
        return RepeatableDropout(share)


def test_masks_depend_on_the_seed_it_was_built_with_alone() -> None:
    x, first, again, other = torch.ones(4, 50), built(1), built(1), built(2)
    mask = first(x)
    torch.manual_seed(7)
    assert torch.equal(again(x), mask)
    assert not torch.equal(other(x), mask)
    assert not torch.equal(first(x), mask)  # a new mask each time


def test_it_leaves_the_global_generator_alone() -> None:
    dropout, state = built(1), torch.get_rng_state()
    dropout(torch.ones(2, 3))
    assert torch.equal(torch.get_rng_state(), state)


def test_a_copy_goes_on_where_the_model_stood() -> None:
    x, dropout = torch.ones(4, 50), built(1)
    dropout(x)
    twin = copy.deepcopy(dropout)
    assert torch.equal(twin(x), dropout(x))


def test_the_share_is_dropped_and_the_mean_stays() -> None:
    out = built(3)(torch.ones(100, 1000))
    assert abs(float((out == 0).float().mean()) - 0.25) < 0.01
    assert abs(float(out.mean()) - 1.0) < 0.01
    assert set(out.unique().tolist()) == {0.0, 4 / 3} or torch.allclose(out.unique(), torch.tensor([0.0, 4 / 3]))


def test_in_eval_mode_and_without_a_share_nothing_changes() -> None:
    x = torch.rand(2, 5)
    assert built(1).eval()(x) is x
    assert built(1, share=0.0)(x) is x


def test_the_type_of_autocast_is_kept() -> None:
    assert built(1)(torch.ones(2, 3, dtype=torch.bfloat16)).dtype == torch.bfloat16
