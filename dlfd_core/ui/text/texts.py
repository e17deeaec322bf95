"""The longer texts of the page: Markdown files in ``assets/copy``."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

ASSETS = Path(__file__).resolve().parents[3] / "assets"


@cache
def copy_text(name: str) -> str:
    """The Markdown of ``assets/copy/<name>.md``."""
    return (ASSETS / "copy" / f"{name}.md").read_text(encoding="utf-8").strip()


@cache
def parts(name: str) -> dict[str, str]:
    """Heading -> the text below it as one line of plain text, in the order of ``assets/copy/<name>.md``."""
    sections = re.split(r"^## +", copy_text(name), flags=re.MULTILINE)[1:]
    pairs = (part.split("\n", 1) for part in sections)
    return {heading.strip(): " ".join(text.split()) for heading, text in pairs}


def glossary() -> dict[str, str]:
    """Term -> its explanation."""
    return parts("glossary")
