"""The training loop: learning rate schedules, recipes as metadata, training mode, divergence."""

from __future__ import annotations

import pytest
import torch

from dlfd_core.errors import Diverged
from dlfd_core.models.training import Recipe, cosine, fit, training_mode, warmup_cosine


def test_schedules() -> None:
    rate = warmup_cosine(0.1, 100)
    assert rate(0) == pytest.approx(0.01) and rate(9) == pytest.approx(0.1)
    assert rate(99) < 1e-3 and max(map(rate, range(100))) == pytest.approx(0.1)
    assert cosine(0.05, 0.001, 10)(0) == 0.05
    assert cosine(0.05, 0.001, 10)(10) == pytest.approx(0.001)
    assert cosine(0.05, 0.05, 10)(5) == pytest.approx(0.05)


def test_a_recipe_survives_being_written_down() -> None:
    recipe = Recipe(epochs=7, lr=0.03, flip=False, shift=2)
    assert Recipe.from_metadata(recipe.to_metadata()) == recipe
    assert Recipe.from_metadata({}) == Recipe()
    assert "shift" not in Recipe().to_metadata()  # files from before there were shifts keep their names
    with pytest.raises(ValueError, match="many"):
        Recipe.from_metadata({"epochs": "many"})


def test_training_mode_gives_back_what_it_found() -> None:
    model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.BatchNorm1d(2))
    model[1].eval()
    model[0].bias.requires_grad_(False)
    with pytest.raises(RuntimeError, match="stop"), training_mode(model):
        assert model[1].training
        model[0].bias.requires_grad_(True)
        raise RuntimeError("stop")
    assert model[0].training and not model[1].training and not model[0].bias.requires_grad


def test_the_loop_stops_at_a_loss_that_is_no_number() -> None:
    model = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)
    steps = fit(
        model, [None] * 3, lambda _: model.weight.sum() * float("nan"),  # type: ignore[arg-type, list-item]
        optimizer=optimizer, schedule=lambda _: 0.0, total=3,
    )  # fmt: skip
    with pytest.raises(Diverged, match="at step 3 of 3"):
        list(steps)
