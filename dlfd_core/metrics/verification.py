"""Whether features tell people apart: verification AUC over pairs of photos, with an interval over people."""

from __future__ import annotations

import numpy as np

from dlfd_core.errors import InvalidRequest
from dlfd_core.seeding import make_rng
from dlfd_core.types import Interval

#: People, and photos of each, at most: pairs grow with the square of both.
PEOPLE, PHOTOS = 60, 24
#: Resamples of the people, and how few people are too few to resample.
DRAWS, MINIMUM_PEOPLE = 200, 5


def identity_auc(directions: np.ndarray, person: np.ndarray, index: np.ndarray, others: np.ndarray) -> float:
    """P(two photos of one person are more alike than two photos of different people), ties half, in [0, 1].

    All pairs among the photos at ``index``, of people with two photos there or more; of many people and photos a
    seeded sample (``PEOPLE``, ``PHOTOS``). A single person has no different person beside him: his photos are then
    paired with those of other people at ``others``.

    The task moves it a little too: where photos of one class are alike, somebody who shows one class all the time is
    easier to tell, and somebody who shows every class is harder. Models of one task compare, not one model with 0.5.

    Args:
        directions: (N, D) vectors of length 1 or 0, so that the inner product is the cosine similarity.

    Raises:
        InvalidRequest: nobody has two photos there, or there is nobody to compare with.
    """
    photos = _sample(person, index)
    if not len(photos):
        raise InvalidRequest("Nobody has two photos, so that no pair shows one person; pick people with more photos.")
    alike = _alike(directions[photos], directions[photos])
    same, different = (alike[pairs] for pairs in _pairs(person[photos]))
    if not len(different):
        strangers = others[person[others] != person[photos[0]]]
        strangers = make_rng(0, "identity strangers").permutation(strangers)[: PEOPLE * PHOTOS]
        different = _alike(directions[photos], directions[strangers]).ravel()
    if not len(different):
        raise InvalidRequest("There is one person only, so that no pair shows two; pick one more.")
    ordered = np.sort(different)
    below = np.searchsorted(ordered, same, "left") + np.searchsorted(ordered, same, "right")
    return float(below.sum(dtype=np.float64) / (2.0 * len(same) * len(different)))


def identity_interval(directions: np.ndarray, person: np.ndarray, index: np.ndarray) -> Interval:
    """95 % interval of ``identity_auc`` by resampling whole people (percentile bootstrap, ``DRAWS`` seeded draws).

    A person drawn c times counts c-fold: his own pairs c times, pairs with a person drawn d times c * d times. Pairs
    between two of his copies are left out: they show neither two photos that are independent views of one person nor
    two people. With that, all draws are weighted sums over one table, in which the pairs are ranked once: row p,
    column (q, r) holds how often a pair of p is more alike than a pair of one photo of q and one of r.

    With fewer than ``MINIMUM_PEOPLE`` people resampling says too little, and the interval is all of [0, 1].
    """
    photos = _sample(person, index)
    who, owner = np.unique(person[photos], return_inverse=True)
    if len(who) < MINIMUM_PEOPLE:
        return 0.0, 1.0
    alike = _alike(directions[photos], directions[photos])
    one, two = _pairs(owner)
    same_owner, (left, right) = owner[np.nonzero(one)[0]], (owner[side] for side in np.nonzero(two))
    first, second = np.triu_indices(len(who), 1)
    block = np.zeros((len(who), len(who)), dtype=np.int64)
    block[first, second] = block[second, first] = np.arange(len(first))
    column = block[left, right]
    wins = _wins(alike[one], same_owner, alike[two], column, len(who), len(first))
    drawn = make_rng(0, "identity people").integers(0, len(who), (DRAWS, len(who)))
    copies = np.stack([np.bincount(row, minlength=len(who)) for row in drawn]).astype(np.float64)  # (draws, P)
    crossed = copies[:, first] * copies[:, second]  # (draws, P (P - 1) / 2)
    total = (copies @ np.bincount(same_owner)) * (crossed @ np.bincount(column))
    counted = total > 0  # one person drawn again and again has no pair of two people: at most 1 draw in 600
    aucs = ((copies @ wins) * crossed).sum(1)[counted] / total[counted]
    low, high = np.quantile(aucs, [0.025, 0.975])
    return float(low), float(high)


def _sample(person: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Photos at ``index`` of people who have two there or more, at most ``PHOTOS`` of each of ``PEOPLE``, by person."""
    rng = make_rng(0, "identity photos of people")
    who, sizes = np.unique(person[index], return_counts=True)
    paired = who[sizes > 1]
    chosen = np.sort(rng.permutation(paired)[:PEOPLE])
    own = [np.sort(rng.permutation(index[person[index] == one])[:PHOTOS]) for one in chosen]
    return np.concatenate(own) if own else index[:0]


def _alike(directions: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(n, D), (m, D) -> (n, m) cosine similarities, in float32: the features are no more exact."""
    return directions.astype(np.float32) @ others.astype(np.float32).T


def _pairs(owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, n) masks of the pairs that show one person and of those that show two, each pair once."""
    once = ~np.tri(len(owner), dtype=bool)
    one = owner[:, None] == owner
    return once & one, once & ~one


def _wins(
    same: np.ndarray, same_owner: np.ndarray, different: np.ndarray, column: np.ndarray, people: int, columns: int
) -> np.ndarray:
    """(people, columns): how many pairs of one person beat pairs of two people, by their owners; ties half."""
    from scipy.sparse import csr_matrix

    values, place = np.unique(same, return_inverse=True)
    counts = np.zeros((people, len(values) + 1))
    np.add.at(counts, (same_owner, place), 1.0)
    above = counts[:, ::-1].cumsum(1)[:, ::-1]  # (P, V + 1): own pairs at this value or a higher one
    table = np.empty((people, 2 * len(values) + 1))
    table[:, ::2] = above  # between two values
    table[:, 1::2] = (above[:, :-1] + above[:, 1:]) / 2  # exactly at one: those count half
    code = np.searchsorted(values, different, "left") + np.searchsorted(values, different, "right")
    order = np.argsort(column, kind="stable")
    starts = np.concatenate([[0], np.bincount(column, minlength=columns).cumsum()])
    chosen = csr_matrix((np.ones(len(code)), code[order], starts), shape=(columns, table.shape[1]))
    return np.asarray((chosen @ table.T).T)
