"""RAF-DB: a copy of some dozen photos in the published format, and faulty copies."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from dlfd_core.data.raf_db import EMOTIONS, load_raf_db
from dlfd_core.data.splits import prepare_task
from dlfd_core.errors import InvalidData
from tests.data.copies import labels, sentence, shows, write_face


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Three training photos and one test photo of each emotion."""
    root = tmp_path / "raf"
    for number in range(1, 8):
        for i in range(3):
            write_face(root / f"train/{number}/train_{number}{i:04d}_aligned.jpg", 10 * number + i)
        write_face(root / f"test/{number}/test_{number:04d}_aligned.jpg", 1000 + number)
    return root


def test_a_copy_is_read(copy: Path) -> None:
    data = load_raf_db(copy, size=16)
    assert (data.name, data.title, data.skipped, data.notes) == ("raf_db", "RAF-DB", 0, ())
    assert len(data.people) == len(data.images) == 28 and data.person.tolist() == list(range(28))
    assert data.people[7].id == "train/1/train_10000_aligned.jpg"
    assert shows(data, 7, copy / data.people[7].id)
    assert data.tasks["emotion"].classes == (
        "surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral",
    )  # fmt: skip
    assert labels(data, "emotion") == [EMOTIONS[int(person.id.split("/")[1]) - 1] for person in data.people]
    assert all((person.role == "unseen") == person.id.startswith("test/") for person in data.people)


def test_the_split_is_the_one_of_the_public_code(copy: Path) -> None:
    """The split computed from its description: 21 photos by folder and file, shuffled with seed 42, a tenth for
    validation, 30 % of the others forgotten."""
    data = load_raf_db(copy, size=16)
    files = sorted(path.relative_to(copy).as_posix() for path in (copy / "train").rglob("*.jpg"))
    order = list(range(21))
    random.seed(42)
    random.shuffle(order)
    validation, forget = order[:2], order[2 + 13 :]  # int(0.1 * 21) = 2, int(0.7 * 19) = 13
    assert {person.id for person in data.people if person.role == "validation"} == {files[i] for i in validation}
    assert {data.people[i].id for i in data.forget_sets["published"]} == {files[i] for i in forget}
    assert all(data.people[i].role == "train" for i in data.forget_sets["published"])


def test_the_published_sizes() -> None:
    """12,271 training photos: 1,227 for validation, 7,730 kept, 3,314 forgotten, as the public notebook prints."""
    from dlfd_core.data.raf_db import _published_split

    parts = _published_split(12_271)
    assert [parts.count(part) for part in (("validation", ()), ("train", ()), ("train", ("published",)))] == [
        1_227, 7_730, 3_314,
    ]  # fmt: skip


def test_other_files_are_passed_over_and_unreadable_ones_counted(copy: Path) -> None:
    (copy / "train/1/Thumbs.db").write_bytes(b"?")
    before = load_raf_db(copy, size=16)
    assert before.skipped == 0
    (copy / before.people[-1].id).write_bytes(b"no photo")
    data = load_raf_db(copy, size=16)
    assert data.skipped == 1
    # the split is drawn among all files, so a damaged file changes the set of no other
    assert [person.role for person in data.people] == [person.role for person in before.people][:-1]


def test_the_digest_is_stable(copy: Path) -> None:
    digest = load_raf_db(copy, size=16).digest
    assert load_raf_db(copy, size=16).digest == digest
    write_face(copy / "test/1/test_0001_aligned.jpg", 5)
    assert load_raf_db(copy, size=16).digest != digest


@pytest.mark.parametrize("name", ["train/3", "test/7", "test"])
def test_a_folder_is_missing(copy: Path, name: str) -> None:
    (copy / name).rename(copy / "elsewhere")
    said = sentence(load_raf_db, copy)
    assert f"holds no folder {name}" in said and "whdeng.cn" in said


def test_a_folder_too_many(copy: Path) -> None:
    write_face(copy / "train/8/train_8.jpg", 8)
    assert "has a folder '8' beside 1 to 7" in sentence(load_raf_db, copy)


def test_a_class_without_training_photos(copy: Path) -> None:
    for photo in (copy / "train/2").iterdir():
        photo.unlink()
    with pytest.raises(InvalidData, match="No training person shows the class fear"):
        prepare_task(load_raf_db(copy, size=16), "emotion")


def test_there_are_no_identities(copy: Path) -> None:
    with pytest.raises(InvalidData, match="has 0 people with 4 photos or more"):
        prepare_task(load_raf_db(copy, size=16), "identity")


def test_no_photos_at_all(copy: Path) -> None:
    for photo in copy.rglob("*.jpg"):
        photo.unlink()
    assert "RAF-DB holds no photos" in sentence(load_raf_db, copy)
