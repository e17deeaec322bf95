"""What an average over all answers hides: which answers are taken for which, and whether some are served worse."""

from __future__ import annotations

import numpy as np

from dlfd_core.data.splits import Splits, TaskData
from dlfd_core.metrics.roc import LEVEL
from dlfd_core.metrics.uncertainty import PeopleDraws, share_interval
from dlfd_core.models.outputs import Outputs
from dlfd_core.types import ClassAccuracy, ClassGap

#: Answers of a task up to which they are looked at one by one. More cannot be read as a table, and where the answers
#: are the people themselves, each has only a handful of photos.
MAX_CLASSES = 20
#: People with photos of an answer, below which its accuracy has no interval.
MINIMUM_PEOPLE = 3


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """(C, C) int64: how many photos of each true class (row) got each answer (column).

    Args:
        labels, predicted: (n,) classes; photos with label -1 take no part.
    """
    valid = labels >= 0
    cells = labels[valid].astype(np.int64) * classes + predicted[valid]
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def confusion_by_set(outputs: Outputs, task: TaskData, splits: Splits) -> dict[str, np.ndarray]:
    """``confusion`` of the photos to forget, to keep and of unseen people; empty beyond ``MAX_CLASSES``.

    Of a task that asks several questions at once the classes are the combinations of their answers: the diagonal holds
    the photos with all answers right, which is stricter than the accuracy, where each answer counts by itself.
    """
    count = len(task.classes)
    if count > MAX_CLASSES:
        return {}
    predicted = outputs.predictions()
    sets = {"forget": splits.forget, "retain": splits.retain, "unseen": splits.unseen}
    return {name: confusion(task.labels[index], predicted[index], count) for name, index in sets.items()}


def class_accuracies(
    outputs: Outputs, task: TaskData, splits: Splits
) -> tuple[tuple[ClassAccuracy, ...], ClassGap | None]:
    """Accuracy on unseen people per true class, in label order, and what lies between the best and the worst.

    The best and the worst of several are picked after looking, so an interval of the difference of two named classes
    would be too narrow. Instead whole people are drawn anew, and in 95 % of the draws no two classes move apart by more
    than ``by_chance``: the true gap then lies within that of the measured one, whichever classes make it.

    Returns:
        Classes with photos, and the gap; nothing beyond ``MAX_CLASSES``, no gap with fewer than two classes.
    """
    index = splits.unseen[task.labels[splits.unseen] >= 0]
    labels = task.labels[index]
    if len(task.classes) > MAX_CLASSES or not len(index):
        return (), None
    person = task.data.person[index] if splits.by_person else np.arange(len(index))
    draws = PeopleDraws(person, "draw classes")
    right = outputs.correctness(task.labels)[index].astype(np.float64)
    found, moves = [], []
    for label, name in enumerate(task.classes):
        mine = labels == label
        if not mine.any():
            continue
        people, accuracy = len(np.unique(person[mine])), float(right[mine].mean())
        drawn = draws.mean(right * mine, mine.astype(np.float64))
        interval = share_interval(accuracy, drawn, people) if people >= MINIMUM_PEOPLE else None
        found.append(ClassAccuracy(name, people, int(mine.sum()), accuracy, interval))
        moves.append(drawn - accuracy)
    return tuple(found), _gap(found, np.array(moves), draws.people)


def _gap(found: list[ClassAccuracy], moves: np.ndarray, people: int) -> ClassGap | None:
    """From (C, draws) deviations of the drawn accuracies; NaN where a draw has nobody of a class."""
    if len(found) < 2:
        return None
    best, worst = (pick(found, key=lambda one: one.accuracy) for pick in (max, min))
    some = moves[:, ~np.isnan(moves).all(0)]
    ranges = np.nanmax(some, axis=0) - np.nanmin(some, axis=0)
    wider = np.sqrt(people / max(people - 1, 1))  # draws of n people spread too little by this
    by_chance = float(min(1.0, wider * np.quantile(ranges, LEVEL)))
    return ClassGap(best.name, worst.name, best.accuracy - worst.accuracy, by_chance)
