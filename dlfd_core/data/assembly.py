"""From listed photos to a data set: what all loaders have in common."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from pathlib import Path

import numpy as np

from dlfd_core.data.decoding import Framing, Progress, decode_all
from dlfd_core.data.schema import FaceData, Person, PhotoFile, Role, Task
from dlfd_core.errors import InvalidData

#: Side of the pictures for the picker.
FACE_SIZE = 128
#: With more people than this the picker's pictures are the photos as they were read: larger ones fill the memory.
MAX_FACES = 2_000


@dataclass(frozen=True)
class Column:
    """A column of labels whose classes are known beforehand, in label order."""

    name: str
    title: str
    classes: tuple[str, ...]


def read_photos(
    photos: Iterable[PhotoFile], size: int, framing: Framing, progress: Progress | None
) -> tuple[list[PhotoFile], np.ndarray]:
    """The readable photos by person and then by file, and their pictures (n, S, S, 3) uint8."""
    ordered = sorted(photos, key=lambda photo: (photo.person, photo.key))
    images, readable = decode_all([photo.path for photo in ordered], size, framing, progress)
    return list(compress(ordered, readable)), images


def read_published(
    name: str,
    title: str,
    photos: Sequence[PhotoFile],
    columns: Sequence[Column] = (),
    *,
    size: int,
    progress: Progress | None,
    margin: float = 0.0,
    names: Mapping[str, str] | None = None,
    notes: Sequence[str] = (),
) -> FaceData:
    """A data set of known format.

    Args:
        photos: as listed, in any order; ``labels`` are classes of ``columns``.
        margin: as in ``Framing``.
        names: of people, by id, where they are not the id itself.
        notes: what the loader has to say about this copy.

    Raises:
        InvalidData: a listed file is not there, or no photo can be read.
    """
    if not photos:
        raise InvalidData(f"{title} holds no photos; unpack the archive again.")
    absent = [photo.path for photo in photos if not photo.path.is_file()]
    if absent:
        more = f" and {len(absent) - 1:,} more" if len(absent) > 1 else ""
        raise InvalidData(f"{title} lists photos that are not there ({absent[0]}{more}); unpack the archive again.")
    single, mixed = one_role_each(photos)
    framing = Framing(margin=margin)
    kept, images = read_photos(single, size, framing, progress)
    if not kept:
        raise InvalidData(f"None of the {len(photos)} photos of {title} can be read; unpack the archive again.")
    tasks = {}
    for i, column in enumerate(columns):
        label = {value: number for number, value in enumerate(column.classes)}
        labels = np.array([label[photo.labels[i]] for photo in kept], dtype=np.int64)
        tasks[column.name] = Task(column.name, column.title, column.classes, labels)
    return assemble(
        name, title, kept, images, tasks, found=len(photos), framing=framing, names=names, notes=(*notes, *mixed)
    )


def one_role_each(photos: Sequence[PhotoFile]) -> tuple[list[PhotoFile], tuple[str, ...]]:
    """A person whose photos stand in several published sets becomes one person per set; a note says how many."""
    roles: dict[str, set[Role | None]] = defaultdict(set)
    for photo in photos:
        roles[photo.person].add(photo.role)
    mixed = {person for person, found in roles.items() if len(found) > 1}
    if not mixed:
        return list(photos), ()
    note = (
        f"The published sets are not divided by person: people with photos in several of them ({len(mixed)}) count as "
        "somebody else in each, which flatters scores on strangers."
    )
    single = [
        replace(photo, person=f"{photo.person}@{photo.role}") if photo.person in mixed else photo for photo in photos
    ]
    return single, (note,)


def assemble(
    name: str,
    title: str,
    photos: Sequence[PhotoFile],
    images: np.ndarray,
    tasks: dict[str, Task],
    *,
    found: int,
    framing: Framing,
    names: Mapping[str, str] | None = None,
    notes: tuple[str, ...] = (),
) -> FaceData:
    """Put the parts together.

    Args:
        photos: readable ones, by person; ``images`` (N, S, S, 3) and the labels of ``tasks`` are in the same order.
        found: photos there were, readable or not.
    """
    ids = sorted({photo.person for photo in photos})
    number = {who: i for i, who in enumerate(ids)}
    person = np.array([number[photo.person] for photo in photos], dtype=np.int64)
    firsts = np.unique(person, return_index=True)[1]
    roles = [photos[i].role for i in firsts]
    sets = sorted({member for photo in photos for member in photo.sets})
    forget_sets = {
        one: np.array([i for i, photo in enumerate(photos) if one in photo.sets], dtype=np.int64) for one in sets
    }
    return FaceData(
        name=name,
        title=title,
        images=images,
        person=person,
        people=_people(ids, roles, names or {}, person, tasks),
        tasks=tasks,
        digest=digest_of(images, person, ids, roles, tasks, forget_sets),
        faces=_faces([photos[i].path for i in firsts], images[firsts], framing, title),
        skipped=found - len(photos),
        forget_sets=forget_sets,
        notes=notes,
    )


def _faces(paths: list[Path], small: np.ndarray, framing: Framing, title: str) -> np.ndarray:
    """(P, T, T, 3) uint8: the first readable photo of each person."""
    if len(paths) > MAX_FACES:
        return small
    faces, readable = decode_all(paths, FACE_SIZE, framing)
    if not readable.all():
        raise InvalidData(f"Photos in {title} changed while they were read; try again.")
    return faces


def _people(
    ids: list[str], roles: list[Role | None], names: Mapping[str, str], person: np.ndarray, tasks: dict[str, Task]
) -> tuple[Person, ...]:
    """One per id; what all photos of a person share is an attribute. Each owns a slice of the photos."""
    ends = np.searchsorted(person, np.arange(len(ids) + 1))
    people = []
    for i, who in enumerate(ids):
        attributes = {}
        for task in tasks.values():
            labels = task.labels[ends[i] : ends[i + 1]]
            if (labels == labels[0]).all():
                attributes[task.title] = task.classes[labels[0]]
        people.append(Person(who, names.get(who, who.replace("_", " ")), roles[i], attributes))
    return tuple(people)


def digest_of(
    images: np.ndarray,
    person: np.ndarray,
    ids: Sequence[str],
    roles: Sequence[Role | None] = (),
    tasks: Mapping[str, Task] | None = None,
    forget_sets: Mapping[str, np.ndarray] | None = None,
) -> str:
    """Hex sha256 over pixels, identities, labels and published splits.

    Names go in as JSON, so that no two lists can read the same.
    """
    told = list((tasks or {}).values())
    names: list[object] = [images.shape, ids, [(task.name, task.classes) for task in told]]
    if any(roles):
        names += [roles, {name: members.tolist() for name, members in (forget_sets or {}).items()}]
    digest = hashlib.sha256(json.dumps(names).encode())
    for array in (images, person, *(task.labels for task in told)):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
