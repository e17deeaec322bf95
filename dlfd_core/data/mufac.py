"""Loader of MUFAC: 13,068 photos of Korean families in 8 age groups (Choi and Na 2024, from AI Hub's family faces).

The published split is by family: train F0001 to F0299, validation F0801 to F0850, test F0851 to F0900; test is
``unseen`` here. The authors forget the first 1,500 rows of the training table, even where this splits the photos of
one person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from dlfd_core.data.assembly import Column, read_published
from dlfd_core.data.decoding import Progress
from dlfd_core.data.registry import local_copy, missing_error, source
from dlfd_core.data.schema import FaceData, PhotoFile, Role
from dlfd_core.data.tables import read_rows
from dlfd_core.errors import InvalidData

#: Rows of the training table in the published forget set.
PUBLISHED_ROWS = 1_500
AGES = ("0-6", "7-12", "13-19", "20-30", "31-45", "46-55", "56-66", "67-80")
LETTERS = "abcdefgh"
PARTS: tuple[tuple[str, Role], ...] = (("train", "train"), ("val", "validation"), ("test", "unseen"))
REMEDY = (
    "MUFAC comes from github.com/ndb796/korean_family_dataset, and its folder holds custom_train_dataset.csv and "
    "train_images, and the same for val and test"
)
#: Family, role in the family, age at recording, and class letter with a number: ``F0001_AGE_D_18_a1.jpg``.
FILE_NAME = re.compile(r"(F\d+)_AGE_([A-Z]+)(\d*)_\d+_[a-h]\d+\.(jpg|jpeg|png)", re.IGNORECASE)
RELATIVES = {
    "GF": "grandfather", "GM": "grandmother", "F": "father", "M": "mother", "S": "son", "D": "daughter",
}  # fmt: skip


@source("mufac", "optional")
def load_mufac(path: Path | None, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read a copy of MUFAC; its photos are 128 pixels wide.

    Raises:
        InvalidData: a table or photo is missing or malformed.
    """
    root = local_copy(path, "mufac", REMEDY)
    photos = [photo for part, role in PARTS for photo in _read_table(root, part, role)]
    names = {photo.person: _person_name(photo.person) for photo in photos}
    columns = [Column("age_group", "Age group", AGES)]
    return read_published("mufac", "MUFAC", photos, columns, size=size, progress=progress, names=names)


def _read_table(root: Path, part: str, role: Role) -> Iterator[PhotoFile]:
    """Yield the photos of one table, in its order."""
    table, images = root / f"custom_{part}_dataset.csv", root / f"{part}_images"
    for part_path in (table, images):
        if not part_path.exists():
            raise missing_error(root, part_path.name, REMEDY)
    rows = read_rows(table, ("image_path", "age_class"))
    next(rows)
    for number, (line, row) in enumerate(rows):
        file, letter = row["image_path"], row["age_class"]
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
        sets = ("published",) if role == "train" and number < PUBLISHED_ROWS else ()
        person = f"{match[1]}_{match[2]}{match[3]}".upper()
        yield PhotoFile(person, f"{part}_images/{file}", images / file, (AGES[LETTERS.index(letter)],), role, sets)


def _person_name(person: str) -> str:
    """``F0001_D2`` -> ``F0001 daughter 2``."""
    family, _, role = person.partition("_")
    code = role.rstrip("0123456789")
    return " ".join(filter(None, (family, RELATIVES.get(code, code), role[len(code) :])))
