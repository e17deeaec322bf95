"""MUCAC: a copy of ten photos in the published format, and faulty copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlfd_core.data.mucac import load_mucac
from dlfd_core.data.splits import prepare_task
from tests.data.copies import ids, labels, roles, sentence, shows, write_face

#: Person of photos 0 to 9: people on both sides of each border of the published split.
IDENTITIES = [189, 190, 190, 1249, 1250, 4854, 4855, 0, 6216, 1250]
NAMES = ["5_o_Clock_Shadow", "Male", "Smiling", "Young"]


def answers(photo: int) -> list[int]:
    return [1, 1 if photo % 2 else -1, 1 if photo % 3 else -1, 1 if photo < 5 else -1]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    root = tmp_path / "mucac"
    for i in range(len(IDENTITIES)):
        write_face(root / "CelebA-HQ-img" / f"{i}.jpg", i)
    lines = [f"{i}.jpg {identity}" for i, identity in enumerate(IDENTITIES)]
    (root / "CelebA-HQ-identity.txt").write_text("\n".join(lines) + "\n")
    rows = [f"{i}.jpg  {' '.join(map(str, answers(i)))}" for i in range(len(IDENTITIES))]
    (root / "CelebA-HQ-attribute.txt").write_text("\n".join([str(len(rows)), " ".join(NAMES), *rows]) + "\n")
    return root


def test_a_copy_is_read(copy: Path) -> None:
    data = load_mucac(copy, size=16)
    assert (data.name, data.title, data.skipped, data.notes) == ("mucac", "MUCAC", 0, ())
    assert ids(data) == ["0", "1249", "1250", "1250", "189", "190", "190", "4854", "4855", "6216"]
    assert roles(data) == {
        "0": "validation", "189": "validation", "190": "train", "1249": "train", "1250": "train", "4854": "train",
        "4855": "unseen", "6216": "unseen",
    }  # fmt: skip
    photos = [7, 3, 4, 9, 0, 1, 2, 5, 6, 8]  # by person, then by file
    assert all(shows(data, i, copy / f"CelebA-HQ-img/{photo}.jpg") for i, photo in enumerate(photos))
    assert labels(data, "gender") == [("female", "male")[photo % 2] for photo in photos]
    assert labels(data, "smiling") == ["yes" if photo % 3 else "no" for photo in photos]
    assert labels(data, "young") == ["yes" if photo < 5 else "no" for photo in photos]


def test_the_published_forget_set_is_by_identity(copy: Path) -> None:
    data = load_mucac(copy, size=16)
    assert [ids(data)[i] for i in data.forget_sets["published"]] == ["1249", "190", "190"]


def test_a_task_can_be_prepared(copy: Path) -> None:
    task = prepare_task(load_mucac(copy, size=16), "gender")
    assert (len(task.train), len(task.validation), len(task.unseen)) == (6, 2, 2)


@pytest.mark.parametrize("place", ["images", "CelebAMask-HQ/CelebA-HQ-img"])
def test_photos_may_stand_elsewhere(copy: Path, place: str) -> None:
    digest = load_mucac(copy, size=16).digest
    (copy / place).parent.mkdir(exist_ok=True)
    (copy / "CelebA-HQ-img").rename(copy / place)
    assert load_mucac(copy, size=16).digest == digest


def test_photos_nobody_is_named_for_are_left_out_and_unreadable_ones_counted(copy: Path) -> None:
    write_face(copy / "CelebA-HQ-img/77.jpg", 77)
    (copy / "CelebA-HQ-img/8.jpg").write_bytes(b"no photo")
    data = load_mucac(copy, size=16)
    assert data.skipped == 1 and len(data.images) == 9 and "6216" not in roles(data)


@pytest.mark.parametrize("name", ["CelebA-HQ-identity.txt", "CelebA-HQ-attribute.txt", "CelebA-HQ-img"])
def test_something_is_missing(copy: Path, name: str) -> None:
    (copy / name).rename(copy / "elsewhere")
    said = sentence(load_mucac, copy)
    assert name in said and "ndb796" in said


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("identity", "0.jpg 189", "0.jpg", "Line 1 of CelebA-HQ-identity.txt"),
        ("identity", "0.jpg 189", "0.jpg somebody", "Line 1 of CelebA-HQ-identity.txt"),
        ("identity", "1.jpg 190", "0.jpg 190", "Line 2 of CelebA-HQ-identity.txt"),
        ("identity", "0.jpg 189", "../0.jpg 189", "Line 1 of CelebA-HQ-identity.txt"),
        ("identity", "0.jpg 189", "70.jpg 189", "CelebA-HQ-attribute.txt has no row for 70.jpg"),
        ("attribute", "Male", "Female", "does not name Male"),
        ("attribute", "0.jpg  1 -1", "0.jpg  1 0", "Line 3 of CelebA-HQ-attribute.txt"),
        ("attribute", "0.jpg  1 -1", "0.jpg  1", "Line 3 of CelebA-HQ-attribute.txt"),
        ("attribute", "10\n", "30000\n", "announces 30000 rows but has 10"),
    ],
)
def test_a_table_that_is_not_the_published_one(copy: Path, file: str, old: str, new: str, words: str) -> None:
    table = copy / f"CelebA-HQ-{file}.txt"
    assert old in table.read_text()
    table.write_text(table.read_text().replace(old, new, 1))
    assert words in sentence(load_mucac, copy)


def test_tables_in_other_encodings_and_empty_ones(copy: Path) -> None:
    table = copy / "CelebA-HQ-identity.txt"
    text = table.read_text()
    table.write_text(text, encoding="utf-16")
    assert "CelebA-HQ-identity.txt is UTF-16" in sentence(load_mucac, copy)
    table.write_text("")
    assert "CelebA-HQ-identity.txt is empty" in sentence(load_mucac, copy)
    table.write_text(text)
    (copy / "CelebA-HQ-attribute.txt").write_text("")
    assert "does not name Male" in sentence(load_mucac, copy)


def test_a_listed_photo_is_not_there(copy: Path) -> None:
    (copy / "CelebA-HQ-img/3.jpg").unlink()
    said = sentence(load_mucac, copy)
    assert "MUCAC lists photos that are not there" in said and "3.jpg)" in said


def test_labels_are_whole_numbers(copy: Path) -> None:
    assert all(task.labels.dtype == np.int64 for task in load_mucac(copy, size=16).tasks.values())
