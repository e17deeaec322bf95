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

from dlfd_core.data.photos import evenly_spaced

SEED = 42
#: UMAP runs on numba's threads, and not every kind of them may be entered by two callers at once.
_NUMBA = threading.Lock()
#: Each photo's nearest ones count, among so many photos at most: the measure takes the square of their number.
FAITHFUL_NEIGHBOURS, FAITHFUL_PHOTOS = 15, 600
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
        self._umap.transform_mode = "graph"  # to whom new photos are near, and how much

    def _distances(self, reduced: np.ndarray) -> np.ndarray:
        """(m, width) -> (m, n) Euclidean distances to the fitted photos."""
        from sklearn.metrics import pairwise_distances

        return np.asarray(pairwise_distances(reduced, self._fitted))

    def transform(self, *features: np.ndarray) -> list[np.ndarray]:
        """Each (n, D) -> (n, 2) float32. Equal features land on equal points, whatever else comes with them.

        A photo lies at the mean of the fitted photos nearest to it, by UMAP's weights: where UMAP's own transform
        starts from. The random steps it would take from there depend on what else is transformed, moved equal features
        by up to 30 % of the map, and gain nothing measurable (trustworthiness 0.96 against 0.97).
        """
        from sklearn.preprocessing import normalize

        stacked = self._pca.transform(np.concatenate(features))
        with _NUMBA, _quiet():
            weights = self._umap.transform(self._distances(stacked))  # (m, n) sparse
        points = np.asarray(normalize(weights, norm="l1") @ self._umap.embedding_, dtype=np.float32)
        return np.split(points, np.cumsum([len(part) for part in features])[:-1])


def faithfulness(features: np.ndarray, places: np.ndarray) -> tuple[float, float]:
    """Trustworthiness and continuity of a map (Venna & Kaski, ICANN 2001), in [0, 1], higher is better.

    The first falls where neighbours on the map are none in the features, the second where neighbours in the features
    are torn apart on the map. Measured on ``FAITHFUL_PHOTOS`` of the photos, evenly spaced.

    Args:
        features: (n, D); places: (n, 2); n >= 4.
    """
    from sklearn.manifold import trustworthiness

    few = evenly_spaced(len(features), FAITHFUL_PHOTOS)
    high, low = features[few], places[few]
    count = min(FAITHFUL_NEIGHBOURS, (len(few) - 1) // 2)  # beyond half of all photos neither is defined
    trusted, continued = (trustworthiness(a, b, n_neighbors=count) for a, b in [(high, low), (low, high)])
    return float(trusted), float(continued)


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
