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
