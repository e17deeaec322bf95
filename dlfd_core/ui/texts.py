"""The longer texts of the page: Markdown files in ``assets/copy``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "assets"


@cache
def copy_text(name: str) -> str:
    """The Markdown of ``assets/copy/<name>.md``."""
    return (ASSETS / "copy" / f"{name}.md").read_text(encoding="utf-8").strip()


@cache
def glossary() -> dict[str, str]:
    """Term -> its explanation in one line of plain text, in the order of ``glossary.md``."""
    parts = re.split(r"^## +", copy_text("glossary"), flags=re.MULTILINE)[1:]
    pairs = (part.split("\n", 1) for part in parts)
    return {term.strip(): " ".join(text.split()) for term, text in pairs}
