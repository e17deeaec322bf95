"""Seeds derived from one seed: independent streams, the same on every machine."""

from __future__ import annotations

import torch

from dlfd_core.seeding import derive_seed, make_generator, make_rng, seeded_initialisation


def test_streams_of_one_seed_do_not_disturb_each_other() -> None:
    assert derive_seed(0, "a") == derive_seed(0, "a") != derive_seed(0, "b")
    assert derive_seed(0, "a") == 4950127121108668649  # the same on every machine and in every version
    assert make_rng(1, "x").integers(1 << 30) == make_rng(1, "x").integers(1 << 30)
    assert torch.equal(
        torch.randperm(9, generator=make_generator(3, "y")), torch.randperm(9, generator=make_generator(3, "y"))
    )


def test_initialisation_leaves_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    with seeded_initialisation(0, "layer"):
        first = torch.nn.Linear(3, 3).weight
    assert torch.equal(before, torch.get_rng_state())
    with seeded_initialisation(0, "layer"):
        assert torch.equal(first, torch.nn.Linear(3, 3).weight)
