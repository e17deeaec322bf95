"""Loader of RAF-DB: 15,339 photos of faces with one of 7 basic emotions (Li, Deng and Du, CVPR 2017).

RAF-DB has no identities, so each photo counts as one person. The split is the one of DLFD's public code: all training
photos, in the order of folders and files, are shuffled by Python's generator with seed 42. The first tenth is the
validation set; of the rest, the last 30 % is the forget set. Test photos are ``unseen`` here.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from dlfd_core.data.assembly import Column, read_published
from dlfd_core.data.decoding import Progress
from dlfd_core.data.listing import photo_files, sub_folders
from dlfd_core.data.registry import find_inside, local_copy, missing_error, source
from dlfd_core.data.schema import FaceData, PhotoFile, Role
from dlfd_core.data.tables import read_text
from dlfd_core.errors import InvalidData

#: In the order of the folders 1 to 7.
EMOTIONS = ("surprise", "fear", "disgust", "happiness", "sadness", "anger", "neutral")
#: The authors' own layout.
ALIGNED, LABELS = "Image/aligned", ("EmoLabel/list_patition_label.txt", "list_patition_label.txt")
LINE = re.compile(r"(train|test)_(\d+)\.jpg[\s,]+([1-7])")
SEED = 42
VALIDATION, RETAIN = 0.1, 0.7
REMEDY = (
    "RAF-DB is given out by its authors (whdeng.cn/RAF/model1.html), and its folder holds the aligned photos as "
    "train/1 to train/7 and test/1 to test/7, or as Image/aligned with EmoLabel/list_patition_label.txt"
)


@source("raf_db", "optional")
def load_raf_db(path: Path | None, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read a copy of RAF-DB; its photos are 100 pixels wide.

    Raises:
        InvalidData: the folder of an emotion is missing, or there is an unknown folder.
    """
    given = local_copy(path, "raf_db", REMEDY)
    original = find_inside(given, _is_original)
    root = find_inside(given, lambda folder: (folder / "train" / "1").is_dir())
    read = partial(_listed_files, original) if _is_original(original) else partial(_files, root)
    train, test = (list(read(part)) for part in ("train", "test"))
    parts = _published_split(len(train))
    photos = [_photo(*file, *part) for file, part in zip(train, parts, strict=True)]
    photos += [_photo(*file, "unseen") for file in test]
    columns = [Column("emotion", "Emotion", EMOTIONS)]
    return read_published("raf_db", "RAF-DB", photos, columns, size=size, progress=progress)


def _is_original(folder: Path) -> bool:
    return (folder / ALIGNED).is_dir() and any((folder / name).is_file() for name in LABELS)


def _files(root: Path, part: str) -> Iterator[tuple[str, Path]]:
    """Yield key and file of the photos of ``train`` or ``test``, sorted by folder, then by name."""
    numbers = [str(i + 1) for i in range(len(EMOTIONS))]
    for number in numbers:
        if not (root / part / number).is_dir():
            raise missing_error(root, f"folder {part}/{number}", REMEDY)
    unknown = [folder.name for folder in sub_folders(root / part) if folder.name not in numbers]
    if unknown:
        raise InvalidData(f"{root / part} has a folder {unknown[0][:60]!a} beside 1 to 7; {REMEDY}.")
    for number in numbers:
        for file in photo_files(root / part / number):
            yield f"{part}/{number}/{file.name}", file


def _listed_files(root: Path, part: str) -> Iterator[tuple[str, Path]]:
    """The same of the original layout, in the same order: lines like ``train_00001.jpg 5`` name the photos in
    ``Image/aligned``, where ``train_00001_aligned.jpg`` is the file."""
    table = next(root / name for name in LABELS if (root / name).is_file())
    files = []
    for line, text in enumerate(read_text(table).splitlines(), 1):
        match = LINE.fullmatch(text.strip())
        if match is None and text.strip():
            raise InvalidData(
                f"Line {line} of {table.name} is not a photo and a number from 1 to 7, like train_00001.jpg 5; give "
                "the file as published."
            )
        if match is not None and match[1] == part:
            name = f"{match[1]}_{match[2]}_aligned.jpg"
            files.append((f"{part}/{match[3]}/{name}", root / ALIGNED / name))
    yield from sorted(files)


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


def _photo(key: str, file: Path, role: Role, sets: tuple[str, ...] = ()) -> PhotoFile:
    emotion = EMOTIONS[int(key.split("/")[1]) - 1]
    return PhotoFile(key, key, file, (emotion,), role, sets)
