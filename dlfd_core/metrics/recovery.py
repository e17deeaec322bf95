"""How much of what was forgotten comes back: numbers over curves of the signed AUC.

Scores are as in ``roc``: higher is more like a training photo, as minus the loss is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dlfd_core.metrics.roc import LEVEL, independent_units, structural_components
from dlfd_core.types import Interval

#: Below this distance between the original's AUC and a model's there is no way back that could be measured.
NOTHING_TO_RECOVER = 0.05


def recovery(before: float, after: float, original: float) -> float | None:
    """``(after - before) / (original - before)``, cut to [0, 1]: the share of the way back to the original.

    Args:
        before, after: AUC of a model before and after relearning. original: of the original before it.

    Returns:
        None where ``original - before`` is below ``NOTHING_TO_RECOVER``.
    """
    if original - before < NOTHING_TO_RECOVER:
        return None
    return float(np.clip((after - before) / (original - before), 0.0, 1.0))


def area_between(steps: Sequence[int], curve: Sequence[float], reference: Sequence[float]) -> float:
    """Mean of ``curve - reference`` over the steps, by trapezoids: in [-1, 1], and 0 for a curve with itself."""
    gaps = np.asarray(curve, dtype=np.float64) - np.asarray(reference, dtype=np.float64)
    return float(np.trapezoid(gaps, steps) / (steps[-1] - steps[0]))


def auc_difference(
    first: tuple[np.ndarray, np.ndarray],
    second: tuple[np.ndarray, np.ndarray],
    member_groups: np.ndarray,
    non_member_groups: np.ndarray,
) -> tuple[float, Interval]:
    """AUC of ``first`` less that of ``second`` on the same photos, and its 95 % interval with whole people as units.

    DeLong's for correlated curves (Biometrics 1988): the structural components of both are subtracted photo by photo,
    then summed within each person as Obuchowski does for one curve (Biometrics 1997). Student's quantile has the
    degrees of freedom of the side with fewer people. Cut to [-1, 1]; for two equal curves it is (0, 0).

    Args:
        first, second: scores of members (m,) and strangers (n,), of one model each. member_groups, non_member_groups:
            (m,), (n,) whose photo each is; where one side is a single person its photos are the units.
    """
    one, other = structural_components(*first), structural_components(*second)
    parts = [a - b for a, b in zip(one, other, strict=True)]  # (m,) and (n,), both with the mean of the difference
    difference = float(parts[0].mean())
    sides = [independent_units(member_groups), independent_units(non_member_groups)]
    sums, counts = [], []
    for part, groups in zip(parts, sides, strict=True):
        _, where = np.unique(groups, return_inverse=True)
        sums.append(np.bincount(where, part - difference) / len(part))
        counts.append(len(sums[-1]))
    variance = sum(np.square(one).sum() * n / max(n - 1, 1) for one, n in zip(sums, counts, strict=True))
    variance += 2 * _covariance(sums, sides, (member_groups, non_member_groups))
    from scipy.special import stdtrit

    half = float(stdtrit(max(min(counts) - 1, 1), (1.0 + LEVEL) / 2)) * math.sqrt(max(0.0, float(variance)))
    return difference, (max(-1.0, difference - half), min(1.0, difference + half))


def _covariance(sums: list[np.ndarray], used: list[np.ndarray], given: tuple[np.ndarray, np.ndarray]) -> float:
    """Of the two sides, from people with photos on both; 0 where a side's units are photos."""
    if any(one is not other for one, other in zip(used, given, strict=True)):
        return 0.0
    first, second = (dict(zip(np.unique(g).tolist(), s, strict=True)) for g, s in zip(given, sums, strict=True))
    size = len(first.keys() | second.keys())
    return float(sum(first[who] * second[who] for who in first.keys() & second.keys()) * size / max(size - 1, 1))
