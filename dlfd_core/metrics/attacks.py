"""Membership attacks that need only the outputs of one model; one attacker judges all people.

The five features are those of SalUn's evaluation (Fan et al., ICLR 2024), computed as their sources define them:
modified entropy is Song & Mittal's (USENIX Security 2021). Both sides of an attacker's training set have equally many
photos, and no attacker judges an unseen person whose photos it was trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlfd_core.data.splits import Splits
from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.membership import fit_logistic
from dlfd_core.metrics.roc import auc_interval, ks_distance, own_shares, structural_components, tpr_at
from dlfd_core.models.outputs import Outputs
from dlfd_core.models.signals import entropies, log_probabilities, modified_entropies
from dlfd_core.seeding import make_rng
from dlfd_core.types import POPULATION_ATTACKS, Attack, PersonLeak

#: Features with one number per photo; higher means more like a training photo.
SCALARS = ("correctness", "confidence", "entropy", "modified_entropy")
#: Largest number of training photos per side, and of classes, for the attacker on vectors.
VECTOR_PHOTOS, VECTOR_CLASSES = 400, 10
_TIE = 1e-9  # a decision value this near 0 counts as no decision


@dataclass(frozen=True)
class AttackFeatures:
    """Inputs of the attackers for n photos, in float64.

    Attributes:
        scalars: (len(SCALARS), n); higher means more like a training photo.
        vector: (n, at most VECTOR_CLASSES) log-probabilities: first the label's, then the other classes from the most
            to the least probable. In this order, one attacker works for all classes.
    """

    scalars: np.ndarray
    vector: np.ndarray


def attack_features(outputs: Outputs, labels: np.ndarray, index: np.ndarray) -> AttackFeatures:
    """Compute the inputs of the attackers for the photos at ``index`` (n,).

    With several attributes, a class is a combination of their values, and correctness is the share of attributes that
    is right.

    Raises:
        ValueError: a photo has no label.
    """
    y, rows = labels[index], np.arange(len(index))
    log_p, log_not = log_probabilities(outputs, labels, index)
    correctness = outputs.correctness(labels)[index].astype(np.float64)
    phi = log_p[rows, y] - log_not[rows, y]  # logit of the label's probability
    scalars = np.stack([correctness, phi, -entropies(log_p), -modified_entropies(log_p, log_not, y)])
    log_p_label = log_p[rows, y]
    log_p[rows, y] = -np.inf
    others = -np.sort(-log_p, axis=1)[:, : min(log_p.shape[1], VECTOR_CLASSES) - 1]
    return AttackFeatures(scalars, np.column_stack([log_p_label, others]))


def _folds(groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split the non-members into two halves with no person in both.

    Raises:
        InvalidRequest: there is only one person.
    """
    people = make_rng(0, "attack folds").permutation(np.unique(groups))
    if len(people) < 2:
        raise InvalidRequest(
            "All unseen photos show one person; photos of at least 2 people are needed, so that no attacker judges a "
            "person whose photos it was trained on."
        )
    first = np.isin(groups, people[: len(people) // 2])
    return np.flatnonzero(first), np.flatnonzero(~first)


def _draw_training(retained: int, fold: np.ndarray, count: int, stream: str) -> tuple[np.ndarray, np.ndarray]:
    """Draw ``count`` retain photos and as many non-members of one fold, without replacement."""
    rng = make_rng(0, stream)
    return rng.choice(retained, count, replace=False), rng.choice(fold, count, replace=False)


def _scalar_decisions(retain: np.ndarray, unseen: np.ndarray, forget: np.ndarray, folds: Sequence) -> np.ndarray:
    """Scalars (F, n) of each set -> (F, n_forget) mean decision value of both attackers; above 0 means "trained on"."""
    count = min(retain.shape[1], *map(len, folds))
    labels = np.repeat([0, 1], count)
    rows = []
    for number, fold in enumerate(folds):
        retain_index, unseen_index = _draw_training(retain.shape[1], fold, count, f"scalar attack {number}")
        rows.append(np.concatenate([unseen[:, unseen_index], retain[:, retain_index]], axis=1))
    training = np.concatenate(rows)  # (2 F, 2 count)
    fitted = fit_logistic(training, np.tile(labels, (len(training), 1)))
    slope, intercept = (part.reshape(len(folds), -1) for part in fitted)
    return (slope[:, :, None] * forget + intercept[:, :, None]).mean(0)


def _vector_decisions(
    retain: np.ndarray, unseen: np.ndarray, forget: np.ndarray, folds: Sequence
) -> tuple[np.ndarray, np.ndarray]:
    """Vectors (n, d) of each set -> decision values (n_forget,) and (n_unseen,); above 0 means "trained on".

    SalUn's attacker, a support vector machine with C = 3 and a radial kernel with gamma 1 / d, on standardised
    log-probabilities. On the probabilities themselves, it could not see how near to 1 a confident prediction is.
    """
    from sklearn.svm import SVC

    count = min(len(retain), VECTOR_PHOTOS, *map(len, folds))
    forget_values, unseen_values = np.zeros(len(forget)), np.zeros(len(unseen))
    for number, (fold, other) in enumerate(zip(folds, reversed(folds), strict=True)):
        retain_index, unseen_index = _draw_training(len(retain), fold, count, f"vector attack {number}")
        training = np.concatenate([unseen[unseen_index], retain[retain_index]])
        centre, scale = training.mean(0), training.std(0) + 1e-12
        attacker = SVC(C=3.0, kernel="rbf", gamma="auto").fit((training - centre) / scale, np.repeat([0, 1], count))
        values = attacker.decision_function((np.concatenate([forget, unseen[other]]) - centre) / scale)
        forget_values += values[: len(forget)] / len(folds)
        unseen_values[other] = values[len(forget) :]
    return forget_values, unseen_values


def _called_unseen(decisions: np.ndarray) -> float:
    """Share of decision values below 0 ("unseen"). Ties count half, because an attacker that cannot decide guesses."""
    undecided = np.abs(decisions) < _TIE
    return float(((decisions < 0) & ~undecided).mean() + 0.5 * undecided.mean())


def make_attack(
    members: np.ndarray,
    non_members: np.ndarray,
    groups: tuple[np.ndarray, np.ndarray],
    called_unseen: float | None = None,
) -> Attack:
    """Summarise an attack by its scores; a higher score means more like a training photo.

    Args:
        groups: person of each member and of each non-member.
    """
    auc, interval = auc_interval(members, non_members, *groups)
    at_1, at_01 = (tpr_at(members, non_members, fpr) for fpr in (0.01, 0.001))
    return Attack(
        auc=auc,
        auc_interval=interval,
        n_forget=len(members),
        n_unseen=len(non_members),
        ks=ks_distance(members, non_members),
        tpr_at_1=at_1[0] if at_1 else None,
        tpr_at_1_interval=at_1[1] if at_1 else None,
        tpr_at_01=at_01[0] if at_01 else None,
        tpr_at_01_interval=at_01[1] if at_01 else None,
        called_unseen=called_unseen,
    )


def population_attacks(outputs: Outputs, labels: np.ndarray, person: np.ndarray, splits: Splits) -> dict[str, Attack]:
    """Run all ``POPULATION_ATTACKS`` on one model: forget photos against unseen photos.

    ``loss`` ranks photos by minus the loss and makes no decision. Each scalar ranks by itself, with a fixed sign, and
    decides by a logistic regression. ``probabilities`` ranks and decides by a support vector machine. The attackers are
    trained on equally many retain and unseen photos, in two folds of the unseen people. Each attacker judges the unseen
    photos of the other fold and all forget photos; the two decision values of a forget photo are averaged.

    Args:
        labels, person: (N,) over all photos of the data set.

    Raises:
        InvalidRequest: there is no retain photo, or all unseen photos show one person.
        ValueError: a photo has no label.
    """
    if not len(splits.retain):
        raise InvalidRequest("No photo is kept; leave at least one person for the model to keep.")
    groups = person if splits.by_person else np.arange(len(person))
    sides = groups[splits.forget], groups[splits.unseen_non_members]
    folds = _folds(sides[1])
    retain, forget, unseen = (
        attack_features(outputs, labels, index) for index in (splits.retain, splits.forget, splits.unseen_non_members)
    )
    losses = outputs.losses(labels)
    attacks = {"loss": make_attack(-losses[splits.forget], -losses[splits.unseen_non_members], sides, None)}
    decisions = _scalar_decisions(retain.scalars, unseen.scalars, forget.scalars, folds)
    for name, members, non_members, values in zip(SCALARS, forget.scalars, unseen.scalars, decisions, strict=True):
        attacks[name] = make_attack(members, non_members, sides, _called_unseen(values))
    vector_decisions = _vector_decisions(retain.vector, unseen.vector, forget.vector, folds)
    attacks["probabilities"] = make_attack(*vector_decisions, sides, _called_unseen(vector_decisions[0]))
    return {name: attacks[name] for name in POPULATION_ATTACKS}


def person_leaks(losses: np.ndarray, person: np.ndarray, splits: Splits, ids: Sequence[str]) -> tuple[PersonLeak, ...]:
    """For each forgotten person P(loss of an unseen photo > loss of the person's photo), the most recognisable first.

    Where each person is a class, the unseen photos are those of this same person.

    Args:
        losses, person: (N,) over all photos of the data set. ids: id of each person, by the numbers in ``person``.
    """
    people, inverse, photos = np.unique(person[splits.forget], return_inverse=True, return_counts=True)
    if splits.by_person:
        below, _ = structural_components(-losses[splits.forget], -losses[splits.unseen_non_members])
        aucs = np.bincount(inverse, below) / photos
    else:
        index = np.concatenate([splits.forget, splits.unseen_non_members])
        aucs = own_shares(-losses[index], person[index], np.arange(len(index)) < len(splits.forget))
    leaks = [PersonLeak(ids[i], int(n), float(auc)) for i, n, auc in zip(people, photos, aucs, strict=True)]
    return tuple(sorted(leaks, key=lambda leak: (-leak.loss_auc, leak.person)))
