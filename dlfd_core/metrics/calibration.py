"""How large a forgetting score chance alone produces: the null band.

If the "forgotten" people are really people the model never saw, the attack has nothing to find, yet its accuracy is
not exactly one half. The band is what it then scores, at the sample sizes of the request, with the people split as
whole people: photos of one person stand or fall together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlfd_core.metrics.membership import attack_accuracy, balance, signed_auc

REPEATS = 200


@dataclass(frozen=True)
class NullBand:
    """Attribute meanings as in ``Scores.null_band`` and ``Scores.auc_band``."""

    forgetting_score: tuple[float, float]
    auc: tuple[float, float]


def _pseudo_members(groups: np.ndarray, share: int, rng: np.random.Generator) -> np.ndarray:
    """(n,) mask: photos of ``share`` randomly drawn groups."""
    return np.isin(groups, rng.choice(np.unique(groups), size=share, replace=False))


def null_band(
    non_member_losses: np.ndarray, groups: np.ndarray, *, members: int, rng: np.random.Generator, repeats: int = REPEATS
) -> NullBand:
    """Split strangers in two again and again and attack one half against the other.

    Args:
        non_member_losses: (n,) losses of photos the model never trained on.
        groups: (n,) the unit drawn as a whole: person, or photo where strangers and members are the same people.
        members: how many groups the real forget set has; at most half of the strangers' groups are drawn, so that
            with few strangers the band is somewhat too wide rather than too narrow.
    """
    available = len(np.unique(groups))
    share = max(1, min(members, available // 2))
    sides = []
    for _ in range(repeats):
        mask = _pseudo_members(groups, share, rng)
        sides.append(balance(non_member_losses[mask], non_member_losses[~mask], rng))
    count = min(len(members_side) for members_side, _ in sides)
    drawn = np.stack([side[0][:count] for side in sides]), np.stack([side[1][:count] for side in sides])
    scores = np.abs(attack_accuracy(*drawn) - 0.5)
    aucs = [signed_auc(*side) for side in sides]
    low, high = np.quantile(aucs, [0.025, 0.975])
    return NullBand((0.0, float(np.quantile(scores, 0.95))), (float(low), float(high)))
