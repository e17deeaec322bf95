"""The collapse meter: do a model's features still hold the task, and do they still hold who somebody is?

Forgetting people should take the second and leave the first. Where the first goes, features and task labels have come
apart: *correlation collapse*, which scores of forgetting alone do not show.
"""

from __future__ import annotations

import numpy as np

from dlfd_core.data.splits import Splits
from dlfd_core.errors import Diverged, InvalidRequest
from dlfd_core.metrics.verification import identity_auc, identity_interval
from dlfd_core.models.outputs import Outputs
from dlfd_core.seeding import make_rng
from dlfd_core.types import Separability

#: Photos at most that the probe is fitted on, and that the silhouette compares with each other.
PROBE_PHOTOS, SILHOUETTE_PHOTOS = 1000, 600
#: Penalty of the probe; see ``task_probe``.
PROBE_C = 0.1


def measure_separability(outputs: Outputs, labels: np.ndarray, person: np.ndarray, splits: Splits) -> Separability:
    """All of it, from the features of one model. The draws are the same for every model of a request.

    The unseen people stand for everybody. In the task ``identity`` they are the kept people on photos that nobody
    trained on: what is said of forgotten people is then compared with people who are to stay known.

    Args:
        labels, person: (N,) over all photos of the data set; -1: takes no part in the task.

    Raises:
        InvalidRequest: fewer than two classes among unseen people, no kept photo, or nobody with two photos.
        Diverged: features that are not numbers.
    """
    fit, test = (index[labels[index] >= 0] for index in (splits.retain, splits.unseen))
    if len(np.unique(labels[test])) < 2 or not len(fit):
        raise InvalidRequest(
            "Separability takes photos of at least two classes among the unseen people and one photo that is kept; "
            "choose a data set or a task that has them."
        )
    features = outputs.features.astype(np.float64)
    if not np.isfinite(features).all():
        raise Diverged("The model's features are not finite numbers; lower the learning rate.")
    # features are not negative, so that all photos point much the same way; what the unseen share is no cue to anybody,
    # and people who may steer nothing are the same centre for every model and every pick
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
    """(n, D) -> (n, D) directions from ``centre``, of length 1; 0 where a photo is the centre but for rounding."""
    away = features - centre
    length = np.linalg.norm(away, axis=1, keepdims=True)
    rounding = 1e-6 * np.abs(features).max()  # features are computed in float32
    return np.where(length > rounding, away / np.maximum(length, rounding + 1e-300), 0.0)


def sample_by_person(index: np.ndarray, person: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """At most ``count`` of ``index``: everybody's first photo before anybody's second one, in random order."""
    if len(index) <= count:
        return index
    mixed = rng.permutation(index)
    order = np.argsort(person[mixed], kind="stable")
    _, starts, sizes = np.unique(person[mixed][order], return_index=True, return_counts=True)
    turn = np.empty(len(mixed), dtype=np.int64)  # which of his photos it is
    turn[order] = np.arange(len(mixed)) - np.repeat(starts, sizes)
    return mixed[np.argsort(turn, kind="stable")[:count]]


def task_probe(outputs: Outputs, labels: np.ndarray, fit: np.ndarray, test: np.ndarray) -> float:
    """Accuracy at ``test`` of a multinomial logistic regression on standardised features, fitted at ``fit``.

    With several attributes the probe names one combination of them, and accuracy is the mean over the attributes, as
    everywhere. The penalty (C = 0.1) is ten times scikit-learn's: as accurate within .01, and in a third of the time.
    """
    import torch
    from sklearn.linear_model import LogisticRegression

    x, y = outputs.features[fit].astype(np.float64), labels[fit]
    centre, scale = x.mean(0), x.std(0)
    scale[scale <= 1e-6 * np.abs(x).max()] = np.inf  # a feature that says nothing stays at zero
    if len(np.unique(y)) < 2:
        said = np.full(len(test), y[0])
    else:
        probe = LogisticRegression(C=PROBE_C, tol=1e-3, max_iter=500).fit((x - centre) / scale, y)
        said = probe.predict((outputs.features[test] - centre) / scale)
    right = outputs.space.correctness(torch.from_numpy(said), torch.from_numpy(labels[test]))
    return float(right.double().mean())


def scatter(features: np.ndarray, labels: np.ndarray) -> float:
    """trace(S_between) / trace(S_within) of (n, D) features (Fisher's criterion without a projection), >= 0.

    0 where all photos are the same; where they differ between classes only, 1e12 stands for infinity.
    """
    centre, between, within = features.mean(0), 0.0, 0.0
    for label in np.unique(labels):
        own = features[labels == label]
        mean = own.mean(0)
        between += len(own) * float(((mean - centre) ** 2).sum())
        within += float(((own - mean) ** 2).sum())
    rounding = len(features) * float((1e-6 * np.abs(features).max(initial=0.0)) ** 2)
    return 0.0 if between <= rounding else between / (within + 1e-12 * between)


def silhouette(directions: np.ndarray, labels: np.ndarray) -> float:
    """Mean silhouette (Rousseeuw, 1987) of the classes under the cosine distance of (n, D) vectors of length 1 or 0,
    in [-1, 1]; photos that are alone in their class, or as near to all classes as can be, count 0, as in scikit-learn.
    """
    distance = np.clip(1.0 - directions @ directions.T, 0.0, 2.0)
    np.fill_diagonal(distance, 0.0)
    _, own, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    if len(sizes) < 2:
        return 0.0
    sums = distance @ np.eye(len(sizes))[own]  # (n, C)
    rows = np.arange(len(labels))
    inside = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    means = sums / sizes
    means[rows, own] = np.inf
    outside = means.min(1)
    larger = np.maximum(inside, outside)
    value = np.divide(outside - inside, larger, out=np.zeros(len(labels)), where=larger > 1e-12)
    return float(np.where(sizes[own] > 1, value, 0.0).mean())
