"""Results by class: confusion matrices, accuracy of each class, and the gap between the best and the worst class.

An average over all classes hides both which classes are confused and which are predicted worse.
"""

from __future__ import annotations

import numpy as np

from dlfd_core.data.splits import Splits, TaskData
from dlfd_core.metrics.roc import LEVEL
from dlfd_core.metrics.uncertainty import PeopleDraws, share_interval
from dlfd_core.models.outputs import Outputs
from dlfd_core.types import ClassAccuracy, ClassGap

#: Largest number of classes for results by class. A larger table is not readable, and where the classes are the people
#: themselves, each has only a few photos.
MAX_CLASSES = 20
#: Smallest number of people with photos of a class for an interval of its accuracy.
MINIMUM_PEOPLE = 3


def confusion(labels: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Confusion matrix (C, C) int64: number of photos by true class (row) and predicted class (column).

    Args:
        labels, predicted: (n,) classes; photos with label -1 are left out.
    """
    valid = labels >= 0
    cells = labels[valid].astype(np.int64) * classes + predicted[valid]
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def confusion_by_set(outputs: Outputs, task: TaskData, splits: Splits) -> dict[str, np.ndarray]:
    """Confusion matrices of the sets forget, retain and unseen; empty with more than ``MAX_CLASSES`` classes.

    With several attributes the classes are the combinations of their values. The diagonal then counts photos with all
    attributes right, which is stricter than the accuracy, where each attribute counts by itself.
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
    """Accuracy on unseen people per true class, in label order, and the gap between the best and the worst class.

    The best and the worst class are chosen after seeing the results, so an interval for the difference of two fixed
    classes would be too narrow. Instead, whole people are resampled: in 95 % of the draws no two classes move apart by
    more than ``by_chance``. So the true gap is within ``by_chance`` of the measured one, whichever classes make it.

    Returns:
        The classes with photos, and the gap. Nothing with more than ``MAX_CLASSES`` classes; no gap with fewer than two
        classes.
    """
    index = splits.unseen[task.labels[splits.unseen] >= 0]
    labels = task.labels[index]
    if len(task.classes) > MAX_CLASSES or not len(index):
        return (), None
    person = task.data.person[index] if splits.by_person else np.arange(len(index))
    draws = PeopleDraws(person, "draw classes")
    correctness = outputs.correctness(task.labels)[index].astype(np.float64)
    accuracies, deviations = [], []
    for label, name in enumerate(task.classes):
        in_class = labels == label
        if not in_class.any():
            continue
        people, accuracy = len(np.unique(person[in_class])), float(correctness[in_class].mean())
        resampled = draws.mean(correctness * in_class, in_class.astype(np.float64))
        interval = share_interval(accuracy, resampled, people) if people >= MINIMUM_PEOPLE else None
        accuracies.append(ClassAccuracy(name, people, int(in_class.sum()), accuracy, interval))
        deviations.append(resampled - accuracy)
    return tuple(accuracies), _gap(accuracies, np.array(deviations), draws.people)


def _gap(accuracies: list[ClassAccuracy], deviations: np.ndarray, people: int) -> ClassGap | None:
    """The gap between the best and the worst class, and how large it can be by chance.

    Args:
        deviations: (C, draws) resampled accuracy less the measured one; NaN where a draw has nobody of a class.
    """
    if len(accuracies) < 2:
        return None
    best, worst = (choose(accuracies, key=lambda entry: entry.accuracy) for choose in (max, min))
    valid = deviations[:, ~np.isnan(deviations).all(0)]
    ranges = np.nanmax(valid, axis=0) - np.nanmin(valid, axis=0)
    correction = np.sqrt(people / max(people - 1, 1))  # resampling n people gives a spread too small by this factor
    by_chance = float(min(1.0, correction * np.quantile(ranges, LEVEL)))
    return ClassGap(best.name, worst.name, best.accuracy - worst.accuracy, by_chance)
