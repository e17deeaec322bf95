"""Computes all scores of a model from its outputs: accuracies, MIA accuracy, forgetting score, utility, NoMUS."""

from __future__ import annotations

import numpy as np
import torch

from dlfd_core.data.splits import Splits, TaskData
from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.calibration import null_band
from dlfd_core.metrics.membership import attack_accuracy, balance, signed_auc
from dlfd_core.models.outputs import Outputs
from dlfd_core.seeding import make_rng
from dlfd_core.types import Scores


def nomus(utility: float, forgetting_score: float) -> float:
    """Normalized machine unlearning score, ``(utility + 1 - 2 FS) / 2``, in [0, 1], higher is better (Choi & Na)."""
    return (utility + 1.0 - 2.0 * forgetting_score) / 2.0


def accuracy(outputs: Outputs, labels: np.ndarray, index: np.ndarray) -> float:
    """Share of the photos at ``index`` with the right prediction, in [0, 1]; with attributes, the mean over them."""
    return float(outputs.correctness(labels)[index].mean(dtype=np.float64))


def constant_utility(task: TaskData, splits: Splits) -> float:
    """Accuracy on the unseen photos of always giving the same class, the best one, in [0, 1]."""
    labels, photos = np.unique(task.labels[splits.unseen], return_counts=True)
    shares = [
        float(
            (
                task.space.correctness(torch.full((len(labels),), answer), torch.from_numpy(labels)).numpy() * photos
            ).sum()
        )
        for answer in range(len(task.classes))
    ]
    return max(shares) / len(splits.unseen)


def evaluate(outputs: Outputs, labels: np.ndarray, person: np.ndarray, splits: Splits) -> Scores:
    """All scores of one model on one request.

    The same balanced subsample and the same null splits are used for every model of the request, so the random draw
    makes no difference between models.

    Args:
        labels, person: (N,) over all photos of the data set.

    Raises:
        InvalidRequest: there are fewer than 2 forget photos or fewer than 2 non-members to attack, or no unseen photo.
    """
    smaller = min(len(splits.forget), len(splits.unseen_non_members))
    if smaller < 2 or not len(splits.unseen):
        raise InvalidRequest(
            f"Only {smaller} photos on one side of the membership attack; "
            "at least 2 forget photos and 2 unseen ones are needed."
        )
    losses = outputs.losses(labels)
    members, non_members = losses[splits.forget], losses[splits.unseen_non_members]
    sides = balance(members, non_members, make_rng(0, "attack balance"))
    mia = float(attack_accuracy(sides[0][None], sides[1][None])[0])
    groups = person if splits.by_person else np.arange(len(person))
    band = null_band(
        non_members,
        groups[splits.unseen_non_members],
        members=len(np.unique(groups[splits.forget])),
        rng=make_rng(0, "null band"),
    )
    score, unseen = abs(mia - 0.5), accuracy(outputs, labels, splits.unseen)
    return Scores(
        retain_accuracy=accuracy(outputs, labels, splits.retain),
        forget_accuracy=accuracy(outputs, labels, splits.forget),
        validation_accuracy=accuracy(outputs, labels, splits.validation),
        unseen_accuracy=unseen,
        utility=unseen,
        mia_accuracy=mia,
        mia_auc=signed_auc(members, non_members),
        forgetting_score=score,
        null_band=band.forgetting_score,
        auc_band=band.auc,
        nomus=nomus(unseen, score),
    )
