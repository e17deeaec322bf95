"""The shipped portraits: their shape and labels, and their equality with what the code draws."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from dlfd_core.data.portraits import FOLDER, load_portraits
from dlfd_core.data.portraits.build import PEOPLE_PER_SHEET, draw_person
from dlfd_core.data.portraits.cast import make_cast
from dlfd_core.data.portraits.photo import make_photos
from dlfd_core.data.schema import FaceData
from dlfd_core.errors import MissingArtifact

PEOPLE, PHOTOS = 240, 24


@pytest.fixture(scope="module")
def data() -> FaceData:
    return load_portraits()


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "portraits"))


def test_has_the_promised_shape(data: FaceData) -> None:
    assert data.images.shape == (PEOPLE * PHOTOS, 64, 64, 3)
    assert data.images.dtype == np.uint8
    assert data.faces is not None
    assert data.faces.shape == (PEOPLE, 128, 128, 3)
    assert data.faces.dtype == np.uint8
    np.testing.assert_array_equal(data.person, np.repeat(np.arange(PEOPLE), PHOTOS))
    assert data.person.dtype == np.int64
    assert (data.name, data.title, data.skipped) == ("portraits", "Portraits", 0)


def test_people_have_ids_names_and_roles(data: FaceData) -> None:
    assert [person.id for person in data.people] == [f"p{i:03d}" for i in range(PEOPLE)]
    assert len({person.name for person in data.people}) == PEOPLE
    assert [person.role for person in data.people] == ["train"] * 140 + ["validation"] * 40 + ["unseen"] * 60
    for person in data.people:
        assert set(person.attributes) == {"age group", "glasses", "hair colour"}


def test_labels_are_in_range_and_spread(data: FaceData) -> None:
    assert {name: len(task.classes) for name, task in data.tasks.items()} == {
        "emotion": 7,
        "age_group": 8,
        "smiling": 2,
        "glasses": 2,
    }
    for task in data.tasks.values():
        assert task.labels.shape == (PEOPLE * PHOTOS,)
        assert task.labels.dtype == np.int64
        assert set(task.labels.tolist()) == set(range(len(task.classes)))
    for own in data.tasks["emotion"].labels.reshape(PEOPLE, PHOTOS):
        assert set(np.bincount(own, minlength=7)) <= {3, 4}


def test_age_belongs_to_the_person_and_is_balanced_in_every_role(data: FaceData) -> None:
    ages = data.tasks["age_group"].labels.reshape(PEOPLE, PHOTOS)
    assert (ages == ages[:, :1]).all()
    for role in ("train", "validation", "unseen"):
        counts = Counter(int(ages[i, 0]) for i, person in enumerate(data.people) if person.role == role)
        assert len(counts) == 8
        assert max(counts.values()) - min(counts.values()) <= 1


def test_smiling_is_more_than_the_emotion(data: FaceData) -> None:
    smiling, emotion = data.tasks["smiling"].labels, data.tasks["emotion"].labels
    assert smiling[emotion == 1].all()
    assert 0.05 < smiling[emotion != 1].mean() < 0.3


def test_glasses_agree_with_the_habit(data: FaceData) -> None:
    worn = data.tasks["glasses"].labels.reshape(PEOPLE, PHOTOS).sum(axis=1)
    for person, count in zip(data.people, worn, strict=True):
        habit = person.attributes["glasses"]
        assert {"never": count == 0, "always": count == PHOTOS, "sometimes": True}[habit]


def test_no_photo_occurs_twice(data: FaceData) -> None:
    assert len({photo.tobytes() for photo in data.images}) == len(data.images)


def test_digest_is_stable(data: FaceData) -> None:
    assert len(data.digest) == 64
    assert load_portraits().digest == data.digest


@pytest.mark.parametrize("index", [3, PEOPLE_PER_SHEET * 4 + 7])
def test_redrawing_gives_the_shipped_pictures(data: FaceData, index: int) -> None:
    seed = json.loads((FOLDER / "labels.json").read_text())["seed"]
    person, identity, _ = make_cast(seed)[index]
    photos, face = draw_person(seed, identity)
    assert data.faces is not None
    assert person == data.people[index]
    shipped = data.images[data.person == index]
    assert np.abs(photos.astype(int) - shipped).mean() < 4  # the compression changes this much
    assert np.abs(face.astype(int) - data.faces[index]).mean() < 4
    emotions = [photo.emotion for photo in make_photos(seed, identity)]
    assert emotions == data.tasks["emotion"].labels[data.person == index].tolist()


def test_another_seed_draws_other_people() -> None:
    first, second = make_cast(0)[0], make_cast(1)[0]
    assert first[1].skin != second[1].skin


@pytest.mark.parametrize("name", ["photos-0.webp", "faces.webp", "labels.json"])
def test_altered_file_is_refused(copied: Path, name: str) -> None:
    content = bytearray((copied / name).read_bytes())
    content[-1] ^= 1
    (copied / name).write_bytes(content)
    with pytest.raises(MissingArtifact, match=f"{name} is not the one"):
        load_portraits(copied)


@pytest.mark.parametrize("name", ["photos-3.webp", "manifest.json"])
def test_missing_file_is_named(copied: Path, name: str) -> None:
    (copied / name).unlink()
    with pytest.raises(MissingArtifact, match=name):
        load_portraits(copied)


def test_all_files_are_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 9_000_000
