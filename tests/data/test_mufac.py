"""MUFAC: a copy of twelve photos in the published format, and faulty copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlfd_core.data import mufac
from dlfd_core.data.mufac import load_mufac
from dlfd_core.data.mufac_published import load_mufac_as_published
from dlfd_core.data.splits import prepare_task
from dlfd_core.errors import InvalidData
from tests.data.copies import ids, labels, roles, sentence, shows, write_face

TABLES = {
    "train": [
        "F0001_AGE_D_18_a1.jpg", "F0001_AGE_D_18_a2.jpg", "F0001_AGE_D_18_c1.jpg", "F0001_AGE_GM_75_g3.JPG",
        "F0001_AGE_GM_75_h1.jpg", "F0002_AGE_D2_20_d1.jpg", "F0002_AGE_D2_20_b1.jpg", "F0002_AGE_D2_20_e1.jpg",
    ],
    "val": ["F0801_AGE_S_9_b1.jpg", "F0801_AGE_S_9_b2.jpg"],
    "test": ["F0851_AGE_M_50_f1.jpg", "F0852_AGE_F_50_f1.jpg"],
}  # fmt: skip


def write_table(root: Path, part: str, files: list[str], encoding: str = "utf-8") -> None:
    """As published: an index, family, person, class and path; only the last two are read."""
    rows = ["family_id,person_id,age_class,image_path"]
    rows += [f"{name[:5]},{name.split('_')[2]},{name.rsplit('_')[-1][0]},{name}" for name in files]
    (root / f"custom_{part}_dataset.csv").write_text("\n".join(rows) + "\n", encoding=encoding)


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(mufac, "PUBLISHED_ROWS", 4)
    root = tmp_path / "mufac"
    for i, (part, files) in enumerate(TABLES.items()):
        for k, name in enumerate(files):
            write_face(root / f"{part}_images" / name, 100 * i + k)
        write_table(root, part, files)
    return root


def edit(copy: Path, old: str, new: str, part: str = "train") -> Path:
    table = copy / f"custom_{part}_dataset.csv"
    assert old in table.read_text()
    table.write_text(table.read_text().replace(old, new, 1))
    return copy


def test_the_published_protocol_exchanges_validation_and_unseen_people(copy: Path) -> None:
    data, usual = load_mufac_as_published(copy, size=16), load_mufac(copy, size=16)
    assert (data.name, data.title) == ("mufac_published", "MUFAC, as published")
    exchanged: dict[str | None, str] = {"train": "train", "validation": "unseen", "unseen": "validation"}
    assert roles(data) == {person: exchanged[role] for person, role in roles(usual).items()}
    assert data.forget_sets["published"].tolist() == usual.forget_sets["published"].tolist()


def test_a_copy_is_read(copy: Path) -> None:
    data = load_mufac(copy, size=16)
    assert (data.name, data.title, data.skipped, data.notes) == ("mufac", "MUFAC", 0, ())
    assert data.images.shape == (12, 16, 16, 3) and data.images.dtype == np.uint8
    assert roles(data) == {
        "F0001_D": "train", "F0001_GM": "train", "F0002_D2": "train",
        "F0801_S": "validation", "F0851_M": "unseen", "F0852_F": "unseen",
    }  # fmt: skip
    assert ids(data)[:6] == ["F0001_D", "F0001_D", "F0001_D", "F0001_GM", "F0001_GM", "F0002_D2"]
    task = data.tasks["age_group"]
    assert task.classes == ("0-6", "7-12", "13-19", "20-30", "31-45", "46-55", "56-66", "67-80")
    assert labels(data, "age_group")[:5] == ["0-6", "0-6", "13-19", "56-66", "67-80"]
    assert [person.name for person in data.people][:3] == ["F0001 daughter", "F0001 grandmother", "F0002 daughter 2"]
    assert shows(data, 2, copy / "train_images/F0001_AGE_D_18_c1.jpg")
    assert data.faces is not None and data.faces.shape == (6, 128, 128, 3)


def test_the_published_forget_set_is_the_first_rows_of_the_training_table(copy: Path) -> None:
    write_table(copy, "train", [*TABLES["train"][4:], *TABLES["train"][:4]])
    data = load_mufac(copy, size=16)
    members = data.forget_sets["published"]
    assert members.dtype == np.int64 and sorted(members.tolist()) == members.tolist()
    assert sorted(labels(data, "age_group")[i] for i in members) == ["20-30", "31-45", "67-80", "7-12"]
    assert {data.people[data.person[i]].role for i in members} == {"train"}


def test_the_digest_is_stable_and_knows_the_split(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = [load_mufac(copy, size=16).digest for _ in range(2)]
    assert digests[0] == digests[1]
    monkeypatch.setattr(mufac, "PUBLISHED_ROWS", 3)
    assert load_mufac(copy, size=16).digest != digests[0]


def test_unreadable_photos_are_skipped_and_counted(copy: Path) -> None:
    whole = (copy / "train_images/F0001_AGE_D_18_a1.jpg").read_bytes()
    (copy / "train_images/F0001_AGE_D_18_a1.jpg").write_bytes(whole[: len(whole) // 2])
    (copy / "val_images/F0801_AGE_S_9_b1.jpg").write_bytes(b"no photo")
    data = load_mufac(copy, size=16)
    assert data.skipped == 2 and len(data.images) == 10
    assert len(data.forget_sets["published"]) == 3  # rows are counted in the table, whether readable or not


def test_a_table_with_a_byte_order_mark_is_read(copy: Path) -> None:
    write_table(copy, "train", TABLES["train"], encoding="utf-8-sig")
    assert len(load_mufac(copy, size=16).images) == 12


def test_a_person_in_two_sets_counts_as_two_and_is_told(copy: Path) -> None:
    name = "F0001_AGE_D_18_b9.jpg"
    write_face(copy / "test_images" / name, 999)
    write_table(copy, "test", [*TABLES["test"], name])
    data = load_mufac(copy, size=16)
    assert roles(data)["F0001_D@train"] == "train" and roles(data)["F0001_D@unseen"] == "unseen"
    (note,) = data.notes
    assert "photos in several of them (1)" in note


def test_a_class_nobody_shows_in_training(copy: Path) -> None:
    with pytest.raises(InvalidData, match="No training person shows the class 46-55"):
        prepare_task(load_mufac(copy, size=16), "age_group")


@pytest.mark.parametrize("name", ["custom_val_dataset.csv", "test_images", "train_images"])
def test_something_is_missing(copy: Path, name: str) -> None:
    (copy / name).rename(copy / "elsewhere")
    said = sentence(load_mufac, copy)
    assert f"holds no {name}" in said and "korean_family_dataset" in said


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param(",a,", ",a|b,", "Line 2 of custom_train_dataset.csv gives the age class 'a|b'", id="several"),
        pytest.param(",a,", ",,", "gives the age class ''", id="none"),
        pytest.param(",a,", ",i,", "each photo has one letter from a to h", id="unknown"),
        pytest.param("F0001_AGE_D_18_a1.jpg", "a1.jpg", "no file name like F0001_AGE_D_18_a1.jpg", id="file name"),
        pytest.param("F0001_AGE_D_18_a1.jpg", "../F0001_AGE_D_18_a1.jpg", "no file name like", id="path"),
        pytest.param("F0001_AGE_D_18_a1.jpg", "F0009_AGE_D_18_a1.jpg", "F0009_AGE_D_18_a1.jpg", id="no such file"),
        pytest.param("age_class", "label", "custom_train_dataset.csv has no column age_class", id="column"),
    ],
)
def test_a_table_that_is_not_the_published_one(copy: Path, old: str, new: str, words: str) -> None:
    assert words in sentence(load_mufac, edit(copy, old, new))


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_a_table_in_utf_16(copy: Path, encoding: str) -> None:
    write_table(copy, "train", TABLES["train"], encoding=encoding)
    assert "custom_train_dataset.csv is UTF-16, not UTF-8 text" in sentence(load_mufac, copy)


def test_a_table_in_latin_1(copy: Path) -> None:
    table = copy / "custom_train_dataset.csv"
    table.write_bytes(table.read_bytes().replace(b"F0001,D", "F0001,Mädchen".encode("latin-1"), 1))
    assert "custom_train_dataset.csv is not UTF-8 text (line 2 looks like Latin-1" in sentence(load_mufac, copy)


def test_an_empty_table(copy: Path) -> None:
    for part in TABLES:
        write_table(copy, part, [])
    assert "MUFAC holds no photos" in sentence(load_mufac, copy)


def test_no_photo_can_be_read(copy: Path) -> None:
    for photo in copy.rglob("*.[jJ]*"):
        photo.write_bytes(b"?")
    assert "None of the 12 photos of MUFAC can be read" in sentence(load_mufac, copy)
