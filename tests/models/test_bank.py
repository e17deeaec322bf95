"""The reference bank: halves of people, building, continuing after a stop, storing, refused files."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from dlfd_core import artifacts
from dlfd_core.data.schema import Task
from dlfd_core.data.sources import load_data
from dlfd_core.data.splits import prepare_task
from dlfd_core.device import Compute
from dlfd_core.errors import InvalidRequest, MissingArtifact, RunCancelled
from dlfd_core.models import bank
from dlfd_core.models.bank import (
    Bank,
    add_bank_to_manifest,
    build_bank,
    cached_folder,
    draw_halves,
    find_bank,
    open_bank,
    shipped_folder,
)
from dlfd_core.models.bank_files import model_file, read_content, write_content
from dlfd_core.models.originals import ModelSpec, find_original
from dlfd_core.models.outputs import collect_outputs
from dlfd_core.models.signals import signals_of
from dlfd_core.models.training import Recipe, default_recipe
from tests.small import CPU, small_data, small_task

RECIPE = Recipe(epochs=1, batch_size=16, lr=0.01)
SHIPPED = sorted(path.parent for path in bank.BANKS.glob("*/manifest.json"))


def small_spec(**options: int) -> ModelSpec:
    return ModelSpec(small_task(**options), "slim_resnet", CPU)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bank of four models on the tiny data set."""
    folder = tmp_path_factory.mktemp("bank") / "small"
    logs = list(build_bank(small_spec(), RECIPE, folder, models=4))
    assert logs[-1].step == logs[-1].total and logs[0].step == 1
    return folder


@pytest.fixture
def copied(built: Path, tmp_path: Path) -> Path:
    """The bank's files in a folder that a test may damage."""
    return shutil.copytree(built, tmp_path / "copied")


@pytest.mark.parametrize("people", [20, 23])
def test_everybody_is_in_half_of_the_models(people: int) -> None:
    task = small_task(people=people)
    members = draw_halves(task, 6)
    trained = np.zeros(people, dtype=bool)
    trained[task.data.person[task.train]] = True
    assert (members[:, trained].sum(0) == 3).all() and not members[:, ~trained].any()
    assert (members[0::2] ^ members[1::2])[:, trained].all()
    sizes = members.sum(1)
    assert sizes.max() - sizes.min() <= 1
    assert len({row.tobytes() for row in members}) == 6
    assert (draw_halves(task, 6) == members).all() and (draw_halves(task, 6, seed=1) != members).any()


@pytest.mark.parametrize("models", [0, 2, 5])
def test_too_small_or_odd_a_bank_is_refused(models: int) -> None:
    with pytest.raises(InvalidRequest, match=f"bank of {models} models cannot be made"):
        draw_halves(small_task(), models)


def test_where_people_are_classes_a_model_never_predicts_who_it_did_not_see(tmp_path: Path) -> None:
    """Held-out photos of people the model was trained on are recognised; those of the others never get their name."""
    spec = ModelSpec(prepare_task(small_data(), "identity"), "slim_resnet", CPU)
    recipe = replace(RECIPE, epochs=60)
    list(build_bank(spec, recipe, tmp_path, models=4, keep_weights=False))
    found = open_bank(spec, tmp_path)
    task = spec.task
    assert (found.members == draw_halves(task, 4)).all() and (found.members.sum(0) == 2).all()
    for number in range(4):
        right = found.correctness[number]
        seen = found.members[number][task.data.person]
        assert right[task.train][seen[task.train]].mean() > 0.9
        assert right[~seen].mean() == 0.0


def test_signals_are_those_of_the_stored_weights(built: Path) -> None:
    spec = small_spec()
    found = open_bank(spec, built)
    assert len(found) == 4 and found.losses.shape == (4, 120) and found.losses.dtype == np.float32
    assert (found.members == draw_halves(spec.task, 4)).all()
    for number in range(4):
        outputs = collect_outputs(found.model(number), spec.photos().images, CPU)
        assert np.allclose(outputs.losses(spec.task.labels), found.losses[number], atol=1e-5)
        signals = signals_of(outputs, spec.task.labels, np.arange(120))
        assert np.allclose(signals, found.signals[number], atol=1e-5)
        assert np.array_equal(outputs.correctness(spec.task.labels), found.correctness[number])
    assert not np.allclose(found.losses[0], found.losses[1])
    tensors, _ = artifacts.load_weights(built / "model0.safetensors")
    assert {t.dtype for name, t in tensors.items() if name.startswith("model.")} == {torch.float16, torch.int64}


def test_a_stopped_build_goes_on_where_it_was(built: Path, tmp_path: Path) -> None:
    steps: Iterator[int] = iter(range(1000))

    def stop() -> None:
        if next(steps) == 2:  # two steps a model: in the middle of the second
            raise RunCancelled

    with pytest.raises(RunCancelled):
        list(build_bank(small_spec(), RECIPE, tmp_path, models=4, raise_if_cancelled=stop))
    assert [path.name for path in tmp_path.iterdir()] == ["model0.safetensors"]
    first = (tmp_path / "model0.safetensors").stat().st_mtime_ns
    logs = list(build_bank(small_spec(), RECIPE, tmp_path, models=4))
    assert (tmp_path / "model0.safetensors").stat().st_mtime_ns == first
    assert len(logs) == logs[-1].total
    assert list(build_bank(small_spec(), RECIPE, tmp_path, models=4)) == []
    for path in built.iterdir():
        assert artifacts.load_weights(tmp_path / path.name)[1] == artifacts.load_weights(path)[1]  # the same content


def test_a_folder_with_another_bank_is_left_alone(built: Path) -> None:
    for other in (replace(RECIPE, epochs=2), RECIPE):
        with pytest.raises(InvalidRequest, match="holds models of another bank"):
            next(build_bank(small_spec(), other, built, models=4, seed=1))


def test_a_cached_bank_is_found_by_all_that_determines_it(
    copied: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path))
    spec = small_spec()
    folders = {
        cached_folder(spec, RECIPE),
        cached_folder(spec, RECIPE, models=4),
        cached_folder(spec, RECIPE, seed=1),
        cached_folder(spec, replace(RECIPE, epochs=2)),
        cached_folder(small_spec(seed=1), RECIPE),
        cached_folder(replace(spec, backbone="resnet18"), RECIPE),
    }
    assert len(folders) == 6
    folder = cached_folder(spec, RECIPE, models=4)
    folder.mkdir(parents=True)
    for number in range(4):
        assert find_bank(spec, RECIPE, models=4) is None  # incomplete
        (copied / f"model{number}.safetensors").rename(folder / f"model{number}.safetensors")
    found = find_bank(spec, RECIPE, models=4)
    assert isinstance(found, Bank) and len(found) == 4
    assert find_bank(spec, replace(RECIPE, epochs=2), models=4) is None


def test_a_shipped_bank_is_vouched_for_by_its_manifest(
    copied: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setattr(bank, "BANKS", copied.parent)
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path_factory.mktemp("cache")))
    spec = small_spec()
    copied = copied.rename(shipped_folder(spec))
    assert find_bank(spec, RECIPE) is None
    add_bank_to_manifest(copied, "the command")
    found = find_bank(spec, RECIPE)
    assert found is not None and len(found) == 4 and found.files[0].parent == copied
    assert find_bank(spec, replace(RECIPE, lr=0.5)) is None  # another recipe: not found
    spoil(copied / "model2.safetensors")
    with pytest.raises(MissingArtifact, match=r"bank .* is damaged.*model2\.safetensors .*make banks"):
        find_bank(spec, RECIPE)


@pytest.mark.parametrize("models", ["", "0", "many"])
def test_a_bank_that_does_not_say_how_many_models_it_has(copied: Path, models: str) -> None:
    content = read_content(model_file(copied, 0))
    write_content(model_file(copied, 0), replace(content, metadata=content.metadata | {"models": models}), {})
    with pytest.raises(MissingArtifact, match="how many models"):
        open_bank(small_spec(), copied)


def test_every_model_of_a_shipped_bank_is_listed(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bank, "BANKS", copied.parent)
    copied = copied.rename(shipped_folder(small_spec()))
    artifacts.add_to_manifest(copied / "model0.safetensors", "the command")
    with pytest.raises(MissingArtifact, match=r"model1\.safetensors is not listed in the manifest"):
        find_bank(small_spec(), RECIPE)


def spoil(path: Path) -> None:
    """Change one bit of a weight; in the file, losses come before the weights and members after them."""
    content = bytearray(path.read_bytes())
    content[-1000] ^= 1
    path.write_bytes(content)


def test_altered_signals_or_weights_are_refused(copied: Path) -> None:
    path = copied / "model1.safetensors"
    tensors, metadata = artifacts.load_weights(path)
    artifacts.save_weights(path, tensors | {"signals": tensors["signals"] + 1}, metadata)
    with pytest.raises(MissingArtifact, match="altered since it was saved"):
        open_bank(small_spec(), copied)
    artifacts.save_weights(path, tensors, metadata)
    spoil(path)  # an audit does not read the weights; loading a model does
    found = open_bank(small_spec(), copied)
    with pytest.raises(MissingArtifact, match="altered since it was saved"):
        found.model(1)


def test_a_bank_without_weights_has_the_same_signals(built: Path, tmp_path: Path) -> None:
    list(build_bank(small_spec(), RECIPE, tmp_path, models=4, keep_weights=False))
    with_weights, without = open_bank(small_spec(), built), open_bank(small_spec(), tmp_path)
    assert np.array_equal(with_weights.signals, without.signals)
    assert np.array_equal(with_weights.members, without.members)
    assert without.files[0].stat().st_size < with_weights.files[0].stat().st_size / 10
    with pytest.raises(MissingArtifact, match="was written without weights"):
        without.model(0)


def of_an_earlier_version(path: Path) -> None:
    """Write the file as the version before signals did."""
    tensors, metadata = artifacts.load_weights(path)
    signals = tensors.pop("signals")
    artifacts.save_weights(path, tensors | {"losses": -signals[0], "logits": torch.zeros(120, 3).half()}, metadata)


def test_a_bank_of_an_earlier_version_says_so(copied: Path) -> None:
    for path in copied.iterdir():
        of_an_earlier_version(path)
    with pytest.raises(MissingArtifact, match="was written by an earlier version, without the signals"):
        open_bank(small_spec(), copied)
    list(build_bank(small_spec(), RECIPE, copied, models=4))  # trains these models again
    assert open_bank(small_spec(), copied).signals.shape == (4, 4, 120)


def test_a_bank_of_several_attributes_is_possible(tmp_path: Path) -> None:
    data = small_data()
    yes = Task("even", "Even", ("no", "yes"), np.arange(len(data.person)) % 2)
    bright = Task("bright", "Bright", ("no", "yes"), np.arange(len(data.person)) // 2 % 2)
    spec = ModelSpec(
        prepare_task(replace(data, tasks=data.tasks | {"even": yes, "bright": bright}), "even+bright"),
        "slim_resnet",
        CPU,
    )
    list(build_bank(spec, RECIPE, tmp_path, models=4))
    found = open_bank(spec, tmp_path)
    assert found.signals.shape == (4, 4, 120)
    assert set(np.unique(found.correctness)) <= {0.0, 0.5, 1.0}  # the share of attributes that is right


def test_a_bank_of_something_else_is_refused(copied: Path) -> None:
    with pytest.raises(MissingArtifact, match="was made for another data"):
        open_bank(small_spec(seed=1), copied)
    with pytest.raises(MissingArtifact, match="was made for another backbone"):
        open_bank(replace(small_spec(), backbone="resnet18"), copied)
    path = copied / "model3.safetensors"
    tensors, metadata = artifacts.load_weights(path)
    artifacts.save_weights(path, tensors, metadata | {"seed": "9"})
    with pytest.raises(MissingArtifact, match="belongs to another bank than its neighbours"):
        open_bank(small_spec(), copied)
    path.unlink()
    with pytest.raises(MissingArtifact, match="missing or no model of a reference bank"):
        open_bank(small_spec(), copied)


def test_a_bank_is_shipped() -> None:
    assert {"portraits-emotion-compact_resnet", "portraits-age_group-compact_resnet"} <= {f.name for f in SHIPPED}


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_a_shipped_bank_opens_and_remembers_its_people(folder: Path) -> None:
    """Every file is in the manifest with its hash; losses are lower on people that the model was trained on."""
    name, task, backbone = folder.name.split("-")
    spec = ModelSpec(prepare_task(load_data(name), task), backbone, Compute(torch.device("cpu"), None))
    original = find_original(spec, None, default_recipe(backbone))
    found = find_bank(spec, default_recipe(backbone) if original is None else original.recipe)
    assert found is not None and len(found) == len(list(folder.glob("*.safetensors"))) >= bank.MODELS
    assert (found.members == draw_halves(spec.task, len(found))).all()
    seen = found.members[:, spec.task.data.person[spec.task.train]]
    losses = found.losses[:, spec.task.train]
    assert losses[seen].mean() < losses[~seen].mean() / 2
