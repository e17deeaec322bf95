"""Names of people and files from an upload, made safe to show, and the person named by a file path."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

from dlfd_core.own_photos.reading.limits import LIMITS

#: The person of photos whose name contains no person.
NAMELESS = "Me"
#: What cameras and telephones call their photos.
CAMERA_WORDS = frozenset(
    "img image dsc dscn dscf pxl mvimg photo pic picture screenshot whatsapp wa p vid foto".split()
)
#: Accents on one letter; more of them are drawn over the lines around it.
MAX_ACCENTS = 2


@dataclass(frozen=True)
class Skipped:
    """A skipped file and the reason.

    Attributes:
        name: cleaned, still to be escaped where it is shown.
        sentence: what is wrong and what to do, complete without ``name``.
    """

    name: str
    sentence: str


def clean_name(text: str, length: int = LIMITS.name_length) -> str:
    """A name that is harmless as text: composed (NFC), on one line, without invisible or direction-changing characters.

    Control and format characters (bidi overrides, zero-width signs), unassigned and private code points and surrogates
    are removed, and of many accents on one letter some. HTML stays in it as text, to be escaped where it is shown.
    """
    kept: list[str] = []
    accents = 0
    for character in unicodedata.normalize("NFC", text):
        kind = unicodedata.category(character)
        accents = accents + 1 if kind.startswith("M") else 0
        if kind.startswith("Z") or character in "\t\n\r\v\f":
            kept.append(" ")
        elif not kind.startswith("C") and accents <= MAX_ACCENTS:
            kept.append(character)
    name = unicodedata.normalize("NFC", " ".join("".join(kept).split()))
    return (name if len(name) <= length else name[: length - 1].rstrip() + "…") or NAMELESS


def person_of(parts: tuple[str, ...]) -> str:
    """The person a photo shows, by its path: the top folder, or without a folder the file's name without its number.

    ``Anna/1.jpg`` and ``anna 2.jpg`` show Anna and anna; names that cameras give (``IMG_1234.jpg``) name nobody, and
    all such photos show one person, ``NAMELESS``.
    """
    if len(parts) > 1:
        return clean_name(parts[0])
    stem = unicodedata.normalize("NFKC", PurePosixPath(parts[0]).stem)
    words = "".join(" " if c.isdigit() or c in "_-.()[]#+~," else c for c in stem).split()
    return clean_name(" ".join(word for word in words if word.lower() not in CAMERA_WORDS))
