"""KLoM on made-up margins, whose divergence is known by arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dlfd_core.metrics.klom import BINS, FLOOR, klom, klom_of_halves


def test_equal_models_have_no_divergence() -> None:
    margins = np.random.default_rng(0).normal(size=(30, 5))
    assert klom(margins, margins).tolist() == [0.0] * 5
    assert klom(np.full((4, 2), 3.0), np.full((9, 2), 3.0)).tolist() == [0.0, 0.0]


def test_models_without_a_common_bin_have_the_largest_divergence() -> None:
    assert klom(np.ones((5, 1)), np.zeros((7, 1)))[0] == pytest.approx(math.log(1 / FLOOR))


def test_the_direction_and_the_bins_are_those_of_the_docstring() -> None:
    """Margins 0 and 20 in bins of width 1: p = (3/4, 1/4), q = (1/4, 3/4), KL = ln(3) / 2."""
    unlearned, never = np.array([[0.0], [0.0], [0.0], [20.0]]), np.array([[0.0], [20.0], [20.0], [20.0]])
    assert klom(unlearned, never)[0] == pytest.approx(0.5 * math.log(3))
    # q = 0 in the second bin: KL(p || q) has the floor there, KL(q || p) has not
    half, one = np.array([[0.0], [20.0]]), np.array([[0.0], [0.0]])
    assert klom(half, one)[0] == pytest.approx(0.5 * math.log(0.5) + 0.5 * math.log(0.5 / FLOOR))
    assert klom(one, half)[0] == pytest.approx(math.log(2))


def test_margins_are_limited() -> None:
    """Clipped to 100, the joint range is 0 to 100, and 96 is in the last of 20 bins together with 1,000."""
    assert klom(np.array([[1000.0], [0.0]]), np.array([[96.0], [0.0]]))[0] == 0.0
    assert BINS == 20


def test_few_models_have_a_divergence_by_chance_and_it_is_shown() -> None:
    rng = np.random.default_rng(0)
    unlearned, never = rng.normal(size=(2, 32, 60))
    value, null = klom_of_halves(unlearned, never)
    assert value.shape == null.shape == (60,)
    assert null.mean() > 1.0  # 16 models in 20 bins
    assert value.mean() == pytest.approx(null.mean(), rel=0.15)
    shifted, null = klom_of_halves(unlearned + 2.0, never)
    assert shifted.mean() > 1.5 * null.mean()
    assert np.array_equal(klom_of_halves(unlearned + 2.0, never)[0], shifted)


@pytest.mark.parametrize(
    ("unlearned", "never"),
    [
        (np.zeros((3, 2)), np.zeros((3, 4))),
        (np.zeros(3), np.zeros(3)),
        (np.zeros((0, 2)), np.zeros((3, 2))),
        (np.full((3, 2), np.nan), np.zeros((3, 2))),
    ],
)
def test_bad_margins_are_refused(unlearned: np.ndarray, never: np.ndarray) -> None:
    with pytest.raises(ValueError):
        klom(unlearned, never)


def test_halves_need_models() -> None:
    with pytest.raises(ValueError):
        klom_of_halves(np.zeros((4, 2)), np.zeros((1, 2)))
    with pytest.raises(ValueError):
        klom_of_halves(np.zeros((4, 2)), np.zeros((10, 2)))
