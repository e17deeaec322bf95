"""IAM (Wang et al., USENIX Security 2025): how completely each photo was forgotten, from losses and the bank."""

from __future__ import annotations

import math

import numpy as np

#: Number of interpolation points between "never seen" and "known as in the original".
STEPS = 100
#: The paper's constants: they bound the signal at probability 1 and 0.
E1, E2 = 1e-2, 1e-5
EULER = 0.5772156649015329


def iam_signal(losses: np.ndarray) -> np.ndarray:
    """Losses in nats -> signal of confidence in the label, ``-ln(E1 - ln(p + E2))``, scaled to [0, 1]."""
    low, high = -math.log(E1 - math.log(E2)), -math.log(E1 - math.log1p(E2))
    raw = -np.log(E1 - np.log(np.exp(-losses.astype(np.float64)) + E2))
    return np.clip((raw - low) / (high - low), 0.0, 1.0)


def iam_scores(
    model: np.ndarray, original: np.ndarray, bank: np.ndarray, out: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Completeness of forgetting per photo, and how much of each photo there was to forget.

    The OUT models (which never saw a photo) give the signal of a photo that nothing is known of. The original gives the
    signal of the photo after training on it. Between the two, ``alpha`` from 0 to 1 stands for models that know the
    photo more and more; their signals follow a Gumbel distribution with fitted moments. The score is
    ``1 - sum(alpha CDF) / sum(alpha)`` at the signal of the unlearned model: near 1 where almost none of these models
    would be that unsure, near 0 where almost all would be.

    The spread is that between OUT models of the same photo. It is pooled over photos, since each photo has few OUT
    models. It shrinks as ``1 - alpha``, because all models of the bank interpolate towards one original. (The published
    code, which also works with a single shadow model, takes the spread over photos instead.)

    Args:
        model, original: (n,) signals. bank: (K, n). out: (K, n) bool, >= 2 True per photo.

    Returns:
        Scores (n,) in [0, 1], and the gap (n,): the original's signal less the mean of the OUT models. Where the gap is
        not positive there is nothing to forget, the interpolation has no meaning, and the score is NaN.
    """
    count = out.sum(0)
    unseen = (bank * out).sum(0) / count  # (n,)
    spread = math.sqrt(float(((bank - unseen) ** 2 * out).sum() / (count - 1).sum()))
    gap = original - unseen
    alphas = np.linspace(0.0, 1.0, STEPS)
    weights, alpha = alphas[1:, None], alphas[:-1, None]  # as published: the weight is the upper end of each step
    beta = np.maximum(math.sqrt(6.0) / math.pi * (1.0 - alpha) * spread, 1e-12)
    mode = unseen + alpha * gap - EULER * beta
    cdf = np.exp(-np.exp(np.clip(-(model - mode) / beta, -700.0, 700.0)))  # (STEPS-1, n)
    score = 1.0 - (weights * cdf).sum(0) / weights.sum()
    return np.where(gap > 0, score, np.nan), gap


def mean_completeness(scores: np.ndarray, gap: np.ndarray) -> float | None:
    """Mean of the scores, weighted by the gap, over photos with a positive gap; None without such a photo.

    Where the original hardly knew a photo better than the OUT models, the score is mostly noise, so its weight is low.
    """
    valid = gap > 0
    return float(np.average(scores[valid], weights=gap[valid])) if valid.any() else None
