"""A visitor's own people as a data set: joined to the portraits, or alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from PIL import Image

from dlfd_core.data.assembly import FACE_SIZE, data_digest
from dlfd_core.data.schema import ROLES, FaceData, Person, Role, Task
from dlfd_core.data.splits import assign_roles
from dlfd_core.errors import InvalidData
from dlfd_core.own_photos.people import OwnPerson
from dlfd_core.types import MINIMUM_OWN_PEOPLE, OWN_DATA_PREFIX, OWN_PERSON_ID

#: Task name, (n, S, S, 3) uint8 -> (n,) labels: what the original of that task says about photos without a label; None
#: where there is no such original.
Propose = Callable[[str, np.ndarray], np.ndarray | None]

OTHER_PICTURES = (
    "Your photos are photographs and the people the model never saw are drawn, so an attack may also tell the two "
    "apart by the kind of picture; compare with a model retrained without your photos."
)


def join(portraits: FaceData, people: Sequence[OwnPerson], *, token: str, propose: Propose | None = None) -> FaceData:
    """The portraits and, after them, the own people as ``me1``, ``me2`` ... in the role ``train``.

    Everything about the portraits stays: order, roles, labels, forget sets. Tasks that an own photo has no label for
    are left out, unless ``propose`` gives one; ``notes`` say how many labels are such proposals. The task ``identity``
    needs no labels.

    Args:
        token: makes the name of the data set unique; it is in ``name`` only.

    Raises:
        InvalidData: nobody is given, or crops have another side than the portraits.
    """
    _check_sides(people, portraits.images.shape[1])
    offset, crops = len(portraits.people), _crops(people)
    tasks, proposed = {}, {}
    for name, task in portraits.tasks.items():
        labelled = _labels(task, people, crops, propose)
        if labelled is not None:
            labels, proposed[name] = labelled
            tasks[name] = replace(task, labels=np.concatenate([task.labels, labels]))
    person = np.concatenate([portraits.person, _owners(people) + offset])
    drawn = portraits.faces if portraits.faces is not None else _first_photos(portraits)
    return _assembled(
        f"{OWN_DATA_PREFIX}{token}",
        f"{portraits.title} and your own people",
        np.concatenate([portraits.images, crops]),
        person,
        (*_with_roles(portraits), *_people(people, "train")),
        tasks,
        np.concatenate([drawn, _faces(people, drawn.shape[1])]),
        forget_sets=portraits.forget_sets,
        skipped=portraits.skipped,
        notes=(*portraits.notes, *_proposal_notes(proposed, len(crops)), OTHER_PICTURES),
    )


def only_own(
    people: Sequence[OwnPerson],
    *,
    token: str,
    tasks: Mapping[str, Task] | None = None,
    propose: Propose | None = None,
) -> FaceData:
    """The own people alone; their roles (training, validation, test) are drawn later (``splits.assign_roles``).

    Args:
        tasks: give names, titles and classes beside ``identity``, e.g. those of the portraits; classes that no own
            photo shows are left out, and so are tasks with fewer than two classes left.

    Raises:
        InvalidData: fewer than ``MINIMUM_OWN_PEOPLE`` people, or crops of different sides.
    """
    check_enough_people(people)
    _check_sides(people, people[0].crops.shape[1])
    crops = _crops(people)
    kept, proposed = {}, {}
    for name, task in (tasks or {}).items():
        labelled = _labels(task, people, crops, propose)
        if labelled is not None and len(np.unique(labelled[0])) > 1:
            present, labels = np.unique(labelled[0], return_inverse=True)
            kept[name] = replace(task, classes=tuple(task.classes[i] for i in present), labels=labels.astype(np.int64))
            proposed[name] = labelled[1]
    return _assembled(
        f"{OWN_DATA_PREFIX}{token}",
        "Your own people",
        crops,
        _owners(people),
        _people(people, None),
        kept,
        _faces(people, FACE_SIZE),
        notes=_proposal_notes(proposed, len(crops)),
    )


def own_photo_indices(data: FaceData) -> np.ndarray:
    """(n,) indices of the photos of own people in a data set that ``join`` or ``only_own`` made."""
    is_own = np.array([OWN_PERSON_ID.fullmatch(person.id) is not None for person in data.people])
    return np.flatnonzero(is_own[data.person])


def check_enough_people(people: Sequence[OwnPerson]) -> None:
    """Raises ``InvalidData`` where there are too few own people to divide into three sets."""
    if len(people) < MINIMUM_OWN_PEOPLE:
        raise InvalidData(
            f"There are {len(people)} people; give at least {MINIMUM_OWN_PEOPLE}, or let your people join the "
            "portraits."
        )


def _check_sides(people: Sequence[OwnPerson], side: int) -> None:
    if not people:
        raise InvalidData("There is nobody to join; give photos of at least one person.")
    if any(one.crops.shape[1] != side for one in people):
        raise InvalidData(f"The faces must be cropped to {side} pixels; crop them again.")


def _crops(people: Sequence[OwnPerson]) -> np.ndarray:
    return np.concatenate([one.crops for one in people])


def _owners(people: Sequence[OwnPerson]) -> np.ndarray:
    """(n,) int64: index of the person of each crop."""
    return np.repeat(np.arange(len(people)), [len(one.crops) for one in people]).astype(np.int64)


def _people(people: Sequence[OwnPerson], role: Role | None) -> tuple[Person, ...]:
    return tuple(Person(f"me{i + 1}", one.name, role, {"from": "your photos"}) for i, one in enumerate(people))


def _faces(people: Sequence[OwnPerson], side: int) -> np.ndarray:
    """(P, side, side, 3): the first crop of each."""
    return np.stack([np.asarray(Image.fromarray(one.crops[0]).resize((side, side))) for one in people])


def _with_roles(data: FaceData) -> tuple[Person, ...]:
    """The people with their published roles, or with drawn ones, so that own people join a fixed split."""
    roles = assign_roles(data)
    return tuple(
        replace(person, role=ROLES[ROLES.index(role)]) for person, role in zip(data.people, roles, strict=True)
    )


def _first_photos(data: FaceData) -> np.ndarray:
    return data.images[np.unique(data.person, return_index=True)[1]]


def _labels(
    task: Task, people: Sequence[OwnPerson], crops: np.ndarray, propose: Propose | None
) -> tuple[np.ndarray, int] | None:
    """(n,) int64 labels and how many of them are proposals; None where labels are missing and not proposed."""
    given = [label for one in people for label in one.labels.get(task.name, (None,) * len(one.crops))]
    if any(label is not None and not 0 <= label < len(task.classes) for label in given):
        raise InvalidData(f"A photo has a label that the task {task.name} does not have; choose it from the list.")
    missing = np.array([label is None for label in given])
    labels = np.array([-1 if label is None else label for label in given], dtype=np.int64)
    if not missing.any():
        return labels, 0
    guesses = None if propose is None else propose(task.name, crops[missing])
    if guesses is None:
        return None
    labels[missing] = guesses
    return labels, int(missing.sum())


def _proposal_notes(proposed: Mapping[str, int], count: int) -> tuple[str, ...]:
    listed = ", ".join(f"{name} {number} of {count}" for name, number in proposed.items() if number)
    if not listed:
        return ()
    return (
        f"The original model guessed the labels of your photos that nobody gave ({listed}). Where a label is such a "
        "guess, the loss of the photo is small even before the model is trained on it.",
    )


def _assembled(
    name: str,
    title: str,
    images: np.ndarray,
    person: np.ndarray,
    people: tuple[Person, ...],
    tasks: dict[str, Task],
    faces: np.ndarray,
    *,
    forget_sets: dict[str, np.ndarray] | None = None,
    skipped: int = 0,
    notes: tuple[str, ...] = (),
) -> FaceData:
    ids, roles, sets = [one.id for one in people], [one.role for one in people], forget_sets or {}
    digest = data_digest(images, person, ids, roles, tasks, sets)
    return FaceData(name, title, images, person, people, tasks, digest, faces, skipped, sets, notes)
