"""Weights on disk: what was saved comes back, what was altered or belongs elsewhere is refused in a sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from dlfd_core.artifacts import (
    WEIGHTS,
    cache_folder,
    list_in_manifest,
    load_weights,
    save_weights,
    sha256_of,
    shipped_weights,
    write_atomically,
)
from dlfd_core.errors import InvalidRequest, MissingArtifact
from dlfd_core.models.originals import ModelSpec, find_original, train_original
from dlfd_core.models.training import Recipe
from tests.small import CPU, small_data, small_task

STATE = {"a.weight": torch.randn(4, 3), "b.steps": torch.tensor(7)}


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    save_weights(tmp_path / "m.safetensors", STATE, {"task": "emotion"})
    state, metadata = load_weights(tmp_path / "m.safetensors")
    assert metadata["task"] == "emotion"
    assert all(torch.equal(state[name], tensor) for name, tensor in STATE.items())
    assert [path.name for path in tmp_path.iterdir()] == ["m.safetensors"]  # no half-written file left behind


def test_an_altered_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    save_weights(path, STATE, {})
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(MissingArtifact, match="altered since it was saved"):
        load_weights(path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x04\x95pickle", b"\xff" * 64])
def test_what_is_not_safetensors_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(content)
    with pytest.raises(MissingArtifact, match="not a readable safetensors file"):
        load_weights(path)
    with pytest.raises(MissingArtifact, match="There is no weights file"):
        load_weights(tmp_path / "none.safetensors")


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidRequest, match="cannot be written"):
        save_weights(tmp_path / "file" / "m.safetensors", STATE, {})


def test_a_crash_while_writing_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1


def test_the_manifest_vouches_for_shipped_files(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    assert shipped_weights("m.safetensors", tmp_path) is None
    save_weights(path, STATE, {})
    list_in_manifest(path, "the command")
    assert shipped_weights("m.safetensors", tmp_path) == path
    assert shipped_weights("other.safetensors", tmp_path) is None
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(MissingArtifact, match="wrong hash"):
        shipped_weights("m.safetensors", tmp_path)
    path.unlink()
    with pytest.raises(MissingArtifact, match=r"listed in manifest\.json but missing"):
        shipped_weights("m.safetensors", tmp_path)


def test_every_shipped_file_is_listed_with_its_hash_and_command() -> None:
    listed = json.loads((WEIGHTS / "manifest.json").read_text())["files"]
    assert set(listed) == {path.name for path in WEIGHTS.glob("*.safetensors")}
    for name, entry in listed.items():
        assert entry["bytes"] == (WEIGHTS / name).stat().st_size
        assert entry["sha256"] == sha256_of(WEIGHTS / name)
        assert entry["command"].startswith("python -m dlfd_core train --data portraits")
    assert sum(entry["bytes"] for entry in listed.values()) < 10_000_000


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


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLFD_CACHE", "/somewhere/else")
    assert str(cache_folder()) == "/somewhere/else"
