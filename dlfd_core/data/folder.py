"""A folder of photos as a data set: ``<person>/<photo>``, with optional labels in ``labels.csv``.

Photos stand in the folder itself or in its sub-folder ``images``. Without ``labels.csv`` a person is a folder and the
only task is ``identity``. With it, the photos are those it lists (others are left out, since they have no labels), its
column ``identity`` says who they show, and each further column is a task. A column with a single value, or with more
than ``listing.MAX_CLASSES``, is no task and is ignored.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import compress
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from dlfd_core.data.listing import PhotoFile, is_inside, is_safe, list_photos
from dlfd_core.data.schema import FaceData, Person, Task
from dlfd_core.errors import InvalidData

Progress = Callable[[int, int], None]

FORMATS = ("JPEG", "PNG", "WEBP", "BMP")
MAX_PIXELS = 40_000_000
FACE_SIZE = 128


def load_folder(path: Path, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read a folder of photos; each is turned upright, cropped to its central square and resized with antialiasing.

    The order is fixed: by person, then by file. Listed or found files that are no readable JPEG, PNG, WebP or BMP of at
    most ``MAX_PIXELS``, and links that leave the folder, are skipped and counted; people left without a photo are
    dropped. ``Person.role`` is None: the split is drawn later. What all photos of a person share is their attribute.

    Args:
        size: side S of the images (N, S, S, 3) in pixels.
        progress: called with (photos done, photos in all); what it raises ends the reading.

    Raises:
        InvalidData: the folder or its ``labels.csv`` cannot be used as it stands.
    """
    root = _existing_folder(path)
    listing = list_photos(root)
    images, readable = _decode_all(listing.photos, root, size, progress)
    photos = list(compress(listing.photos, readable))
    _check_enough(root.name, len(listing.photos), photos)
    ids = sorted({photo.person for photo in photos})
    number = {who: i for i, who in enumerate(ids)}
    person = np.array([number[photo.person] for photo in photos], dtype=np.int64)
    tasks = _tasks(listing.columns, photos)
    return FaceData(
        name="folder",
        title=root.name,
        images=images,
        person=person,
        people=_people(ids, person, tasks),
        tasks=tasks,
        digest=_digest(images, person, ids, tasks),
        faces=_faces(photos, person, root),
        skipped=len(listing.photos) - len(photos),
    )


def _existing_folder(path: Path) -> Path:
    """The folder, links resolved, or a sentence on why there is none."""
    if is_safe(Path.is_dir, path):
        return path.resolve()
    if is_safe(Path.exists, path):
        raise InvalidData(f"{path} is a file; unpack it and give the folder that holds one sub-folder per person.")
    raise InvalidData(f"There is no folder {path}; check the path.")


def _check_enough(title: str, found: int, photos: list[PhotoFile]) -> None:
    if not photos:
        raise InvalidData(f"None of the {found} photos in {title} can be read; give JPEG, PNG, WebP or BMP files.")
    if len(photos) < 2:
        raise InvalidData(f"{title} holds one readable photo only; give at least 2 people, with several photos each.")
    if len({photo.person for photo in photos}) < 2:
        raise InvalidData(f"{title} shows one person only, {photos[0].person}; give at least 2, a folder for each.")


def _decode_all(
    photos: Sequence[PhotoFile], root: Path, size: int, progress: Progress | None
) -> tuple[np.ndarray, np.ndarray]:
    """(n, S, S, 3) uint8 of the n readable photos, and (N,) bool: which of the N those are."""
    images: np.ndarray = np.empty((len(photos), size, size, 3), dtype=np.uint8)
    readable: np.ndarray = np.zeros(len(photos), dtype=bool)
    pool = ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1))  # Pillow releases the GIL while it decodes
    try:
        for i, image in enumerate(pool.map(lambda photo: _decode(photo.path, root, size), photos)):
            if image is not None:
                images[i], readable[i] = image, True
            if progress is not None and ((i + 1) % 32 == 0 or i + 1 == len(photos)):
                progress(i + 1, len(photos))
    finally:
        pool.shutdown(cancel_futures=True)
    return (images if readable.all() else images[readable]), readable


def _decode(path: Path, root: Path, size: int) -> np.ndarray | None:
    """(S, S, 3) uint8; None for what is no readable photo of this folder."""
    if not is_inside(path, root):
        return None
    try:
        with Image.open(path, formats=FORMATS) as photo:
            if photo.width * photo.height > MAX_PIXELS:
                return None
            # a large JPEG is decoded at a fraction of its size, never below twice the size that is kept
            photo.draft("RGB", (2 * size, 2 * size))
            square = ImageOps.fit(_rgb(ImageOps.exif_transpose(photo)), (size, size), Image.Resampling.BICUBIC)
            return np.asarray(square)
    except Exception:  # decoders raise nearly anything on damaged or hostile bytes; the photo is skipped and counted
        return None


def _rgb(photo: Image.Image) -> Image.Image:
    """Three channels of 8 bits: 16-bit grey is scaled down, transparency laid on white."""
    if photo.mode.startswith("I"):
        photo = photo.point(lambda value: value * (1 / 256)).convert("L")
    if not photo.has_transparency_data:
        return photo.convert("RGB")
    white = Image.new("RGBA", photo.size, "white")
    return Image.alpha_composite(white, photo.convert("RGBA")).convert("RGB")


def _faces(photos: list[PhotoFile], person: np.ndarray, root: Path) -> np.ndarray:
    """(P, 128, 128, 3) uint8: the first readable photo of each person."""
    firsts = [photos[i] for i in np.unique(person, return_index=True)[1]]
    faces, readable = _decode_all(firsts, root, FACE_SIZE, None)
    if not readable.all():
        raise InvalidData(f"Photos in {root.name} changed while they were read; try again.")
    return faces


def _tasks(columns: tuple[str, ...], photos: list[PhotoFile]) -> dict[str, Task]:
    """One per column with at least two values among the readable photos."""
    tasks = {}
    for i, column in enumerate(columns):
        values = [photo.labels[i] for photo in photos]
        classes = _in_order(set(values))
        if len(classes) > 1:
            index = {value: label for label, value in enumerate(classes)}
            tasks[column] = Task(column, _title(column), classes, np.array([index[v] for v in values], dtype=np.int64))
    return tasks


def _in_order(values: set[str]) -> tuple[str, ...]:
    """By size where all values are whole numbers, else by the alphabet."""
    if all(re.fullmatch(r"[+-]?[0-9]{1,18}", value) for value in values):
        return tuple(sorted(values, key=lambda value: (int(value), value)))
    return tuple(sorted(values))


def _title(name: str) -> str:
    """``age_group`` -> ``Age group``."""
    words = " ".join(name.replace("_", " ").replace("-", " ").split()) or name
    return words[0].upper() + words[1:]


def _people(ids: list[str], person: np.ndarray, tasks: dict[str, Task]) -> tuple[Person, ...]:
    """One per id; photos of one person stand together, so each owns a slice."""
    ends = np.searchsorted(person, np.arange(len(ids) + 1))
    people = []
    for i, who in enumerate(ids):
        attributes = {}
        for task in tasks.values():
            labels = task.labels[ends[i] : ends[i + 1]]
            if (labels == labels[0]).all():
                attributes[task.title] = task.classes[labels[0]]
        people.append(Person(who, who.replace("_", " "), attributes=attributes))
    return tuple(people)


def _digest(images: np.ndarray, person: np.ndarray, ids: list[str], tasks: dict[str, Task]) -> str:
    """Hex sha256 over pixels, identities and labels; names go in as JSON, so that no two lists can read the same."""
    names = [images.shape, ids, [(task.name, task.classes) for task in tasks.values()]]
    digest = hashlib.sha256(json.dumps(names).encode())
    for array in (images, person, *(task.labels for task in tasks.values())):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
