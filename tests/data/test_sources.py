"""Data sets by name: accepted forms, folders that are searched, and equal photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlfd_core.data.registry import SOURCES, local_copy
from dlfd_core.data.sources import load_data
from dlfd_core.errors import InvalidRequest, UnknownName
from tests.data.copies import sentence, write_face

FORMS = (
    "portraits, folder:PATH, celeba[:PATH], lfw[:PATH], mucac[:PATH], mufac[:PATH], mufac_published[:PATH], "
    "olivetti[:PATH], pins[:PATH], raf_db[:PATH], sfhq[:PATH]"
)
OWN = ["celeba", "mucac", "mufac", "mufac_published", "pins", "raf_db", "sfhq"]


@pytest.fixture(autouse=True)
def _no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DLFD_DATA", raising=False)


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Two people with two photos each; one of Ben's photos is Anna's first."""
    for name, seed in [("anna/1", 1), ("anna/2", 2), ("ben/1", 1), ("ben/2", 3)]:
        write_face(tmp_path / f"{name}.jpg", seed)
    return tmp_path


@pytest.mark.parametrize(
    "name", ["faces", "", ":", "folder", "folder:", "mufac:", "portraits:here", "portrait", "folder?unique", ":/tmp"]
)
def test_an_unknown_name_is_answered_with_all_forms(name: str) -> None:
    with pytest.raises(UnknownName) as caught:
        load_data(name)
    assert str(caught.value).endswith(f"; choose one of: {FORMS}.")


def test_portraits_need_no_path() -> None:
    assert load_data("portraits").name == "portraits"
    with pytest.raises(InvalidRequest, match="portraits hold no duplicates"):
        load_data("portraits?unique")


@pytest.mark.parametrize("name", OWN)
def test_copies_are_looked_for_in_one_folder(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = sentence(load_data, name)
    assert f"give {name}:PATH" in said and "DLFD_DATA" in said
    monkeypatch.setenv("DLFD_DATA", str(tmp_path))
    assert f"There is no folder {tmp_path / name}; " in sentence(load_data, name)
    (tmp_path / name).mkdir()
    assert f"{tmp_path / name} holds no " in sentence(load_data, name)
    assert f"{tmp_path / name} holds no " in sentence(load_data, f"{name}:{tmp_path / name}")


@pytest.mark.parametrize("name", [name for name in SOURCES.names() if name != "portraits"])
def test_no_such_path(name: str, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path / ("long" * 100)):
        assert "There is no folder" in sentence(load_data, f"{name}:{path}")


def test_a_home_folder_is_written_as_usual(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert local_copy(Path("~"), "mufac", "") == tmp_path.resolve()


def test_copies_of_photos_are_told(faces: Path) -> None:
    (note,) = load_data(f"folder:{faces}").notes
    assert note.startswith("Photos that are copies of others, pixel for pixel: 1 (pairs: 1 all-all)")


def test_copies_of_photos_are_left_out_on_request(faces: Path) -> None:
    everything, unique = load_data(f"folder:{faces}"), load_data(f"folder:{faces}?unique")
    assert (len(everything.images), len(unique.images)) == (4, 3)
    assert (unique.images == everything.images[:1]).all(axis=(1, 2, 3)).sum() == 1
    assert [unique.people[i].id for i in unique.person] == ["anna", "anna", "ben"]
    assert unique.digest != everything.digest
    assert unique.notes == ("Copies of other photos that were left out: 1.",)


def test_without_copies_nothing_is_said(faces: Path) -> None:
    write_face(faces / "ben/1.jpg", 4)
    data = load_data(f"folder:{faces}")
    assert data.notes == () and load_data(f"folder:{faces}?unique").digest == data.digest


def test_every_loader_registers_itself() -> None:
    package = Path(__file__).resolve().parents[2] / "dlfd_core" / "data"
    names = {path.stem for path in package.glob("*.py") if "@source(" in path.read_text(encoding="utf-8")}
    assert names - {"sources", "registry"} == set(SOURCES.names()) - {"portraits"}


def test_images_of_all_sources_are_square_and_small(faces: Path) -> None:
    assert load_data(f"folder:{faces}").images.shape == (4, 64, 64, 3)
    assert load_data(f"folder:{faces}").images.dtype == np.uint8
