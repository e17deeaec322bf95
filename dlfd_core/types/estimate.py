"""A mean over runs, and a share of runs, with their 95 % intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Estimate:
    """A mean over runs with its 95 % interval, made by ``dlfd_core.metrics.intervals``.

    The runs share a few picks of people and one set of unseen people. So the interval covers other seeds and other
    picks of this data set, not other people.

    Attributes:
        low, high: 95 % interval of the mean from Student's t; infinite for a single run, which says nothing about
            others.
        count: number of runs, or of originals where there are several.
    """

    mean: float
    low: float = -math.inf
    high: float = math.inf
    count: int = 1

    @property
    def half_width(self) -> float | None:
        """Half the length of the interval; None without an interval, for a single run."""
        return (self.high - self.low) / 2 if self.count > 1 else None

    def __str__(self) -> str:
        return f"{self.mean:.3f}" if self.half_width is None else f"{self.mean:.3f} ± {self.half_width:.3f}"


@dataclass(frozen=True)
class Share:
    """How many of several runs succeeded, made by ``dlfd_core.metrics.intervals``.

    Attributes:
        low, high: 95 % interval of the share (Clopper & Pearson), with runs as units.
    """

    successes: int
    count: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share, in [0, 1]."""
        return self.successes / self.count

    def __str__(self) -> str:
        return f"{self.value:.0%} ({self.low:.0%} to {self.high:.0%})"
