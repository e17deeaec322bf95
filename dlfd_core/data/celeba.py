"""Loader of CelebA: 202,599 photos of 10,177 celebrities (Liu et al., ICCV 2015), as torchvision reads it.

All photos are held in memory, so at most ``MAX_PEOPLE`` of its people take part, drawn once with a seed. Training,
validation and unseen people are drawn by person, as for a folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dlfd_core.data.assembly import read_published
from dlfd_core.data.decoding import Progress
from dlfd_core.data.mucac import ATTRIBUTE_COLUMNS
from dlfd_core.data.registry import local_copy, missing_error, source
from dlfd_core.data.schema import FaceData, PhotoFile
from dlfd_core.errors import InvalidData
from dlfd_core.seeding import make_rng

if TYPE_CHECKING:
    from torchvision.datasets import CelebA

#: About 20,000 photos: 245 MB at 64 pixels.
MAX_PEOPLE = 1_000
REMEDY = (
    "CelebA comes from mmlab.ie.cuhk.edu.hk/projects/CelebA.html, and its folder holds img_align_celeba with the "
    "photos and the five text files list_*.txt and identity_CelebA.txt"
)


@source("celeba", "optional")
def load_celeba(path: Path | None, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read part of a copy of CelebA: from its own folder, or from torchvision's data folder, which holds ``celeba``.

    Raises:
        InvalidData: a file is missing, or its checksum differs from the published one in torchvision.
    """
    root = local_copy(path, "celeba", REMEDY)
    root = root / "celeba" if (root / "celeba").is_dir() else root
    tables = _open_tables(root)
    photos, total = _choose_photos(tables, root / "img_align_celeba")
    people = len({photo.person for photo in photos})
    notes = [f"Of CelebA's {total:,} people {people:,} take part, drawn with a seed."] if people < total else []
    columns = list(ATTRIBUTE_COLUMNS.values())
    return read_published("celeba", "CelebA", photos, columns, size=size, progress=progress, notes=notes)


def _open_tables(root: Path) -> CelebA:
    """Open the tables with torchvision's reader, in a folder of any name."""
    from torchvision.datasets import CelebA  # slow to import, and only this data set needs it

    table_names = [name for _, _, name in CelebA.file_list if name.endswith(".txt")]
    for name in ("img_align_celeba", *table_names):
        if not (root / name).exists():
            raise missing_error(root, name, REMEDY)
    any_folder = type("CelebAInAnyFolder", (CelebA,), {"base_folder": ""})
    try:
        return any_folder(root, split="all", target_type=["identity", "attr"], download=False)
    except RuntimeError as error:
        raise InvalidData(f"A text file in {root} is not as published (its checksum differs); {REMEDY}.") from error


def _choose_photos(tables: CelebA, images: Path) -> tuple[list[PhotoFile], int]:
    """Draw the photos of at most ``MAX_PEOPLE`` people; also return the number of people in CelebA."""
    identity = tables.identity[:, 0].numpy()
    people = np.unique(identity)
    drawn = make_rng(0, "celeba people").permutation(people)[:MAX_PEOPLE]
    columns = [tables.attr_names.index(name) for name in ATTRIBUTE_COLUMNS]
    values = tables.attr[:, columns].numpy()
    classes = [column.classes for column in ATTRIBUTE_COLUMNS.values()]
    photos = []
    for i in np.flatnonzero(np.isin(identity, drawn)):
        labels = tuple(pair[value] for pair, value in zip(classes, values[i], strict=True))
        file = tables.filename[i]
        photos.append(PhotoFile(str(identity[i]), file, images / file, labels))
    return photos, len(people)
