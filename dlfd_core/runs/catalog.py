"""Cards of a data set and its people, for the picker, and look-alikes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlfd_core.data.forget_sets import class_names
from dlfd_core.data.schema import FaceData, Task
from dlfd_core.data.splits import TaskData, assign_roles, find_task, join_tasks, prepare_task
from dlfd_core.data.sprites import make_sprite
from dlfd_core.errors import UnknownName
from dlfd_core.models.outputs import Outputs, people_directions
from dlfd_core.types import IDENTITY, DataCard, PersonCard, TaskCard

#: Largest number of yes/no tasks offered as one; the command line takes any tasks joined by a plus.
JOINED = 3


def data_card(data: FaceData, name: str = "", tasks: Sequence[str] = (), *, public: bool = False) -> DataCard:
    """The data set with the people of its training set, who can be picked, and their pictures.

    Args:
        name: in requests; empty is the name of the data set.
        tasks: those that are offered; empty takes all labels. With the identity alone everybody with enough photos can
            be picked, else the people of the training set.
        public: whether others than the host can open the page; the card then says so.
    """
    if set(tasks) == {IDENTITY}:
        learned = data.person[prepare_task(data, IDENTITY).train]  # the model never sees some photos of each person
        training = np.unique(learned)
    else:
        learned, training = data.person, np.flatnonzero(assign_roles(data) == "train")
    photos = np.bincount(learned, minlength=len(data.people))
    people = tuple(
        PersonCard(data.people[i].id, data.people[i].name, int(photos[i]), tile, dict(data.people[i].attributes))
        for tile, i in enumerate(training)
    )
    faces = None if data.faces is None else make_sprite(data.faces[training], tile=96, columns=14, quality=80)
    cards = [_task_card(data, task) for task in tasks or [task.name for task in offered_tasks(data)]]
    return DataCard(name or data.name, data.title, tuple(cards), people, faces, _about(data, public=public))


def _about(data: FaceData, *, public: bool) -> str:
    if data.name == "portraits":
        return ""
    about = f"These are photos of {data.title}, given by the host of this page."
    return f"{about} Everybody who opens this page sees them." if public else about


def _task_card(data: FaceData, name: str) -> TaskCard:
    """The card of one task by its name; several yes/no tasks may be joined by a plus."""
    if name == IDENTITY:
        return TaskCard(IDENTITY, "Identity", class_names(data, IDENTITY, prepare_task(data, IDENTITY).classes))
    task, _ = find_task(data, name)
    return TaskCard(task.name, task.title, task.classes)


def offered_tasks(data: FaceData) -> list[Task]:
    """The data set's tasks; where several are yes/no questions, also one that joins the first ``JOINED`` of them."""
    tasks = list(data.tasks.values())
    binary = [task for task in tasks if len(task.classes) == 2][:JOINED]
    return [*tasks, join_tasks(binary)[0]] if len(binary) > 1 else tasks


def shipped_tasks(data: FaceData) -> tuple[str, ...]:
    """Names of the tasks whose originals are shipped, of the portraits: all labels, and the identity."""
    return (*(task.name for task in offered_tasks(data)), IDENTITY)


def shipped_card(data: FaceData) -> DataCard:
    """The portraits with the tasks whose originals are shipped."""
    return data_card(data, tasks=shipped_tasks(data))


def nearest_people(task: TaskData, outputs: Outputs, person: str) -> list[str]:
    """Training people by cosine similarity of their mean features to ``person``'s, nearest first, without the person.

    Raises:
        UnknownName: not a training person.
    """
    people = task.training_people()
    if person not in people:
        raise UnknownName("person", person, people)
    owner, features = task.data.person[task.train], outputs.features[task.train]
    _, means = people_directions(features, owner)
    order = np.argsort(-(means @ means[people.index(person)]))
    return [people[i] for i in order if people[i] != person]
