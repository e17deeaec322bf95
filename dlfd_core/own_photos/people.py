"""Own people: confirmed face crops of an upload, grouped by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np

from dlfd_core.errors import InvalidData
from dlfd_core.own_photos.reading.limits import LIMITS, UploadLimits
from dlfd_core.own_photos.reading.names import Skipped, clean_name


@dataclass(frozen=True, eq=False)
class OwnPerson:
    """A person from an upload.

    Attributes:
        name: cleaned by ``clean_name``; text, not HTML.
        crops: (n, S, S, 3) uint8 RGB faces, n >= 2.
        labels: by task: one label per crop, None where it is unknown.

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


def group_by_person(
    faces: Iterable[tuple[str, str, np.ndarray]], limits: UploadLimits = LIMITS
) -> tuple[tuple[OwnPerson, ...], tuple[Skipped, ...]]:
    """Group confirmed crops into people, in the order of their first photo.

    Args:
        faces: (name of the person, name of the file, (S, S, 3) uint8 crop).

    Returns:
        People, and what was skipped: equal crops, photos beyond the limits, people with a single photo.

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
        of_person = crops.setdefault(name, {})
        if crop.tobytes() in of_person:
            skipped.append(Skipped(clean_name(file), f"{name} has the same photo already; it counts once."))
        elif len(of_person) == limits.photos_per_person:
            skipped.append(
                Skipped(clean_name(file), f"{name} has {limits.photos_per_person} photos already; leave some out.")
            )
        else:
            of_person[crop.tobytes()] = crop
    single = [name for name, of_person in crops.items() if len(of_person) < 2]
    skipped += [Skipped(name, f"{name} has one usable photo only; give at least 2.") for name in single]
    people = tuple(
        OwnPerson(name, np.stack(list(of_person.values()))) for name, of_person in crops.items() if len(of_person) > 1
    )
    if not people:
        raise InvalidData(
            "Nobody has 2 usable photos; give at least 2 photos of one person, with the face well visible."
        )
    return people, tuple(skipped)
