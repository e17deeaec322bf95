"""Recovery in the relearn test: how far the signed AUC returns to that of the original.

Scores are as in ``roc``: higher means more like a training photo, for example minus the loss.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dlfd_core.metrics.roc import LEVEL, independent_units, structural_components
from dlfd_core.types import Interval

#: Smallest difference between the AUCs of the original and of a model for which recovery is measured.
NOTHING_TO_RECOVER = 0.05


def recovery(before: float, after: float, original: float) -> float | None:
    """Share of the way back to the original: ``(after - before) / (original - before)``, clipped to [0, 1].

    Args:
        before, after: AUC of a model before and after relearning.
        original: AUC of the original before relearning.

    Returns:
        None where ``original - before`` is below ``NOTHING_TO_RECOVER``.
    """
    if original - before < NOTHING_TO_RECOVER:
        return None
    return float(np.clip((after - before) / (original - before), 0.0, 1.0))


def area_between(steps: Sequence[int], curve: Sequence[float], reference: Sequence[float]) -> float:
    """Mean of ``curve - reference`` over the steps (trapezoidal rule), in [-1, 1]; 0 for two equal curves."""
    gaps = np.asarray(curve, dtype=np.float64) - np.asarray(reference, dtype=np.float64)
    return float(np.trapezoid(gaps, steps) / (steps[-1] - steps[0]))


def auc_difference(
    first: tuple[np.ndarray, np.ndarray],
    second: tuple[np.ndarray, np.ndarray],
    member_groups: np.ndarray,
    non_member_groups: np.ndarray,
) -> tuple[float, Interval]:
    """AUC of ``first`` less that of ``second`` on the same photos, and its 95 % interval with whole people as units.

    The variance is DeLong's for correlated curves (Biometrics 1988): the structural components of both models are
    subtracted photo by photo, then summed within each person as Obuchowski does for one curve (Biometrics 1997).
    Student's quantile has the degrees of freedom of the side with fewer people. The interval is clipped to [-1, 1]; for
    two equal curves it is (0, 0).

    Args:
        first, second: scores of members (m,) and non-members (n,), each pair from one model.
        member_groups, non_member_groups: (m,), (n,) person of each photo; where a side is a single person, its photos
            are the units.
    """
    first_components, second_components = structural_components(*first), structural_components(*second)
    # (m,) and (n,); the mean of each is the difference of the AUCs
    parts = [a - b for a, b in zip(first_components, second_components, strict=True)]
    difference = float(parts[0].mean())
    sides = [independent_units(member_groups), independent_units(non_member_groups)]
    sums, counts = [], []
    for part, groups in zip(parts, sides, strict=True):
        _, inverse = np.unique(groups, return_inverse=True)
        sums.append(np.bincount(inverse, part - difference) / len(part))
        counts.append(len(sums[-1]))
    variance = sum(np.square(side).sum() * n / max(n - 1, 1) for side, n in zip(sums, counts, strict=True))
    variance += 2 * _covariance(sums, sides, (member_groups, non_member_groups))
    from scipy.special import stdtrit

    half_width = float(stdtrit(max(min(counts) - 1, 1), (1.0 + LEVEL) / 2)) * math.sqrt(max(0.0, float(variance)))
    return difference, (max(-1.0, difference - half_width), min(1.0, difference + half_width))


def _covariance(sums: list[np.ndarray], used: list[np.ndarray], given: tuple[np.ndarray, np.ndarray]) -> float:
    """Covariance of the two sides, from people with photos on both; 0 where the units of a side are photos.

    Args:
        used: units of both sides. given: people of both sides.
    """
    if any(units is not people for units, people in zip(used, given, strict=True)):
        return 0.0
    first, second = (dict(zip(np.unique(g).tolist(), s, strict=True)) for g, s in zip(given, sums, strict=True))
    size = len(first.keys() | second.keys())
    both = first.keys() & second.keys()
    return float(sum(first[person] * second[person] for person in both) * size / max(size - 1, 1))
