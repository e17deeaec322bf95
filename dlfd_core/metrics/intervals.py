"""Means with their uncertainty, and differences between methods run on the same picks and seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """Attributes:
    low, high: 95 % interval of the mean from Student's t over ``count`` runs; infinite for a single run.

    The runs share a few picks of people and one set of unseen people, so it speaks of other seeds and other picks of
    this data set, not of other people.
    """

    mean: float
    low: float
    high: float
    count: int

    @property
    def half(self) -> float:
        return (self.high - self.low) / 2

    def __str__(self) -> str:
        return f"{self.mean:.3f} ± {self.half:.3f}" if self.count > 1 else f"{self.mean:.3f}"

    def signed(self) -> str:
        """As a difference, with its verdict where there is an interval: ``+0.012 ± 0.010 (ahead)``."""
        return f"{self.mean:+.3f} ± {self.half:.3f} ({verdict(self)})" if self.count > 1 else f"{self.mean:+.3f}"


def estimate(values: Sequence[float]) -> Estimate:
    """Mean and interval. Raises ValueError without values."""
    if not len(values):
        raise ValueError("an estimate takes at least one value")
    found = np.asarray(values, dtype=np.float64)
    mean, count = float(found.mean()), len(found)
    if count == 1:
        return Estimate(mean, -math.inf, math.inf, 1)
    from scipy.stats import t

    half = float(t.ppf(0.975, count - 1) * found.std(ddof=1) / math.sqrt(count))
    return Estimate(mean, mean - half, mean + half, count)


def paired(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """``first - second`` run by run: what both owe to the pick and the seed falls out."""
    if len(first) != len(second):
        raise ValueError("paired runs come in equal numbers")
    return estimate([one - other for one, other in zip(first, second, strict=True)])


def verdict(difference: Estimate) -> str:
    """``ahead`` or ``behind`` where the interval leaves out zero, else ``open``."""
    if difference.low > 0:
        return "ahead"
    return "behind" if difference.high < 0 else "open"
