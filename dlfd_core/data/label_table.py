"""Reads ``labels.csv`` beside photos: one photo per row, its person, and label columns that become tasks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from dlfd_core.data.listing import Listing, check_count, is_inside, is_safe, photo_root
from dlfd_core.data.names import check_shown, composed, listed
from dlfd_core.data.schema import PhotoFile
from dlfd_core.data.tables import read_rows
from dlfd_core.errors import InvalidData

TABLE = "labels.csv"
REQUIRED = ("image_path", "identity")
MAX_CLASSES = 50
#: Signs that separate several labels in one cell.
SEPARATORS = "|;"
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
#: What spreadsheets make of ``7-12``: ``12-Jul``, ``Jul-12``, ``7/12/2026``, ``2026-07-12``, ``7월 12일``.
_DATE = re.compile(
    rf"\d{{1,2}}[-. /]+({_MONTHS})[a-z]*\.?([-. /]+\d{{2,4}})?|({_MONTHS})[a-z]*\.?[-. /]+\d{{1,4}}"
    r"|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}|\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}월\s*\d{1,2}일",
    re.IGNORECASE,
)


def list_table(root: Path, *, follow_links: bool = False) -> Listing:
    """List the photos that ``labels.csv`` names, in the folder ``root`` (links resolved) or its sub-folder ``images``.

    Paths in the table may have backslashes, another case than the files, and accents in either Unicode form.

    Raises:
        InvalidData: the table is malformed, names a missing file or one outside the folder, or names more than
            ``MAX_PHOTOS`` photos or none.
    """
    table = root / TABLE
    if not (follow_links or is_inside(table, root)):
        raise InvalidData(f"{TABLE} is a link that leaves the folder; put the file itself there.")
    files = _Files((photo_root(root, follow_links), root))
    photos: list[PhotoFile] = []
    lines: dict[Path, int] = {}
    rows = read_rows(table, REQUIRED)
    columns = tuple(name for name in next(rows)[1] if name and name not in REQUIRED)
    for line, row in rows:
        photo = _photo_of_row(row, line, columns, files)
        first_line = lines.setdefault(photo.path, line)
        if first_line != line:
            raise InvalidData(f"{TABLE} lists {photo.key} twice (lines {first_line} and {line}); keep one.")
        photos.append(photo)
        check_count(len(photos))
    if not photos:
        raise InvalidData(f"{root.name} holds no photos in its {TABLE}; give each photo a line.")
    refused = _refused_columns(columns, photos)
    kept = [i for i, column in enumerate(columns) if column not in refused]
    chosen = [replace(photo, labels=tuple(photo.labels[i] for i in kept)) for photo in photos]
    ordered = tuple(sorted(chosen, key=lambda photo: (photo.person, photo.key)))
    names = tuple(columns[i] for i in kept)
    return Listing(names, ordered, root, refused=refused, notes=_notes(names, ordered, refused))


class _Files:
    """Finds the file of a path in a table: as written, or else whatever its case and Unicode form.

    Args:
        bases: folders in which paths of the table may begin, in this order.
    """

    def __init__(self, bases: tuple[Path, ...]):
        self._bases = tuple(dict.fromkeys(bases))
        self._index: dict[str, list[Path]] | None = None

    def find(self, path: PurePosixPath, line: int) -> Path | None:
        """The file, or None. Raises ``InvalidData`` where two files differ from the path in the case only."""
        for base in self._bases:
            if is_safe(Path.is_file, base / path):
                return base / path
        found = self._by_any_case().get(_folded(path.as_posix()), [])
        if len(found) > 1:
            names = listed([file.name for file in found])
            raise InvalidData(f"Line {line} of {TABLE} fits several files ({names}); write the one that is meant.")
        return found[0] if found else None

    def _by_any_case(self) -> dict[str, list[Path]]:
        """All files by their path in lower case and NFC; made at the first path that is not there as written."""
        if self._index is None:
            self._index = {}
            for base in self._bases:
                for file in filter(lambda path: is_safe(Path.is_file, path), base.rglob("*")):
                    same_key = self._index.setdefault(_folded(file.relative_to(base).as_posix()), [])
                    if not any(file.samefile(other) for other in same_key):
                        same_key.append(file)
        return self._index


def _folded(path: str) -> str:
    return composed(composed(path).casefold())


def _photo_of_row(row: dict[str, str], line: int, columns: tuple[str, ...], files: _Files) -> PhotoFile:
    """Make a ``PhotoFile`` of one row; its file must exist."""
    for name, cell in row.items():
        check_shown(name + cell, f"Line {line} of {TABLE}")
    for name in REQUIRED:
        if not row[name]:
            raise InvalidData(f"Line {line} of {TABLE} has no {name}; fill it in or delete the line.")
    text = row["image_path"]
    path = PurePosixPath(text.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", text):
        raise InvalidData(f"{TABLE} names {text} (line {line}), which is outside the folder; give a path inside it.")
    file = files.find(path, line)
    if file is None:
        raise InvalidData(f"{TABLE} names {path} (line {line}), but there is no such file; add it or delete the line.")
    return PhotoFile(row["identity"], path.as_posix(), file, tuple(row[name] for name in columns))


def _refused_columns(columns: Sequence[str], photos: Sequence[PhotoFile]) -> dict[str, str]:
    """Columns that cannot be tasks, each with a sentence: a task has one label per cell, and not too many classes."""
    refused = {}
    for i, column in enumerate(columns):
        values = {photo.labels[i] for photo in photos}
        joined = next((value for value in sorted(values) if any(sign in value for sign in SEPARATORS)), None)
        if len(values) > MAX_CLASSES:
            refused[column] = (
                f"The column {column} of {TABLE} has {len(values):,} values; a task has at most {MAX_CLASSES} classes."
            )
        elif "" in values:
            blank = [photo.key for photo in photos if not photo.labels[i]]
            refused[column] = (
                f"{TABLE} gives {listed(blank, 1)} no {column}; fill in every cell of that column or delete it."
            )
        elif joined is not None:
            refused[column] = (
                f"The column {column} of {TABLE} holds several labels in one cell ({joined[:60]}); give each label a "
                "column of its own, with yes and no."
            )
        elif len(values) < 2:
            refused[column] = (
                f"The column {column} of {TABLE} has the single value {min(values)[:60]!r}; a task has 2 or more."
            )
    return refused


def _notes(columns: Sequence[str], photos: Sequence[PhotoFile], refused: dict[str, str]) -> tuple[str, ...]:
    """Remarks on columns that look like tasks and are none, and on classes that look like dates."""
    notes = [f"Not a task: {sentence}" for sentence in refused.values() if " values; a task" not in sentence]
    for i, column in enumerate(columns):
        dates = sorted({photo.labels[i] for photo in photos if _DATE.fullmatch(photo.labels[i])})
        if dates:
            notes.append(
                f"Classes of {column} look like dates ({listed(dates)}): a spreadsheet may have changed ranges such as "
                f"7-12; if so, correct them in {TABLE}."
            )
    return tuple(notes)
