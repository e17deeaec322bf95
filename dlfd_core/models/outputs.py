"""One forward pass over all photos feeds every number, the map and the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.label_space import LabelSpace
from dlfd_core.data.photos import to_pixels
from dlfd_core.device import Compute


@dataclass(frozen=True)
class Outputs:
    """What a model says about N photos.

    Attributes:
        features: (N, D) float32 penultimate features.
        logits: (N, outputs) float32.
        space: what the logits mean.
    """

    features: np.ndarray
    logits: np.ndarray
    space: LabelSpace

    def predictions(self) -> np.ndarray:
        """(N,) predicted classes."""
        return self.space.predict(torch.from_numpy(self.logits)).numpy()

    def probabilities(self) -> np.ndarray:
        """(N, C), rows sum to 1."""
        return self.space.probabilities(torch.from_numpy(self.logits)).numpy()

    def losses(self, labels: np.ndarray) -> np.ndarray:
        """(N,) cross-entropy in nats; NaN where the label is -1 (the photo takes no part in the task)."""
        valid = labels >= 0
        loss = np.full(len(labels), np.nan, dtype=np.float32)
        picked = torch.from_numpy(self.logits[valid]), torch.from_numpy(labels[valid])
        loss[valid] = self.space.losses(*picked).numpy()
        return loss

    def correctness(self, labels: np.ndarray) -> np.ndarray:
        """(N,) float32: the share of what was asked that each photo's answer gets right, in [0, 1]."""
        return self.space.correctness(torch.from_numpy(self.predictions()), torch.from_numpy(labels)).numpy()


def people_directions(features: np.ndarray, person: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each person's mean features point from everybody's mean: their inner product says who looks like whom.

    Args:
        features: (n, D). person: (n,).

    Returns:
        (P,) the people in ascending order, and (P, D) vectors of length 1.
    """
    who, place, photos = np.unique(person, return_inverse=True, return_counts=True)
    sums = np.zeros((len(who), features.shape[1]))
    np.add.at(sums, place, features.astype(np.float64))
    means = sums / photos[:, None]
    means -= means.mean(0)  # all faces share most of their features: what tells people apart is the rest
    return who, means / (np.linalg.norm(means, axis=1, keepdims=True) + 1e-12)


@contextmanager
def evaluation_mode(model: Backbone) -> Iterator[None]:
    """Eval mode within, each module's own mode as before after it."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


@torch.no_grad()
def collect_outputs(
    model: Backbone,
    images: torch.Tensor,
    compute: Compute,
    *,
    batch_size: int | None = None,
    raise_if_cancelled: Callable[[], None] = lambda: None,
) -> Outputs:
    """Eval-mode forward pass; the model's modes are as before afterwards.

    Args:
        images: (N, 3, S, S) uint8 on the device.
        batch_size: None takes what is fastest: on a CPU, activations that fit its cache (64 photos are twice as fast
            as 256), on a GPU enough to fill it.
        raise_if_cancelled: called before each batch; may raise to stop.
    """
    size = batch_size or (64 if images.device.type == "cpu" else 1024)
    features, logits = [], []
    with evaluation_mode(model):
        for start in range(0, len(images), size):
            raise_if_cancelled()
            with compute.autocast():
                batch = model.extract_features(to_pixels(images[start : start + size]))
            features.append(batch.float())
            logits.append(model.classify(batch))
    return Outputs(torch.cat(features).cpu().numpy(), torch.cat(logits).cpu().numpy(), model.space)
