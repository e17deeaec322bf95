"""Loader of MUFAC: 13,068 photos of Korean families in 8 age groups (Choi and Na 2024, from AI Hub's family faces).

The published split is by family: train F0001 to F0299, validation F0801 to F0850, test F0851 to F0900; test is
``unseen`` here. The authors' notebooks report on validation and steer by test; ``mufac_published`` exchanges the two,
as they do: one model of theirs scores .6376 on validation and .5647 on test. The authors forget the first 1,500 rows of
the training table, even where this splits the photos of one person. Their copy on a hub has the training photos in
several folders, some rows without a photo, and the photos to forget once more in ``forget_images``; there, these are
the forget set.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from dlfd_core.data.assembly import Column, read_published
from dlfd_core.data.decoding import Progress
from dlfd_core.data.listing import photo_files, sub_folders
from dlfd_core.data.registry import find_inside, local_copy, missing_error, source
from dlfd_core.data.schema import FaceData, PhotoFile, Role
from dlfd_core.data.tables import read_rows
from dlfd_core.errors import InvalidData

#: Rows of the training table in the published forget set.
PUBLISHED_ROWS = 1_500
TABLE = "custom_{}_dataset.csv"
AGES = ("0-6", "7-12", "13-19", "20-30", "31-45", "46-55", "56-66", "67-80")
LETTERS = "abcdefgh"
PARTS: dict[str, Role] = {"train": "train", "val": "validation", "test": "unseen"}
REMEDY = (
    "MUFAC comes from github.com/ndb796/korean_family_dataset, and its folder holds custom_train_dataset.csv and "
    "train_images (or train_images_part1 ..., retain_images, forget_images), and the same for val and test"
)
#: Folders of the hub's copy, in which the photos of each part may be.
RETAIN, FORGET = "retain_images", "forget_images"
#: Family, role in the family, age at recording, and class letter with a number: ``F0001_AGE_D_18_a1.jpg``.
FILE_NAME = re.compile(r"(F\d+)_AGE_([A-Z]+)(\d*)_\d+_[a-h]\d+\.(jpg|jpeg|png)", re.IGNORECASE)
#: A folder before the file's name, which some tables have.
FOLDER = re.compile(r"^(train|val|test|retain|forget)_images\w*/")
RELATIVES = {
    "GF": "grandfather", "GM": "grandmother", "F": "father", "M": "mother", "S": "son", "D": "daughter",
}  # fmt: skip


@source("mufac", "optional")
def load_mufac(path: Path | None, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read a copy of MUFAC; its photos are 128 pixels wide.

    Raises:
        InvalidData: a table or photo is missing or malformed.
    """
    return read_mufac(path, ("mufac", "MUFAC"), PARTS, size, progress)


def read_mufac(
    path: Path | None, name: tuple[str, str], parts: Mapping[str, Role], size: int, progress: Progress | None
) -> FaceData:
    """Read a copy.

    Args:
        name: of the data set, and its title.
        parts: part of the copy -> role.

    Raises:
        InvalidData: a table or photo is missing or malformed.
    """
    root = find_inside(local_copy(path, name[0], REMEDY), lambda folder: (folder / TABLE.format("train")).is_file())
    photos: list[PhotoFile] = []
    absent = 0
    for part, role in parts.items():
        listed = list(_read_table(root, part, role))
        there = [photo for photo in listed if not _is_hub_copy(root) or photo.path.is_file()]
        photos, absent = photos + there, absent + len(listed) - len(there)
    notes = [f"Rows of MUFAC's tables without a photo in this copy: {absent:,}."] if absent else []
    names = {photo.person: _person_name(photo.person) for photo in photos}
    columns = [Column("age_group", "Age group", AGES)]
    return read_published(*name, photos, columns, size=size, progress=progress, names=names, notes=notes)


def _is_hub_copy(root: Path) -> bool:
    return (root / FORGET).is_dir()


def _folders(root: Path, part: str) -> list[Path]:
    """Folders with the photos of a part: ``train_images``, ``train_images_part1`` ..., for train also the hub's."""
    folders = [folder for folder in sub_folders(root) if folder.name.startswith(f"{part}_images")]
    if part == "train":
        folders += [folder for name in (RETAIN, FORGET) if (folder := root / name).is_dir()]
    if not folders:
        raise missing_error(root, f"{part}_images", REMEDY)
    return folders


def _read_table(root: Path, part: str, role: Role) -> Iterator[PhotoFile]:
    """Yield the photos of one table, in its order."""
    table = root / TABLE.format(part)
    if not table.exists():
        raise missing_error(root, table.name, REMEDY)
    folders = _folders(root, part)
    forgotten = {file.name for file in photo_files(root / FORGET)} if _is_hub_copy(root) else None
    rows = read_rows(table, ("image_path", "age_class"))
    next(rows)
    for number, (line, row) in enumerate(rows):
        file, letter = FOLDER.sub("", row["image_path"]), row["age_class"]
        match = FILE_NAME.fullmatch(file)
        if match is None:
            raise InvalidData(
                f"Line {line} of {table.name} names {file[:60]!a}, which is no file name like F0001_AGE_D_18_a1.jpg; "
                "give the table as published."
            )
        if len(letter) != 1 or letter not in LETTERS:
            raise InvalidData(
                f"Line {line} of {table.name} gives the age class {letter[:60]!a}; each photo has one letter from a to "
                "h."
            )
        is_forgotten = number < PUBLISHED_ROWS if forgotten is None else file in forgotten
        sets = ("published",) if role == "train" and is_forgotten else ()
        path = next((folder / file for folder in folders if (folder / file).is_file()), folders[0] / file)
        person = f"{match[1]}_{match[2]}{match[3]}".upper()
        yield PhotoFile(person, f"{part}_images/{file}", path, (AGES[LETTERS.index(letter)],), role, sets)


def _person_name(person: str) -> str:
    """``F0001_D2`` -> ``F0001 daughter 2``."""
    family, _, role = person.partition("_")
    code = role.rstrip("0123456789")
    return " ".join(filter(None, (family, RELATIVES.get(code, code), role[len(code) :])))
