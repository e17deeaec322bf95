"""The map: UMAP fitted once on the original model's features; every other model is only transformed into it.

Two separate fits could not be compared: each would turn and stretch the plane in its own way.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

SEED = 42
#: UMAP runs on numba's threads, and not every kind of them may be entered by two callers at once.
_NUMBA = threading.Lock()
COMPONENTS = 24  # PCA first: UMAP's distances cost less, and the dropped directions are noise


class Projection:
    """Features (n, D) -> points (n, 2), by PCA and UMAP fitted on the original's features.

    Args:
        features: (n, D) float32 of the original on a fixed subsample, n >= 3.
    """

    def __init__(self, features: np.ndarray):
        from sklearn.decomposition import PCA

        width = min(COMPONENTS, *features.shape)
        self._pca = PCA(n_components=width, random_state=SEED).fit(features)
        self._fitted = self._pca.transform(features)  # (n, width)
        self._umap: Any = _import_umap().UMAP(
            n_neighbors=min(15, len(features) - 1),
            min_dist=0.15,
            n_epochs=200,
            metric="precomputed",  # its own distances to new points go through a Python loop, fifty times slower
            random_state=SEED,
            n_jobs=1,  # a fixed seed allows no more, and saying so silences UMAP's warning
        )
        with _NUMBA, _quiet():
            self._umap.fit(self._distances(self._fitted))

    def _distances(self, reduced: np.ndarray) -> np.ndarray:
        """(m, width) -> (m, n) Euclidean distances to the fitted photos."""
        from sklearn.metrics import pairwise_distances

        return np.asarray(pairwise_distances(reduced, self._fitted))

    def transform(self, *features: np.ndarray) -> list[np.ndarray]:
        """Each (n, D) -> (n, 2) float32. Equal features land on equal points, whatever else comes with them."""
        stacked = self._pca.transform(np.concatenate(features))
        with _NUMBA, _quiet():
            points = np.asarray(self._umap.transform(self._distances(stacked)), dtype=np.float32)
        return np.split(points, np.cumsum([len(part) for part in features])[:-1])


@contextmanager
def _quiet() -> Iterator[None]:
    """UMAP warns that distances are given (they are meant to be) and that clusters are far apart (no harm)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _import_umap() -> Any:
    """Slow (seconds), so only when a map is really made."""
    with _quiet():
        import umap
    return umap
