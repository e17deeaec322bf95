"""KLoM: divergence of the margins of unlearned models from those of models that never saw the forgotten photos.

"KL divergence of margins" (Georgiev et al., arXiv 2410.23232). It shows memory that is left as well as damage: each
photo has its own value, and the photos to forget, to keep and of unseen people are reported separately.
"""

from __future__ import annotations

import numpy as np

from dlfd_core.seeding import make_rng

#: Bins of each photo's histograms, limit of a margin in nats, and smallest share of never-saw models in a bin.
BINS, LIMIT, FLOOR = 20, 100.0, 1e-5


def klom(unlearned: np.ndarray, never: np.ndarray) -> np.ndarray:
    """KL(unlearned || never saw) of each photo's margins, in nats, from histograms over their joint range.

    The direction weights each margin by how often unlearned models have it. A bin without a never-saw model counts as
    ``FLOOR``, so the largest value is ``log(1 / FLOOR)``, 11.5. With few models the value is above 0 also between equal
    distributions: compare it with ``halves`` of never-saw models.

    Args:
        unlearned: (M, n) margins (``ulira.scaled_confidence``). never: (K, n).

    Returns:
        (n,) in [0, 11.52], lower is better.

    Raises:
        ValueError: other shapes, no models, or a margin that is not a number.
    """
    if unlearned.ndim != 2 or never.ndim != 2 or unlearned.shape[1] != never.shape[1]:
        raise ValueError(f"margins (M, n) and (K, n) are needed, not {unlearned.shape} and {never.shape}")
    if not len(unlearned) or not len(never):
        raise ValueError("KLoM takes at least one model of each kind")
    if np.isnan(unlearned).any() or np.isnan(never).any():
        raise ValueError("a margin is not a number")
    margins = np.clip(np.concatenate([unlearned, never]).astype(np.float64), -LIMIT, LIMIT)
    low, high = margins.min(0), margins.max(0)
    width = np.where(high > low, (high - low) / BINS, 1.0)
    bins = np.minimum(((margins - low) / width).astype(np.int64), BINS - 1)
    p, q = _shares(bins[: len(unlearned)]), np.maximum(_shares(bins[len(unlearned) :]), FLOOR)
    terms = p * np.log(np.where(p > 0, p, 1.0) / q)
    return np.maximum(terms.sum(1), 0.0)


def _shares(bins: np.ndarray) -> np.ndarray:
    """Bins (M, n) of each model and photo -> share of the models in each bin, (n, BINS)."""
    models, photos = bins.shape
    cells = bins + BINS * np.arange(photos)
    return np.bincount(cells.ravel(), minlength=BINS * photos).reshape(photos, BINS) / models


def klom_of_halves(
    unlearned: np.ndarray, never: np.ndarray, draws: int = 20, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """KLoM with half of the models, beside its value between never-saw models alone.

    Histograms of few models differ by chance. So each draw splits the never-saw models into halves, and both values are
    computed against the second half with the same number of models: KLoM of as many unlearned models, and KLoM of the
    first half. The mean of the draws is returned.

    Args:
        unlearned: (M, n) margins. never: (K, n), K >= 2.

    Returns:
        KLoM (n,) of the unlearned models, and of never-saw models.

    Raises:
        ValueError: as in ``klom``; or less than two never-saw models, or fewer unlearned models than half of them.
    """
    half = len(never) // 2
    if half < 1 or len(unlearned) < half:
        raise ValueError("KLoM of halves takes two never-saw models, and half as many unlearned models")
    rng = make_rng(seed, "halves of never-saw models")
    values, null = [], []
    for _ in range(draws):
        order = rng.permutation(len(never))
        first, second = never[order[:half]], never[order[half : 2 * half]]
        values.append(klom(unlearned[rng.permutation(len(unlearned))[:half]], second))
        null.append(klom(first, second))
    return np.mean(values, axis=0), np.mean(null, axis=0)
