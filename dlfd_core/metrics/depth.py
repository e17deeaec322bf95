"""Memory by depth: at each layer group, how well an attacker tells forgotten people from unseen people.

An output that says nothing any more may come from features that still remember. So an attacker reads the activations:
at each layer group it fits a linear probe of the task on photos of kept people, and scores each other photo by how
clearly the probe gives its label. Photos that the model was trained on are easier for the probe; photos of unseen
people are not. The question is that of the Unlearning Depth Score (Lee et al., arXiv 2605.24614), which answers it for
language models by patching activations.
"""

from __future__ import annotations

import numpy as np

from dlfd_core.data.splits import Splits
from dlfd_core.metrics.roc import auc_interval
from dlfd_core.metrics.separability import centre_and_scale, sample_by_person
from dlfd_core.seeding import make_rng
from dlfd_core.types import DepthPoint

#: Largest numbers of photos whose activations are read: of kept people, for the probe, and of each side of the attack.
PROBE_PHOTOS, SIDE_PHOTOS = 384, 256
#: Penalty of the probe, as a share of the number of its photos: that of a feature with a hundredth of the variance.
PENALTY = 0.01


def depth_sample(person: np.ndarray, splits: Splits) -> np.ndarray:
    """Sorted indices of the photos whose activations are read, the same for every model of a request. None are read
    where each person is a class, see ``memory_by_depth``.

    Args:
        person: (N,) over all photos of the data set.
    """
    if not splits.by_person:
        return np.empty(0, dtype=np.int64)
    sides = [(splits.retain, PROBE_PHOTOS), (splits.forget, SIDE_PHOTOS), (splits.unseen_non_members, SIDE_PHOTOS)]
    drawn = [sample_by_person(index, person, count, make_rng(0, "depth photos")) for index, count in sides]
    return np.unique(np.concatenate(drawn))


def memory_by_depth(
    layers: dict[str, np.ndarray], index: np.ndarray, labels: np.ndarray, person: np.ndarray, splits: Splits
) -> dict[str, DepthPoint] | None:
    """Attack the activations of each layer group.

    Args:
        layers: activations (n, channels) by layer group, of the photos at ``index``.
        index: (n,) sorted, from ``depth_sample`` or with more photos.
        labels, person: (N,) over all photos of the data set; label -1: the photo takes no part in the task.

    Returns:
        By layer group, from input to head. None where each person is a class: no photo of a kept person then has the
        label of a forgotten one. None also where the kept photos have one class, or a side has no photo.
    """
    fit, members, non_members = (
        np.flatnonzero(np.isin(index, side) & (labels[index] >= 0))
        for side in (splits.retain, splits.forget, splits.unseen_non_members)
    )
    classes = np.unique(labels[index[fit]])
    if not splits.by_person or len(classes) < 2 or not len(members) or not len(non_members):
        return None
    answers = (labels[index][:, None] == classes).astype(np.float64)  # (n, C) one row per photo
    groups = person[index[members]], person[index[non_members]]
    points = {}
    for name, activations in layers.items():
        margins = probe_margins(activations, answers, fit)
        auc, interval = auc_interval(margins[members], margins[non_members], *groups)
        points[name] = DepthPoint(auc, interval)
    return points


def probe_margins(activations: np.ndarray, answers: np.ndarray, fit: np.ndarray) -> np.ndarray:
    """Margin of each photo's own class over the best other class, (n,), by a linear probe fitted on the rows ``fit``.

    The probe is ridge regression on standardised activations with the classes as targets: it has a closed form and
    takes milliseconds.

    Args:
        activations: (n, channels). answers: (n, C), 1 for a photo's class and 0 elsewhere.
    """
    x = activations.astype(np.float64)
    centre, scale = centre_and_scale(x[fit])
    x = (x - centre) / scale
    targets = answers[fit] - answers[fit].mean(0)
    penalty = PENALTY * len(fit) * np.eye(x.shape[1])
    weights = np.linalg.solve(x[fit].T @ x[fit] + penalty, x[fit].T @ targets)  # (channels, C)
    values = x @ weights + answers[fit].mean(0)
    own = (values * answers).sum(1)
    return own - np.where(answers > 0, -np.inf, values).max(1)
