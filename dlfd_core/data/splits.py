"""Splits a data set into retain, forget, validation and unseen photos, by person and with a seed.

No person is in two sets, with two exceptions. The task ``identity``, whose classes are the people, is split by photo. A
published forget set may hold only some photos of a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from dlfd_core.data.forget_sets import find_forget_set
from dlfd_core.data.label_space import MAX_ATTRIBUTES, Attributes, LabelSpace, SingleLabel
from dlfd_core.data.minimum import check_measurable
from dlfd_core.data.schema import ROLES, FaceData, Role, Task
from dlfd_core.errors import InvalidData, InvalidRequest, UnknownName
from dlfd_core.seeding import make_rng
from dlfd_core.types import IDENTITY, DataCounts

#: Shares of people for data sets without a published split: train, validation, unseen.
SHARES = (0.60, 0.15, 0.25)


@dataclass(frozen=True)
class TaskData:
    """One task on one data set, with the photos of each role, before any forget request.

    Attributes:
        space: the meaning of the labels.
        labels: (N,) int64 for all photos of the data set (-1: the photo takes no part in this task).
        train, validation, unseen: photo indices by role.
        same_people: True where the roles hold different photos of the same people (task ``identity``), not different
            people.
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
        """Ids of the people who can be forgotten, in the order of the data set."""
        return [self.data.people[i].id for i in np.unique(self.data.person[self.train])]


@dataclass(frozen=True)
class Splits:
    """Photo indices of one forget request.

    Accuracy is measured on ``validation`` and ``unseen``. A membership attack compares the forget photos (members) with
    ``validation_non_members`` or ``unseen_non_members``: photos that the model was not trained on. Where the roles hold
    different people, these are the same photos as ``validation`` and ``unseen``. For the task ``identity`` they are
    held-out photos of the forgotten people, because photos of people without a class have no loss.

    Attributes:
        by_person: True where the non-members are other people than the members (null bands then split by person),
            False where they are other photos of the same people.
        shared_people: number of people with photos in both ``forget`` and ``retain``; published forget sets can have
            them.
    """

    retain: np.ndarray
    forget: np.ndarray
    validation: np.ndarray
    unseen: np.ndarray
    validation_non_members: np.ndarray
    unseen_non_members: np.ndarray
    by_person: bool
    shared_people: int = 0

    @property
    def compared(self) -> np.ndarray:
        """The photos that a membership attack compares: ``forget``, then ``unseen_non_members``."""
        return np.concatenate([self.forget, self.unseen_non_members])

    def counts(self, data: FaceData) -> DataCounts:
        """Number of people and photos in each set."""
        sets = {"retain": self.retain, "forget": self.forget, "validation": self.validation, "unseen": self.unseen}
        people = {name: len(np.unique(data.person[index])) for name, index in sets.items()}
        return DataCounts(people, {name: len(index) for name, index in sets.items()}, data.skipped, data.digest)


def assign_roles(data: FaceData, seed: int = 0) -> np.ndarray:
    """Role of each person, (P,): the published role, or a draw with ``seed`` by ``SHARES``.

    Raises:
        InvalidData: there are too few people for three sets.
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
    """Prepare a task of a data set by its name: labels, label space and the photos of each role.

    Raises:
        UnknownName: the data set has no such task.
        InvalidData: no training person shows one of the classes, or there are too few people.
    """
    if task == IDENTITY:
        return _identity_task(data, seed)
    named_task, space = find_task(data, task)
    roles = assign_roles(data, seed)[data.person]  # (N,)
    index: dict[Role, np.ndarray] = {role: np.flatnonzero(roles == role) for role in ROLES}
    if absent := _absent_classes(space, named_task.labels[index["train"]]):
        raise InvalidData(
            f"No training person shows the class {', '.join(absent)} of task {task}; drop the class or add photos."
        )
    train, validation, unseen = (index[role] for role in ROLES)
    return TaskData(data, task, space, named_task.labels, train, validation, unseen, same_people=False)


def _absent_classes(space: LabelSpace, labels: np.ndarray) -> list[str]:
    """Classes that no photo has.

    With several attributes, the values of each are checked, not their combinations, as each is learned by itself.
    """
    if not isinstance(space, Attributes):
        return [name for i, name in enumerate(space.classes) if i not in set(labels.tolist())]
    values = [set((labels >> bit & 1).tolist()) for bit in range(space.outputs)]
    return [
        f"{'yes' if 1 not in present else 'no'} of {name}"
        for name, present in zip(space.names, values, strict=True)
        if len(present) < 2
    ]


def find_task(data: FaceData, name: str) -> tuple[Task, LabelSpace]:
    """The task with this name, or several yes/no tasks joined by a plus: ``smiling+glasses``."""
    parts = name.split("+")
    for part in parts:
        if part in data.refused_tasks:
            raise InvalidData(data.refused_tasks[part])
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
    """Join yes/no tasks into one task with several attributes; bit a of a label is the class of task a."""
    labels = sum(task.labels << bit for bit, task in enumerate(tasks))
    # the first attribute changes fastest, as bit 0 of the label does
    combinations = product(*(task.classes for task in reversed(tasks)))
    classes = tuple(
        ", ".join(f"{task.title.lower()}: {value}" for task, value in zip(tasks, reversed(values), strict=True))
        for values in combinations
    )
    name = "+".join(task.name for task in tasks)
    title = " and ".join(task.title.lower() if i else task.title for i, task in enumerate(tasks))
    return Task(name, title, classes, np.asarray(labels)), Attributes(classes, tuple(task.title for task in tasks))


def _identity_task(data: FaceData, seed: int) -> TaskData:
    """The task ``identity``: each person is a class, and each person's photos are divided by ``SHARES``.

    People with fewer than 4 photos are left out.
    """
    rng = make_rng(seed, "identity photos")
    parts: dict[Role, list[np.ndarray]] = {role: [] for role in ROLES}
    labels = np.full(len(data.person), -1, dtype=np.int64)
    classes: list[str] = []
    for number, person in enumerate(data.people):
        photos = rng.permutation(np.flatnonzero(data.person == number))
        if len(photos) < 4:
            continue
        labels[photos] = len(classes)
        classes.append(person.id)
        first_unseen = max(1, round(SHARES[1] * len(photos)))
        first_train = first_unseen + max(1, round(SHARES[2] * len(photos)))
        parts["validation"].append(photos[:first_unseen])
        parts["unseen"].append(photos[first_unseen:first_train])
        parts["train"].append(photos[first_train:])
    if len(classes) < 3:
        raise InvalidData(
            f"{data.title} has {len(classes)} people with 4 photos or more; the task identity needs at least 3."
        )
    train, validation, unseen = (np.sort(np.concatenate(parts[role])) for role in ROLES)
    return TaskData(data, IDENTITY, SingleLabel(tuple(classes)), labels, train, validation, unseen, same_people=True)


def split_for(task: TaskData, people: Sequence[str]) -> Splits:
    """Divide the training photos into forget (all photos of ``people``, or of the set ``set:NAME``) and retain.

    Raises:
        InvalidRequest: nobody or everybody is picked, or there are too few photos to measure forgetting.
        UnknownName: an id is not the id of a training person, or there is no such forget set.
    """
    splits = _split(task, people)
    groups = task.data.person if splits.by_person else np.arange(len(task.data.person))
    check_measurable(
        splits.forget, splits.validation_non_members, splits.unseen_non_members, groups, same_people=task.same_people
    )
    return splits


def _split(task: TaskData, people: Sequence[str]) -> Splits:
    trainable = task.training_people()
    trainable_ids = set(trainable)
    if not people:
        raise InvalidRequest("Nobody is picked; pick at least one person to forget.")
    members = find_forget_set(task.data, people, trainable_ids)
    if members is not None:
        return _split_forget_set(task, members)
    for person in people:
        if person not in trainable_ids:
            raise UnknownName("person", person, trainable)
    if len(set(people)) >= len(trainable):
        raise InvalidRequest("Everybody is picked; leave at least one person for the model to keep.")
    ids = np.array([person.id for person in task.data.people])
    picked = np.isin(ids, list(people))[task.data.person]  # (N,) whether the photo shows a picked person
    forget, retain = task.train[picked[task.train]], task.train[~picked[task.train]]
    if len(forget) < 2:
        raise InvalidRequest(
            f"The people picked have {len(forget)} training photo; at least 2 are needed to measure forgetting."
        )
    if not task.same_people:
        held_out = (task.validation, task.unseen)
        return Splits(retain, forget, *held_out, *held_out, by_person=True)
    return Splits(
        retain,
        forget,
        task.validation[~picked[task.validation]],
        task.unseen[~picked[task.unseen]],
        task.validation[picked[task.validation]],
        task.unseen[picked[task.unseen]],
        by_person=False,
    )


def _split_forget_set(task: TaskData, members: np.ndarray) -> Splits:
    """Divide the training photos into a published forget set and the rest; a person may have photos in both."""
    if task.same_people:
        raise InvalidRequest("Published forget sets do not go with the task identity; pick people instead.")
    forget, retain = np.intersect1d(task.train, members), np.setdiff1d(task.train, members)
    if len(forget) < 2 or not len(retain):
        raise InvalidRequest(
            f"The forget set has {len(forget)} of {len(task.train)} training photos; at least 2 are needed to measure "
            "forgetting, and one for the model to keep."
        )
    held_out = (task.validation, task.unseen)
    shared = np.intersect1d(task.data.person[forget], task.data.person[retain])
    return Splits(retain, forget, *held_out, *held_out, by_person=True, shared_people=len(shared))
