"""Membership attack: compared with scikit-learn and with arithmetic, and its sign conventions."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedShuffleSplit, cross_val_score

from dlfd_core.metrics.membership import attack_accuracy, balance, fit_logistic, signed_auc


def losses(rng: np.random.Generator, count: int, scale: float) -> np.ndarray:
    return rng.gamma(0.6, scale, count)


@pytest.mark.parametrize(("count", "scale"), [(480, 0.3), (480, 1.0), (60, 0.3), (24, 2.0), (480, 1e-3)])
def test_accuracy_is_the_published_one(rng: np.random.Generator, count: int, scale: float) -> None:
    """``cross_val_score(LogisticRegression(), ..., StratifiedShuffleSplit(10, 0.1, random_state=0))``, as released."""
    members, strangers = losses(rng, count, scale), losses(rng, count, 1.0)
    values, labels = np.concatenate([strangers, members])[:, None], np.repeat([0, 1], count)
    splitter = StratifiedShuffleSplit(n_splits=10, test_size=0.1, random_state=0)
    expected = cross_val_score(LogisticRegression(), values, labels, cv=splitter).mean()
    # a photo on the boundary may fall to either side, since scikit-learn stops early
    assert attack_accuracy(members[None], strangers[None])[0] == pytest.approx(expected, abs=2 / count)


def test_many_regressions_at_once_are_scikit_learns_one_by_one(rng: np.random.Generator) -> None:
    values = rng.gamma(0.6, 1.0, (5, 80))
    labels = (rng.random((5, 80)) < 1 / (1 + np.exp(values - 0.5))).astype(int)
    slope, intercept = fit_logistic(values, labels)
    for row in range(5):
        model = LogisticRegression(tol=1e-10, max_iter=10_000).fit(values[row][:, None], labels[row])
        assert slope[row] == pytest.approx(model.coef_[0, 0], rel=1e-4)
        assert intercept[row] == pytest.approx(model.intercept_[0], rel=1e-4, abs=1e-4)


def test_separable_losses_are_told_apart_and_equal_ones_are_not(rng: np.random.Generator) -> None:
    low, high = rng.uniform(0, 0.1, 200), rng.uniform(5, 6, 200)
    assert attack_accuracy(low[None], high[None])[0] == 1.0
    assert attack_accuracy(high[None], low[None])[0] == 1.0  # over-forgotten people are recognised just as well
    same = rng.gamma(0.6, 1.0, 200)
    assert abs(attack_accuracy(same[None], rng.permutation(same)[None])[0] - 0.5) < 0.1


def test_the_attack_is_balanced_or_refused() -> None:
    with pytest.raises(ValueError, match="balanced"):
        attack_accuracy(np.zeros((1, 3)), np.zeros((1, 4)))


def test_two_photos_a_side_are_enough() -> None:
    assert 0 <= attack_accuracy(np.array([[0.1, 0.2]]), np.array([[0.9, 1.0]]))[0] <= 1


def test_auc_by_hand() -> None:
    # strangers 1, 3 against members 0, 2: of the pairs (1,0) (1,2) (3,0) (3,2) three have the stranger higher
    assert signed_auc(np.array([0.0, 2.0]), np.array([1.0, 3.0])) == pytest.approx(0.75)
    assert signed_auc(np.array([1.0, 1.0]), np.array([1.0, 1.0])) == pytest.approx(0.5)  # ties count half
    assert signed_auc(np.array([5.0, 6.0]), np.array([1.0, 2.0])) == 0.0  # over-forgotten


def test_auc_is_scikit_learns(rng: np.random.Generator) -> None:
    members, strangers = losses(rng, 70, 0.5), losses(rng, 90, 1.0)
    expected = roc_auc_score(np.repeat([0, 1], [70, 90]), np.concatenate([members, strangers]))
    assert signed_auc(members, strangers) == pytest.approx(expected)


def test_balancing_draws_without_replacement(rng: np.random.Generator) -> None:
    members, strangers = balance(np.arange(10), np.arange(100, 104), rng)
    assert len(members) == len(strangers) == len(set(members)) == 4
    assert set(strangers) == {100, 101, 102, 103}
