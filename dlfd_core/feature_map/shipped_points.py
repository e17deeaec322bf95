"""Points of the map that are shipped with an original, so that the demo starts without fitting UMAP.

A safetensors file beside the weights: ``points`` (n, 2) float32; the metadata name the weights they were fitted for.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from dlfd_core.artifacts import ASSETS, load_weights, save_weights
from dlfd_core.errors import MissingArtifact

#: Folder of the files, each with the name of the weights.
FOLDER = ASSETS / "maps"
POINTS, FITTED_FOR = "points", "weights_sha256"


def load_points(name: str, weights: str, count: int, folder: Path = FOLDER) -> np.ndarray | None:
    """The shipped points of a map; None where there are none for these weights.

    Args:
        name: of the shipped weights. weights: their ``artifacts.weights_hash``. count: number of photos on the map.

    Raises:
        MissingArtifact: the file is damaged.
    """
    path = folder / name
    if not path.exists():
        return None
    try:
        tensors, metadata = load_weights(path)
    except MissingArtifact as error:
        raise MissingArtifact(f"The map {name} is damaged; run `python -m dlfd_core example`.") from error
    points = tensors.get(POINTS)
    if metadata.get(FITTED_FOR) != weights or points is None or tuple(points.shape) != (count, 2):
        return None
    return points.numpy()


def save_points(name: str, weights: str, points: np.ndarray, folder: Path = FOLDER) -> Path:
    """Write the points of a map; arguments as in ``load_points``. Raises as ``artifacts.save_weights``."""
    path = folder / name
    save_weights(
        path, {POINTS: torch.from_numpy(np.ascontiguousarray(points, dtype=np.float32))}, {FITTED_FOR: weights}
    )
    return path
