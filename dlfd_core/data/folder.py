"""Loader of a folder of photos, ``<person>/<photo>``, with optional labels in ``labels.csv``.

The photos are in the folder itself or in its sub-folder ``images``; folders around them are skipped. Without
``labels.csv``, each folder is a person and the only task is ``identity``. With it, only the photos that it lists are
read, since others have no labels. Its column ``identity`` names the person, and each further column is a task, unless
``label_table`` refuses it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dlfd_core.data.assembly import assemble, missing_people, read_photos
from dlfd_core.data.decoding import READ, Framing, Progress, follows_links
from dlfd_core.data.label_table import TABLE, list_table
from dlfd_core.data.left_out import left_out_notes, why_none
from dlfd_core.data.listing import is_safe, list_folders, unwrapped
from dlfd_core.data.registry import source
from dlfd_core.data.schema import FaceData, LeftOut, PhotoFile, Task
from dlfd_core.errors import InvalidData


@source("folder", "always")
def load_folder(path: Path, *, size: int = 64, progress: Progress | None = None) -> FaceData:
    """Read a folder of photos; each is turned upright, cropped to its central square and resized with antialiasing.

    The order is fixed: by person, then by file. Files that are no readable photo of at most ``MAX_PIXELS`` are left out
    and named in the notes with the reason, as are people without a readable photo. Links that leave the folder are
    followed where the environment variable ``decoding.FOLLOW_LINKS`` is set, else left out. ``Person.role`` is None:
    the split is drawn later. A label that all photos of a person share becomes an attribute of that person.

    Args:
        size: side S of the images (N, S, S, 3) in pixels.
        progress: called with (photos done, photos in all); an exception raised by it stops the reading.

    Raises:
        InvalidData: the folder or its ``labels.csv`` is not usable; the message says why.
    """
    root, follow_links = _existing_folder(path), follows_links()
    inner = unwrapped(root)
    list_photos = list_table if is_safe(Path.exists, inner / TABLE) else list_folders
    listing = list_photos(inner, follow_links=follow_links)
    framing = Framing(inside=None if follow_links else root)
    photos, images, unreadable = read_photos(listing.photos, size, framing, progress)
    _check_enough(root.name, photos, unreadable)
    left_out = (*listing.left_out, *unreadable)
    notes = left_out_notes(left_out, missing_people(listing.photos, photos))
    return assemble(
        "folder",
        root.name,
        photos,
        images,
        _tasks(listing.columns, photos),
        unreadable=unreadable,
        framing=framing,
        notes=(*listing.notes, *notes),
        not_listed=listing.left_out,
        refused_tasks=listing.refused,
    )


def _existing_folder(path: Path) -> Path:
    """The folder with links resolved. Raises ``InvalidData`` where there is none."""
    if is_safe(Path.is_dir, path):
        return path.resolve()
    if is_safe(Path.exists, path):
        raise InvalidData(f"{path} is a file; unpack it and give the folder that holds one sub-folder per person.")
    raise InvalidData(f"There is no folder {path}; check the path.")


def _check_enough(title: str, photos: Sequence[PhotoFile], unreadable: Sequence[LeftOut]) -> None:
    """Raise ``InvalidData`` with fewer than two readable photos or two people; the message says what was left out."""
    if not photos:
        raise InvalidData(
            f"None of the {len(unreadable)} photos in {title} can be read ({why_none(unreadable)}); give {READ} files."
        )
    reasons = f" ({len(unreadable)} cannot be read: {why_none(unreadable)})" if unreadable else ""
    if len(photos) < 2:
        raise InvalidData(
            f"{title} holds one readable photo only{reasons}; give at least 2 people, with several photos each."
        )
    if len({photo.person for photo in photos}) < 2:
        raise InvalidData(
            f"{title} shows one person only, {photos[0].person}{reasons}; give at least 2, a folder for each."
        )


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
