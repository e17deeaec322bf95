"""Choice of photos for the relearn test: those shown to the models (trained on), and those measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dlfd_core.data.splits import Splits, TaskData, split_for
from dlfd_core.errors import InvalidRequest
from dlfd_core.seeding import make_rng
from dlfd_core.types import RELEARN_PHOTOS

#: Largest number of photos measured per side, drawn once: each measurement is a forward pass over them.
MEASURED = 200


@dataclass(frozen=True)
class RelearnPhotos:
    """Photo indices of one relearn test. No photo is in two of the arrays, and no copy of a shown photo is measured.

    Attributes:
        shown: photos that the models are trained on, at most ``photos`` of each forgotten person.
        measured: other photos of the same people.
        non_members: unseen photos, which the measured ones are compared with.
        people: number of people with shown and measured photos.
        left_out: number of forgotten people without two different photos.
    """

    shown: np.ndarray
    measured: np.ndarray
    non_members: np.ndarray
    people: int
    left_out: int


def check_photos_per_person(photos: object) -> int:
    """Check the number of photos to show of each person and return it.

    Raises:
        InvalidRequest: it is not an integer within ``RELEARN_PHOTOS``.
    """
    low, high = RELEARN_PHOTOS
    if isinstance(photos, bool) or not isinstance(photos, int) or not low <= photos <= high:
        raise InvalidRequest(f"{photos!r} is not a number of photos per person between {low} and {high}.")
    return photos


def check_relearn_request(task: TaskData, people: Sequence[str], photos: int, seed: int) -> None:
    """Check before a run of minutes that its relearn test is possible; raise ``InvalidRequest`` if not."""
    choose_relearn_photos(task, split_for(task, people), check_photos_per_person(photos), seed)


def choose_relearn_photos(
    task: TaskData, splits: Splits, photos: int, seed: int, non_members: np.ndarray | None = None
) -> RelearnPhotos:
    """Divide each forgotten person's photos into shown and measured ones; at least one per person is measured.

    Args:
        photos: number of photos to show of each person.
        non_members: photos that the measured ones are compared with; None takes ``splits.unseen_non_members``.

    Raises:
        InvalidRequest: nobody has two different photos, or there are no non-members.
    """
    rng, first_copies = make_rng(seed, "relearn photos"), task.data.first_near_copies
    shown: list[np.ndarray] = []
    measured: list[np.ndarray] = []
    owners = task.data.person[splits.forget]
    forgotten = np.unique(owners)
    for person in forgotten:
        person_photos = rng.permutation(splits.forget[owners == person])
        first, rest = np.split(person_photos, [min(photos, len(person_photos) - 1)])
        rest = rest[~np.isin(first_copies[rest], first_copies[first])]
        if len(first) and len(rest):
            shown.append(first)
            measured.append(rest)
    if not shown:
        raise InvalidRequest("Nobody forgotten has two different photos, so none is left to measure on; pick others.")
    unseen = splits.unseen_non_members if non_members is None else non_members
    if not len(unseen):
        raise InvalidRequest("There are no unseen photos to compare with, so nothing can be measured.")
    candidates = np.concatenate(measured)
    # a copy of a shown photo may be listed under another person
    candidates = candidates[~np.isin(first_copies[candidates], first_copies[np.concatenate(shown)])]
    if not len(candidates):
        raise InvalidRequest("Every photo left to measure on is a copy of one that is shown; pick other people.")
    return RelearnPhotos(
        np.sort(np.concatenate(shown)),
        np.sort(rng.permutation(candidates)[:MEASURED]),
        np.sort(rng.permutation(unseen)[:MEASURED]),
        people=len(shown),
        left_out=len(forgotten) - len(shown),
    )
