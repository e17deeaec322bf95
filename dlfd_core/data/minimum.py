"""Smallest numbers of photos with which a request can be measured, checked before anything is trained."""

from __future__ import annotations

import numpy as np

from dlfd_core.errors import InvalidRequest

#: Photos on each side of a membership attack: one to fit it, one to test it.
EACH_SIDE = 2


def check_measurable(
    forget: np.ndarray, validation: np.ndarray, unseen: np.ndarray, groups: np.ndarray, *, same_people: bool
) -> None:
    """Check that attacks and their null band can be computed.

    Args:
        forget, validation, unseen: indices of the members, and of the non-members in validation and in the scores.
        groups: (N,) the unit in which the null band divides the non-members: the person, or the photo.
        same_people: the non-members are other photos of the forgotten people.

    Raises:
        InvalidRequest: there are too few non-members.
    """
    if len(validation) >= EACH_SIDE and _can_be_divided(groups[unseen], len(np.unique(groups[forget]))):
        return
    if same_people:
        raise InvalidRequest(
            f"The people picked have {len(validation)} validation and {len(unseen)} unseen photos; {EACH_SIDE} and "
            f"{2 * EACH_SIDE} are needed to measure forgetting. Pick more people, or give more photos of each."
        )
    raise InvalidRequest(
        f"The data have {len(validation)} validation photos, and {len(unseen)} photos of "
        f"{len(np.unique(groups[unseen]))} unseen people; two unseen people with {EACH_SIDE} photos each are needed to "
        "measure forgetting. Give more people, or more photos of each."
    )


def _can_be_divided(groups: np.ndarray, members: int) -> bool:
    """Whether any division into pseudo-members and others, as ``metrics.calibration.null_band`` draws them, has enough
    photos on both sides."""
    sizes = np.sort(np.unique(groups, return_counts=True)[1])
    drawn = max(1, min(members, len(sizes) // 2))
    return bool(len(sizes) > drawn and min(sizes[:drawn].sum(), sizes[: len(sizes) - drawn].sum()) >= EACH_SIDE)
