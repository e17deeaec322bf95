"""Loader of RAF-DB: 15,339 photos of faces with one of 7 basic emotions (Li, Deng and Du, CVPR 2017).

RAF-DB has no identities, so each photo counts as one person. The split is the one of DLFD's public code: all training
photos, in the order of folders and files, are shuffled by Python's generator with seed 42. The first tenth is the
validation set; of the rest, the last 30 % is the forget set. Test photos are ``unseen`` here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from dlfd_core.data.assembly import Column, read_published
from dlfd_core.data.decoding import Progress
from dlfd_core.data.listing import SUFFIXES, visible_entries
from dlfd_core.data.registry import local_copy, missing_error, source
from dlfd_core.data.schema import FaceData, PhotoFile, Role
from dlfd_core.errors import InvalidData

#: In the order of the folders 1 to 7.
EMOTIONS = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
SEED = 42
VALIDATION, RETAIN = 0.1, 0.7
REMEDY = (
    "RAF-DB is given out by its authors (whdeng.cn/RAF/model1.html), and its folder holds the aligned photos as "
    "train/1 to train/7 and test/1 to test/7"
)


@source("raf_db", "optional")
def load_raf_db(path: Path | None, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read a copy of RAF-DB; its photos are 100 pixels wide.

    Raises:
        InvalidData: the folder of an emotion is missing, or there is an unknown folder.
    """
    root = local_copy(path, "raf_db", REMEDY)
    train, test = (list(_files(root, part)) for part in ("train", "test"))
    parts = _published_split(len(train))
    photos = [_photo(root, file, *part) for file, part in zip(train, parts, strict=True)]
    photos += [_photo(root, file, "unseen") for file in test]
    columns = [Column("emotion", "Emotion", EMOTIONS)]
    return read_published("raf_db", "RAF-DB", photos, columns, size=size, progress=progress)


def _files(root: Path, part: str) -> Iterator[Path]:
    """Yield the photos of ``train`` or ``test``, sorted by folder, then by name."""
    numbers = [str(i + 1) for i in range(len(EMOTIONS))]
    for number in numbers:
        if not (root / part / number).is_dir():
            raise missing_error(root, f"folder {part}/{number}", REMEDY)
    unknown = [folder.name for folder in visible_entries(root / part) if folder.is_dir() and folder.name not in numbers]
    if unknown:
        raise InvalidData(f"{root / part} has a folder {unknown[0][:60]!a} beside 1 to 7; {REMEDY}.")
    for number in numbers:
        yield from (file for file in visible_entries(root / part / number) if file.suffix.lower() in SUFFIXES)


def _published_split(count: int) -> list[tuple[Role, tuple[str, ...]]]:
    """Role and forget sets of each training photo, in file order."""
    order = list(range(count))
    random.Random(SEED).shuffle(order)
    first_train = int(count * VALIDATION)
    first_forget = first_train + int((count - first_train) * RETAIN)
    parts: list[tuple[Role, tuple[str, ...]]] = [("train", ())] * count
    for i in order[:first_train]:
        parts[i] = ("validation", ())
    for i in order[first_forget:]:
        parts[i] = ("train", ("published",))
    return parts


def _photo(root: Path, file: Path, role: Role, sets: tuple[str, ...] = ()) -> PhotoFile:
    key = file.relative_to(root).as_posix()
    return PhotoFile(key, key, file, (EMOTIONS[int(file.parent.name) - 1],), role, sets)
