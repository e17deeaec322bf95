"""Who else paid: whose photos, of those that were to be kept or were never seen, are classified worse than before.

An average hides a group: accuracy may hold for everybody together and fall for one class, for people with glasses, or
for those who look like the people forgotten.
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

#: Nearest kept people of each forgotten person who count as look-alikes.
NEAREST = 2
#: Units (people, or photos of one person) below which a change has no interval.
MINIMUM_UNITS = 3
#: Groups at most that a data set's attribute or another task may make; more would be a list of people.
MAX_GROUPS = 10

#: What is known of unseen photos: its name, its values in order, and the value of each photo, empty where not known.
_Kind = tuple[str, list[str], np.ndarray]


def measure_impact(task: TaskData, splits: Splits, before: Outputs, after: Outputs) -> Impact:
    """Accuracy of the original against the unlearned model, group by group.

    Kept people are those of whom no photo is forgotten: of a forget set that cuts through people, the others count on
    neither side. At most half of the kept people are look-alikes, so that somebody is left to compare them with.

    The people listed are the worst of many; the worst of many looks bad by chance too, and the intervals do not
    correct for that.

    Args:
        before, after: over all photos of the data set.

    Raises:
        InvalidRequest: fewer than two kept people.
    """
    groups = _Groups(task.labels, task.data.person, before, after)
    forgotten = np.unique(task.data.person[splits.forget])
    retain = groups.labelled(splits.retain)
    retain = retain[~np.isin(task.data.person[retain], forgotten)]
    kept = np.unique(task.data.person[retain])
    if len(kept) < 2:
        raise InvalidRequest(
            f"{len(kept)} people are kept in whole; who else paid takes at least 2. Forget fewer people."
        )
    unseen = groups.labelled(splits.unseen)
    people = {who: groups.change(task.data.people[who].name, retain[task.data.person[retain] == who]) for who in kept}
    alike = _look_alikes(task, splits, before.features, kept)
    is_alike = np.isin(task.data.person[retain], alike)
    classes = [(name, unseen[task.labels[unseen] == label]) for label, name in enumerate(task.classes)]
    return Impact(
        classes=tuple(groups.change(name, index) for name, index in classes if len(index)),
        attributes=tuple(groups.change(name, index) for name, index in _attributes(task, unseen)),
        people=tuple(sorted(people.values(), key=lambda change: change.change)[:LISTED_PEOPLE]),
        look_alikes=tuple(people[who] for who in alike),
        look_alike_change=groups.change("look-alikes", retain[is_alike]),
        others_change=groups.change("everybody else who is kept", retain[~is_alike]),
    )


class _Groups:
    """What is right before and after, photo by photo, to be summed up over any group."""

    def __init__(self, labels: np.ndarray, person: np.ndarray, before: Outputs, after: Outputs):
        self._labels, self._person = labels, person
        self._before, self._after = (outputs.correctness(labels).astype(np.float64) for outputs in (before, after))

    def labelled(self, index: np.ndarray) -> np.ndarray:
        """Photos at ``index`` that take part in the task."""
        return index[self._labels[index] >= 0]

    def change(self, name: str, index: np.ndarray) -> AccuracyChange:
        """Of the photos at ``index``, at least one. The units are people, or photos where they are one person's."""
        before, after = self._before[index], self._after[index]
        people = len(np.unique(self._person[index]))
        means = float(before.mean()), float(after.mean())
        interval = clustered_interval(after - before, independent_units(self._person[index]))
        return AccuracyChange(name, people, len(index), *means, change=means[1] - means[0], interval=interval)


def clustered_interval(differences: np.ndarray, units: np.ndarray) -> Interval | None:
    """95 % interval of the mean of (n,) paired differences in [-1, 1], photos of one unit standing together.

    From the cluster-robust standard error (Liang & Zeger, Biometrika 1986; a mean is a regression on a constant) with
    the correction G / (G - 1), and Student's t with G - 1 degrees of freedom over G units. None below
    ``MINIMUM_UNITS``. It is a point where no photo changed, or all units changed alike: then nothing here says how
    much they differ.
    """
    _, place = np.unique(units, return_inverse=True)
    count, photos = int(place.max()) + 1, len(differences)
    if count < MINIMUM_UNITS:
        return None
    from scipy.special import stdtrit

    mean = float(differences.mean())
    sums = np.bincount(place, weights=differences - mean)
    error = np.sqrt(count / (count - 1) * float((sums**2).sum())) / photos
    half = float(stdtrit(count - 1, 0.975) * error)
    return max(-1.0, mean - half), min(1.0, mean + half)


def _attributes(task: TaskData, unseen: np.ndarray) -> Iterator[tuple[str, np.ndarray]]:
    """Groups of unseen photos by what is known of their people, then by the data set's other tasks.

    Left out are groups of all photos, groups named before, and groups of the same photos as an earlier one or as a
    class of the task: a data set may hold age both as an attribute and as a task.
    """
    own = set(task.task.split("+"))
    seen = {unseen[task.labels[unseen] == label].tobytes() for label in range(len(task.classes))} | {unseen.tobytes()}
    names: set[str] = set()
    for kind, found, values in [*_of_people(task, unseen), *_of_tasks(task, unseen, own)]:
        for value in found:
            name, index = f"{kind}: {value}", unseen[values == value]
            if not len(index) or name in names or index.tobytes() in seen:
                continue
            names.add(name)
            seen.add(index.tobytes())
            yield name, index


def _of_people(task: TaskData, unseen: np.ndarray) -> Iterator[_Kind]:
    """What the data set knows of people; numbers in a value sort as numbers: 7-12 before 13-19."""
    people = task.data.people
    for kind in dict.fromkeys(kind for person in people for kind in person.attributes):
        values = np.array([person.attributes.get(kind, "") for person in people], dtype=object)[
            task.data.person[unseen]
        ]
        found = set(values.tolist()) - {""}
        if len(found) <= MAX_GROUPS:
            yield kind, sorted(found, key=_by_number), values


def _by_number(value: str) -> str:
    return re.sub(r"\d+", lambda digits: digits[0].zfill(9), value)


def _of_tasks(task: TaskData, unseen: np.ndarray, own: set[str]) -> Iterator[_Kind]:
    """The other tasks, in the order of their classes."""
    for other in task.data.tasks.values():
        if other.name not in own and len(other.classes) <= MAX_GROUPS:
            named = np.array([*other.classes, ""], dtype=object)  # a photo without label (-1) takes the last
            yield other.name.replace("_", " "), list(other.classes), named[other.labels[unseen]]


def _look_alikes(task: TaskData, splits: Splits, features: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """The people of ``kept`` nearest to a forgotten person (of its ``NEAREST``), in order, at most ``LISTED_PEOPLE``.

    Nearness is the cosine of mean features.
    """
    person = task.data.person
    index = np.concatenate([splits.forget, splits.retain[np.isin(person[splits.retain], kept)]])
    who, means = people_directions(features[index], person[index])
    is_kept = np.isin(who, kept)
    alike = means[~is_kept] @ means[is_kept].T  # (forgotten, kept)
    nearest = np.unique(np.argsort(-alike, axis=1, kind="stable")[:, :NEAREST])
    closest = nearest[np.argsort(-alike[:, nearest].max(0), kind="stable")]
    chosen: np.ndarray = who[is_kept][closest[: min(LISTED_PEOPLE, len(kept) // 2)]]
    return chosen
