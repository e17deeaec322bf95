"""CelebA: 202,599 photos of 10,177 celebrities (Liu et al., ICCV 2015), as torchvision reads it.

All photos are held in memory, so at most ``MAX_PEOPLE`` of its people take part, drawn once with a seed. Training,
validation and unseen people are drawn by person as for a folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dlfd_core.data.assembly import read_published
from dlfd_core.data.decoding import Progress
from dlfd_core.data.mucac import QUESTIONS
from dlfd_core.data.registry import missing, own_copy, source
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
    """Read part of a copy of CelebA: its folder, or the one torchvision was given, which holds a folder ``celeba``.

    Raises:
        InvalidData: a file is missing, or torchvision's checksums say that it is not the published one.
    """
    root = own_copy(path, "celeba", REMEDY)
    root = root / "celeba" if (root / "celeba").is_dir() else root
    copy = _opened(root)
    photos, total = _chosen(copy, root / "img_align_celeba")
    people = len({photo.person for photo in photos})
    notes = [f"Of CelebA's {total:,} people {people:,} take part, drawn with a seed."] if people < total else []
    columns = list(QUESTIONS.values())
    return read_published("celeba", "CelebA", photos, columns, size=size, progress=progress, notes=notes)


def _opened(root: Path) -> CelebA:
    """Torchvision's reader of the tables, for a folder of any name."""
    from torchvision.datasets import CelebA  # heavy, and only this data set needs it

    tables = [name for _, _, name in CelebA.file_list if name.endswith(".txt")]
    for name in ("img_align_celeba", *tables):
        if not (root / name).exists():
            raise missing(root, name, REMEDY)
    anywhere = type("CelebAAnywhere", (CelebA,), {"base_folder": ""})
    try:
        return anywhere(root, split="all", target_type=["identity", "attr"], download=False)
    except RuntimeError as error:
        raise InvalidData(f"A text file in {root} is not as published (its checksum differs); {REMEDY}.") from error


def _chosen(copy: CelebA, images: Path) -> tuple[list[PhotoFile], int]:
    """The photos of at most ``MAX_PEOPLE`` people, and how many people there are."""
    identity = copy.identity[:, 0].numpy()
    people = np.unique(identity)
    drawn = make_rng(0, "celeba people").permutation(people)[:MAX_PEOPLE]
    asked = [copy.attr_names.index(name) for name in QUESTIONS]
    answers = copy.attr[:, asked].numpy()
    classes = [column.classes for column in QUESTIONS.values()]
    photos = []
    for i in np.flatnonzero(np.isin(identity, drawn)):
        labels = tuple(pair[answer] for pair, answer in zip(classes, answers[i], strict=True))
        file = copy.filename[i]
        photos.append(PhotoFile(str(identity[i]), file, images / file, labels))
    return photos, len(people)
