"""Originals: trained repeatably, found again, and refused or trained again where their file is damaged."""

from __future__ import annotations

import errno
import logging
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dlfd_core import artifacts
from dlfd_core.artifacts import load_weights, save_weights
from dlfd_core.errors import DlfdError, MissingArtifact, TooMuch
from dlfd_core.models.originals import ModelSpec, find_original, train_original
from dlfd_core.models.training import Recipe
from dlfd_core.runs import workbench
from dlfd_core.service import UnlearningService
from dlfd_core.types import ForgetReport, ForgetRequest, MapReady
from tests.small import CPU, small_data, small_task

PEOPLE = tuple(small_task().training_people()[:3])
REQUEST = ForgetRequest(PEOPLE, data="small", task="place", method="fine_tune")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and the small data set as the only one."""
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path))
    monkeypatch.setattr(workbench, "load_data", lambda name: small_data())
    return tmp_path


@pytest.fixture
def service(cache: Path) -> UnlearningService:
    return UnlearningService(Recipe(epochs=1, batch_size=32))


def carried_out(service: UnlearningService, request: ForgetRequest = REQUEST) -> ForgetReport:
    last = list(service.forget(request, lambda: False))[-1]
    assert isinstance(last, MapReady) and last.report.points is not None
    return last.report


def test_a_full_disk_when_the_original_is_kept(
    service: UnlearningService, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(artifacts, "write_atomically", full)
        with pytest.raises(TooMuch, match="The disk is full; free some space") as said:
            carried_out(service)
    assert str(cache) not in str(said.value) and list(cache.rglob("*.safetensors")) == []
    carried_out(service)
    assert len(list(cache.rglob("*.safetensors"))) == 1


def test_a_cache_that_cannot_be_written_names_no_place_of_the_server(
    service: UnlearningService, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cache / "originals").write_text("a file where the folder should be")
    monkeypatch.setattr("dlfd_core.models.originals.train_from_scratch", None)  # nothing is trained before
    with pytest.raises(DlfdError, match="cannot be written in its folder") as said:
        carried_out(service)
    assert str(cache) not in str(said.value)


@pytest.mark.parametrize("damage", ["a bit", "the end", "everything"])
def test_a_damaged_cache_is_made_again(
    service: UnlearningService, cache: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    first = carried_out(service)
    (kept,) = cache.rglob("*.safetensors")
    whole = kept.read_bytes()
    broken = {"a bit": whole[:-1] + bytes([whole[-1] ^ 1]), "the end": whole[: len(whole) // 2], "everything": b""}
    kept.write_bytes(broken[damage])
    with caplog.at_level(logging.WARNING):
        second = carried_out(UnlearningService(Recipe(epochs=1, batch_size=32)))
    assert "deleted and trained again" in caplog.text
    assert second.scores == first.scores
    artifacts.load_weights(kept)  # trained again and readable


def test_damaged_shipped_weights_are_a_sentence_and_not_replaced(
    service: UnlearningService, cache: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path_factory.mktemp("weights")
    carried_out(service)
    (made,) = cache.rglob("*.safetensors")
    shipped = folder / "small-place-compact_resnet.safetensors"
    shipped.write_bytes(made.read_bytes())
    artifacts.add_to_manifest(shipped, "made by a test")
    shipped_weights = artifacts.shipped_weights
    monkeypatch.setattr(artifacts, "shipped_weights", lambda name: shipped_weights(name, folder))
    carried_out(UnlearningService(Recipe(epochs=1, batch_size=32)))
    shipped.write_bytes(b"x" + made.read_bytes()[1:])
    damaged = UnlearningService(Recipe(epochs=1, batch_size=32))
    with pytest.raises(MissingArtifact, match="wrong hash") as said:
        carried_out(damaged)
    assert str(folder) not in str(said.value)
    shipped.write_bytes(made.read_bytes())
    carried_out(damaged)


def test_training_is_repeatable_and_found_again(tmp_path: Path) -> None:
    spec = ModelSpec(small_task(), "slim_resnet", CPU)
    recipe = Recipe(epochs=1, batch_size=16)
    for name in ("one", "two"):
        logs = list(train_original(spec, recipe, tmp_path / f"{name}.safetensors"))
        assert logs[-1].step == logs[-1].total
    assert load_weights(tmp_path / "one.safetensors")[1] == load_weights(tmp_path / "two.safetensors")[1]
    found = find_original(spec, tmp_path / "one.safetensors", Recipe())
    assert found is not None and found.recipe == recipe and not found.model.training


def test_weights_of_other_data_task_or_backbone_are_refused(tmp_path: Path) -> None:
    spec = ModelSpec(small_task(), "slim_resnet", CPU)
    path = tmp_path / "m.safetensors"
    for _ in train_original(spec, Recipe(epochs=1, batch_size=16), path):
        pass
    with pytest.raises(MissingArtifact, match="was trained for other data"):
        find_original(replace(spec, task=small_task(seed=1)), path, Recipe())
    with pytest.raises(MissingArtifact, match="was trained for backbone slim_resnet, not resnet18"):
        find_original(replace(spec, backbone="resnet18"), path, Recipe())
    state, metadata = load_weights(path)
    save_weights(path, state | {"head.bias": torch.zeros(9)}, metadata)
    with pytest.raises(MissingArtifact, match=r"'head.bias' has shape \(9,\), expected \(3,\)"):
        find_original(spec, path, Recipe())


def test_the_cache_name_depends_on_all_that_determines_the_weights() -> None:
    spec = ModelSpec(small_task(), "slim_resnet", CPU)
    names = {
        spec.cached_path(Recipe(), 0),
        spec.cached_path(Recipe(), 1),
        spec.cached_path(Recipe(epochs=2), 0),
        replace(spec, backbone="resnet18").cached_path(Recipe(), 0),
        ModelSpec(small_task(seed=5), "slim_resnet", CPU).cached_path(Recipe(), 0),
    }
    assert len(names) == 5
    assert spec.cached_path(Recipe(), 0) == ModelSpec(small_task(), "slim_resnet", CPU).cached_path(Recipe(), 0)
    assert small_data().digest == small_data().digest
