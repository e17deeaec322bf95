"""LFW: the unpacked archive in every accepted place, and a failed download. No test opens a connection."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.error import URLError

import numpy as np
import pytest
import sklearn.datasets
from PIL import Image

from dlfd_core.data.lfw import load_lfw
from dlfd_core.data.splits import prepare_task
from tests.data.copies import ids, sentence, write_face


def write_lfw(root: Path) -> Path:
    """Write three people on 5 photos, one on 3, and the other files of the archive's folder."""
    for who, (name, count) in enumerate([("Aaron_Eckhart", 5), ("Zoe_Ball", 5), ("George_W_Bush", 5), ("AJ_Cook", 3)]):
        for i in range(1, count + 1):
            write_face(root / name / f"{name}_{i:04d}.jpg", 10 * who + i)
    (root / "README.txt").write_text("no person")
    return root


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    write_lfw(tmp_path / "data/lfw_home/lfw_funneled")
    return tmp_path / "data"


def test_people_with_enough_photos_are_read(copy: Path) -> None:
    data = load_lfw(copy, size=16)
    assert (data.name, data.tasks, data.skipped) == ("lfw", {}, 0)
    assert ids(data) == [name for name in ("Aaron_Eckhart", "George_W_Bush", "Zoe_Ball") for _ in range(5)]
    assert [person.name for person in data.people] == ["Aaron Eckhart", "George W Bush", "Zoe Ball"]
    assert data.notes == ("People of LFW with fewer than 4 photos are left out (1).",)
    assert len(prepare_task(data, "identity").classes) == 3


def test_the_edges_are_cut_off(copy: Path) -> None:
    face = np.zeros((64, 64, 3), np.uint8)
    face[16:48, 16:48] = 255
    for photo in (copy / "lfw_home/lfw_funneled/Zoe_Ball").iterdir():
        Image.fromarray(face).save(photo, quality=100)
    data = load_lfw(copy, size=16)
    assert np.median(data.images[-1][0]) > 200  # the uppermost row; black without the cut
    assert data.faces is not None and np.median(data.faces[-1][1]) > 150


@pytest.mark.parametrize("place", ["", "lfw_home", "lfw_home/lfw_funneled"])
def test_any_folder_around_the_people_will_do(copy: Path, place: str) -> None:
    assert load_lfw(copy / place, size=16).digest == load_lfw(copy, size=16).digest


def test_a_damaged_photo_is_counted(copy: Path) -> None:
    (copy / "lfw_home/lfw_funneled/Zoe_Ball/Zoe_Ball_0001.jpg").write_bytes(b"no photo")
    data = load_lfw(copy, size=16)
    assert data.skipped == 1 and len(data.images) == 14


def test_without_a_path_scikit_learn_fetches_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "home"))

    def fetch(**options: object) -> None:
        sys.stdout.write("downloading\n")
        write_lfw(tmp_path / "home/lfw_home/lfw_funneled")

    monkeypatch.setattr(sklearn.datasets, "fetch_lfw_people", fetch)
    assert len(load_lfw(None, size=16).people) == 3


def test_what_scikit_learn_unpacked_is_enough_for_it(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With all files in place the real function opens no connection; it needs one person with 500 photos."""
    home = copy / "lfw_home"
    for name in ("pairsDevTrain.txt", "pairsDevTest.txt", "pairs.txt"):
        (home / name).write_text("")
    face = (home / "lfw_funneled/Zoe_Ball/Zoe_Ball_0001.jpg").read_bytes()
    for i in range(500):
        (home / f"lfw_funneled/George_W_Bush/George_W_Bush_{i:04d}.jpg").write_bytes(face)
    for name in ("_fetch_remote", "urlretrieve"):
        monkeypatch.setattr(f"sklearn.datasets._base.{name}", None)
    monkeypatch.setattr("sklearn.datasets._lfw._fetch_remote", None)
    monkeypatch.setattr("sklearn.datasets._lfw._load_imgs", lambda files, *rest: np.zeros((len(files), 2, 2)))
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(copy))
    assert len(load_lfw(None, size=16).people) == 3


def test_a_download_that_fails_says_how_to_give_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))

    def fetch(**options: object) -> None:
        sys.stdout.write("downloading\n")
        raise URLError("Name or service\nnot known")

    monkeypatch.setattr(sklearn.datasets, "fetch_lfw_people", fetch)
    said = sentence(load_lfw, None)
    assert "could not be downloaded" in said and "not known" in said and "lfw:PATH" in said
    assert capsys.readouterr() == ("", "downloading\n")  # standard output is for results


def test_no_folder_and_nobody_in_it(tmp_path: Path) -> None:
    assert "There is no folder" in sentence(load_lfw, tmp_path / "nowhere")
    said = sentence(load_lfw, tmp_path)
    assert "Nobody in" in said and "has 4 photos or more" in said and "lfw_funneled" in said
