"""What a receipt for people is made of, whether it becomes HTML or PDF: plain texts, not yet escaped for either."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dlfd_core.types import Interval

#: What stands where there is no number.
NONE = "–"


@dataclass(frozen=True)
class Text:
    text: str
    strong: bool = False


@dataclass(frozen=True)
class Items:
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Rows of texts, as long as ``head``; the first cell of each is its heading."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Code:
    """To be copied as it stands."""

    text: str


@dataclass(frozen=True)
class Picture:
    which: Literal["losses", "map"]
    alt: str


Block = Text | Items | Table | Code | Picture


@dataclass(frozen=True)
class Section:
    title: str
    blocks: tuple[Block, ...]


def pairs(caption: str, rows: list[tuple[str, str]], head: tuple[str, str] = ("what", "value")) -> Table:
    return Table(caption, head, tuple(rows))


def named(ids: Sequence[str], names: Sequence[str]) -> str:
    """``Mila, Wim (p012)``: names with their ids, where these are not the names themselves."""
    return ", ".join(name if name == id_ else f"{name} ({id_})" for id_, name in zip(ids, names, strict=True))


def number(value: float | None, digits: int = 3) -> str:
    return NONE if value is None or not math.isfinite(value) else f"{value:.{digits}f}"


def span(interval: Interval | None, digits: int = 3) -> str:
    """``[0.412, 0.538]``; empty without one."""
    return "" if interval is None else f"[{number(interval[0], digits)}, {number(interval[1], digits)}]"


def with_span(value: float | None, interval: Interval | None, digits: int = 3) -> str:
    return f"{number(value, digits)} {span(interval, digits)}".strip()


def signed(value: float) -> str:
    return f"{value:+.3f}" if math.isfinite(value) else NONE
