"""Parts of the receipt as HTML or PDF: sections of texts, tables, code and pictures, not yet escaped."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dlfd_core.types import Interval

#: Text in place of a missing number.
NONE = "–"


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Items:
    """A list of sentences."""

    lines: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table of texts: rows as long as ``head``, each with its heading in the first cell."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Code:
    """A command to copy."""

    text: str


@dataclass(frozen=True)
class Picture:
    """A figure of the run with its alternative text."""

    which: Literal["losses", "map"]
    alt: str


Block = Text | Items | Table | Code | Picture


@dataclass(frozen=True)
class Section:
    """A title and the parts below it."""

    title: str
    blocks: tuple[Block, ...]


def two_columns(caption: str, rows: list[tuple[str, str]], head: tuple[str, str] = ("what", "value")) -> Table:
    """A table of names and values."""
    return Table(caption, head, tuple(rows))


def names_with_ids(ids: Sequence[str], names: Sequence[str]) -> str:
    """Names of people, with their ids where these differ: ``Mila, Wim (p012)``."""
    return ", ".join(name if name == id_ else f"{name} ({id_})" for id_, name in zip(ids, names, strict=True))


def number(value: float | None, digits: int = 3) -> str:
    """A number as text, ``NONE`` without one."""
    return NONE if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def interval_text(interval: Interval | None, digits: int = 3) -> str:
    """An interval as text, ``[0.412, 0.538]``; empty without one."""
    return "" if interval is None else f"[{number(interval[0], digits)}, {number(interval[1], digits)}]"


def with_interval(value: float | None, interval: Interval | None, digits: int = 3) -> str:
    """A number and its interval as text."""
    return f"{number(value, digits)} {interval_text(interval, digits)}".strip()


def signed(value: float) -> str:
    """A difference with its sign as text."""
    return f"{value:+.3f}" if math.isfinite(value) else NONE
