"""Who is in which set: by person, seeded, never by photo (except for the task whose classes are the people)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from dlfd_core.data.forget_sets import members_of
from dlfd_core.data.label_space import MAX_ATTRIBUTES, Attributes, LabelSpace, SingleLabel
from dlfd_core.data.schema import ROLES, FaceData, Role, Task
from dlfd_core.errors import InvalidData, InvalidRequest, UnknownName
from dlfd_core.seeding import make_rng
from dlfd_core.types import DataCounts

#: Shares of people for data sets without a published split: train, validation, unseen.
SHARES = (0.60, 0.15, 0.25)
#: The task whose classes are the training people themselves.
IDENTITY = "identity"


@dataclass(frozen=True)
class TaskData:
    """One task on one data set: the photos each role holds, before anybody is forgotten.

    Attributes:
        space: what the labels mean.
        labels: (N,) int64 for all photos of the data set (-1: the photo takes no part in this task).
        train, validation, unseen: photo indices by role.
        same_people: the roles hold different photos of the same people (task ``identity``) instead of different people.
    """

    data: FaceData
    task: str
    space: LabelSpace
    labels: np.ndarray
    train: np.ndarray
    validation: np.ndarray
    unseen: np.ndarray
    same_people: bool

    @property
    def classes(self) -> tuple[str, ...]:
        return self.space.classes

    def training_people(self) -> list[str]:
        """Ids of the people who can be forgotten, in data order."""
        return [self.data.people[i].id for i in np.unique(self.data.person[self.train])]


@dataclass(frozen=True)
class Splits:
    """Photo indices of one forget request.

    ``validation`` and ``unseen`` measure accuracy; ``validation_strangers`` and ``unseen_strangers`` are what an
    attacker compares the forget photos with: photos the model was not trained on. Where the roles hold different
    people these are the same photos. For the task ``identity`` they are other photos of the forgotten people,
    since photos of people without a class have no loss.

    Attributes:
        by_person: whether strangers are other people (null bands then split by person) or other photos.
        shared_people: people with photos in both ``forget`` and ``retain``, as published forget sets may have them.
    """

    retain: np.ndarray
    forget: np.ndarray
    validation: np.ndarray
    unseen: np.ndarray
    validation_strangers: np.ndarray
    unseen_strangers: np.ndarray
    by_person: bool
    shared_people: int = 0

    def counts(self, data: FaceData) -> DataCounts:
        named = {"retain": self.retain, "forget": self.forget, "validation": self.validation, "unseen": self.unseen}
        people = {name: len(np.unique(data.person[index])) for name, index in named.items()}
        return DataCounts(people, {name: len(index) for name, index in named.items()}, data.skipped, data.digest)


def assign_roles(data: FaceData, seed: int = 0) -> np.ndarray:
    """(P,) role per person: the published one, or a seeded draw with ``SHARES``.

    Raises:
        InvalidData: too few people for three sets.
    """
    if all(person.role is not None for person in data.people):
        return np.array([person.role for person in data.people])
    count = len(data.people)
    if count < 6:
        raise InvalidData(
            f"{data.title} has {count} people; at least 6 are needed to train, validate and test on others."
        )
    validation, unseen = (max(2, round(share * count)) for share in SHARES[1:])
    train = count - validation - unseen
    roles: np.ndarray = np.empty(count, dtype=object)
    order = make_rng(seed, "roles").permutation(count)
    for role, members in zip(ROLES, np.split(order, [train, train + validation]), strict=True):
        roles[members] = role
    return roles


def prepare_task(data: FaceData, task: str, seed: int = 0) -> TaskData:
    """Bring a data set and a task's name together.

    Raises:
        UnknownName: the data set has no such task.
        InvalidData: a class no training person shows, or too few people.
    """
    if task == IDENTITY:
        return _identity_task(data, seed)
    found, space = _task_named(data, task)
    roles = assign_roles(data, seed)[data.person]  # (N,)
    index: dict[Role, np.ndarray] = {role: np.flatnonzero(roles == role) for role in ROLES}
    if absent := _absent(space, found.labels[index["train"]]):
        raise InvalidData(
            f"No training person shows the class {', '.join(absent)} of task {task}; drop the class or add photos."
        )
    train, validation, unseen = (index[role] for role in ROLES)
    return TaskData(data, task, space, found.labels, train, validation, unseen, same_people=False)


def _absent(space: LabelSpace, labels: np.ndarray) -> list[str]:
    """Classes nobody shows. Of attributes only their single values count: each is learned on its own."""
    if not isinstance(space, Attributes):
        return [name for i, name in enumerate(space.classes) if i not in set(labels.tolist())]
    values = [set((labels >> bit & 1).tolist()) for bit in range(space.outputs)]
    return [
        f"{'yes' if 1 not in seen else 'no'} of {name}"
        for name, seen in zip(space.names, values, strict=True)
        if len(seen) < 2
    ]


def _task_named(data: FaceData, name: str) -> tuple[Task, LabelSpace]:
    """A task of the data set, or several yes/no tasks of it at once: ``smiling+glasses``."""
    parts = name.split("+")
    for part in parts:
        if part not in data.tasks:
            raise UnknownName("task", part, [*data.tasks, IDENTITY])
    tasks = [data.tasks[part] for part in parts]
    if len(tasks) == 1:
        return tasks[0], SingleLabel(tasks[0].classes)
    if len(set(parts)) < len(parts):
        raise InvalidRequest(f"The task {name} names an attribute twice; name each once.")
    if len(parts) > MAX_ATTRIBUTES:
        raise InvalidRequest(f"The task {name} joins {len(parts)} attributes; at most {MAX_ATTRIBUTES} can be joined.")
    for task in tasks:
        if len(task.classes) != 2:
            raise InvalidRequest(
                f"The task {task.name} has {len(task.classes)} classes; only tasks with two can be joined by a plus."
            )
    return join_tasks(tasks)


def join_tasks(tasks: Sequence[Task]) -> tuple[Task, LabelSpace]:
    """Yes/no tasks as one task with several attributes; bit a of a label is the class of task a."""
    labels = sum(task.labels << bit for bit, task in enumerate(tasks))
    every = product(*(task.classes for task in reversed(tasks)))  # the first attribute changes fastest, as bit 0 does
    classes = tuple(
        ", ".join(f"{task.title.lower()}: {said}" for task, said in zip(tasks, reversed(values), strict=True))
        for values in every
    )
    name, title = (
        "+".join(task.name for task in tasks),
        " and ".join(task.title.lower() if i else task.title for i, task in enumerate(tasks)),
    )
    return Task(name, title, classes, np.asarray(labels)), Attributes(classes, tuple(task.title for task in tasks))


def _identity_task(data: FaceData, seed: int) -> TaskData:
    """Everybody is a class; each person's photos are divided by ``SHARES``. People with under 4 photos are left out."""
    rng = make_rng(seed, "identity photos")
    parts: dict[Role, list[np.ndarray]] = {role: [] for role in ROLES}
    labels = np.full(len(data.person), -1, dtype=np.int64)
    classes: list[str] = []
    for who, person in enumerate(data.people):
        photos = rng.permutation(np.flatnonzero(data.person == who))
        if len(photos) < 4:
            continue
        labels[photos] = len(classes)
        classes.append(person.id)
        held = max(1, round(SHARES[1] * len(photos))), max(1, round(SHARES[2] * len(photos)))
        parts["validation"].append(photos[: held[0]])
        parts["unseen"].append(photos[held[0] : sum(held)])
        parts["train"].append(photos[sum(held) :])
    if len(classes) < 3:
        raise InvalidData(
            f"{data.title} has {len(classes)} people with 4 photos or more; the task identity needs at least 3."
        )
    train, validation, unseen = (np.sort(np.concatenate(parts[role])) for role in ROLES)
    return TaskData(data, IDENTITY, SingleLabel(tuple(classes)), labels, train, validation, unseen, same_people=True)


def split_for(task: TaskData, people: Sequence[str]) -> Splits:
    """Divide the training photos into forget (all photos of ``people``, or ``set:NAME``) and retain.

    Raises:
        InvalidRequest: nobody or everybody is picked, or the forget photos are fewer than two.
        UnknownName: an id that is not a training person's, or no such forget set.
    """
    trainable = task.training_people()
    known = set(trainable)
    if not people:
        raise InvalidRequest("Nobody is picked; pick at least one person to forget.")
    members = members_of(task.data, people, known)
    if members is not None:
        return _split_off(task, members)
    for person in people:
        if person not in known:
            raise UnknownName("person", person, trainable)
    if len(set(people)) >= len(trainable):
        raise InvalidRequest("Everybody is picked; leave at least one person for the model to keep.")
    ids = np.array([person.id for person in task.data.people])
    picked = np.isin(ids, list(people))[task.data.person]  # (N,) photo is of a picked person
    forget, retain = task.train[picked[task.train]], task.train[~picked[task.train]]
    if len(forget) < 2:
        raise InvalidRequest(
            f"The people picked have {len(forget)} training photo; at least 2 are needed to measure forgetting."
        )
    if not task.same_people:
        held = (task.validation, task.unseen)
        return Splits(retain, forget, *held, *held, by_person=True)
    return Splits(
        retain,
        forget,
        task.validation[~picked[task.validation]],
        task.unseen[~picked[task.unseen]],
        task.validation[picked[task.validation]],
        task.unseen[picked[task.unseen]],
        by_person=False,
    )


def _split_off(task: TaskData, members: np.ndarray) -> Splits:
    """Photos of a published forget set against the other training photos, whoever they show."""
    if task.same_people:
        raise InvalidRequest("Published forget sets do not go with the task identity; pick people instead.")
    forget, retain = np.intersect1d(task.train, members), np.setdiff1d(task.train, members)
    if len(forget) < 2 or not len(retain):
        raise InvalidRequest(
            f"The forget set has {len(forget)} of {len(task.train)} training photos; at least 2 are needed to measure "
            "forgetting, and one for the model to keep."
        )
    held = (task.validation, task.unseen)
    shared = np.intersect1d(task.data.person[forget], task.data.person[retain])
    return Splits(retain, forget, *held, *held, by_person=True, shared_people=len(shared))


def resolve_people(task: TaskData, text: str, seed: int) -> tuple[str, ...]:
    """``random:N`` (seeded), ``set:NAME`` or ``ID,ID,...`` -> sorted ids; a set stays as it is.

    Raises:
        InvalidRequest: a malformed or too large number. UnknownName: an id nobody has, or no such set.
    """
    trainable = task.training_people()
    if not text.startswith("random:"):
        wanted = {part.strip() for part in text.split(",") if part.strip()}
        split_for(task, sorted(wanted))
        return tuple(sorted(wanted))
    number = text.removeprefix("random:")
    if not (number.isascii() and number.isdigit() and 0 < int(number) < len(trainable)):
        raise InvalidRequest(f"{text!r}: the number after random: must be between 1 and {len(trainable) - 1}.")
    chosen = make_rng(seed, "people").choice(len(trainable), size=int(number), replace=False)
    return tuple(sorted(trainable[i] for i in chosen))
