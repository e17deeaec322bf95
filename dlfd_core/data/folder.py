"""Loader of a folder of photos, ``<person>/<photo>``, with optional labels in ``labels.csv``.

The photos are in the folder itself or in its sub-folder ``images``. Without ``labels.csv``, each folder is a person and
the only task is ``identity``. With it, only the photos that it lists are read, since others have no labels. Its column
``identity`` names the person, and each further column is a task. A column with a single value, or with more than
``listing.MAX_CLASSES`` values, is ignored.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dlfd_core.data.assembly import assemble, read_photos
from dlfd_core.data.decoding import Framing, Progress
from dlfd_core.data.listing import is_safe, list_photos
from dlfd_core.data.registry import source
from dlfd_core.data.schema import FaceData, PhotoFile, Task
from dlfd_core.errors import InvalidData


@source("folder", "always")
def load_folder(path: Path, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read a folder of photos; each is turned upright, cropped to its central square and resized with antialiasing.

    The order is fixed: by person, then by file. Files that are no readable JPEG, PNG, WebP or BMP of at most
    ``MAX_PIXELS``, and links that leave the folder, are skipped and counted. People without a readable photo are
    dropped. ``Person.role`` is None: the split is drawn later. A label that all photos of a person share becomes an
    attribute of that person.

    Args:
        size: side S of the images (N, S, S, 3) in pixels.
        progress: called with (photos done, photos in all); an exception raised by it stops the reading.

    Raises:
        InvalidData: the folder or its ``labels.csv`` is not usable; the message says why.
    """
    root = _existing_folder(path)
    listing = list_photos(root)
    framing = Framing(inside=root)
    photos, images = read_photos(listing.photos, size, framing, progress)
    listed = len(listing.photos)
    _check_enough(root.name, listed, photos)
    tasks = _tasks(listing.columns, photos)
    return assemble("folder", root.name, photos, images, tasks, listed=listed, framing=framing)


def _existing_folder(path: Path) -> Path:
    """The folder with links resolved. Raises ``InvalidData`` where there is none."""
    if is_safe(Path.is_dir, path):
        return path.resolve()
    if is_safe(Path.exists, path):
        raise InvalidData(f"{path} is a file; unpack it and give the folder that holds one sub-folder per person.")
    raise InvalidData(f"There is no folder {path}; check the path.")


def _check_enough(title: str, listed: int, photos: Sequence[PhotoFile]) -> None:
    """Raise ``InvalidData`` with fewer than two readable photos or two people."""
    if not photos:
        raise InvalidData(f"None of the {listed} photos in {title} can be read; give JPEG, PNG, WebP or BMP files.")
    if len(photos) < 2:
        raise InvalidData(f"{title} holds one readable photo only; give at least 2 people, with several photos each.")
    if len({photo.person for photo in photos}) < 2:
        raise InvalidData(f"{title} shows one person only, {photos[0].person}; give at least 2, a folder for each.")


def _tasks(columns: tuple[str, ...], photos: Sequence[PhotoFile]) -> dict[str, Task]:
    """One task per column that has at least two values among the readable photos."""
    tasks = {}
    for i, column in enumerate(columns):
        values = [photo.labels[i] for photo in photos]
        classes = _sort_values(set(values))
        if len(classes) > 1:
            index = {value: label for label, value in enumerate(classes)}
            tasks[column] = Task(column, _title(column), classes, np.array([index[v] for v in values], dtype=np.int64))
    return tasks


def _sort_values(values: set[str]) -> tuple[str, ...]:
    """Sort by size where all values are whole numbers, else alphabetically."""
    if all(re.fullmatch(r"[+-]?[0-9]{1,18}", value) for value in values):
        return tuple(sorted(values, key=lambda value: (int(value), value)))
    return tuple(sorted(values))


def _title(name: str) -> str:
    """``age_group`` -> ``Age group``."""
    words = " ".join(name.replace("_", " ").replace("-", " ").split()) or name
    return words[0].upper() + words[1:]
