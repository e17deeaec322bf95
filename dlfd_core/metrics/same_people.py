"""The verdict's statistics where each person is a class: forget photos against other photos of the same people.

A model that never saw a person's photos cannot tell the training photos of this person from the held-out ones: they
were divided by a draw. So every AUC is one half in the mean, and nothing more is expected of a single person. With a
bank, each of its models is attacked on groups of people that it was not trained on. Without a bank, the photos of each
person are divided again and again.

A person's loss share compares with held-out photos of this same person. The statistics of attacks take the photos of
all forgotten people together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dlfd_core.data.splits import Splits, TaskData
from dlfd_core.metrics.never_saw import standard_deviations
from dlfd_core.metrics.rmia import Prior
from dlfd_core.metrics.roc import MINIMUM_UNSEEN, own_shares
from dlfd_core.metrics.statistics import (
    found_at_1,
    has_found,
    photo_values,
    shares_below,
    statistic_names,
    statistics_of,
)
from dlfd_core.metrics.worst_case import Null, Observed, null_of, null_rng, null_with_people
from dlfd_core.models.bank import Bank
from dlfd_core.models.signals import SIGNALS
from dlfd_core.types import WorstCase

#: Number of groups of people drawn per bank model; each is attacked by itself.
GROUPS = 60
#: Number of divisions of the photos, without a bank.
DIVISIONS = 1000


def against_held_out_photos(signals: np.ndarray, task: TaskData, splits: Splits, bank: Bank | None) -> WorstCase:
    """The worst case of a model, for tasks whose classes are people.

    Args:
        signals: (4, n) of the model on ``splits.compared``.
    """
    index, scores = splits.compared, signals
    person, member = task.data.person[index], np.arange(len(index)) < len(splits.forget)
    people = np.unique(person)
    standard = None
    if bank is None:
        null = _null_by_division(scores, person, member)
    else:
        prior = Prior.of(bank.losses[:, index], ~bank.members[:, person])
        scores = np.vstack([signals, prior.gain(-signals[0])])
        held_out = np.sort(np.concatenate([splits.unseen, splits.unseen_non_members]))
        found = has_found(len(scores), len(splits.unseen_non_members))
        null, standard = _null_by_bank(_scores_of(bank, held_out.tobytes()), len(people), found)
        standard = standard[people]
    values = photo_values(scores[:, member], scores[:, ~member]).mean(1)
    observed = Observed(
        values=values,
        expected=np.full(len(values), 0.5),
        single=own_shares(scores[0], person, member),
        usual=np.full(len(people), 0.5),
        standard=standard,
        ids=[task.data.people[number].id for number in people],
    )
    return observed.worst_case(null, 0 if bank is None else len(bank))


def _null_by_division(scores: np.ndarray, person: np.ndarray, member: np.ndarray) -> Null:
    """Each person's photos are divided again into as many members and others; all AUCs follow from sums of ranks."""
    from scipy.stats import rankdata

    order = np.argsort(person, kind="stable")
    scores, person, member = scores[:, order], person[order], member[order]
    _, starts, block = np.unique(person, return_index=True, return_inverse=True)
    counts = np.add.reduceat(member.astype(np.int64), starts)  # (P,) members of each person
    others = np.add.reduceat((~member).astype(np.int64), starts)
    rng = null_rng("divisions")
    place = np.argsort(block + rng.random((DIVISIONS, len(person))), axis=1)  # a new order within each person
    drawn = np.zeros((DIVISIONS, len(person)))
    first = np.arange(len(person)) - starts[block] < counts[block]
    np.put_along_axis(drawn, place[:, first], 1.0, axis=1)
    total, rest = int(counts.sum()), int(others.sum())
    aucs = (drawn @ rankdata(scores, axis=1).T - total * (total + 1) / 2) / (total * rest)
    own_ranks = np.concatenate([rankdata(part) for part in np.split(scores[0], starts[1:])])
    sums = np.add.reduceat(drawn * own_ranks, starts, axis=1)
    single = (sums - counts * (counts + 1) / 2) / (counts * others)
    found = statistics_of(aucs - 0.5, single - 0.5, None)
    centre = found.mean(0)
    centre[:-1] = 0.0
    return null_of(statistic_names(len(SIGNALS), rest), centre, found - centre, 1.0 / total)


@dataclass(frozen=True, eq=False)
class _BankScores:
    """Scores of all bank models on the training and the held-out photos.

    Attributes:
        scores: (K, A, N), RMIA's compared with the other models. own: (K, P) loss share of each person of the data set,
            NaN where the model was trained on the person.
        members, others: photos of each person, as positions in ``scores``, by the person's number.
    """

    scores: np.ndarray
    own: np.ndarray
    members: dict[int, np.ndarray]
    others: dict[int, np.ndarray]


@lru_cache(maxsize=2)
def _scores_of(bank: Bank, held_out: bytes) -> _BankScores:
    task, unseen = bank.spec.task, np.frombuffer(held_out, dtype=np.int64)
    index = np.concatenate([task.train, unseen])
    person, member = task.data.person[index], np.arange(len(index)) < len(task.train)
    people = np.unique(person)
    prior = Prior.of(bank.losses[:, index], ~bank.members[:, person])
    own = np.full((len(bank), len(task.data.people)), np.nan)
    scores = []
    for number, losses in enumerate(bank.losses):
        alone = bank.signals[number][:, index]
        scores.append(np.vstack([alone, prior.without(number).gain(losses[index])]))
        shares = own_shares(alone[0], person, member)
        own[number, people] = np.where(bank.members[number, people], np.nan, shares)
    photos = {one: np.flatnonzero(person == one) for one in people.tolist()}
    members = {one: each[member[each]] for one, each in photos.items()}
    others = {one: each[~member[each]] for one, each in photos.items()}
    return _BankScores(np.stack(scores), own, members, others)


@lru_cache(maxsize=64)
def _null_by_bank(view: _BankScores, people: int, found: bool) -> tuple[Null, np.ndarray]:
    """The null distribution for groups of ``people`` people, and the standard deviation of each person, (P,).

    Args:
        found: with the share that RMIA finds at 1 % false alarms.
    """
    rng = null_rng(f"{people} people as classes")
    values, in_units = [], []
    for number, scores in enumerate(view.scores):
        never_saw = np.flatnonzero(~np.isnan(view.own[number]))
        standard = standard_deviations(np.delete(view.own, number, 0) - 0.5)
        in_units.append((view.own[number] - 0.5)[never_saw] / standard[never_saw])
        groups = rng.permuted(np.tile(never_saw, (GROUPS, 1)), axis=1)[:, :people]
        means = np.stack([_attacked(view, scores, group, found) for group in groups]) - 0.5
        values.append(statistics_of(means, view.own[number][groups] - 0.5, standard[groups]))
    drawn = np.stack(values)  # (K, B, T)
    attacks = view.scores.shape[1]
    centre = drawn.mean((0, 1))
    centre[:attacks] = 0.0
    names = statistic_names(attacks, MINIMUM_UNSEEN[0.01] if found else 0)
    photos = sum(len(each) for each in view.members.values()) / len(view.members) * people
    null = null_with_people(names, centre, drawn, in_units, people, photos)
    return null, standard_deviations(view.own - 0.5)


def _attacked(view: _BankScores, scores: np.ndarray, group: np.ndarray, found: bool) -> np.ndarray:
    """Mean values of the photos of a group of people, (T,)."""
    members = scores[:, np.concatenate([view.members[one] for one in group.tolist()])]
    others = scores[:, np.concatenate([view.others[one] for one in group.tolist()])]
    means = shares_below(members, others).mean(1)
    return np.append(means, found_at_1(members[-1], others[-1]).mean()) if found else means
