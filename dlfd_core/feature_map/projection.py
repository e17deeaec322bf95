"""Projection of features to the map: UMAP is fitted once on the original's features, then applied to every model.

The maps of two separate fits could not be compared, because each fit rotates and stretches the plane differently.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from dlfd_core.artifacts import cache_folder, is_writable, private_temporary
from dlfd_core.data.photos import evenly_spaced

SEED = 42
#: Environment variable of numba.
NUMBA_CACHE = "NUMBA_CACHE_DIR"
#: UMAP uses numba's threads; some of numba's threading layers must not be used by two callers at once.
_NUMBA = threading.Lock()
#: Number of neighbours, and largest number of photos, for ``faithfulness``: its cost is quadratic in the photos.
FAITHFUL_NEIGHBOURS, FAITHFUL_PHOTOS = 15, 600
#: Number of nearest photos that UMAP uses, and steps of the bisection for their weights.
NEIGHBOURS, BISECTIONS = 15, 64
#: UMAP's smallest width of the weights, as a share of the mean distance.
SMALLEST_SIGMA = 1e-3
COMPONENTS = 24  # of the PCA before UMAP: distances are faster, and the dropped directions are noise


class Projection:
    """Projection of features (n, D) to points (n, 2), by PCA and UMAP fitted on the original's features.

    Args:
        features: (n, D) float32 features of the original on a fixed subsample, n >= 3.
        points: (n, 2) points of these photos from an earlier fit; None fits UMAP, which takes seconds.

    Attributes:
        points: (n, 2) float32 points of the fitted photos.
    """

    def __init__(self, features: np.ndarray, points: np.ndarray | None = None):
        from sklearn.decomposition import PCA

        width = min(COMPONENTS, *features.shape)
        self._pca = PCA(n_components=width, random_state=SEED).fit(features)
        self._fitted = self._pca.transform(features)  # (n, width)
        self._neighbours = min(NEIGHBOURS, len(features) - 1)
        self.points = self._fit() if points is None else points

    def _fit(self) -> np.ndarray:
        umap = _import_umap().UMAP(
            n_neighbors=self._neighbours,
            min_dist=0.15,
            n_epochs=200,
            metric="precomputed",  # UMAP's own distances to new points use a Python loop, fifty times slower
            random_state=SEED,
            n_jobs=1,  # a fixed seed allows only one; setting it avoids a warning of UMAP
        )
        with _NUMBA, _quiet():
            umap.fit(self._distances(self._fitted))
        return np.asarray(umap.embedding_, dtype=np.float32)

    def _distances(self, reduced: np.ndarray) -> np.ndarray:
        """Reduced features (m, width) -> Euclidean distances to the fitted photos (m, n)."""
        from sklearn.metrics import pairwise_distances

        return np.asarray(pairwise_distances(reduced, self._fitted))

    def transform(self, *features: np.ndarray) -> list[np.ndarray]:
        """Project each array (n, D) -> (n, 2) float32. Equal features give equal points, whatever else is projected.

        The point of a photo is the mean of the nearest fitted photos, with UMAP's weights. UMAP's own transform starts
        from this point and then takes random steps. These depend on what else is transformed, moved equal features by
        up to 30 % of the map, and gave no measurable gain (trustworthiness 0.96 against 0.97).
        """
        distances = self._distances(self._pca.transform(np.concatenate(features)))
        nearest = np.argpartition(distances, self._neighbours - 1, axis=1)[:, : self._neighbours]
        weights = neighbour_weights(np.take_along_axis(distances, nearest, axis=1))
        points = np.einsum("mk,mkd->md", weights, self.points[nearest]).astype(np.float32)
        return np.split(points, np.cumsum([len(part) for part in features])[:-1])


def neighbour_weights(distances: np.ndarray) -> np.ndarray:
    """Weights that UMAP gives to the nearest fitted photos of a new one (McInnes et al., arXiv 1802.03426, algorithm 3,
    without local connectivity, as in its ``transform``); a test compares them with the library's.

    ``exp(-d / sigma)``, with ``sigma`` such that all but the nearest add up to ``log2(k)``. They are computed here
    because importing UMAP takes 300 MB.

    Args:
        distances: (m, k) distances to the k nearest fitted photos, in any order.

    Returns:
        (m, k) weights, each row adds up to 1.
    """
    count = distances.shape[1]
    others = np.sort(distances, axis=1)[:, 1:]
    low, high = np.zeros(len(distances)), np.full(len(distances), np.inf)
    sigma = np.ones(len(distances))
    for _ in range(BISECTIONS):
        above = np.exp(-others / sigma[:, None]).sum(1) > np.log2(count)
        high, low = np.where(above, sigma, high), np.where(above, low, sigma)
        sigma = np.where(np.isinf(high), 2 * sigma, (low + np.minimum(high, 1e30)) / 2)
    sigma = np.maximum(sigma, SMALLEST_SIGMA * distances.mean())
    weights = np.exp(-distances / np.maximum(sigma, 1e-30)[:, None])
    return np.asarray(weights / weights.sum(1, keepdims=True))


def faithfulness(features: np.ndarray, points: np.ndarray) -> tuple[float, float]:
    """Trustworthiness and continuity of a map (Venna & Kaski, ICANN 2001), in [0, 1], higher is better.

    Trustworthiness is low where neighbours on the map are not neighbours in the features. Continuity is low where
    neighbours in the features are far apart on the map. Both are measured on ``FAITHFUL_PHOTOS`` photos, evenly spaced.

    Args:
        features: (n, D). points: (n, 2). n >= 4.
    """
    from sklearn.manifold import trustworthiness

    index = evenly_spaced(len(features), FAITHFUL_PHOTOS)
    high, low = features[index], points[index]
    count = min(FAITHFUL_NEIGHBOURS, (len(index) - 1) // 2)  # neither is defined for more than half of all photos
    trust, continuity = (trustworthiness(a, b, n_neighbors=count) for a, b in [(high, low), (low, high)])
    return float(trust), float(continuity)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence UMAP's warnings: that distances are given (intended), and that clusters are far apart (harmless)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _import_umap() -> Any:
    """Import UMAP only when a map is made, because the import takes seconds."""
    _choose_numba_cache()
    with _quiet():
        import umap
    return umap


def _choose_numba_cache() -> None:
    """Give numba a folder for what it compiles where its own choices cannot be written, as in many containers: without
    one it cannot be imported. Its own are the folder of the compiled code, and one in the user's home."""
    if os.environ.get(NUMBA_CACHE) or "umap" in sys.modules:
        return
    code = find_spec("umap")
    own = [] if code is None or code.origin is None else [Path(code.origin).parent / "__pycache__"]
    if any(is_writable(folder) for folder in [*own, *_home_cache()]):
        return
    cached = cache_folder() / "numba"
    os.environ[NUMBA_CACHE] = str(cached if is_writable(cached) else private_temporary("dlfd-numba"))
    if "numba" in sys.modules:
        sys.modules["numba"].config.reload_config()


def _home_cache() -> list[Path]:
    try:
        return [Path.home() / ".cache"]
    except RuntimeError:
        return []
