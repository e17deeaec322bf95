"""Loader of CelebA: 202,599 photos of 10,177 celebrities (Liu et al., ICCV 2015).

The five text files are read by torchvision, which compares their checksums. A copy with the attributes as CSV, which
holds no identities, is read where the table of identities is added.

All photos are held in memory, so at most ``MAX_PEOPLE`` of its people take part, drawn once with a seed. Training,
validation and unseen people are drawn by person, as for a folder.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dlfd_core.data.assembly import read_published
from dlfd_core.data.celeba_tables import ATTRIBUTE_COLUMNS, read_attributes, read_identities
from dlfd_core.data.decoding import Progress
from dlfd_core.data.registry import find_inside, local_copy, missing_error, source
from dlfd_core.data.schema import FaceData, PhotoFile
from dlfd_core.errors import InvalidData
from dlfd_core.seeding import make_rng

#: About 20,000 photos: 245 MB at 64 pixels.
MAX_PEOPLE = 1_000
IMAGES, ATTRIBUTES, IDENTITIES = "img_align_celeba", "list_attr_celeba", "identity_CelebA"
REMEDY = (
    "CelebA comes from mmlab.ie.cuhk.edu.hk/projects/CelebA.html, and its folder holds img_align_celeba with the "
    "photos and the five text files list_*.txt and identity_CelebA.txt; with list_attr_celeba.csv in their place, "
    "identity_CelebA.txt has to be beside it"
)


@source("celeba", "optional")
def load_celeba(path: Path | None, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read part of a copy of CelebA: from its own folder, or one up to some folders around it.

    Raises:
        InvalidData: a file is missing, or its checksum differs from the published one in torchvision.
    """
    root = find_inside(local_copy(path, "celeba", REMEDY), _is_copy)
    identities, attributes = _read_csv(root) if _has_csv(root) else _read_text(root)
    images = root / IMAGES / IMAGES if (root / IMAGES / IMAGES).is_dir() else root / IMAGES
    photos, total = _choose_photos(identities, attributes, images)
    people = len({photo.person for photo in photos})
    notes = [f"Of CelebA's {total:,} people {people:,} take part, drawn with a seed."] if people < total else []
    columns = list(ATTRIBUTE_COLUMNS.values())
    return read_published("celeba", "CelebA", photos, columns, size=size, progress=progress, notes=notes)


def _is_copy(folder: Path) -> bool:
    return (folder / IMAGES).is_dir() and ((folder / f"{ATTRIBUTES}.txt").is_file() or _has_csv(folder))


def _has_csv(root: Path) -> bool:
    return (root / f"{ATTRIBUTES}.csv").is_file() and not (root / f"{ATTRIBUTES}.txt").is_file()


def _read_csv(root: Path) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    """Identity and classes by file, of a copy with the attributes as CSV."""
    tables = [root / f"{IDENTITIES}{suffix}" for suffix in (".txt", ".csv")]
    identity_table = next(filter(Path.is_file, tables), None)
    if identity_table is None:
        raise missing_error(root, tables[0].name, REMEDY)
    return read_identities(identity_table), read_attributes(root / f"{ATTRIBUTES}.csv")


def _read_text(root: Path) -> tuple[dict[str, int], dict[str, tuple[str, ...]]]:
    """Identity and classes by file, with torchvision's reader, in a folder of any name."""
    from torchvision.datasets import CelebA  # slow to import, and only this data set needs it

    table_names = [name for _, _, name in CelebA.file_list if name.endswith(".txt")]
    for name in (IMAGES, *table_names):
        if not (root / name).exists():
            raise missing_error(root, name, REMEDY)
    any_folder = type("CelebAInAnyFolder", (CelebA,), {"base_folder": ""})
    try:
        tables = any_folder(root, split="all", target_type=["identity", "attr"], download=False)
    except RuntimeError as error:
        raise InvalidData(f"A text file in {root} is not as published (its checksum differs); {REMEDY}.") from error
    columns = [tables.attr_names.index(name) for name in ATTRIBUTE_COLUMNS]
    classes = [column.classes for column in ATTRIBUTE_COLUMNS.values()]
    attributes = {
        file: tuple(pair[value] for pair, value in zip(classes, row, strict=True))
        for file, row in zip(tables.filename, tables.attr[:, columns].tolist(), strict=True)
    }
    return dict(zip(tables.filename, tables.identity[:, 0].tolist(), strict=True)), attributes


def _choose_photos(
    identities: dict[str, int], attributes: dict[str, tuple[str, ...]], images: Path
) -> tuple[list[PhotoFile], int]:
    """Draw the photos of at most ``MAX_PEOPLE`` people; also return the number of people in CelebA."""
    people = np.unique(list(identities.values()))
    drawn = set(make_rng(0, "celeba people").permutation(people)[:MAX_PEOPLE].tolist())
    photos = []
    for file, identity in identities.items():
        if identity not in drawn:
            continue
        if file not in attributes:
            raise InvalidData(f"The table of attributes has no row for {file}; give the tables as published.")
        photos.append(PhotoFile(str(identity), file, images / file, attributes[file]))
    return photos, len(people)
