"""Verification AUC: how well features separate pairs of photos of one person from pairs of two, with an interval."""

from __future__ import annotations

import numpy as np

from dlfd_core.errors import InvalidRequest
from dlfd_core.seeding import make_rng
from dlfd_core.types import Interval

#: Largest number of people, and of photos of each: the number of pairs grows with the square of both.
PEOPLE, PHOTOS = 60, 24
#: Number of resamples of the people, and smallest number of people to resample.
DRAWS, MINIMUM_PEOPLE = 200, 5


def identity_auc(directions: np.ndarray, person: np.ndarray, index: np.ndarray, others: np.ndarray) -> float:
    """P(two photos of one person are more similar than two photos of different people), ties half, in [0, 1].

    It uses all pairs among the photos at ``index``, of people with at least two photos there; with many people and
    photos, a seeded sample (``PEOPLE``, ``PHOTOS``). If there is a single person, the person's photos are paired with
    those of other people at ``others``.

    The task has a small effect too. Where photos of one class are similar, a person with photos of one class only is
    easier to recognise, and a person with photos of every class is harder. So compare models of the same task, not one
    model with 0.5.

    Args:
        directions: (N, D) vectors of length 1 or 0, so that the inner product is the cosine similarity.

    Raises:
        InvalidRequest: nobody has two photos at ``index``, or there is nobody to compare with.
    """
    photos = _sample(person, index)
    if not len(photos):
        raise InvalidRequest("Nobody has two photos, so no pair shows one person; pick people with more photos.")
    similarity = _cosine_similarity(directions[photos], directions[photos])
    same, different = (similarity[pairs] for pairs in _pairs(person[photos]))
    if not len(different):
        other_photos = others[person[others] != person[photos[0]]]
        other_photos = make_rng(0, "identity strangers").permutation(other_photos)[: PEOPLE * PHOTOS]
        different = _cosine_similarity(directions[photos], directions[other_photos]).ravel()
    if not len(different):
        raise InvalidRequest("There is only one person, so no pair shows two people; pick one more.")
    ordered = np.sort(different)
    below = np.searchsorted(ordered, same, "left") + np.searchsorted(ordered, same, "right")
    return float(below.sum(dtype=np.float64) / (2.0 * len(same) * len(different)))


def identity_interval(directions: np.ndarray, person: np.ndarray, index: np.ndarray) -> Interval:
    """95 % interval of ``identity_auc`` by resampling whole people (percentile bootstrap, ``DRAWS`` seeded draws).

    A person drawn c times counts c-fold: pairs of this person count c times, and pairs with a person drawn d times
    count c * d times. Pairs between two copies of a person are left out: they show neither two independent photos of
    one person nor two people. So all draws are weighted sums over one table, for which the pairs are ranked only once.
    Row p, column (q, r) of the table holds how often a pair of p is more similar than a pair with one photo of q and
    one of r.

    With fewer than ``MINIMUM_PEOPLE`` people resampling is not meaningful, and the interval is all of [0, 1].
    """
    photos = _sample(person, index)
    people, owner = np.unique(person[photos], return_inverse=True)
    count = len(people)
    if count < MINIMUM_PEOPLE:
        return 0.0, 1.0
    similarity = _cosine_similarity(directions[photos], directions[photos])
    same, different = _pairs(owner)
    same_owner, (left, right) = owner[np.nonzero(same)[0]], (owner[side] for side in np.nonzero(different))
    first, second = np.triu_indices(count, 1)
    column_of = np.zeros((count, count), dtype=np.int64)  # column of each pair of people
    column_of[first, second] = column_of[second, first] = np.arange(len(first))
    column = column_of[left, right]
    wins = _wins(similarity[same], same_owner, similarity[different], column, count, len(first))
    draws = make_rng(0, "identity people").integers(0, count, (DRAWS, count))
    copies = np.stack([np.bincount(row, minlength=count) for row in draws]).astype(np.float64)  # (draws, P)
    crossed = copies[:, first] * copies[:, second]  # (draws, P (P - 1) / 2)
    total = (copies @ np.bincount(same_owner)) * (crossed @ np.bincount(column))
    valid = total > 0  # a draw with only one person has no pair of two people; this is at most 1 draw in 600
    aucs = ((copies @ wins) * crossed).sum(1)[valid] / total[valid]
    low, high = np.quantile(aucs, [0.025, 0.975])
    return float(low), float(high)


def _sample(person: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Photos at ``index`` of people with at least two of them: at most ``PHOTOS`` of each of ``PEOPLE``, by person."""
    rng = make_rng(0, "identity photos of people")
    people, sizes = np.unique(person[index], return_counts=True)
    chosen = np.sort(rng.permutation(people[sizes > 1])[:PEOPLE])
    photos = [np.sort(rng.permutation(index[person[index] == number])[:PHOTOS]) for number in chosen]
    return np.concatenate(photos) if photos else index[:0]


def _cosine_similarity(directions: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Unit vectors (n, D) and (m, D) -> cosine similarities (n, m), in float32: the features are not more exact."""
    return directions.astype(np.float32) @ others.astype(np.float32).T


def _pairs(owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Masks (n, n) of the pairs of photos of one person and of the pairs of two people; each pair is marked once."""
    upper = ~np.tri(len(owner), dtype=bool)
    same = owner[:, None] == owner
    return upper & same, upper & ~same


def _wins(
    same: np.ndarray, same_owner: np.ndarray, different: np.ndarray, column: np.ndarray, people: int, columns: int
) -> np.ndarray:
    """Table (people, columns): how often a pair of one person is more similar than a pair of two people; ties half.

    Args:
        same, same_owner: similarity of each pair of one person, and that person.
        different, column: similarity of each pair of two people, and the column of these people.
    """
    from scipy.sparse import csr_matrix

    values, value_index = np.unique(same, return_inverse=True)
    counts = np.zeros((people, len(values) + 1))
    np.add.at(counts, (same_owner, value_index), 1.0)
    above = counts[:, ::-1].cumsum(1)[:, ::-1]  # (P, V + 1): number of the person's pairs at this value or higher
    table = np.empty((people, 2 * len(values) + 1))
    table[:, ::2] = above  # for a similarity between two values
    table[:, 1::2] = (above[:, :-1] + above[:, 1:]) / 2  # for a similarity equal to a value: ties count half
    code = np.searchsorted(values, different, "left") + np.searchsorted(values, different, "right")
    order = np.argsort(column, kind="stable")
    starts = np.concatenate([[0], np.bincount(column, minlength=columns).cumsum()])
    selection = csr_matrix((np.ones(len(code)), code[order], starts), shape=(columns, table.shape[1]))
    return np.asarray((selection @ table.T).T)
