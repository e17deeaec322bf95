"""Builds a ``FaceData`` from listed photos: the part that all loaders share."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from dlfd_core.data.decoding import Framing, Progress, decode_all
from dlfd_core.data.left_out import left_out_notes, why_none
from dlfd_core.data.names import shown
from dlfd_core.data.schema import FaceData, LeftOut, Person, PhotoFile, Role, Task
from dlfd_core.errors import InvalidData

#: Side of the pictures in the picker, in pixels.
FACE_SIZE = 128
#: With more people than this the picker shows the photos at training size: larger pictures would fill the memory.
MAX_FACES = 2_000


@dataclass(frozen=True)
class Column:
    """A column of labels whose classes are known in advance, in label order."""

    name: str
    title: str
    classes: tuple[str, ...]


def read_photos(
    photos: Iterable[PhotoFile], size: int, framing: Framing, progress: Progress | None
) -> tuple[list[PhotoFile], np.ndarray, list[LeftOut]]:
    """Sort photos by person, then by file, and decode them: the readable photos, their pixels (n, S, S, 3) uint8, and
    the others with reasons."""
    ordered = sorted(photos, key=lambda photo: (photo.person, photo.key))
    images, reasons = decode_all([photo.path for photo in ordered], size, framing, progress)
    pairs = list(zip(ordered, reasons, strict=True))
    left_out = [LeftOut(shown(photo.key), reason) for photo, reason in pairs if reason]
    return [photo for photo, reason in pairs if not reason], images, left_out


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
    """Read a published data set, whose format is known.

    Args:
        photos: as listed, in any order; their ``labels`` are classes of ``columns``.
        margin: see ``Framing``.
        names: names of people by id, where the name is not the id itself.
        notes: remarks of the loader on this copy.

    Raises:
        InvalidData: a listed file is missing, or no photo can be read.
    """
    if not photos:
        raise InvalidData(f"{title} holds no photos; unpack the archive again.")
    missing_paths = [photo.path for photo in photos if not photo.path.is_file()]
    if missing_paths:
        more = f" and {len(missing_paths) - 1:,} more" if len(missing_paths) > 1 else ""
        raise InvalidData(
            f"{title} lists photos that are not there ({missing_paths[0]}{more}); unpack the archive again."
        )
    photos_by_role, role_notes = separate_people_by_role(photos)
    framing = Framing(margin=margin)
    readable, images, left_out = read_photos(photos_by_role, size, framing, progress)
    if not readable:
        raise InvalidData(
            f"None of the {len(photos)} photos of {title} can be read ({why_none(left_out)}); unpack the archive again."
        )
    tasks = {}
    for i, column in enumerate(columns):
        label_of = {value: label for label, value in enumerate(column.classes)}
        labels = np.array([label_of[photo.labels[i]] for photo in readable], dtype=np.int64)
        tasks[column.name] = Task(column.name, column.title, column.classes, labels)
    return assemble(
        name,
        title,
        readable,
        images,
        tasks,
        unreadable=left_out,
        framing=framing,
        names=names,
        notes=(*notes, *role_notes, *left_out_notes(left_out, missing_people(photos_by_role, readable))),
    )


def missing_people(photos: Iterable[PhotoFile], readable: Iterable[PhotoFile]) -> list[str]:
    """People none of whose listed photos can be read, sorted."""
    return sorted({photo.person for photo in photos} - {photo.person for photo in readable})


def separate_people_by_role(photos: Sequence[PhotoFile]) -> tuple[list[PhotoFile], tuple[str, ...]]:
    """Count a person with photos in several published sets as one person per set; a note says how many there are."""
    roles: dict[str, set[Role | None]] = defaultdict(set)
    for photo in photos:
        roles[photo.person].add(photo.role)
    mixed = {person for person, person_roles in roles.items() if len(person_roles) > 1}
    if not mixed:
        return list(photos), ()
    note = (
        f"The published sets are not split by person: people with photos in several of them ({len(mixed)}) count as a "
        "different person in each, so scores on unseen people look better than they are."
    )
    separated = [
        replace(photo, person=f"{photo.person}@{photo.role}") if photo.person in mixed else photo for photo in photos
    ]
    return separated, (note,)


def assemble(
    name: str,
    title: str,
    photos: Sequence[PhotoFile],
    images: np.ndarray,
    tasks: dict[str, Task],
    *,
    unreadable: Sequence[LeftOut],
    framing: Framing,
    names: Mapping[str, str] | None = None,
    notes: tuple[str, ...] = (),
    not_listed: Sequence[LeftOut] = (),
    refused_tasks: Mapping[str, str] | None = None,
) -> FaceData:
    """Build the data set from its parts.

    Args:
        photos: the readable photos, sorted by person; ``images`` (N, S, S, 3) and the labels of ``tasks`` are in the
            same order.
        unreadable: listed photos that could not be decoded; ``not_listed``: files that were no photos at all.
        refused_tasks: see ``FaceData``.
    """
    ids = sorted({photo.person for photo in photos})
    index_of = {person_id: i for i, person_id in enumerate(ids)}
    person = np.array([index_of[photo.person] for photo in photos], dtype=np.int64)
    firsts = np.unique(person, return_index=True)[1]
    roles = [photos[i].role for i in firsts]
    set_names = sorted({set_name for photo in photos for set_name in photo.sets})
    forget_sets = {
        set_name: np.array([i for i, photo in enumerate(photos) if set_name in photo.sets], dtype=np.int64)
        for set_name in set_names
    }
    return FaceData(
        name=name,
        title=title,
        images=images,
        person=person,
        people=_people(ids, roles, names or {}, person, tasks),
        tasks=tasks,
        digest=data_digest(images, person, ids, roles, tasks, forget_sets),
        faces=_faces([photos[i].path for i in firsts], images[firsts], framing, title),
        skipped=len(unreadable),
        left_out=(*not_listed, *unreadable),
        refused_tasks=dict(refused_tasks or {}),
        forget_sets=forget_sets,
        notes=notes,
        files=tuple(shown(photo.key) for photo in photos),
    )


def _faces(paths: list[Path], small: np.ndarray, framing: Framing, title: str) -> np.ndarray:
    """Pictures for the picker, (P, T, T, 3) uint8: the first readable photo of each person."""
    if len(paths) > MAX_FACES:
        return small
    faces, reasons = decode_all(paths, FACE_SIZE, framing)
    if any(reasons):
        raise InvalidData(f"Photos in {title} changed while they were read; try again.")
    return faces


def _people(
    ids: list[str], roles: list[Role | None], names: Mapping[str, str], person: np.ndarray, tasks: dict[str, Task]
) -> tuple[Person, ...]:
    """One ``Person`` per id. A label that all photos of a person share becomes an attribute of the person."""
    ends = np.searchsorted(person, np.arange(len(ids) + 1))  # photos are sorted by person: each has one slice of them
    people = []
    for i, person_id in enumerate(ids):
        attributes = {}
        for task in tasks.values():
            labels = task.labels[ends[i] : ends[i + 1]]
            if (labels == labels[0]).all():
                attributes[task.title] = task.classes[labels[0]]
        people.append(Person(person_id, names.get(person_id, person_id.replace("_", " ")), roles[i], attributes))
    return tuple(people)


def data_digest(
    images: np.ndarray,
    person: np.ndarray,
    ids: Sequence[str],
    roles: Sequence[Role | None] = (),
    tasks: Mapping[str, Task] | None = None,
    forget_sets: Mapping[str, np.ndarray] | None = None,
) -> str:
    """Hex sha256 over pixels, identities, labels and published splits.

    Names are hashed as JSON, so that two different lists never give the same bytes.
    """
    task_list = list((tasks or {}).values())
    names: list[object] = [images.shape, ids, [(task.name, task.classes) for task in task_list]]
    if any(roles):
        names += [roles, {name: members.tolist() for name, members in (forget_sets or {}).items()}]
    digest = hashlib.sha256(json.dumps(names).encode())
    for array in (images, person, *(task.labels for task in task_list)):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
