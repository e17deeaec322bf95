"""The statistics of the verdict: how far a model's attack scores on the forgotten people lie from those of models that
never saw them.

One attack, averaged over all people, can be misled: with half of the people remembered and half confidently wrong, the
mean is in the middle. So there is one statistic per attack, and three about single people. A photo's *share* under an
attack is the share of non-members that look less like training photos; its mean over the forget photos is the signed
AUC. A photo's *deviation* is its share less the share expected of a model that never saw the person. The expected share
is a mean over M models, so the deviation is scaled by ``sqrt(M / (M + 1))`` to the variance of a single model.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlfd_core.metrics.roc import MINIMUM_UNSEEN
from dlfd_core.models.signals import SIGNALS

#: Statistics of single people, after those of the attacks: largest and smallest deviation of a person's loss share, and
#: logarithm of the standard deviation of these deviations over the people.
PEOPLE = ("person_known", "person_lost", "people_differ")


#: Smaller standard deviations over people, in AUC, count as this one.
SMALLEST_SPREAD = 1e-3


def shares_below(scores: np.ndarray, non_members: np.ndarray) -> np.ndarray:
    """Scores (A, n) and (A, m) -> (A, n): share of the non-members with a lower score, ties count half."""
    shares = np.empty(scores.shape)
    for row, ordered, out in zip(scores, np.sort(non_members, axis=1), shares, strict=True):
        out[:] = np.searchsorted(ordered, row, "left") + np.searchsorted(ordered, row, "right")
    return shares / (2 * non_members.shape[1])


def found_at_1(scores: np.ndarray, non_members: np.ndarray) -> np.ndarray:
    """Scores (n,) and (m,) -> (n,) 0 or 1: whether a photo is found at 1 % false alarms, as in ``roc.tpr_at``."""
    allowed = math.floor(0.01 * len(non_members) + 1e-9)
    return (scores > np.partition(non_members, -1 - allowed)[-1 - allowed]).astype(np.float64)


def photo_values(members: np.ndarray, non_members: np.ndarray) -> np.ndarray:
    """Values of each member photo, (T, n), whose means are statistics: its share under each attack; then, with RMIA
    among the attacks and enough non-members, whether RMIA finds it at 1 % false alarms.

    Args:
        members, non_members: (A, n) and (A, m) scores of ``SIGNALS``, and RMIA's in row 4 where there is a bank.
    """
    values = shares_below(members, non_members)
    if has_found(len(members), non_members.shape[1]):
        values = np.vstack([values, found_at_1(members[-1], non_members[-1])])
    return values


def has_found(attacks: int, non_members: int) -> bool:
    """Whether ``photo_values`` ends with the photos found at 1 % false alarms."""
    return attacks > len(SIGNALS) and non_members >= MINIMUM_UNSEEN[0.01]


def statistic_names(attacks: int, non_members: int) -> tuple[str, ...]:
    """Names of all statistics in their order; those of attacks are the attacks' names. Without a bank there are none of
    a single person: the most extreme of n people is too uncertain where nothing is known of each."""
    if attacks == len(SIGNALS):
        return (*SIGNALS, PEOPLE[2])
    return (*SIGNALS, "rmia", *(("rmia_found",) if has_found(attacks, non_members) else ()), *PEOPLE)


@dataclass(frozen=True)
class PersonSums:
    """Values or deviations of photos, added up by person.

    Attributes:
        people: (P,) numbers of the people, ascending.
        totals: (T, P) sum over each person's photos. photos: (P,) number of them.
    """

    people: np.ndarray
    totals: np.ndarray
    photos: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray, person: np.ndarray) -> PersonSums:
        """Values (T, n) and person of each photo (n,)."""
        people, inverse, photos = np.unique(person, return_inverse=True, return_counts=True)
        totals = np.stack([np.bincount(inverse, row, len(people)) for row in values])
        return cls(people, totals, photos)

    @property
    def loss(self) -> np.ndarray:
        """(P,) mean of each person's loss shares, or of their deviations."""
        means: np.ndarray = self.totals[0] / self.photos
        return means

    def means(self, groups: np.ndarray) -> np.ndarray:
        """(B, T) mean over the photos of each group; groups: (B, n) positions in ``people``."""
        means: np.ndarray = self.totals.T[groups].sum(1) / self.photos[groups].sum(1)[:, None]
        return means


def statistics_of(means: np.ndarray, single: np.ndarray, standard: np.ndarray | None) -> np.ndarray:
    """All statistics of B groups of n people: (B, T + 3), or (B, T + 1) without those of a single person.

    Args:
        means: (B, T) mean deviations of their photos. single: (B, n) mean deviation of each person's loss shares.
        standard: (B, n) standard deviation of each such mean under models that never saw the person; None without a
            bank.
    """
    differ = np.log(np.maximum(single.std(1), SMALLEST_SPREAD))
    if standard is None:
        return np.column_stack([means, differ])
    in_units = single / standard
    return np.column_stack([means, in_units.max(1), in_units.min(1), differ])
