"""Which photos the relearn test shows, and on which it measures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlfd_core.data.splits import Splits, TaskData, split_for
from dlfd_core.errors import InvalidRequest
from dlfd_core.seeding import make_rng
from dlfd_core.types import RELEARN_PHOTOS

#: Photos measured per side at most, drawn once: each look is a forward pass over them.
MEASURED = 200


@dataclass(frozen=True)
class Deal:
    """Photo indices of the test; no photo is in two of them, and no copy of a shown one is measured.

    Attributes:
        shown: at most ``photos`` of each forgotten person. measured: others of the same people. strangers: unseen ones.
        left_out: people who have a single photo.
    """

    shown: np.ndarray
    measured: np.ndarray
    strangers: np.ndarray
    people: int
    left_out: int


def check_photos(photos: object) -> int:
    """The number of photos to show of each person. Raises ``InvalidRequest`` unless it is an integer in
    ``RELEARN_PHOTOS``."""
    low, high = RELEARN_PHOTOS
    if isinstance(photos, bool) or not isinstance(photos, int) or not low <= photos <= high:
        raise InvalidRequest(f"{photos!r} is not a number of photos per person between {low} and {high}.")
    return photos


def refuse_early(task: TaskData, people: Sequence[str], photos: int, seed: int) -> None:
    """Raises ``InvalidRequest`` where the test cannot be carried out, before a run that would take minutes."""
    deal_photos(task, split_for(task, people), check_photos(photos), seed)


def deal_photos(task: TaskData, splits: Splits, photos: int, seed: int, strangers: np.ndarray | None = None) -> Deal:
    """Divide each forgotten person's photos into those shown and those measured; everybody keeps one to measure.

    Args:
        strangers: whom the measured photos are compared with; None takes ``splits.unseen_strangers``.

    Raises:
        InvalidRequest: nobody has two different photos, or there are no strangers.
    """
    rng, alike = make_rng(seed, "relearn photos"), task.data.alike
    shown: list[np.ndarray] = []
    measured: list[np.ndarray] = []
    owners = task.data.person[splits.forget]
    everybody = np.unique(owners)
    for who in everybody:
        own = rng.permutation(splits.forget[owners == who])
        first = own[: min(photos, len(own) - 1)]
        others = own[len(first) :][~np.isin(alike[own[len(first) :]], alike[first])]
        if len(first) and len(others):
            shown.append(first)
            measured.append(others)
    if not shown:
        raise InvalidRequest("Nobody forgotten has two different photos, so none is left to measure on; pick others.")
    outside = splits.unseen_strangers if strangers is None else strangers
    if not len(outside):
        raise InvalidRequest("There are no photos of strangers to compare with, so nothing can be measured.")
    rest = np.concatenate(measured)
    rest = rest[~np.isin(alike[rest], alike[np.concatenate(shown)])]  # a copy may be of somebody else
    if not len(rest):
        raise InvalidRequest("Every photo left to measure on is a copy of one that is shown; pick other people.")
    return Deal(
        np.sort(np.concatenate(shown)),
        np.sort(rng.permutation(rest)[:MEASURED]),
        np.sort(rng.permutation(outside)[:MEASURED]),
        people=len(shown),
        left_out=len(everybody) - len(shown),
    )
