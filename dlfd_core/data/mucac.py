"""Loader of MUCAC: 30,000 photos of 6,217 celebrities (CelebA-HQ) with identities and three yes/no attributes.

The published split is by the number of the identity: below 190 test; from 190 to 4,854 training, of which those below
1,250 are forgotten; from 4,855 unseen. The authors' own notebooks have these numbers (25,933 training, 2,065 test and
2,002 unseen photos). Their test people are ``validation`` here. They measure utility on these test people; this project
measures it on unseen people.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dlfd_core.data.assembly import read_published
from dlfd_core.data.celeba_tables import ATTRIBUTE_COLUMNS, read_attributes, read_identities
from dlfd_core.data.decoding import Progress
from dlfd_core.data.registry import find_inside, local_copy, missing_error, source
from dlfd_core.data.schema import FaceData, PhotoFile, Role
from dlfd_core.errors import InvalidData

#: First identity of the training people, of the kept people and of the unseen people.
TRAIN, RETAIN, UNSEEN = 190, 1_250, 4_855
IDENTITIES = "CelebA-HQ-identity.txt"
#: The authors' table of attributes, and the one that comes with the photos (CelebAMask-HQ); the rows are the same.
ATTRIBUTES = ("CelebA-HQ-attribute.txt", "CelebAMask-HQ-attribute-anno.txt")
FOLDERS = ("CelebA-HQ-img", "images")
REMEDY = (
    f"MUCAC comes from github.com/ndb796/CelebA-HQ-Face-Identity-and-Attributes-Recognition-PyTorch, and its folder "
    f"holds {IDENTITIES}, {ATTRIBUTES[0]} (or {ATTRIBUTES[1]}) and the folder CelebA-HQ-img"
)


@source("mucac", "optional")
def load_mucac(path: Path | None, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read a copy of MUCAC: the photos listed in the table of identities.

    Raises:
        InvalidData: a table, a row or a photo is missing or malformed.
    """
    root = local_copy(path, "mucac", REMEDY)
    images = _find(root, FOLDERS, Path.is_dir, f"folder {FOLDERS[0]}")
    identity_table = _find(root, (IDENTITIES,), Path.is_file, IDENTITIES)
    attribute_table = _find(root, ATTRIBUTES, Path.is_file, ATTRIBUTES[0])
    identities, attributes = read_identities(identity_table), read_attributes(attribute_table)
    photos = []
    for file, identity in identities.items():
        if file not in attributes:
            raise InvalidData(
                f"{attribute_table.name} has no row for {file}, which {IDENTITIES} lists; give both as published."
            )
        role = _role(identity)
        sets = ("published",) if role == "train" and identity < RETAIN else ()
        photos.append(PhotoFile(str(identity), file, images / file, attributes[file], role, sets))
    return read_published("mucac", "MUCAC", photos, list(ATTRIBUTE_COLUMNS.values()), size=size, progress=progress)


def _find(root: Path, names: tuple[str, ...], is_there: Callable[[Path], bool], what: str) -> Path:
    """The file or folder of one of these names, in ``root`` or deeper. Raises ``InvalidData``."""
    for name in names:
        path = find_inside(root, lambda folder, name=name: is_there(folder / name)) / name  # type: ignore[misc]
        if is_there(path):
            return path
    raise missing_error(root, what, REMEDY)


def _role(identity: int) -> Role:
    if identity < TRAIN:
        return "validation"
    return "train" if identity < UNSEEN else "unseen"
