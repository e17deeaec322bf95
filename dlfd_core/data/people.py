"""Reads which people are meant: ids in a text or a file, a draw, or a published forget set."""

from __future__ import annotations

import csv
from collections.abc import Collection
from pathlib import Path

from dlfd_core.data.names import composed
from dlfd_core.data.splits import TaskData, split_for
from dlfd_core.data.tables import read_text
from dlfd_core.errors import InvalidRequest
from dlfd_core.seeding import make_rng

RANDOM = "random:"


def resolve_people(task: TaskData, text: str, seed: int) -> tuple[str, ...]:
    """Turn a text into sorted person ids: ``random:N`` (drawn with ``seed``) or ids as in ``read_ids``; ``set:NAME`` is
    kept. A person whose id is the whole text is meant before any of these.

    Raises:
        InvalidRequest: the number is malformed or too large.
        UnknownName: nobody has one of the ids, or there is no such set.
    """
    trainable = task.training_people()
    if is_draw(text, trainable):
        number = text.removeprefix(RANDOM)
        if not (number.isascii() and number.isdigit() and 0 < int(number) < len(trainable)):
            raise InvalidRequest(f"{text!r}: the number after random: must be between 1 and {len(trainable) - 1}.")
        return draw_people(task, int(number), seed)
    ids = tuple(sorted(set(read_ids(text, trainable))))
    split_for(task, ids)
    return ids


def is_draw(text: str, people: Collection[str]) -> bool:
    """Whether a text asks for a draw; where a person's id looks like a draw, the person is meant."""
    return text.startswith(RANDOM) and not any(name in people for name in read_ids(text, people))


def draw_people(task: TaskData, count: int, seed: int) -> tuple[str, ...]:
    """Draw ``count`` training people with ``seed``: sorted ids."""
    trainable = task.training_people()
    chosen = make_rng(seed, "people").choice(len(trainable), size=count, replace=False)
    return tuple(sorted(trainable[i] for i in chosen))


def read_ids(text: str, people: Collection[str]) -> list[str]:
    """Split ``ID,ID,...`` into ids in NFC. An id with a comma is quoted (``"Smith, John",anna``), or is the whole text.

    Raises:
        InvalidRequest: a quotation mark is opened and not closed.
    """
    whole = composed(text.strip())
    if whole in people:
        return [whole]
    try:
        cells = next(csv.reader([composed(text)], skipinitialspace=True, strict=True), [])
    except csv.Error as error:
        raise InvalidRequest(
            f"The people {text[:60]!r} cannot be read; close each quotation mark, or give a file with --people-file."
        ) from error
    return [cell.strip() for cell in cells if cell.strip()]


def read_people_file(path: Path) -> list[str]:
    """Ids of a UTF-8 text file with one id per line, in NFC; nothing in it is a keyword. Blank lines are skipped.

    Raises:
        InvalidData: the file cannot be read, or is not UTF-8.
    """
    return [line.strip() for line in read_text(path).splitlines() if line.strip()]
