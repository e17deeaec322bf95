"""Outputs of a model on all photos from one forward pass, which all scores, the map and the figures use."""

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
    """Features and logits of a model on N photos.

    Attributes:
        features: (N, D) float32 penultimate features.
        logits: (N, outputs) float32.
        space: the meaning of the logits.
    """

    features: np.ndarray
    logits: np.ndarray
    space: LabelSpace

    def predictions(self) -> np.ndarray:
        """(N,) predicted classes."""
        return self.space.predict(torch.from_numpy(self.logits)).numpy()

    def probabilities(self) -> np.ndarray:
        """(N, C) probabilities of the classes; rows sum to 1."""
        return self.space.probabilities(torch.from_numpy(self.logits)).numpy()

    def losses(self, labels: np.ndarray) -> np.ndarray:
        """(N,) loss in nats, minus the log-probability of the label; NaN for label -1 (not part of the task)."""
        valid = labels >= 0
        loss = np.full(len(labels), np.nan, dtype=np.float32)
        logits_and_labels = torch.from_numpy(self.logits[valid]), torch.from_numpy(labels[valid])
        loss[valid] = self.space.losses(*logits_and_labels).numpy()
        return loss

    def correctness(self, labels: np.ndarray) -> np.ndarray:
        """(N,) float32 in [0, 1]: 1 if the prediction is right, else 0; with attributes, the mean over them."""
        return self.space.correctness(torch.from_numpy(self.predictions()), torch.from_numpy(labels)).numpy()


def people_directions(features: np.ndarray, person: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Direction of each person's mean features from the mean of all people; inner products compare people.

    Args:
        features: (n, D). person: (n,).

    Returns:
        The people (P,) in ascending order, and vectors (P, D) of length 1.
    """
    people, inverse, photos = np.unique(person, return_inverse=True, return_counts=True)
    sums = np.zeros((len(people), features.shape[1]))
    np.add.at(sums, inverse, features.astype(np.float64))
    means = sums / photos[:, None]
    means -= means.mean(0)  # most of the features is common to all faces; the rest distinguishes people
    return people, means / (np.linalg.norm(means, axis=1, keepdims=True) + 1e-12)


@contextmanager
def evaluation_mode(model: Backbone) -> Iterator[None]:
    """Set eval mode within the ``with`` block, and restore the mode of each module afterwards."""
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
    """Run the model over all photos in eval mode; its modes are restored afterwards.

    Args:
        images: (N, 3, S, S) uint8 on the device.
        batch_size: None takes the fastest: on a CPU, activations that fit its cache (64 photos per batch are twice as
            fast as 256), on a GPU enough to fill it.
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
