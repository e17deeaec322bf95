"""Fonts of the PDF: DejaVu Sans is embedded; Hangul, kana and Chinese characters use a font of the PDF reader.

Every PDF reader has, or offers, fonts for the three collections that Adobe defined for Korean, Japanese and Chinese, so
the project ships none. A letter that none of these fonts has is written as its code, ``[U+1F600]``. Scripts that join
their letters or run from right to left are set letter by letter from the left. The HTML receipt has neither limit.
"""

from __future__ import annotations

import html
import threading
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

PLAIN, BOLD, MONO = "DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono"
KOREAN, JAPANESE, CHINESE = "HYGothic-Medium", "HeiseiKakuGo-W5", "STSong-Light"
#: First and last letter of a range, and the font for it.
_RANGES = (
    (0x1100, 0x11FF, KOREAN), (0x3130, 0x318F, KOREAN), (0xAC00, 0xD7A3, KOREAN),
    (0x3040, 0x30FF, JAPANESE), (0x3000, 0x303F, CHINESE), (0x4E00, 0x9FFF, CHINESE), (0xFF00, 0xFFEF, CHINESE),
)  # fmt: skip
_REGISTERING = threading.Lock()


def register_fonts() -> None:
    """Register the fonts with reportlab, once. The DejaVu files are part of matplotlib."""
    from matplotlib import get_data_path
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFont

    folder = Path(get_data_path()) / "fonts" / "ttf"
    with _REGISTERING:
        registered = pdfmetrics.getRegisteredFontNames()
        for name in (PLAIN, BOLD, MONO):
            if name not in registered:
                pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
        for name in (KOREAN, JAPANESE, CHINESE):
            if name not in registered:
                pdfmetrics.registerFont(UnicodeCIDFont(name))


def needs_reader_font(text: str) -> bool:
    """Whether some letter of a text needs a font of the PDF reader."""
    return any(first <= ord(letter) <= last for letter in text for first, last, _ in _RANGES)


def markup(text: str, font: str = PLAIN) -> str:
    """Plain text as escaped reportlab markup, with each run of letters in a font that has them."""
    return "".join(_runs(text, font))


def _runs(text: str, font: str) -> Iterator[str]:
    """Markup of each run of letters with the same font."""
    from reportlab.pdfbase import pdfmetrics

    glyphs: Any = pdfmetrics.getFont(font).face.charToGlyph
    for name, letters in groupby(unicodedata.normalize("NFC", text), lambda letter: _font_for(letter, glyphs)):
        run = "".join(letters)
        if name is None:
            yield html.escape("".join(f"[U+{ord(letter):04X}]" for letter in run))
        elif name:
            yield f'<font name="{name}">{html.escape(run)}</font>'
        else:
            yield html.escape(run)


def _font_for(letter: str, glyphs: Any) -> str | None:
    """Name of a letter's font; empty if the text's own font has it, None if no font has it."""
    if letter.isspace() or ord(letter) in glyphs:
        return ""
    return next((font for first, last, font in _RANGES if first <= ord(letter) <= last), None)
