"""How completely each photo was forgotten: IAM (Wang et al., USENIX Security 2025), from losses and the bank."""

from __future__ import annotations

import math

import numpy as np

#: Points between "never seen" and "as the original knows it".
STEPS = 100
#: The paper's constants: they bound the signal at probability 1 and 0.
E1, E2 = 1e-2, 1e-5
EULER = 0.5772156649015329


def iam_signal(losses: np.ndarray) -> np.ndarray:
    """Nats -> how surely a model gives the right answer: ``-ln(E1 - ln(p + E2))``, scaled to [0, 1]."""
    low, high = -math.log(E1 - math.log(E2)), -math.log(E1 - math.log1p(E2))
    raw = -np.log(E1 - np.log(np.exp(-losses.astype(np.float64)) + E2))
    return np.clip((raw - low) / (high - low), 0.0, 1.0)


def iam_scores(
    model: np.ndarray, original: np.ndarray, bank: np.ndarray, out: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Completeness of forgetting per photo, and how much there was to forget.

    The models that never saw a photo say where its signal is when nothing is known of it, the original where it is
    when it was trained on. Between the two, at ``alpha`` from 0 to 1, stand models that know it more and more; their
    signals follow a Gumbel law with moments fitted. The score is ``1 - sum(alpha CDF) / sum(alpha)`` of the unlearned
    model's signal: near 1 where no such model would be that unsure, near 0 where each would be.

    The spread is the one between OUT models of the same photo, pooled over photos, since each photo has few of them;
    it shrinks as ``1 - alpha`` because all of the bank interpolates towards one and the same original. (The published
    code, made for a single shadow model too, takes the spread over photos.)

    Args:
        model, original: (n,) signals. bank: (K, n). out: (K, n) bool, >= 2 True per photo.

    Returns:
        (n,) scores in [0, 1], and (n,) the original's signal less the OUT models' mean. Where that is not positive
        there is nothing to forget, the interpolation has no meaning and the score is NaN.
    """
    count = out.sum(0)
    unseen = (bank * out).sum(0) / count  # (n,)
    spread = math.sqrt(float(((bank - unseen) ** 2 * out).sum() / (count - 1).sum()))
    gap = original - unseen
    known = np.linspace(0.0, 1.0, STEPS)
    weights, alpha = known[1:, None], known[:-1, None]  # as published: each weight is that of the step's upper end
    beta = np.maximum(math.sqrt(6.0) / math.pi * (1.0 - alpha) * spread, 1e-12)
    mode = unseen + alpha * gap - EULER * beta
    below = np.exp(-np.exp(np.clip(-(model - mode) / beta, -700.0, 700.0)))  # (STEPS-1, n)
    score = 1.0 - (weights * below).sum(0) / weights.sum()
    return np.where(gap > 0, score, np.nan), gap


def mean_completeness(scores: np.ndarray, gap: np.ndarray) -> float | None:
    """Mean over the photos there was something to forget of, by how much that was; None without any.

    A photo the original hardly knew better than a model that never saw it can score anything, and weighs as little.
    """
    known = gap > 0
    return float(np.average(scores[known], weights=gap[known])) if known.any() else None
