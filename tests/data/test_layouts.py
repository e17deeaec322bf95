"""Published data sets in the layouts in which people get them: nested, from a hub, with other tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlfd_core.data import mufac, sfhq
from dlfd_core.data.celeba import load_celeba
from dlfd_core.data.lfw import load_lfw
from dlfd_core.data.mucac import load_mucac
from dlfd_core.data.mufac import load_mufac
from dlfd_core.data.pins import load_pins
from dlfd_core.data.raf_db import load_raf_db
from dlfd_core.data.sfhq import load_sfhq
from dlfd_core.data.splits import prepare_task
from tests.data.copies import ids, labels, roles, sentence, shows, write_face


def write(path: Path, *lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def wrapped(root: Path, folders: str) -> Path:
    """Move everything in ``root`` some folders deeper; returns ``root``."""
    moved = root.rename(root.with_name("moved"))
    (root / folders).parent.mkdir(parents=True)
    moved.rename(root / folders)
    return root


# --- MUFAC ----------------------------------------------------------------------------------------------------------

TRAIN = [f"F000{i}_AGE_D_{10 + i}_{letter}1.jpg" for i, letter in enumerate("abcdefgh", 1)]


def write_mufac(root: Path) -> Path:
    """The hub's copy: training photos in two folders, two of them once more to forget, and a row without a photo."""
    for i, name in enumerate(TRAIN[:7]):
        write_face(root / f"train_images_part{1 + i % 2}" / name, i)
    for i in (2, 5):
        write_face(root / "forget_images" / TRAIN[i], i)
    for i, name in enumerate(TRAIN[:7]):
        if i not in (2, 5):
            write_face(root / "retain_images" / name, i)
    write_face(root / "val_images/F0801_AGE_S_9_b1.jpg", 20)
    write_face(root / "test_images/F0851_AGE_M_50_f1.jpg", 21)
    tables = {"train": TRAIN, "val": ["F0801_AGE_S_9_b1.jpg"], "test": ["F0851_AGE_M_50_f1.jpg"]}
    for part, names in tables.items():
        rows = (f"train_images/{name},{name[-6]}" for name in names)
        write(root / f"custom_{part}_dataset.csv", "image_path,age_class", *rows)
    return root


@pytest.mark.parametrize("folders", ["", "custom_korean_family_dataset_resolution_128", "a/b"])
def test_mufac_of_the_hub(tmp_path: Path, folders: str) -> None:
    root = write_mufac(tmp_path / "mufac")
    data = load_mufac(wrapped(root, folders) if folders else root, size=16)
    assert len(data.images) == 9 and set(roles(data).values()) == {"train", "validation", "unseen"}
    assert [ids(data)[i] for i in data.forget_sets["published"]] == ["F0003_D", "F0006_D"]
    assert data.notes == ("Rows of MUFAC's tables without a photo in this copy: 1.",)
    assert shows(data, 4, root / folders / "train_images_part1" / TRAIN[4])


def test_mufac_split_in_parts_without_the_hubs_forget_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mufac, "PUBLISHED_ROWS", 2)
    root = write_mufac(tmp_path / "mufac")
    for folder in ("forget_images", "retain_images"):
        for file in (root / folder).iterdir():
            file.unlink()
        (root / folder).rmdir()
    assert TRAIN[7] in sentence(load_mufac, root)  # the whole table counts: no photo may be missing
    write_face(root / "train_images_part2" / TRAIN[7], 7)
    assert load_mufac(root, size=16).forget_sets["published"].tolist() == [0, 1]


# --- MUCAC and CelebA -----------------------------------------------------------------------------------------------

PEOPLE = [100, 100, 200, 200, 2000, 2000, 5000, 5000]


@pytest.mark.parametrize("table", ["CelebA-HQ-attribute.txt", "CelebAMask-HQ-attribute-anno.txt"])
@pytest.mark.parametrize("folders", ["", "CelebAMask-HQ/", "data/CelebAMask-HQ/"])
def test_mucac_with_the_photos_own_table(tmp_path: Path, table: str, folders: str) -> None:
    root = tmp_path / "mucac"
    write(root / "CelebA-HQ-identity.txt", *(f"{i}.jpg {person}" for i, person in enumerate(PEOPLE)))
    rows = (f"{i}.jpg  {1 if i % 2 else -1} -1 1" for i in range(len(PEOPLE)))
    write(root / f"{folders}{table}", str(len(PEOPLE)), "Male Smiling Young", *rows)
    for i in range(len(PEOPLE)):
        write_face(root / f"{folders}CelebA-HQ-img/{i}.jpg", i)
    data = load_mucac(root, size=16)
    assert ids(data) == [str(person) for person in PEOPLE] and labels(data, "gender")[:2] == ["female", "male"]


@pytest.mark.parametrize("identities", ["identity_CelebA.txt", "identity_CelebA.csv"])
def test_celeba_with_csv_files(tmp_path: Path, identities: str) -> None:
    root = tmp_path / "archive"
    files = [f"{i:06d}.jpg" for i in range(1, 9)]
    for i, file in enumerate(files):
        write_face(root / "celeba/img_align_celeba/img_align_celeba" / file, i)
    rows = (f"{file},{1 if i % 2 else -1},1,-1" for i, file in enumerate(files))
    write(root / "celeba/list_attr_celeba.csv", "image_id,Male,Young,Smiling", *rows)
    assert "holds no identity_CelebA.txt" in sentence(load_celeba, root)
    sign, head = (",", ["image_id,identity"]) if identities.endswith("csv") else (" ", [])
    lines = (f"{file}{sign}{100 + i // 2}" for i, file in enumerate(files))
    write(root / "celeba" / identities, *head, *lines)
    data = load_celeba(root, size=16)
    assert ids(data) == [str(100 + i // 2) for i in range(8)]
    assert labels(data, "gender") == ["female", "male"] * 4 and labels(data, "young") == ["yes"] * 8
    assert shows(data, 3, root / "celeba/img_align_celeba/img_align_celeba" / files[3])


# --- RAF-DB ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folders", ["", "basic", "RAF/basic"])
def test_raf_db_in_its_authors_layout(tmp_path: Path, folders: str) -> None:
    old, new = tmp_path / "old", tmp_path / "new" / folders
    lines = []
    for part in ("train", "test"):
        for i in range(1, 15):
            number, name = 1 + i % 7, f"{part}_{i:05d}"
            write_face(old / part / str(number) / f"{name}_aligned.jpg", 100 * (part == "test") + i)
            write_face(new / "Image/aligned" / f"{name}_aligned.jpg", 100 * (part == "test") + i)
            lines.append(f"{name}.jpg {number}")
    write(new / "EmoLabel/list_patition_label.txt", *lines)
    assert load_raf_db(tmp_path / "new", size=16).digest == load_raf_db(old, size=16).digest
    write(new / "EmoLabel/list_patition_label.txt", *lines, "train_00001.jpg 8")
    assert "Line 29 of list_patition_label.txt" in sentence(load_raf_db, tmp_path / "new")


# --- LFW and Pins ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("folders", ["lfw-deepfunneled/lfw-deepfunneled", "archive/lfw-deepfunneled/lfw-deepfunneled"])
def test_lfw_nested(tmp_path: Path, folders: str) -> None:
    for who, name in enumerate(("Aaron_Eckhart", "Zoe_Ball", "George_W_Bush")):
        for i in range(1, 6):
            write_face(tmp_path / folders / name / f"{name}_{i:04d}.jpg", 10 * who + i)
    write(tmp_path / "people.csv", "name,images")
    assert len(load_lfw(tmp_path, size=16).people) == 3


@pytest.mark.parametrize("folders", ["", "105_classes_pins_dataset", "archive/105_classes_pins_dataset"])
def test_pins(tmp_path: Path, folders: str) -> None:
    for who, name in enumerate(("Adriana Lima", "alycia dabnem carey", "Zac Efron", "once")):
        for i in range(1 if name == "once" else 5):
            write_face(tmp_path / folders / f"pins_{name}" / f"{name}{i}_{100 + i}.jpg", 10 * who + i)
    data = load_pins(tmp_path, size=16)
    assert [person.name for person in data.people] == ["Adriana Lima", "Zac Efron", "alycia dabnem carey"]
    assert len(prepare_task(data, "identity").classes) == 3
    assert data.notes == ("People with fewer than 4 photos are left out (1).",)


# --- SFHQ-VirtualID -------------------------------------------------------------------------------------------------


def write_sfhq(root: Path, test: bool = False) -> Path:
    """Twenty people with three photos each; the last two are forgotten, and before them two may be for testing."""
    rows = ["image_path,identity_id,age_group,age,gender,split,image_subset,forget_step"]
    for person in range(20):
        split = "forget" if person > 17 else "test" if test and person > 15 else "retain"
        for i in range(3):
            file = f"images/identity_{person:03d}/{i}.jpg"
            write_face(root / file, 10 * person + i)
            rows.append(f"{file},{person},{(person + i) % 4},30,{person % 2},{split},train,-1")
    write(root / "dataset.csv", *rows)
    return root


@pytest.mark.parametrize("folders", ["", "data", "hub/bench"])
def test_sfhq(tmp_path: Path, folders: str) -> None:
    write_sfhq(tmp_path / folders)
    data = load_sfhq(tmp_path, size=16)
    assert len(data.images) == 60 and data.people[3].name == "Person 3"
    assert {ids(data)[i] for i in data.forget_sets["published"]} == {"0018", "0019"}
    given = list(roles(data).values())
    assert (given.count("validation"), given.count("unseen"), given[18:]) == (3, 5, ["train", "train"])
    assert labels(data, "age_group")[:3] == ["young", "adult", "middle-aged"]
    assert "do not exist" in data.notes[0] and len(prepare_task(data, "age_group").train) == 36


def test_sfhq_with_people_for_testing(tmp_path: Path) -> None:
    given = roles(load_sfhq(write_sfhq(tmp_path, test=True), size=16))
    assert [person for person, role in given.items() if role == "unseen"] == ["0016", "0017"]


def test_sfhq_takes_some_photos_of_each_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sfhq, "MAX_PHOTOS", 2)
    data = load_sfhq(write_sfhq(tmp_path), size=16)
    assert len(data.images) == 40 and "Of 60 photos 40 take part" in data.notes[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [(",0,0,30,0,retain", ",0,4,30,0,retain"), (",0,0,30,0,retain", ",0,0,30,0,kept"), ("images/identity_000", "/etc")],
)
def test_sfhq_with_a_faulty_row(tmp_path: Path, old: str, new: str) -> None:
    table = write_sfhq(tmp_path) / "dataset.csv"
    assert old in table.read_text()
    table.write_text(table.read_text().replace(old, new, 1))
    assert "Line 2 of dataset.csv" in sentence(load_sfhq, tmp_path)
