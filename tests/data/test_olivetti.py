"""Olivetti faces: scikit-learn's file with invented faces, and a failed download. No test opens a connection."""

from __future__ import annotations

from pathlib import Path
from urllib.error import URLError

import joblib
import numpy as np
import pytest
import sklearn.datasets

from dlfd_core.data.olivetti import load_olivetti
from dlfd_core.data.splits import prepare_task
from tests.data.copies import sentence


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """400 faces as scikit-learn stores them: flat, columns first. The upper half is black, the lower a different grey
    for each photo."""
    faces = np.zeros((400, 64, 64), np.float32)
    faces[:, 32:] = np.linspace(0.2, 1, 400)[:, None, None]
    joblib.dump(faces.transpose(0, 2, 1).reshape(400, -1), tmp_path / "olivetti_py3.pkz", compress=6)
    return tmp_path


def test_forty_people_on_ten_photos(copy: Path) -> None:
    data = load_olivetti(copy)
    assert data.images.shape == (400, 64, 64, 3) and data.images.dtype == np.uint8
    assert len(data.people) == 40 and np.bincount(data.person).tolist() == [10] * 40
    assert (data.people[0].id, data.people[39].id, data.people[39].name) == ("s01", "s40", "Person 40")
    assert (data.images[:, :32] == 0).all() and (data.images[399, 32:] == 255).all()
    assert (np.diff(data.images[:, 50, 5, 0].astype(int)) >= 0).all()  # in the order of the file
    assert data.faces is not None and (data.faces[3] == data.images[30]).all()
    assert len(prepare_task(data, "identity").classes) == 40


def test_the_size_is_selectable_and_the_digest_stable(copy: Path) -> None:
    small = load_olivetti(copy, size=16)
    assert small.images.shape == (400, 16, 16, 3)
    assert load_olivetti(copy, size=16).digest == small.digest != load_olivetti(copy).digest


def test_without_a_path_scikit_learn_fetches_them(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(copy))
    assert load_olivetti(None).digest == load_olivetti(copy).digest


def test_a_download_that_fails_says_how_to_give_a_copy(monkeypatch: pytest.MonkeyPatch) -> None:
    def fetch(**options: object) -> None:
        raise URLError("no route to host")

    monkeypatch.setattr(sklearn.datasets, "fetch_olivetti_faces", fetch)
    said = sentence(load_olivetti, None)
    assert "could not be downloaded" in said and "no route to host" in said and "olivetti:PATH" in said


def test_no_file_or_a_damaged_one(tmp_path: Path) -> None:
    assert "There is no folder" in sentence(load_olivetti, tmp_path / "nowhere")
    assert "holds no olivetti_py3.pkz" in sentence(load_olivetti, tmp_path)
    (tmp_path / "olivetti_py3.pkz").write_bytes(b"damaged")
    assert "cannot be opened" in sentence(load_olivetti, tmp_path)
