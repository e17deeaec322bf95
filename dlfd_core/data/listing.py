"""Lists the photos of a folder with person and labels: from ``labels.csv``, or by the folders ``<person>/<photo>``."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dlfd_core.data.schema import PhotoFile
from dlfd_core.data.tables import read_rows
from dlfd_core.errors import InvalidData

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
MAX_PHOTOS = 100_000
MAX_CLASSES = 50
REQUIRED = ("image_path", "identity")
#: Signs that separate several labels in one cell.
SEPARATORS = "|;"


@dataclass(frozen=True)
class Listing:
    """All photos, sorted by person, then by file, and the names of their label columns."""

    columns: tuple[str, ...]
    photos: tuple[PhotoFile, ...]


def list_photos(root: Path) -> Listing:
    """List the photos in ``labels.csv``; without that file, every photo in a sub-folder.

    Args:
        root: an existing folder, links resolved; the photos are in it or in its sub-folder ``images``.

    Raises:
        InvalidData: ``labels.csv`` is malformed, names a missing file, or leaves a label empty; or there is no photo,
            or there are more than ``MAX_PHOTOS``.
    """
    images, table = root / "images", root / "labels.csv"
    photo_root = images if is_safe(Path.is_dir, images) and is_inside(images, root) else root
    if is_safe(Path.is_file, table):
        columns, photos = _read_table(table, root, photo_root)
    else:
        columns, photos = (), list(_walk(root, photo_root))
    if not photos:
        raise InvalidData(f"{root.name} holds no photos; put JPEG, PNG, WebP or BMP files into one folder per person.")
    return Listing(columns, tuple(sorted(photos, key=lambda photo: (photo.person, photo.key))))


def is_safe(test: Callable[[Path], bool], path: Path) -> bool:
    """``test(path)``, but False where the test raises: a name is too long or has a NUL, or access is forbidden."""
    try:
        return test(path)
    except (OSError, ValueError):
        return False


def is_inside(path: Path, root: Path) -> bool:
    """Whether ``path``, with links followed, is inside ``root``."""
    return is_safe(lambda followed: followed.resolve().is_relative_to(root), path)


def _walk(root: Path, photo_root: Path) -> Iterator[PhotoFile]:
    """Yield every file with the suffix of a photo in the sub-folders; hidden entries and ``__MACOSX`` are left out."""
    count = 0
    for folder in visible_entries(photo_root):
        if not is_safe(Path.is_dir, folder) or not is_inside(folder, root):
            continue
        _check_text(folder.name, f"A folder in {root.name}")
        for file in visible_entries(folder):
            if file.suffix.lower() in SUFFIXES and is_safe(Path.is_file, file):
                count += 1
                _check_count(count)
                yield PhotoFile(folder.name, file.relative_to(photo_root).as_posix(), file)


def visible_entries(folder: Path) -> list[Path]:
    """Sorted entries of a folder, hidden ones left out. Raises ``InvalidData`` where it cannot be opened."""
    try:
        return sorted(path for path in folder.iterdir() if not path.name.startswith(".") and path.name != "__MACOSX")
    except OSError as error:
        raise InvalidData(f"The folder {folder.name} cannot be opened; check its permissions.") from error


def _read_table(table: Path, root: Path, photo_root: Path) -> tuple[tuple[str, ...], list[PhotoFile]]:
    """Read ``labels.csv``: its label columns and the photos it lists."""
    if not is_inside(table, root):
        raise InvalidData("labels.csv is a link that leaves the folder; put the file itself there.")
    photos: list[PhotoFile] = []
    lines: dict[Path, int] = {}
    rows = read_rows(table, REQUIRED)
    columns = tuple(name for name in next(rows)[1] if name and name not in REQUIRED)
    for line, row in rows:
        photo = _photo_of_row(row, line, columns, (photo_root, root))
        first_line = lines.setdefault(photo.path.resolve(), line)
        if first_line != line:
            raise InvalidData(f"labels.csv lists {photo.key} twice (lines {first_line} and {line}); keep one.")
        photos.append(photo)
        _check_count(len(photos))
    return _drop_free_text(columns, photos)


def _photo_of_row(row: dict[str, str], line: int, columns: tuple[str, ...], bases: tuple[Path, ...]) -> PhotoFile:
    """Make a ``PhotoFile`` of one row; its file must exist in one of the folders ``bases``."""
    for name, cell in row.items():
        _check_text(name + cell, f"Line {line} of labels.csv")
    for name in REQUIRED:
        if not row[name]:
            raise InvalidData(f"Line {line} of labels.csv has no {name}; fill it in or delete the line.")
    path = Path(row["image_path"])
    if path.is_absolute() or ".." in path.parts:
        raise InvalidData(f"labels.csv names {path} (line {line}), which is outside the folder; give a path inside it.")
    for base in bases:
        if is_safe(Path.is_file, base / path):
            return PhotoFile(row["identity"], path.as_posix(), base / path, tuple(row[name] for name in columns))
    raise InvalidData(f"labels.csv names {path} (line {line}), but there is no such file; add it or delete the line.")


def _drop_free_text(columns: tuple[str, ...], photos: list[PhotoFile]) -> tuple[tuple[str, ...], list[PhotoFile]]:
    """Drop columns with more than ``MAX_CLASSES`` values; in the others, require exactly one label per cell."""
    keep = []
    for i, column in enumerate(columns):
        values = {photo.labels[i] for photo in photos}
        if len(values) > MAX_CLASSES:
            continue
        if "" in values:
            key = next(photo.key for photo in photos if not photo.labels[i])
            raise InvalidData(f"labels.csv gives {key} no {column}; fill in every cell of that column or delete it.")
        joined = next((value for value in sorted(values) if any(sign in value for sign in SEPARATORS)), None)
        if joined is not None:
            raise InvalidData(
                f"The column {column} of labels.csv holds several labels in one cell ({joined[:60]}); give each label "
                "a column of its own, with yes and no."
            )
        keep.append(i)
    kept = [replace(photo, labels=tuple(photo.labels[i] for i in keep)) for photo in photos]
    return tuple(columns[i] for i in keep), kept


def _check_count(count: int) -> None:
    if count > MAX_PHOTOS:
        raise InvalidData(f"There are more than {MAX_PHOTOS:,} photos; choose fewer, as all are held in memory.")


def _check_text(text: str, location: str) -> None:
    """Refuse control characters and undecodable bytes: they would get into file names, pages and JSON."""
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise InvalidData(f"{location} holds characters that cannot be shown ({text[:60]!a}); rename it.")
