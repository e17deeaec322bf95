"""MUFAC: 13,068 photos of Korean families in 8 age groups (Choi and Na 2024, from AI Hub's family faces).

The published split is by family: train F0001 to F0299, validation F0801 to F0850, test F0851 to F0900; test is
``unseen`` here. The authors forget the first 1,500 rows of the training table, wherever that cuts through a person.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from dlfd_core.data.assembly import Column, read_published
from dlfd_core.data.decoding import Progress
from dlfd_core.data.registry import missing, own_copy, source
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
#: Family, place in it, age when the family was recorded, and class letter with a number: ``F0001_AGE_D_18_a1.jpg``.
FILE = re.compile(r"(F\d+)_AGE_([A-Z]+)(\d*)_\d+_[a-h]\d+\.(jpg|jpeg|png)", re.IGNORECASE)
RELATIVES = {
    "GF": "grandfather", "GM": "grandmother", "F": "father", "M": "mother", "S": "son", "D": "daughter",
}  # fmt: skip


@source("mufac", "optional")
def load_mufac(path: Path | None, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read a copy of MUFAC; the photos themselves have 128 pixels.

    Raises:
        InvalidData: a table or photo is missing or malformed.
    """
    root = own_copy(path, "mufac", REMEDY)
    photos = [photo for part, role in PARTS for photo in _listed(root, part, role)]
    names = {photo.person: _name(photo.person) for photo in photos}
    columns = [Column("age_group", "Age group", AGES)]
    return read_published("mufac", "MUFAC", photos, columns, size=size, progress=progress, names=names)


def _listed(root: Path, part: str, role: Role) -> Iterator[PhotoFile]:
    """The photos of one table, in its order."""
    table, images = root / f"custom_{part}_dataset.csv", root / f"{part}_images"
    for place in (table, images):
        if not place.exists():
            raise missing(root, place.name, REMEDY)
    rows = read_rows(table, ("image_path", "age_class"))
    next(rows)
    for number, (line, row) in enumerate(rows):
        file, letter = row["image_path"], row["age_class"]
        found = FILE.fullmatch(file)
        if found is None:
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
        person = f"{found[1]}_{found[2]}{found[3]}".upper()
        yield PhotoFile(person, f"{part}_images/{file}", images / file, (AGES[LETTERS.index(letter)],), role, sets)


def _name(person: str) -> str:
    """``F0001_D2`` -> ``F0001 daughter 2``."""
    family, _, place = person.partition("_")
    word = place.rstrip("0123456789")
    return " ".join(filter(None, (family, RELATIVES.get(word, word), place[len(word) :])))
