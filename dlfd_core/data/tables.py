"""Reader of the text files beside photos: UTF-8 text and tables; each other format gives a clear error."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from dlfd_core.artifacts import open_ordinary
from dlfd_core.data.names import composed
from dlfd_core.errors import InvalidData

MAX_BYTES = 50_000_000
#: Signs between cells, in the order in which they are tried; spreadsheets of many countries write semicolons.
DELIMITERS = ",;\t|"


def read_text(path: Path) -> str:
    """Read a UTF-8 file, with or without a byte order mark; accents are composed (NFC).

    Raises:
        InvalidData: it cannot be opened, is larger than ``MAX_BYTES``, or has another encoding.
    """
    try:
        with open_ordinary(path) as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidData(f"{path.name} cannot be read ({error.strerror}); check that it is there.") from error
    if len(content) > MAX_BYTES:
        raise InvalidData(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB; give a shorter one.")
    if _is_utf_16(content):
        raise InvalidData(f"{path.name} is UTF-16, not UTF-8 text; save it as UTF-8 and try again.")
    try:
        return composed(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidData(
            f"{path.name} is not UTF-8 text (line {line} looks like Latin-1 or another old encoding); save it as UTF-8 "
            "and try again."
        ) from error


def _is_utf_16(content: bytes) -> bool:
    """Detect UTF-16 (and UTF-32) by the byte order mark, or by the many zero bytes that plain text has in it."""
    head = content[:4096]
    return content.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(0) * 3 > len(head)


def read_rows(path: Path, required: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a table as (line number, cells by column), without blanks around cells.

    Cells are separated by commas, semicolons, tabs or ``|``. The first row is the header itself: each column name maps
    to itself, required ones as they are in ``required`` whatever their case. Empty lines are skipped.

    Args:
        required: columns that the table must have.

    Raises:
        InvalidData: the file is not such a table.
    """
    text = read_text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, required))
    try:
        header = _named([cell.strip() for cell in next(reader, [])], required)
        _check_header(header, path.name, required)
        yield 1, dict(zip(header, header, strict=True))
        for cells in reader:
            line = reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(header):
                raise InvalidData(
                    f"Line {line} of {path.name} has {len(cells)} cells instead of {len(header)}; correct it."
                )
            yield line, dict(zip(header, (cell.strip() for cell in cells), strict=True))
    except csv.Error as error:
        raise InvalidData(f"{path.name} cannot be read as comma-separated text; save it again as CSV.") from error


def _delimiter(text: str, required: Sequence[str]) -> str:
    """The sign with which the first line has the required columns; a comma where none of them does."""
    first_line = text.partition("\n")[0].casefold()
    for sign in DELIMITERS:
        cells = {cell.strip().strip('"').strip() for cell in first_line.split(sign)}
        if cells.issuperset(name.casefold() for name in required):
            return sign
    return ","


def _named(header: list[str], required: Sequence[str]) -> list[str]:
    """The header with required names in their own case; a name that is there already stays unique."""
    own_case = {name.casefold(): name for name in required if name not in header}
    return [own_case.pop(cell.casefold(), cell) for cell in header]


def _check_header(header: list[str], file: str, required: Sequence[str]) -> None:
    """Raise ``InvalidData`` where a required column is missing or a column name occurs twice."""
    for name in required:
        if name not in header:
            raise InvalidData(f"{file} has no column {name}; its first line must begin with {','.join(required)}.")
    names = [name for name in header if name]
    if len(set(names)) < len(names):
        raise InvalidData(f"{file} has two columns of the same name in its first line; rename one of them.")
