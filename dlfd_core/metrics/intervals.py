"""Means with their uncertainty, and differences between methods run on the same picks and seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from dlfd_core.types import Estimate


def estimate(values: Sequence[float]) -> Estimate:
    """Mean and interval. Raises ValueError without values."""
    if not len(values):
        raise ValueError("an estimate takes at least one value")
    found = np.asarray(values, dtype=np.float64)
    mean, count = float(found.mean()), len(found)
    if count == 1:
        return Estimate(mean)
    from scipy.stats import t

    half = float(t.ppf(0.975, count - 1) * found.std(ddof=1) / math.sqrt(count))
    return Estimate(mean, mean - half, mean + half, count)


def paired(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """``first - second`` run by run: what both owe to the pick and the seed falls out."""
    if len(first) != len(second):
        raise ValueError("paired runs come in equal numbers")
    return estimate([one - other for one, other in zip(first, second, strict=True)])


def signed(difference: Estimate) -> str:
    """A difference as text, with its verdict where there is an interval: ``+0.012 ± 0.010 (ahead)``."""
    half_width = difference.half_width
    if half_width is None:
        return f"{difference.mean:+.3f}"
    return f"{difference.mean:+.3f} ± {half_width:.3f} ({verdict(difference)})"


def verdict(difference: Estimate) -> str:
    """``ahead`` or ``behind`` where the interval leaves out zero, else ``open``."""
    if difference.low > 0:
        return "ahead"
    return "behind" if difference.high < 0 else "open"
