"""Text files that come with photos: one encoding, one shape of table, and a sentence for everything else."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from dlfd_core.errors import InvalidData

MAX_BYTES = 50_000_000


def read_text(path: Path) -> str:
    """A UTF-8 file, with or without a byte order mark.

    Raises:
        InvalidData: it cannot be opened, is larger than ``MAX_BYTES``, or is written in another encoding.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InvalidData(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB; give a shorter one.")
        content = path.read_bytes()
    except OSError as error:
        raise InvalidData(f"{path.name} cannot be read ({error.strerror}); check that it is there.") from error
    if _is_utf_16(content):
        raise InvalidData(f"{path.name} is UTF-16, not UTF-8 text; save it as UTF-8 and try again.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidData(
            f"{path.name} is not UTF-8 text (line {line} looks like Latin-1 or another old encoding); save it as UTF-8 "
            "and try again."
        ) from error


def _is_utf_16(content: bytes) -> bool:
    """By its byte order mark, or because every other byte of plain text is zero (UTF-32 as well)."""
    head = content[:4096]
    return content.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(0) * 3 > len(head)


def read_rows(path: Path, required: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """(line, cells by column) of a file of comma-separated values, blanks around cells taken off.

    The header comes first, as a row of itself. Empty lines are passed over.

    Args:
        required: columns that must be there.

    Raises:
        InvalidData: the file is no such table.
    """
    reader = csv.reader(io.StringIO(read_text(path), newline=""))
    try:
        header = [cell.strip() for cell in next(reader, [])]
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


def _check_header(header: list[str], file: str, required: Sequence[str]) -> None:
    for name in required:
        if name not in header:
            raise InvalidData(f"{file} has no column {name}; its first line must begin with {','.join(required)}.")
    named = [name for name in header if name]
    if len(set(named)) < len(named):
        raise InvalidData(f"{file} has two columns of the same name in its first line; rename one of them.")
