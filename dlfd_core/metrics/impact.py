"""Side effects of forgetting: change of accuracy for kept and unseen people, by class, attribute and person.

An average can hide a group: accuracy may stay the same over all people but fall for one class, for people with glasses,
or for people who look like the forgotten ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np

from dlfd_core.data.splits import Splits, TaskData
from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.roc import independent_units
from dlfd_core.models.outputs import Outputs, people_directions
from dlfd_core.types import LISTED_PEOPLE, AccuracyChange, Impact, Interval

#: Number of nearest kept people of each forgotten person that count as look-alikes.
NEAREST = 2
#: Smallest number of units (people, or photos of one person) for an interval of a change.
MINIMUM_UNITS = 3
#: Largest number of groups by one attribute or task; with more groups, each would be only a few people.
MAX_GROUPS = 10

#: An attribute of unseen photos: its name, its values in order, and the value of each photo (empty where unknown).
_Attribute = tuple[str, list[str], np.ndarray]


def measure_impact(task: TaskData, splits: Splits, before: Outputs, after: Outputs) -> Impact:
    """Compare the accuracy of the original and of the unlearned model, group by group.

    Kept people are those with no forgotten photo. Where a forget set holds only some photos of a person, this person is
    in neither group. At most half of the kept people are look-alikes, so that others are left to compare them with.

    The people listed are the worst of many. The worst of many looks bad by chance too; the intervals do not correct for
    that.

    Args:
        before, after: outputs on all photos of the data set.

    Raises:
        InvalidRequest: there are fewer than two kept people.
    """
    groups = _Groups(task.labels, task.data.person, before, after)
    forgotten = np.unique(task.data.person[splits.forget])
    retain = groups.labelled(splits.retain)
    retain = retain[~np.isin(task.data.person[retain], forgotten)]
    kept = np.unique(task.data.person[retain])
    if len(kept) < 2:
        raise InvalidRequest(
            f"{len(kept)} people are kept with all photos; side effects need at least 2 of them. Forget fewer people."
        )
    unseen = groups.labelled(splits.unseen)
    people = {i: groups.change(task.data.people[i].name, retain[task.data.person[retain] == i]) for i in kept}
    look_alikes = _look_alikes(task, splits, before.features, kept)
    is_look_alike = np.isin(task.data.person[retain], look_alikes)
    classes = [(name, unseen[task.labels[unseen] == label]) for label, name in enumerate(task.classes)]
    return Impact(
        classes=tuple(groups.change(name, index) for name, index in classes if len(index)),
        attributes=tuple(groups.change(name, index) for name, index in _attributes(task, unseen)),
        people=tuple(sorted(people.values(), key=lambda change: change.change)[:LISTED_PEOPLE]),
        look_alikes=tuple(people[i] for i in look_alikes),
        look_alike_change=groups.change("look-alikes", retain[is_look_alike]),
        others_change=groups.change("everybody else who is kept", retain[~is_look_alike]),
    )


class _Groups:
    """Correctness of each photo before and after, with the change of accuracy of any group."""

    def __init__(self, labels: np.ndarray, person: np.ndarray, before: Outputs, after: Outputs):
        self._labels, self._person = labels, person
        self._before, self._after = (outputs.correctness(labels).astype(np.float64) for outputs in (before, after))

    def labelled(self, index: np.ndarray) -> np.ndarray:
        """The photos at ``index`` that have a label in the task."""
        return index[self._labels[index] >= 0]

    def change(self, name: str, index: np.ndarray) -> AccuracyChange:
        """Change of accuracy on the photos at ``index`` (at least one).

        The units of the interval are people, or photos where all photos show one person.
        """
        before, after = self._before[index], self._after[index]
        people = len(np.unique(self._person[index]))
        means = float(before.mean()), float(after.mean())
        interval = clustered_interval(after - before, independent_units(self._person[index]))
        return AccuracyChange(name, people, len(index), *means, change=means[1] - means[0], interval=interval)


def clustered_interval(differences: np.ndarray, units: np.ndarray) -> Interval | None:
    """95 % interval of the mean of paired differences (n,) in [-1, 1], with the photos of one unit as a cluster.

    It uses the cluster-robust standard error (Liang & Zeger, Biometrika 1986; a mean is a regression on a constant)
    with the correction G / (G - 1), and Student's t with G - 1 degrees of freedom for G units. None with fewer than
    ``MINIMUM_UNITS``. The interval is a single point where no photo changed or all units changed equally: such data do
    not show how much units differ.
    """
    _, unit_index = np.unique(units, return_inverse=True)
    count, photos = int(unit_index.max()) + 1, len(differences)
    if count < MINIMUM_UNITS:
        return None
    from scipy.special import stdtrit

    mean = float(differences.mean())
    sums = np.bincount(unit_index, weights=differences - mean)
    error = np.sqrt(count / (count - 1) * float((sums**2).sum())) / photos
    half_width = float(stdtrit(count - 1, 0.975) * error)
    return max(-1.0, mean - half_width), min(1.0, mean + half_width)


def _attributes(task: TaskData, unseen: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Groups of unseen photos by attributes of their people, then by the other tasks of the data set.

    Left out are groups of all photos, groups with a name that was used before, and groups with the same photos as an
    earlier group or a class of the task: a data set may hold age both as an attribute and as a task.
    """
    task_parts = set(task.task.split("+"))
    earlier_groups = {unseen[task.labels[unseen] == label].tobytes() for label in range(len(task.classes))} | {
        unseen.tobytes()
    }
    names: set[str] = set()
    attributes = [*_person_attributes(task, unseen), *_other_tasks(task, unseen, task_parts)]
    for attribute, distinct_values, values in attributes:
        for value in distinct_values:
            name, index = f"{attribute}: {value}", unseen[values == value]
            if not len(index) or name in names or index.tobytes() in earlier_groups:
                continue
            names.add(name)
            earlier_groups.add(index.tobytes())
            yield name, index


def _person_attributes(task: TaskData, unseen: np.ndarray) -> Iterator[_Attribute]:
    """Yield the attributes of people. Numbers in a value are sorted as numbers: 7-12 before 13-19."""
    people = task.data.people
    for name in dict.fromkeys(name for person in people for name in person.attributes):
        values = np.array([person.attributes.get(name, "") for person in people], dtype=object)[
            task.data.person[unseen]
        ]
        distinct_values = set(values.tolist()) - {""}
        if len(distinct_values) <= MAX_GROUPS:
            yield name, sorted(distinct_values, key=_sort_key), values


def _sort_key(value: str) -> str:
    """The value with its numbers padded by zeros, so that they sort as numbers."""
    return re.sub(r"\d+", lambda digits: digits[0].zfill(9), value)


def _other_tasks(task: TaskData, unseen: np.ndarray, task_parts: set[str]) -> Iterator[_Attribute]:
    """Yield the other tasks of the data set as attributes, each with its classes in label order."""
    for other in task.data.tasks.values():
        if other.name not in task_parts and len(other.classes) <= MAX_GROUPS:
            names = np.array([*other.classes, ""], dtype=object)  # a photo without label (-1) takes the last entry
            yield other.name.replace("_", " "), list(other.classes), names[other.labels[unseen]]


def _look_alikes(task: TaskData, splits: Splits, features: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The ``NEAREST`` kept people of each forgotten person, nearest first, at most ``LISTED_PEOPLE`` in all.

    Nearness is the cosine similarity of mean features.
    """
    person = task.data.person
    index = np.concatenate([splits.forget, splits.retain[np.isin(person[splits.retain], kept)]])
    people, directions = people_directions(features[index], person[index])
    is_kept = np.isin(people, kept)
    similarity = directions[~is_kept] @ directions[is_kept].T  # (forgotten, kept)
    candidates = np.unique(np.argsort(-similarity, axis=1, kind="stable")[:, :NEAREST])
    nearest_first = candidates[np.argsort(-similarity[:, candidates].max(0), kind="stable")]
    chosen: np.ndarray = people[is_kept][nearest_first[: min(LISTED_PEOPLE, len(kept) // 2)]]
    return chosen
