"""Loader of MUCAC: 30,000 photos of 6,217 celebrities (CelebA-HQ) with identities and three yes/no attributes.

The published split is by the number of the identity: below 190 test; from 190 to 4,854 training, of which those below
1,250 are forgotten; from 4,855 unseen. These numbers come from three public programs that repeat the notebooks of
github.com/ndb796/MachineUnlearning, not from the notebooks themselves. Their test people are ``validation`` here. They
measure utility on these test people; this project measures it on unseen people.
"""

from __future__ import annotations

from pathlib import Path

from dlfd_core.data.assembly import Column, read_published
from dlfd_core.data.decoding import Progress
from dlfd_core.data.registry import local_copy, missing_error, source
from dlfd_core.data.schema import FaceData, PhotoFile, Role
from dlfd_core.data.tables import read_text
from dlfd_core.errors import InvalidData

#: First identity of the training people, of the kept people and of the unseen people.
TRAIN, RETAIN, UNSEEN = 190, 1_250, 4_855
IDENTITIES, ATTRIBUTES = "CelebA-HQ-identity.txt", "CelebA-HQ-attribute.txt"
FOLDERS = ("CelebA-HQ-img", "CelebAMask-HQ/CelebA-HQ-img", "images")
REMEDY = (
    f"MUCAC comes from github.com/ndb796/CelebA-HQ-Face-Identity-and-Attributes-Recognition-PyTorch, and its folder "
    f"holds {IDENTITIES}, {ATTRIBUTES} and the folder CelebA-HQ-img"
)
#: CelebA's name of each attribute, and the task made of it here.
ATTRIBUTE_COLUMNS = {
    "Male": Column("gender", "Gender", ("female", "male")),
    "Smiling": Column("smiling", "Smiling", ("no", "yes")),
    "Young": Column("young", "Young", ("no", "yes")),
}


@source("mucac", "optional")
def load_mucac(path: Path | None, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read a copy of MUCAC: the photos listed in the table of identities.

    Raises:
        InvalidData: a table, a row or a photo is missing or malformed.
    """
    root = local_copy(path, "mucac", REMEDY)
    images = next((root / folder for folder in FOLDERS if (root / folder).is_dir()), None)
    if images is None:
        raise missing_error(root, f"folder {FOLDERS[0]}", REMEDY)
    for name in (IDENTITIES, ATTRIBUTES):
        if not (root / name).is_file():
            raise missing_error(root, name, REMEDY)
    identities, attributes = _read_identities(root / IDENTITIES), _read_attributes(root / ATTRIBUTES)
    photos = []
    for file, identity in identities.items():
        if file not in attributes:
            raise InvalidData(f"{ATTRIBUTES} has no row for {file}, which {IDENTITIES} lists; give both as published.")
        role = _role(identity)
        sets = ("published",) if role == "train" and identity < RETAIN else ()
        photos.append(PhotoFile(str(identity), file, images / file, attributes[file], role, sets))
    return read_published("mucac", "MUCAC", photos, list(ATTRIBUTE_COLUMNS.values()), size=size, progress=progress)


def _role(identity: int) -> Role:
    if identity < TRAIN:
        return "validation"
    return "train" if identity < UNSEEN else "unseen"


def _read_identities(table: Path) -> dict[str, int]:
    """Identity number by file, from lines like ``0.jpg 3182``."""
    identities: dict[str, int] = {}
    for number, line in enumerate(read_text(table).splitlines(), 1):
        if not line.strip():
            continue
        file, _, identity = line.strip().partition(" ")
        identity = identity.strip()
        if Path(file).name != file or not (identity.isascii() and identity.isdigit()) or file in identities:
            raise InvalidData(
                f"Line {number} of {table.name} is not a file and its identity, each file once, like 0.jpg 3182; give "
                "the file as published."
            )
        identities[file] = int(identity)
    if not identities:
        raise InvalidData(f"{table.name} is empty; give the file as published.")
    return identities


def _read_attributes(table: Path) -> dict[str, tuple[str, ...]]:
    """One class per attribute by file.

    The table has a line with the number of rows, a line with 40 names, then rows of a file and 40 values of -1 or 1.
    """
    lines = read_text(table).splitlines()
    names = lines[1].split() if len(lines) > 1 else []
    absent = [name for name in ATTRIBUTE_COLUMNS if name not in names]
    if absent:
        raise InvalidData(f"The second line of {table.name} does not name {absent[0]}; give the file as published.")
    columns = [names.index(name) for name in ATTRIBUTE_COLUMNS]
    classes = [column.classes for column in ATTRIBUTE_COLUMNS.values()]
    attributes: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(lines[2:], 3):
        cells = line.split()
        if not cells:
            continue
        if len(cells) != len(names) + 1 or any(cell not in ("-1", "1") for cell in cells[1:]):
            raise InvalidData(
                f"Line {number} of {table.name} is not a file and {len(names)} values of -1 or 1; give the file as "
                "published."
            )
        attributes[cells[0]] = tuple(
            pair[cells[1 + column] == "1"] for pair, column in zip(classes, columns, strict=True)
        )
    announced = lines[0].strip()
    if announced.isdigit() and int(announced) != len(attributes):
        raise InvalidData(
            f"{table.name} announces {announced[:20]} rows but has {len(attributes)}; give the file as published."
        )
    return attributes
