"""The null band: forgetting scores and AUCs that chance alone produces.

If the "forgotten" people are really people the model never saw, the attack has nothing to find, yet its accuracy is
not exactly one half. The null band is the range of its scores in that case, at the sample sizes of the request. Whole
people are drawn: all photos of a person are on the same side.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlfd_core.metrics.membership import attack_accuracy, balance, signed_auc

REPEATS = 200


@dataclass(frozen=True)
class NullBand:
    """Ranges of chance; the fields are ``Scores.null_band`` and ``Scores.auc_band``."""

    forgetting_score: tuple[float, float]
    auc: tuple[float, float]


def _pseudo_members(groups: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Mask (n,) of the photos of ``count`` randomly drawn groups."""
    return np.isin(groups, rng.choice(np.unique(groups), size=count, replace=False))


def null_band(
    non_member_losses: np.ndarray, groups: np.ndarray, *, members: int, rng: np.random.Generator, repeats: int = REPEATS
) -> NullBand:
    """Draw pseudo-members from the non-members again and again, and attack them against the rest.

    Args:
        non_member_losses: (n,) losses of photos the model was never trained on.
        groups: (n,) the unit that is drawn as a whole: the person, or the photo where members and non-members are the
            same people.
        members: number of groups in the real forget set. At most half of the groups are drawn, so with few non-members
            the band is rather too wide than too narrow.
    """
    available = len(np.unique(groups))
    drawn_groups = max(1, min(members, available // 2))
    sides = []
    for _ in range(repeats):
        mask = _pseudo_members(groups, drawn_groups, rng)
        sides.append(balance(non_member_losses[mask], non_member_losses[~mask], rng))
    count = min(len(pseudo_members) for pseudo_members, _ in sides)
    losses = np.stack([side[0][:count] for side in sides]), np.stack([side[1][:count] for side in sides])
    scores = np.abs(attack_accuracy(*losses) - 0.5)
    aucs = [signed_auc(*side) for side in sides]
    low, high = np.quantile(aucs, [0.025, 0.975])
    return NullBand((0.0, float(np.quantile(scores, 0.95))), (float(low), float(high)))
