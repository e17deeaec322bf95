"""Membership inference from per-photo losses: can an attacker tell forget photos from photos the model never saw?

Everywhere in the metrics, members are the forget photos and non-members are photos the model was never trained on.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

SPLITS = 10  # as published: StratifiedShuffleSplit(n_splits=10, random_state=0), test share 10 %


@lru_cache(maxsize=64)
def published_splits(per_class: int) -> tuple[np.ndarray, np.ndarray]:
    """Train and test indices, (10, n_train) and (10, n_test), into ``per_class`` non-members, then as many members."""
    from sklearn.model_selection import StratifiedShuffleSplit

    labels = np.repeat([0, 1], per_class)
    test_size = max(2, math.ceil(0.1 * len(labels)))  # a tenth as published, but at least one photo per class
    splitter = StratifiedShuffleSplit(n_splits=SPLITS, test_size=test_size, random_state=0)
    pairs = list(splitter.split(labels[:, None], labels))
    return np.stack([train for train, _ in pairs]), np.stack([test for _, test in pairs])


def fit_logistic(values: np.ndarray, labels: np.ndarray, *, iterations: int = 40) -> tuple[np.ndarray, np.ndarray]:
    """Fit many one-feature logistic regressions at once by damped Newton steps.

    The objective is that of scikit-learn's ``LogisticRegression()``: ``w^2 / 2 + sum log-loss``, the intercept not
    penalised. Tests compare the result with scikit-learn.

    Args:
        values: (R, n), one problem per row. labels: (R, n) in {0, 1}.

    Returns:
        Slope and intercept, each (R,).
    """
    centre, scale = values.mean(1, keepdims=True), values.std(1, keepdims=True) + 1e-12
    x = (values - centre) / scale  # standardised for a better condition; the penalty below still acts on the raw slope
    penalty = 1.0 / scale[:, 0] ** 2
    slope, intercept = np.zeros(len(x)), np.zeros(len(x))
    for _ in range(iterations):
        p = 1.0 / (1.0 + np.exp(-np.clip(slope[:, None] * x + intercept[:, None], -30, 30)))  # (R, n)
        residual, weight = p - labels, p * (1 - p) + 1e-12
        g_slope, g_intercept = (residual * x).sum(1) + penalty * slope, residual.sum(1)
        h_ss, h_si, h_ii = (weight * x * x).sum(1) + penalty, (weight * x).sum(1), weight.sum(1)
        determinant = h_ss * h_ii - h_si**2
        d_slope = (h_ii * g_slope - h_si * g_intercept) / determinant
        d_intercept = (h_ss * g_intercept - h_si * g_slope) / determinant
        step = np.minimum(1.0, 4.0 / (np.abs(d_slope) + np.abs(d_intercept) + 1e-12))
        slope, intercept = slope - step * d_slope, intercept - step * d_intercept
        if max(np.abs(d_slope).max(), np.abs(d_intercept).max()) < 1e-9:
            break
    raw = slope / scale[:, 0]
    return raw, intercept - raw * centre[:, 0]


def attack_accuracy(member_losses: np.ndarray, non_member_losses: np.ndarray) -> np.ndarray:
    """MIA accuracy, the published balanced attack: logistic regression on the loss, mean over 10 stratified splits.

    Args:
        member_losses, non_member_losses: (R, n) each, in nats: R attacks at once on n photos per side, n >= 2.

    Returns:
        Test accuracy (R,) in [0, 1]; 0.5 means the attacker guesses.
    """
    if member_losses.shape != non_member_losses.shape:
        raise ValueError("the attack is balanced: give as many non-members as members")
    repeats, count = member_losses.shape
    train, test = published_splits(count)
    values = np.concatenate([non_member_losses, member_losses], axis=1).astype(np.float64)  # (R, 2n)
    labels = np.repeat([0, 1], count)
    fitted = fit_logistic(values[:, train].reshape(repeats * SPLITS, -1), np.tile(labels[train], (repeats, 1)))
    slope, intercept = (part.reshape(repeats, SPLITS, 1) for part in fitted)
    predicted = slope * values[:, test] + intercept > 0  # (R, 10, n_test)
    return (predicted == labels[test]).mean(axis=(1, 2))


def signed_auc(member_losses: np.ndarray, non_member_losses: np.ndarray) -> float:
    """P(loss of a non-member > loss of a member), ties count half.

    Above 0.5 the members are still known; below 0.5 they are over-forgotten.
    """
    from scipy.stats import rankdata

    n, m = len(non_member_losses), len(member_losses)
    ranks = rankdata(np.concatenate([non_member_losses, member_losses]))
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * m))


def balance(members: np.ndarray, non_members: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Draw a subset of the larger side, without replacement, so that both sides are equally large; shuffle both."""
    count = min(len(members), len(non_members))
    return rng.permutation(members)[:count], rng.permutation(non_members)[:count]
