"""Membership attacks that need one model and what it says: one attacker for everybody.

The five features are those of SalUn's evaluation (Fan et al., ICLR 2024), done as their sources define them: modified
entropy is Song & Mittal's (USENIX Security 2021), both sides of an attacker's training set are equally
large, and nobody is judged by an attacker that was trained on him.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from dlfd_core.data.splits import Splits
from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.membership import fit_logistic
from dlfd_core.metrics.roc import auc_interval, ks_distance, structural_components, tpr_at
from dlfd_core.models.outputs import Outputs
from dlfd_core.seeding import make_rng
from dlfd_core.types import POPULATION_ATTACKS, Attack, PersonLeak

#: AttackFeatures that are one number per photo, higher is more like a training photo.
SCALARS = ("correctness", "confidence", "entropy", "modified_entropy")
#: Photos per side the vector attacker is trained on at most, and the most classes it looks at.
VECTOR_PHOTOS, VECTOR_CLASSES = 400, 10
_TINY = 1e-300  # keeps logarithms finite; a double still tells probabilities of 1e-290 apart
_EVEN = 1e-9  # a decision value this near 0 is none


@dataclass(frozen=True)
class AttackFeatures:
    """Of n photos, in float64.

    Attributes:
        scalars: (len(SCALARS), n), higher is more like a training photo.
        vector: (n, at most VECTOR_CLASSES) log-probabilities: the label's first, then the other classes from the most
            to the least probable, so that one attacker serves all classes.
    """

    scalars: np.ndarray
    vector: np.ndarray


def stable_logs(probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, C) rows that sum to 1 -> ``log p`` and ``log(1 - p)``, (n, C) each.

    A probability next to 1 is rounded, but the sum of the others is not; only a row's largest can be next to 1.
    """
    rows, top = np.arange(len(probabilities)), probabilities.argmax(1)
    others = probabilities.copy()
    others[rows, top] = 0.0
    rest = others.sum(1)  # (n,) 1 - p of the largest, to full relative precision
    log_p = np.log(np.maximum(probabilities, _TINY))
    log_p[rows, top] = np.log1p(-rest)
    others[rows, top] = 0.5  # any number below 1: it is overwritten
    log_not = np.log1p(-others)
    log_not[rows, top] = np.log(np.maximum(rest, _TINY))
    return log_p, log_not


def attack_features(outputs: Outputs, labels: np.ndarray, index: np.ndarray) -> AttackFeatures:
    """What the attackers look at, for the photos at ``index`` (n,).

    With several attributes a class is a combination of them, and correctness the share of attributes that is right.

    Raises:
        ValueError: a photo without a label.
    """
    y, rows = labels[index], np.arange(len(index))
    if (y < 0).any():
        raise ValueError("a photo without a label cannot be attacked")
    logits = torch.from_numpy(outputs.logits[index].astype(np.float64))
    p = outputs.space.probabilities(logits).numpy()  # (n, C)
    log_p, log_not = stable_logs(p)
    right = outputs.correctness(labels)[index].astype(np.float64)
    phi = log_p[rows, y] - log_not[rows, y]  # logit of the label's probability
    entropy = -(p * log_p).sum(1)
    # -(1 - p_y) log p_y - sum over the other classes of p log(1 - p)
    terms = -p * log_not
    terms[rows, y] = -np.exp(log_not[rows, y]) * log_p[rows, y]
    modified = terms.sum(1)
    own = log_p[rows, y]
    log_p[rows, y] = -np.inf
    others = -np.sort(-log_p, axis=1)[:, : min(p.shape[1], VECTOR_CLASSES) - 1]
    return AttackFeatures(np.stack([right, phi, -entropy, -modified]), np.column_stack([own, others]))


def _folds(groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Strangers in two halves that share nobody. Raises InvalidRequest with a single person."""
    people = make_rng(0, "attack folds").permutation(np.unique(groups))
    if len(people) < 2:
        raise InvalidRequest(
            "All unseen photos show one person; photos of at least 2 people are needed, so that nobody is judged by an "
            "attacker that was trained on him."
        )
    first = np.isin(groups, people[: len(people) // 2])
    return np.flatnonzero(first), np.flatnonzero(~first)


def _training(retained: int, fold: np.ndarray, count: int, stream: str) -> tuple[np.ndarray, np.ndarray]:
    """``count`` retained photos and as many strangers of one fold, drawn without replacement."""
    rng = make_rng(0, stream)
    return rng.choice(retained, count, replace=False), rng.choice(fold, count, replace=False)


def _scalar_decisions(retain: np.ndarray, unseen: np.ndarray, forget: np.ndarray, folds: Sequence) -> np.ndarray:
    """(F, n) scalars of each set -> (F, n_forget) mean decision value of the two attackers, above 0 "trained on"."""
    count = min(retain.shape[1], *map(len, folds))
    labels = np.repeat([0, 1], count)
    rows = []
    for number, fold in enumerate(folds):
        kept, strange = _training(retain.shape[1], fold, count, f"scalar attack {number}")
        rows.append(np.concatenate([unseen[:, strange], retain[:, kept]], axis=1))
    drawn = np.concatenate(rows)  # (2 F, 2 count)
    slope, intercept = (part.reshape(len(folds), -1) for part in fit_logistic(drawn, np.tile(labels, (len(drawn), 1))))
    return (slope[:, :, None] * forget + intercept[:, :, None]).mean(0)


def _vector_decisions(
    retain: np.ndarray, unseen: np.ndarray, forget: np.ndarray, folds: Sequence
) -> tuple[np.ndarray, np.ndarray]:
    """(n, d) vectors of each set -> decision values (n_forget,), (n_unseen,), above 0 "trained on".

    SalUn's attacker, a support vector machine with C = 3 and a radial kernel with gamma 1 / d, on standardised
    log-probabilities: on probabilities as they are it is blind to how near 1 a confident answer is.
    """
    from sklearn.svm import SVC

    count = min(len(retain), VECTOR_PHOTOS, *map(len, folds))
    of_forget, of_unseen = np.zeros(len(forget)), np.zeros(len(unseen))
    for number, (fold, other) in enumerate(zip(folds, reversed(folds), strict=True)):
        kept, strange = _training(len(retain), fold, count, f"vector attack {number}")
        drawn = np.concatenate([unseen[strange], retain[kept]])
        centre, scale = drawn.mean(0), drawn.std(0) + 1e-12
        machine = SVC(C=3.0, kernel="rbf", gamma="auto").fit((drawn - centre) / scale, np.repeat([0, 1], count))
        judged = machine.decision_function((np.concatenate([forget, unseen[other]]) - centre) / scale)
        of_forget += judged[: len(forget)] / len(folds)
        of_unseen[other] = judged[len(forget) :]
    return of_forget, of_unseen


def _called_unseen(decisions: np.ndarray) -> float:
    """Share below 0; an attacker that cannot decide guesses, so exact ties count half."""
    undecided = np.abs(decisions) < _EVEN
    return float(((decisions < 0) & ~undecided).mean() + 0.5 * undecided.mean())


def make_attack(
    members: np.ndarray,
    strangers: np.ndarray,
    groups: tuple[np.ndarray, np.ndarray],
    called_unseen: float | None = None,
) -> Attack:
    """An attack from its scores, higher is more like a training photo.

    Args:
        groups: people of the members and of the strangers.
    """
    auc, interval = auc_interval(members, strangers, *groups)
    at_1, at_01 = (tpr_at(members, strangers, fpr) for fpr in (0.01, 0.001))
    return Attack(
        auc=auc,
        auc_interval=interval,
        n_forget=len(members),
        n_unseen=len(strangers),
        ks=ks_distance(members, strangers),
        tpr_at_1=at_1[0] if at_1 else None,
        tpr_at_1_interval=at_1[1] if at_1 else None,
        tpr_at_01=at_01[0] if at_01 else None,
        tpr_at_01_interval=at_01[1] if at_01 else None,
        called_unseen=called_unseen,
    )


def population_attacks(outputs: Outputs, labels: np.ndarray, person: np.ndarray, splits: Splits) -> dict[str, Attack]:
    """All of ``POPULATION_ATTACKS`` on one model, forget photos against unseen ones.

    ``loss`` ranks by minus the loss and makes no decision. The scalars rank by themselves, with a fixed sign, and
    decide by a logistic regression; ``probabilities`` ranks and decides by a support vector machine. Attackers are
    trained on retained against unseen photos, equally many, in two folds of the unseen people: each judges the
    strangers of the other fold and all forget photos, whose two decision values are averaged.

    Args:
        labels, person: (N,) over all photos of the data set.

    Raises:
        InvalidRequest: no retained photo, or all unseen photos show one person.
        ValueError: a photo without a label.
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
    found = {"loss": make_attack(-losses[splits.forget], -losses[splits.unseen_non_members], sides, None)}
    decisions = _scalar_decisions(retain.scalars, unseen.scalars, forget.scalars, folds)
    for name, members, strangers, decided in zip(SCALARS, forget.scalars, unseen.scalars, decisions, strict=True):
        found[name] = make_attack(members, strangers, sides, _called_unseen(decided))
    judged = _vector_decisions(retain.vector, unseen.vector, forget.vector, folds)
    found["probabilities"] = make_attack(*judged, sides, _called_unseen(judged[0]))
    return {name: found[name] for name in POPULATION_ATTACKS}


def person_leaks(losses: np.ndarray, person: np.ndarray, splits: Splits, ids: Sequence[str]) -> tuple[PersonLeak, ...]:
    """Per forgotten person P(a stranger's loss > the loss of the person's photo), the most recognisable first.

    Args:
        losses, person: (N,) over all photos of the data set. ids: id of each person, by the numbers in ``person``.
    """
    below, _ = structural_components(-losses[splits.forget], -losses[splits.unseen_non_members])
    who, where, photos = np.unique(person[splits.forget], return_inverse=True, return_counts=True)
    aucs = np.bincount(where, below) / photos
    leaks = [PersonLeak(ids[i], int(n), float(auc)) for i, n, auc in zip(who, photos, aucs, strict=True)]
    return tuple(sorted(leaks, key=lambda leak: (-leak.loss_auc, leak.person)))
