"""Weights files: saved and loaded without change; an altered or foreign file is refused with a sentence."""

from __future__ import annotations

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import torch

from dlfd_core.artifacts import (
    OBJECT,
    WEIGHTS,
    add_to_manifest,
    cache_folder,
    check_writable,
    is_writable,
    load_weights,
    private_temporary,
    read_json,
    save_weights,
    sha256_of,
    shipped_weights,
    write_atomically,
)
from dlfd_core.errors import InvalidRequest, MissingArtifact

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


def test_several_writers_and_readers_of_one_cache(tmp_path: Path) -> None:
    """The page and a command line may share a cache: each file is a whole one, of either of them."""
    path, states = tmp_path / "m.safetensors", [{"a": torch.full((40_000,), float(number))} for number in range(4)]
    save_weights(path, states[0], {})

    def write(number: int) -> None:
        for _ in range(8):
            save_weights(path, states[number], {})

    def read(_: int) -> bool:
        found = [load_weights(path)[0]["a"].unique() for _ in range(8)]  # raises for a half one
        return all(len(values) == 1 for values in found)

    with ThreadPoolExecutor(8) as crowd:
        writing = [crowd.submit(write, number) for number in range(4)]
        assert all(crowd.map(read, range(4)))
        assert [one.result() for one in writing] == [None] * 4
    assert [one.name for one in tmp_path.iterdir()] == ["m.safetensors"]


def test_the_manifest_vouches_for_shipped_files(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    assert shipped_weights("m.safetensors", tmp_path) is None
    save_weights(path, STATE, {})
    add_to_manifest(path, "the command")
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


def test_the_cache_is_where_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLFD_CACHE", "/somewhere/else")
    assert str(cache_folder()) == "/somewhere/else"


BROKEN = [
    b"", b"{", b'{"files": {"m": {"bytes": 1, "sha256": "a", "command": "x"', b"\xff\xfe", b"null", b"[]", b"7", b"{}",
    b'{"files": []}', b'{"files": {"m.safetensors": 3}}', b'{"files": {"m.safetensors": {"bytes": "x"}}}',
    b'{"files": {"m.safetensors": {"bytes": 1, "sha256": null, "command": ""}}}', b"[" * 100_000,
]  # fmt: skip


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_manifest_is_named_with_what_to_do(tmp_path: Path, content: bytes) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_bytes(content)
    pattern = rf"{tmp_path.name}/manifest\.json is damaged.*; run `make weights`\.$"
    with pytest.raises(MissingArtifact, match=pattern):
        shipped_weights("m.safetensors", tmp_path)
    save_weights(tmp_path / "m.safetensors", STATE, {})
    with pytest.raises(MissingArtifact, match="manifest"):
        add_to_manifest(tmp_path / "m.safetensors", "the command")
    assert manifest.read_bytes() == content


def test_a_document_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(MissingArtifact, match=r"none\.json is missing; do it again"):
        read_json(tmp_path / "none.json", OBJECT, "do it again")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(MissingArtifact, match=r"folder\.json cannot be read \(Is a directory\); do it again"):
        read_json(tmp_path / "folder.json", OBJECT, "do it again")


def test_without_a_home_there_is_a_folder_of_this_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("DLFD_CACHE", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    private_temporary.cache_clear()
    folder = cache_folder()
    assert folder.parent == tmp_path and folder.stat().st_mode & 0o777 == 0o700
    private_temporary.cache_clear()
    assert cache_folder() == folder
    folder.chmod(0o777)  # as somebody else would make it
    private_temporary.cache_clear()
    other = cache_folder()
    assert other != folder and other.is_dir() and other.stat().st_mode & 0o777 == 0o700
    private_temporary.cache_clear()


def test_whether_a_file_can_be_written_is_known_before(tmp_path: Path) -> None:
    check_writable(tmp_path / "new" / "m.safetensors")
    assert is_writable(tmp_path) and list((tmp_path / "new").iterdir()) == []
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidRequest, match=r"m\.safetensors cannot be written .*DLFD_CACHE"):
        check_writable(tmp_path / "file" / "m.safetensors")
    assert not is_writable(tmp_path / "file") and not is_writable(Path("/proc/x"))
