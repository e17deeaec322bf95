"""Intervals of means over seeds, compared with SciPy and arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from dlfd_core.metrics.intervals import estimate, nested, paired, share_of_original, signed, verdict
from dlfd_core.types import Estimate


def test_the_interval_is_that_of_students_t() -> None:
    values = [0.71, 0.78, 0.74, 0.80, 0.77]
    found = estimate(values)
    low, high = stats.t.interval(0.95, len(values) - 1, loc=np.mean(values), scale=stats.sem(values))
    assert (found.mean, found.low, found.high) == pytest.approx((np.mean(values), low, high))
    assert found.half_width == pytest.approx((high - low) / 2)
    assert signed(found) == "+0.760 ± 0.044 (ahead)"


def test_one_run_has_no_interval_and_says_so() -> None:
    found = estimate([0.5])
    assert math.isinf(found.low) and math.isinf(found.high) and str(found) == "0.500"
    assert found == Estimate(0.5) and found.half_width is None and signed(found) == "+0.500"


def test_originals_are_the_units_of_runs_that_share_one() -> None:
    values, originals = [0.70, 0.72, 0.80, 0.82, 0.60, 0.62, 0.61], [0, 0, 3, 3, 1, 1, 1]
    assert nested(values, originals) == estimate([0.71, sum(values[4:]) / 3, 0.81])
    assert nested(values[:2], [5, 5]) == estimate(values[:2])  # one original: its runs are the units
    with pytest.raises(ValueError, match="at least one"):
        nested([], [])


def test_the_share_of_the_original_is_the_published_example() -> None:
    """Shrout and Fleiss (1979), table 2: four ratings of six targets have ICC(1) = .17."""
    ratings = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
    values, originals = np.ravel(ratings), np.repeat(range(6), 4)
    found = share_of_original([float(value) for value in values], [int(original) for original in originals])
    assert found is not None and round(found, 2) == 0.17


def test_the_share_of_the_original_at_its_ends_and_where_it_is_not_defined() -> None:
    assert share_of_original([1.0, 1.0, 2.0, 2.0, 2.0], [0, 0, 1, 1, 1]) == pytest.approx(1.0)
    assert share_of_original([1.0, 2.0, 1.0, 2.0], [0, 0, 1, 1]) == 0.0
    for values, originals in [([1.0, 2.0], [0, 0]), ([1.0, 2.0], [0, 1]), ([1.0, 1.0, 1.0], [0, 0, 1])]:
        assert share_of_original(values, originals) is None


def test_pairing_takes_out_what_both_owe_to_the_pick() -> None:
    pick = np.array([0.0, 0.3, -0.2, 0.1])
    noise = np.array([0.001, -0.001, 0.002, 0.0])
    difference = paired(list(pick + 0.05 + noise), list(pick))
    assert difference.mean == pytest.approx(0.0505)
    widths = difference.half_width, estimate(list(pick)).half_width
    assert widths[0] is not None and widths[1] is not None and widths[0] < 0.01 < widths[1]
    with pytest.raises(ValueError, match="equal numbers"):
        paired([1.0], [1.0, 2.0])


@pytest.mark.parametrize(
    ("low", "high", "says"), [(0.01, 0.03, "ahead"), (-0.03, -0.01, "behind"), (-0.01, 0.01, "open")]
)
def test_a_difference_counts_only_when_its_interval_leaves_out_zero(low: float, high: float, says: str) -> None:
    assert verdict(Estimate((low + high) / 2, low, high, 5)) == says


def test_no_values_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        estimate([])
