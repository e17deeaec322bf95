"""Means over runs with 95 % intervals, and paired differences between methods run on the same picks and seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dlfd_core.metrics.roc import clopper_pearson
from dlfd_core.types import Estimate, Share


def estimate(values: Sequence[float]) -> Estimate:
    """Mean of the values with its 95 % interval (Student's t). Raises ValueError without values."""
    if not len(values):
        raise ValueError("an estimate takes at least one value")
    numbers = np.asarray(values, dtype=np.float64)
    mean, count = float(numbers.mean()), len(numbers)
    if count == 1:
        return Estimate(mean)
    from scipy.stats import t

    half_width = float(t.ppf(0.975, count - 1) * numbers.std(ddof=1) / math.sqrt(count))
    return Estimate(mean, mean - half_width, mean + half_width, count)


def nested(values: Sequence[float], originals: Sequence[int]) -> Estimate:
    """Mean of the originals' means with its 95 % interval (Student's t), where several runs share an original.

    The originals are the units: however many runs are made on one, they say nothing about the next one. With a single
    original the runs are the units, and the interval holds for this original only.

    Args:
        originals: of each value, the number of its original.

    Raises:
        ValueError: there are no values.
    """
    groups = _grouped(values, originals)
    return estimate(values) if len(groups) < 2 else estimate([float(group.mean()) for group in groups])


def share_of_original(values: Sequence[float], originals: Sequence[int]) -> float | None:
    """Share of the variance of a run that is due to its original, in [0, 1]: the intraclass correlation of a one-way
    random-effects analysis of variance (Shrout & Fleiss 1979, ICC(1)), with negative estimates set to zero.

    None where it is not defined: there is one original, one run on each, or no variance.
    """
    groups = _grouped(values, originals)
    sizes = np.array([len(group) for group in groups])
    if len(groups) < 2 or sizes.sum() == len(groups):
        return None
    means, middle = np.array([group.mean() for group in groups]), np.concatenate(groups).mean()
    between = float(np.sum(sizes * np.square(means - middle)) / (len(groups) - 1))
    within = float(sum(np.square(group - group.mean()).sum() for group in groups) / (sizes.sum() - len(groups)))
    usual = float((sizes.sum() - np.square(sizes).sum() / sizes.sum()) / (len(groups) - 1))
    total = between + (usual - 1) * within
    return max(0.0, (between - within) / total) if total > 0 else None


def _grouped(values: Sequence[float], originals: Sequence[int]) -> list[np.ndarray]:
    """The values of each original."""
    numbers, units = np.asarray(values, dtype=np.float64), np.asarray(originals)
    return [numbers[units == unit] for unit in np.unique(units)]


def share(successes: int, count: int) -> Share:
    """Share of successes with its 95 % interval. Raises ValueError without runs."""
    if not count:
        raise ValueError("a share takes at least one run")
    return Share(successes, count, *clopper_pearson(successes, count))


def paired(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """Estimate of ``first - second``, run by run. Effects of pick and seed that both runs share cancel out."""
    if len(first) != len(second):
        raise ValueError("paired runs must come in equal numbers")
    return estimate([one - other for one, other in zip(first, second, strict=True)])


def signed(difference: Estimate) -> str:
    """A difference as text, with its verdict where there is an interval: ``+0.012 ± 0.010 (ahead)``."""
    half_width = difference.half_width
    if half_width is None:
        return f"{difference.mean:+.3f}"
    return f"{difference.mean:+.3f} ± {half_width:.3f} ({verdict(difference)})"


def verdict(difference: Estimate) -> str:
    """``ahead`` or ``behind`` where the interval does not contain zero, else ``open``."""
    if difference.low > 0:
        return "ahead"
    return "behind" if difference.high < 0 else "open"
