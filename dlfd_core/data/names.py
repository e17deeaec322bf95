"""Names of files and people in one spelling: Unicode NFC, as keyboards write it; some file systems use NFD."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from dlfd_core.errors import InvalidData

#: Most names in one sentence.
LISTED = 5


def composed(text: str) -> str:
    """The text in NFC: a letter and its accent are one character, so that equal names are equal texts."""
    return unicodedata.normalize("NFC", text)


def is_shown(text: str) -> bool:
    """Whether a text has no control characters or undecodable bytes."""
    return not any(unicodedata.category(character) in ("Cc", "Cs") for character in text)


def check_shown(text: str, location: str) -> None:
    """Refuse control characters and undecodable bytes: they would get into file names, pages and JSON.

    Raises:
        InvalidData: ``location``, the beginning of a sentence, holds such characters.
    """
    if not is_shown(text):
        raise InvalidData(f"{location} holds characters that cannot be shown ({text[:60]!a}); rename it.")


def shown(name: str) -> str:
    """A file's name that is safe to show: other characters become a question mark."""
    return "".join(sign if is_shown(sign) else "?" for sign in composed(name))


def listed(names: Sequence[str], limit: int = LISTED) -> str:
    """``a, b, c``; beyond ``limit`` names, ``a, b, c and 4 more``."""
    more = f" and {len(names) - limit:,} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
