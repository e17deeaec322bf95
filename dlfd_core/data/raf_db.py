"""RAF-DB: 15,339 photos of faces with one of 7 basic emotions (Li, Deng and Du, CVPR 2017).

It does not say who is who: each photo is a person of its own. The split is the one of DLFD's public code: all training
photos in the order of folders and files are shuffled by Python's generator with seed 42; the first tenth is for
validation, of the others the last 30 % are forgotten. Test photos are ``unseen`` here.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from dlfd_core.data.assembly import Column, read_published
from dlfd_core.data.decoding import Progress
from dlfd_core.data.listing import SUFFIXES, entries
from dlfd_core.data.registry import missing, own_copy, source
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
    """Read a copy of RAF-DB; the photos themselves have 100 pixels.

    Raises:
        InvalidData: a folder of an emotion is missing, or there is another.
    """
    root = own_copy(path, "raf_db", REMEDY)
    train, test = (list(_files(root, part)) for part in ("train", "test"))
    parts = _published_split(len(train))
    photos = [_photo(root, file, *part) for file, part in zip(train, parts, strict=True)]
    photos += [_photo(root, file, "unseen") for file in test]
    columns = [Column("emotion", "Emotion", EMOTIONS)]
    return read_published("raf_db", "RAF-DB", photos, columns, size=size, progress=progress)


def _files(root: Path, part: str) -> Iterator[Path]:
    """Photos of ``train`` or ``test`` by folder and then by name."""
    numbers = [str(i + 1) for i in range(len(EMOTIONS))]
    for number in numbers:
        if not (root / part / number).is_dir():
            raise missing(root, f"folder {part}/{number}", REMEDY)
    others = [folder.name for folder in entries(root / part) if folder.is_dir() and folder.name not in numbers]
    if others:
        raise InvalidData(f"{root / part} has a folder {others[0][:60]!a} beside 1 to 7; {REMEDY}.")
    for number in numbers:
        yield from (file for file in entries(root / part / number) if file.suffix.lower() in SUFFIXES)


def _published_split(count: int) -> list[tuple[Role, tuple[str, ...]]]:
    """Role and forget sets of each training photo."""
    order = list(range(count))
    random.Random(SEED).shuffle(order)
    held = int(count * VALIDATION)
    kept = held + int((count - held) * RETAIN)
    parts: list[tuple[Role, tuple[str, ...]]] = [("train", ())] * count
    for i in order[:held]:
        parts[i] = ("validation", ())
    for i in order[kept:]:
        parts[i] = ("train", ("published",))
    return parts


def _photo(root: Path, file: Path, role: Role, sets: tuple[str, ...] = ()) -> PhotoFile:
    key = file.relative_to(root).as_posix()
    return PhotoFile(key, key, file, (EMOTIONS[int(file.parent.name) - 1],), role, sets)
