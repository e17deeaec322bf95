"""Separability of a model's features: by the classes of the task, and by person.

Good forgetting removes the identity of the forgotten people from the features and keeps the classes of the task. Where
the classes are lost too, features and task labels are no longer correlated. This is *correlation collapse*, which the
forgetting score alone does not show.
"""

from __future__ import annotations

import numpy as np

from dlfd_core.data.splits import Splits
from dlfd_core.errors import Diverged, InvalidRequest
from dlfd_core.metrics.verification import identity_auc, identity_interval
from dlfd_core.models.outputs import Outputs
from dlfd_core.seeding import make_rng
from dlfd_core.types import Separability

#: Largest number of photos that the probe is fitted on, and that the silhouette compares with each other.
PROBE_PHOTOS, SILHOUETTE_PHOTOS = 1000, 600
#: scikit-learn's C of the probe (inverse penalty); see ``task_probe``.
PROBE_C = 0.1


def measure_separability(outputs: Outputs, labels: np.ndarray, person: np.ndarray, splits: Splits) -> Separability:
    """Measure the separability of one model's features. The random draws are the same for every model of a request.

    The unseen people are the sample of all people. For the task ``identity`` they are held-out photos of the kept
    people, so forgotten people are then compared with people who should stay known.

    Args:
        labels, person: (N,) over all photos of the data set; label -1: the photo takes no part in the task.

    Raises:
        InvalidRequest: there are fewer than two classes among unseen people, no retain photo, or nobody with two
            photos.
        Diverged: some features are not finite numbers.
    """
    fit, test = (index[labels[index] >= 0] for index in (splits.retain, splits.unseen))
    if len(np.unique(labels[test])) < 2 or not len(fit):
        raise InvalidRequest(
            "Separability needs unseen people with photos of at least two classes, and one photo to keep; choose a "
            "data set or a task that has them."
        )
    features = outputs.features.astype(np.float64)
    if not np.isfinite(features).all():
        raise Diverged("The model's features are not finite numbers; lower the learning rate.")
    # features are not negative, so all photos have nearly the same direction; subtracting the mean of the unseen people
    # removes this common part, and this centre does not depend on who is forgotten
    directions = unit_directions(features, features[splits.unseen].mean(0))
    fit = sample_by_person(fit, person, PROBE_PHOTOS, make_rng(0, "probe photos"))
    sample = sample_by_person(test, person, SILHOUETTE_PHOTOS, make_rng(0, "silhouette photos"))
    return Separability(
        task_probe=task_probe(outputs, labels, fit, test),
        task_scatter=scatter(features[test], labels[test]),
        task_silhouette=silhouette(directions[sample], labels[sample]),
        identity_forget=identity_auc(directions, person, splits.forget, splits.unseen),
        identity_forget_interval=identity_interval(directions, person, splits.forget),
        identity_unseen=identity_auc(directions, person, splits.unseen, splits.unseen),
    )


def unit_directions(features: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Unit vectors (n, D) from ``centre`` to the features; 0 where a photo equals the centre within rounding."""
    offsets = features - centre
    length = np.linalg.norm(offsets, axis=1, keepdims=True)
    rounding = 1e-6 * np.abs(features).max()  # features are computed in float32
    return np.where(length > rounding, offsets / np.maximum(length, rounding + 1e-300), 0.0)


def sample_by_person(index: np.ndarray, person: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw at most ``count`` of ``index`` evenly over people: one photo of each person, then a second one, ...."""
    if len(index) <= count:
        return index
    shuffled = rng.permutation(index)
    order = np.argsort(person[shuffled], kind="stable")
    _, starts, sizes = np.unique(person[shuffled][order], return_index=True, return_counts=True)
    rank = np.empty(len(shuffled), dtype=np.int64)  # number of the photo within its person
    rank[order] = np.arange(len(shuffled)) - np.repeat(starts, sizes)
    return shuffled[np.argsort(rank, kind="stable")[:count]]


def task_probe(outputs: Outputs, labels: np.ndarray, fit: np.ndarray, test: np.ndarray) -> float:
    """Accuracy on ``test`` of a linear probe: multinomial logistic regression on standardised features of ``fit``.

    With several attributes the probe predicts one combination of their values, and accuracy is the mean over the
    attributes, as everywhere. The penalty (C = 0.1) is ten times scikit-learn's default: the accuracy is the same
    within .01, in a third of the time.
    """
    import torch
    from sklearn.linear_model import LogisticRegression

    x, y = outputs.features[fit].astype(np.float64), labels[fit]
    centre, scale = centre_and_scale(x)
    if len(np.unique(y)) < 2:
        predicted = np.full(len(test), y[0])
    else:
        probe = LogisticRegression(C=PROBE_C, tol=1e-3, max_iter=500).fit((x - centre) / scale, y)
        predicted = probe.predict((outputs.features[test] - centre) / scale)
    correctness = outputs.space.correctness(torch.from_numpy(predicted), torch.from_numpy(labels[test]))
    return float(correctness.double().mean())


def centre_and_scale(features: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (D,) of each feature of photos (n, D); infinite for a constant feature, which
    standardising then makes zero."""
    scale = features.std(0)
    scale[scale <= 1e-6 * np.abs(features).max(initial=0.0)] = np.inf
    return features.mean(0), scale


def scatter(features: np.ndarray, labels: np.ndarray) -> float:
    """Scatter ratio trace(S_between) / trace(S_within) of features (n, D): Fisher's criterion without projection, >= 0.

    0 where all photos are equal; where they differ only between classes, 1e12 stands for infinity.
    """
    centre, between, within = features.mean(0), 0.0, 0.0
    for label in np.unique(labels):
        class_features = features[labels == label]
        mean = class_features.mean(0)
        between += len(class_features) * float(((mean - centre) ** 2).sum())
        within += float(((class_features - mean) ** 2).sum())
    rounding = len(features) * float((1e-6 * np.abs(features).max(initial=0.0)) ** 2)
    return 0.0 if between <= rounding else between / (within + 1e-12 * between)


def silhouette(directions: np.ndarray, labels: np.ndarray) -> float:
    """Mean silhouette (Rousseeuw, 1987) of the classes under the cosine distance, in [-1, 1].

    A photo that is alone in its class, or at distance 0 from all classes, counts 0, as in scikit-learn.

    Args:
        directions: (n, D) vectors of length 1 or 0.
    """
    distance = np.clip(1.0 - directions @ directions.T, 0.0, 2.0)
    np.fill_diagonal(distance, 0.0)
    _, label_index, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if len(sizes) < 2:
        return 0.0
    sums = distance @ np.eye(len(sizes))[label_index]  # (n, C)
    rows = np.arange(len(labels))
    inside = sums[rows, label_index] / np.maximum(sizes[label_index] - 1, 1)
    means = sums / sizes
    means[rows, label_index] = np.inf
    outside = means.min(1)
    larger = np.maximum(inside, outside)
    value = np.divide(outside - inside, larger, out=np.zeros(len(labels)), where=larger > 1e-12)
    return float(np.where(sizes[label_index] > 1, value, 0.0).mean())
