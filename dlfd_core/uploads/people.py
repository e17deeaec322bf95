"""The people of an upload: their names made harmless, their faces together."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

import numpy as np

from dlfd_core.errors import InvalidData
from dlfd_core.uploads.limits import LIMITS, UploadLimits

#: For photos whose name says nothing about who they show.
NAMELESS = "Me"
#: What cameras and telephones call their photos.
CAMERA_WORDS = frozenset(
    "img image dsc dscn dscf pxl mvimg photo pic picture screenshot whatsapp wa p vid foto".split()
)
#: Accents on one letter; more of them are drawn over the lines around it.
MAX_ACCENTS = 2


@dataclass(frozen=True)
class Skipped:
    """A file that was not taken, and why.

    Attributes:
        name: as it may be shown: cleaned, still to be escaped.
        sentence: what is wrong and what to do, complete without ``name``.
    """

    name: str
    sentence: str


@dataclass(frozen=True, eq=False)
class OwnPerson:
    """Somebody from an upload.

    Attributes:
        name: cleaned by ``clean_name``; text, not HTML.
        crops: (n, S, S, 3) uint8 RGB faces, n >= 2.
        labels: by task: one label per crop, None where nobody gave one.

    Raises:
        InvalidData: fewer than two crops, or labels that do not fit them.
    """

    name: str
    crops: np.ndarray = field(repr=False)
    labels: Mapping[str, tuple[int | None, ...]] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", clean_name(self.name))
        shape = self.crops.shape
        if len(shape) != 4 or shape[1] != shape[2] or shape[3] != 3 or self.crops.dtype != np.uint8:
            raise InvalidData(f"The faces of {self.name} are not square RGB pictures; crop them again.")
        if len(self.crops) < 2:
            raise InvalidData(f"{self.name} has {len(self.crops)} usable photo; give at least 2 to measure forgetting.")
        if any(len(labels) != len(self.crops) for labels in self.labels.values()):
            raise InvalidData(f"The labels of {self.name} do not fit the photos; give one per photo.")


def clean_name(text: str, length: int = LIMITS.name_length) -> str:
    """A name that can do no harm as text: composed (NFC), on one line, without what is invisible or turns the line.

    Control and format characters (bidi overrides, zero-width signs), unassigned and private code points and surrogates
    are removed, piled-up accents thinned. HTML stays text, to be escaped where it is shown.
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
    """Who a photo shows by its path: the top folder; for files in no folder, the file's name without its number.

    ``Anna/1.jpg`` and ``anna 2.jpg`` show Anna and anna; names that cameras give (``IMG_1234.jpg``) say nothing, and
    all such photos show one person, ``NAMELESS``.
    """
    if len(parts) > 1:
        return clean_name(parts[0])
    stem = unicodedata.normalize("NFKC", PurePosixPath(parts[0]).stem)
    words = "".join(" " if c.isdigit() or c in "_-.()[]#+~," else c for c in stem).split()
    said = [word for word in words if word.lower() not in CAMERA_WORDS]
    return clean_name(" ".join(said))


def group_by_person(
    faces: Iterable[tuple[str, str, np.ndarray]], limits: UploadLimits = LIMITS
) -> tuple[tuple[OwnPerson, ...], tuple[Skipped, ...]]:
    """Confirmed crops as people, in the order of their first photo.

    Args:
        faces: (name of the person, name of the file, (S, S, 3) uint8 crop).

    Returns:
        People, and what was left out: equal crops, photos beyond the limits, people with a single photo.

    Raises:
        InvalidData: nobody has two photos.
    """
    crops: dict[str, dict[bytes, np.ndarray]] = {}
    skipped = []
    for who, file, crop in faces:
        name = clean_name(who)
        if name not in crops and len(crops) == limits.people:
            skipped.append(Skipped(clean_name(file), f"There are more than {limits.people} people; leave some out."))
            continue
        own = crops.setdefault(name, {})
        if crop.tobytes() in own:
            skipped.append(Skipped(clean_name(file), f"{name} has the same photo already; it counts once."))
        elif len(own) == limits.photos_per_person:
            skipped.append(
                Skipped(clean_name(file), f"{name} has {limits.photos_per_person} photos already; leave some out.")
            )
        else:
            own[crop.tobytes()] = crop
    alone = [name for name, own in crops.items() if len(own) < 2]
    skipped += [Skipped(name, f"{name} has one usable photo only; give at least 2.") for name in alone]
    people = tuple(OwnPerson(name, np.stack(list(own.values()))) for name, own in crops.items() if len(own) > 1)
    if not people:
        raise InvalidData(
            "Nobody has 2 usable photos; give at least 2 photos of one person, with the face well visible."
        )
    return people, tuple(skipped)
