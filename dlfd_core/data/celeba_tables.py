"""Reads CelebA's tables of identities and attributes, as text or CSV; CelebA-HQ's have the same format."""

from __future__ import annotations

from pathlib import Path

from dlfd_core.data.assembly import Column
from dlfd_core.data.tables import read_rows, read_text
from dlfd_core.errors import InvalidData

#: CelebA's name of each attribute, and the task made of it here.
ATTRIBUTE_COLUMNS = {
    "Male": Column("gender", "Gender", ("female", "male")),
    "Smiling": Column("smiling", "Smiling", ("no", "yes")),
    "Young": Column("young", "Young", ("no", "yes")),
}


def read_identities(table: Path) -> dict[str, int]:
    """Identity number by file, from lines like ``0.jpg 3182``, or from a CSV table with ``image_id`` and ``identity``.

    Raises:
        InvalidData: a line is malformed, a file is listed twice, or the table is empty.
    """
    identities: dict[str, int] = {}
    for number, line in enumerate(read_text(table).splitlines(), 1):
        cells = line.replace(",", " ").split(maxsplit=1)
        if not cells or (number == 1 and cells[0] == "image_id"):
            continue
        file, identity = cells[0], cells[1].strip() if len(cells) > 1 else ""
        if Path(file).name != file or not (identity.isascii() and identity.isdigit()) or file in identities:
            raise InvalidData(
                f"Line {number} of {table.name} is not a file and its identity, each file once, like 0.jpg 3182; give "
                "the file as published."
            )
        identities[file] = int(identity)
    if not identities:
        raise InvalidData(f"{table.name} is empty; give the file as published.")
    return identities


def read_attributes(table: Path) -> dict[str, tuple[str, ...]]:
    """One class per attribute by file.

    The table has a line with the number of rows, a line with 40 names, then rows of a file and 40 values of -1 or 1;
    or it is a CSV table with ``image_id`` and these names.

    Raises:
        InvalidData: a name is missing, a line is malformed, or the number of rows is another.
    """
    if table.suffix.lower() == ".csv":
        return _read_attribute_csv(table)
    lines = read_text(table).splitlines()
    names = lines[1].split() if len(lines) > 1 else []
    absent = [name for name in ATTRIBUTE_COLUMNS if name not in names]
    if absent:
        raise InvalidData(f"The second line of {table.name} does not name {absent[0]}; give the file as published.")
    columns = [names.index(name) for name in ATTRIBUTE_COLUMNS]
    classes = [column.classes for column in ATTRIBUTE_COLUMNS.values()]
    attributes: dict[str, tuple[str, ...]] = {}
    for number, line in enumerate(lines[2:], 3):
        cells = line.split()
        if not cells:
            continue
        if len(cells) != len(names) + 1 or any(cell not in ("-1", "1") for cell in cells[1:]):
            raise InvalidData(
                f"Line {number} of {table.name} is not a file and {len(names)} values of -1 or 1; give the file as "
                "published."
            )
        attributes[cells[0]] = tuple(
            pair[cells[1 + column] == "1"] for pair, column in zip(classes, columns, strict=True)
        )
    announced = lines[0].strip()
    if announced.isdigit() and int(announced) != len(attributes):
        raise InvalidData(
            f"{table.name} announces {announced[:20]} rows but has {len(attributes)}; give the file as published."
        )
    return attributes


def _read_attribute_csv(table: Path) -> dict[str, tuple[str, ...]]:
    rows = read_rows(table, ("image_id", *ATTRIBUTE_COLUMNS))
    next(rows)
    attributes = {}
    for line, row in rows:
        values = [row[name] for name in ATTRIBUTE_COLUMNS]
        if any(value not in ("-1", "0", "1") for value in values):
            raise InvalidData(f"Line {line} of {table.name} has a value other than -1 or 1; give it as published.")
        attributes[row["image_id"]] = tuple(
            column.classes[value == "1"] for column, value in zip(ATTRIBUTE_COLUMNS.values(), values, strict=True)
        )
    return attributes
