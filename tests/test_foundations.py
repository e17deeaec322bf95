"""Small things everything stands on: names, seeds, devices, the training loop, sprites."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from dlfd_core.artifacts import cache_folder
from dlfd_core.data.sprites import make_sprite
from dlfd_core.device import available_cores, select_compute, to_uint8_batch
from dlfd_core.errors import Diverged, InvalidRequest, UnknownName
from dlfd_core.models.training import Recipe, cosine, fit, training_mode, warmup_cosine
from dlfd_core.registry import Registry
from dlfd_core.seeding import derive_seed, make_generator, make_rng, seeded_initialisation
from tests.small import CPU


def test_a_registry_refuses_doubles_and_names_what_it_knows() -> None:
    registry: Registry[int] = Registry("thing")
    registry.register("one")(1)
    assert registry.get("one") == 1 and registry.names() == ["one"] and list(registry) == [1]
    with pytest.raises(ValueError, match="registered twice"):
        registry.register("one")(2)
    for name in ("two", None, ["one"]):
        with pytest.raises(UnknownName, match="Unknown thing"):
            registry.get(name)  # type: ignore[arg-type]


def test_streams_of_one_seed_do_not_disturb_each_other() -> None:
    assert derive_seed(0, "a") == derive_seed(0, "a") != derive_seed(0, "b")
    assert derive_seed(0, "a") == 4950127121108668649  # the same on every machine and for ever
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


def test_devices_are_resolved_or_refused() -> None:
    assert select_compute("cpu").device.type == "cpu"
    assert torch.get_num_threads() <= available_cores()
    with pytest.raises(InvalidRequest, match="choose one of: auto, cpu, cuda"):
        select_compute("abacus")
    if not torch.cuda.is_available():
        with pytest.raises(InvalidRequest, match="No CUDA device"):
            select_compute("cuda")


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLFD_CACHE", "/somewhere/else")
    assert str(cache_folder()) == "/somewhere/else"


def test_photos_travel_as_channels_last_bytes() -> None:
    batch = to_uint8_batch(np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3), CPU)
    assert batch.shape == (2, 3, 4, 4) and batch.dtype == torch.uint8
    assert batch.is_contiguous(memory_format=torch.channels_last)


def test_schedules() -> None:
    rate = warmup_cosine(0.1, 100)
    assert rate(0) == pytest.approx(0.01) and rate(9) == pytest.approx(0.1)
    assert rate(99) < 1e-3 and max(map(rate, range(100))) == pytest.approx(0.1)
    assert cosine(0.05, 0.001, 10)(0) == 0.05
    assert cosine(0.05, 0.001, 10)(10) == pytest.approx(0.001)
    assert cosine(0.05, 0.05, 10)(5) == pytest.approx(0.05)


def test_a_recipe_survives_being_written_down() -> None:
    recipe = Recipe(epochs=7, lr=0.03, flip=False)
    assert Recipe.from_metadata(recipe.to_metadata()) == recipe
    assert Recipe.from_metadata({}) == Recipe()
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


def test_a_sprite_holds_every_picture_in_order() -> None:
    pictures = np.stack([np.full((8, 8, 3), 20 * i, dtype=np.uint8) for i in range(7)])
    sprite = make_sprite(pictures, tile=16, columns=3, quality=95)
    sheet = np.asarray(Image.open(io.BytesIO(sprite.image)).convert("RGB")).astype(int)
    assert sheet.shape == (48, 48, 3) and (sprite.columns, sprite.tile, sprite.count) == (3, 16, 7)
    for i in range(7):
        row, column = divmod(i, 3)
        assert abs(sheet[row * 16 + 8, column * 16 + 8].mean() - 20 * i) < 4
    with pytest.raises(ValueError, match="at least one"):
        make_sprite(pictures[:0], tile=8)
    with pytest.raises(ValueError, match="do not fit"):
        make_sprite(pictures, tile=9000, columns=7)
