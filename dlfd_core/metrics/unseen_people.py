"""The verdict's statistics without a reference bank: the forgotten people against unseen people in the same model.

Where nobody's photos were trained on, the forgotten people are a draw of people like the unseen ones. So groups of as
many unseen people, drawn with replacement, show what chance gives: each unseen person is attacked against the others.
This cannot know that the forgotten people may be easier or harder to recognise than unseen people, so its ranges are
wider than those of a bank.
"""

from __future__ import annotations

import numpy as np

from dlfd_core.data.splits import Splits
from dlfd_core.metrics.statistics import (
    PersonSums,
    photo_values,
    statistic_names,
    statistics_of,
)
from dlfd_core.metrics.worst_case import DRAWS, Null, Observed, null_of, null_rng
from dlfd_core.models.signals import SIGNALS
from dlfd_core.types import WorstCase


def against_unseen_people(signals: np.ndarray, person: np.ndarray, splits: Splits, ids: list[str]) -> WorstCase:
    """The worst case of a model, compared with groups of unseen people. For tasks whose roles hold different people.

    Args:
        signals: (4, n) of the model on ``splits.compared``.
        person: (N,) over all photos of the data set. ids: id of each person, by the numbers in ``person``.
    """
    forget, unseen = np.split(signals, [len(splits.forget)], axis=1)
    forget_person, unseen_person = person[splits.forget], person[splits.unseen_non_members]
    sums = PersonSums.of(photo_values(forget, unseen) - 0.5, forget_person)
    null = _null(unseen, unseen_person, len(sums.people), int(sums.photos.sum()))
    observed = Observed(
        values=sums.totals.sum(1) / sums.photos.sum() + 0.5,
        expected=np.full(len(SIGNALS), 0.5),
        single=sums.loss + 0.5,
        usual=np.full(len(sums.people), 0.5),
        standard=None,
        ids=[ids[number] for number in sums.people],
    )
    return observed.worst_case(null, 0)


def _null(scores: np.ndarray, person: np.ndarray, people: int, photos: int) -> Null:
    """The null distribution of groups of unseen people.

    The mean over a group of n has the variance of n people, and that of the P people attacked against, so the draws are
    scaled by ``sqrt(1 + n / P)``. As the P people are a sample themselves, the draws are also those of a t distribution
    with P - 1 degrees of freedom.
    """
    values = np.empty((len(SIGNALS), len(person)))
    for one in np.unique(person):
        own = person == one
        values[:, own] = photo_values(scores[:, own], scores[:, ~own])
    sums = PersonSums.of(values - 0.5, person)
    count = len(sums.people)
    rng = null_rng(f"{people} of {count} unseen people")
    groups = rng.integers(count, size=(DRAWS, people))
    found = statistics_of(sums.means(groups), sums.loss[groups], None)
    centre = found.mean(0)
    centre[:-1] = 0.0
    draws = (found - centre) * np.sqrt(count / rng.chisquare(count - 1, (DRAWS, 1)))
    draws[:, :-1] *= np.sqrt(1.0 + people / count)
    return null_of(statistic_names(len(SIGNALS), len(person)), centre, draws, 1.0 / photos)
