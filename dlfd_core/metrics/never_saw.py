"""The verdict's statistics under the models of the reference bank that never saw the people.

For each forgotten photo, half of the bank's models never saw the person (OUT models). Their values say what to expect
of a model that never saw these people. How far such a model is from that is measured by leaving bank models out: each
model in turn is compared with the others, on groups of as many people that it never saw.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from dlfd_core.data.splits import Splits
from dlfd_core.metrics.rmia import Prior
from dlfd_core.metrics.statistics import (
    PersonSums,
    photo_values,
    statistic_names,
    statistics_of,
)
from dlfd_core.metrics.worst_case import Null, Observed, null_rng, null_with_people
from dlfd_core.models.bank import Bank
from dlfd_core.types import WorstCase

#: Number of groups of people drawn per bank model.
GROUPS = 250
#: Weight of the pooled variance of a person's deviation, in models: a person has only K/2 values.
POOLED = 8


@dataclass(frozen=True, eq=False)
class NeverSaw:
    """Values of all bank models on the training photos, and their null distributions.

    Attributes:
        photos: (n,) training photos. person: (n,) person of each.
        values: (K, T, n) as ``photo_values``. out: (K, n) whether model k never saw the person of the photo.
        attacks, non_members: number of attacks and of non-member photos.
    """

    photos: np.ndarray
    person: np.ndarray
    values: np.ndarray
    out: np.ndarray
    attacks: int
    non_members: int

    def expected(self, forget: np.ndarray) -> np.ndarray:
        """Mean values (T, n) of the models that never saw the person of each photo of ``forget`` (n,)."""
        position = np.searchsorted(self.photos, forget)
        out = self.out[:, position]  # (K, n)
        means: np.ndarray = (self.values[:, :, position] * out[:, None]).sum(0) / out.sum(0)
        return means

    def deviations(self, number: int) -> PersonSums:
        """Deviations of one bank model from the others, on the people it never saw."""
        count = self.out.sum(0)
        mask = self.out[number] & (count >= 2)
        others = count[mask] - 1
        own = self.values[number][:, mask]
        total = (self.values[:, :, mask] * self.out[:, None, mask]).sum(0)
        deviation = (own - (total - own) / others) * np.sqrt(others / (others + 1))
        return PersonSums.of(deviation, self.person[mask])


@lru_cache(maxsize=4)
def _never_saw(bank: Bank, non_members: bytes) -> NeverSaw:
    task, unseen = bank.spec.task, np.frombuffer(non_members, dtype=np.int64)
    index = np.concatenate([task.train, unseen])
    person = task.data.person[index]
    out = ~bank.members[:, person]
    prior = Prior.of(bank.losses[:, index], out)
    values = []
    for number, losses in enumerate(bank.losses):
        scores = np.vstack([bank.signals[number][:, index], prior.without(number).gain(losses[index])])
        values.append(photo_values(*np.split(scores, [len(task.train)], axis=1)))
    part = slice(0, len(task.train))
    return NeverSaw(task.train, person[part], np.stack(values), out[:, part], len(scores), len(unseen))


def never_saw(bank: Bank, non_members: np.ndarray) -> NeverSaw:
    """The bank's values against non-members (m,), where the roles hold different people; kept in memory."""
    return _never_saw(bank, np.ascontiguousarray(non_members, dtype=np.int64).tobytes())


def person_deviations(view: NeverSaw) -> tuple[list[PersonSums], np.ndarray]:
    """Deviations of each bank model, and the mean loss deviation of each person, (K, P), NaN where the model is IN."""
    sums = [view.deviations(number) for number in range(len(view.values))]
    means = np.full((len(sums), int(view.person.max()) + 1), np.nan)
    for row, each in zip(means, sums, strict=True):
        row[each.people] = each.loss
    return sums, means


def standard_deviations(means: np.ndarray) -> np.ndarray:
    """(K, P) deviations, NaN where a model does not count -> (P,) standard deviation of each person's, shrunk towards
    the pooled variance of all people, because a person has few values."""
    pooled = np.nanmean(np.square(means))
    count = (~np.isnan(means)).sum(0)
    total = np.nansum(np.square(means), axis=0)
    deviations: np.ndarray = np.sqrt((total + POOLED * pooled) / (count + POOLED))
    return np.maximum(deviations, 1e-6)


@lru_cache(maxsize=64)
def never_saw_null(view: NeverSaw, people: int) -> tuple[Null, np.ndarray]:
    """The null distribution for groups of ``people`` people, and the standard deviation of each person, (P,)."""
    sums, means = person_deviations(view)
    rng = null_rng(f"{people} people")
    values, in_units = [], []
    for number, each in enumerate(sums):
        standard = standard_deviations(np.delete(means, number, 0))[each.people]
        in_units.append(each.loss / standard)
        groups = rng.permuted(np.tile(np.arange(len(each.people)), (GROUPS, 1)), axis=1)[:, :people]
        values.append(statistics_of(each.means(groups), each.loss[groups], standard[groups]))
    found = np.stack(values)  # (K, B, T)
    centre = found.mean((0, 1))
    centre[:-3] = 0.0  # the deviations of the attacks add up to zero by construction
    photos = len(view.photos) / len(np.unique(view.person)) * people
    null = null_with_people(statistic_names(view.attacks, view.non_members), centre, found, in_units, people, photos)
    return null, standard_deviations(means)


def against_bank(bank: Bank, signals: np.ndarray, splits: Splits) -> WorstCase:
    """The worst case of a model, compared with the bank's models that never saw the forgotten people.

    For tasks whose roles hold different people.

    Args:
        signals: (4, n) of the model on ``splits.compared``.
    """
    task, view = bank.spec.task, never_saw(bank, splits.unseen_non_members)
    index, person = splits.compared, task.data.person[splits.forget]
    prior = Prior.of(bank.losses[:, index], ~bank.members[:, task.data.person[index]])
    scores = np.vstack([signals, prior.gain(-signals[0])])
    values = photo_values(*np.split(scores, [len(splits.forget)], axis=1))
    expected, models = view.expected(splits.forget), prior.out[:, : len(splits.forget)].sum(0)
    single, usual = PersonSums.of(values, person), PersonSums.of(expected, person)
    null, standard = never_saw_null(view, len(single.people))
    observed = Observed(
        values=values.mean(1),
        expected=expected.mean(1),
        single=single.loss,
        usual=usual.loss,
        standard=standard[single.people],
        ids=[task.data.people[number].id for number in single.people],
        scale=float(np.sqrt(models / (models + 1)).mean()),
    )
    return observed.worst_case(null, len(bank))
