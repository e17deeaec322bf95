"""Photos as tensors on the device, and iteration over mini-batches of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dlfd_core.device import send
from dlfd_core.seeding import make_generator


@dataclass(frozen=True)
class PhotoSet:
    """Photos with labels as tensors: one split, or part of one.

    Attributes:
        images: (N, 3, S, S) uint8 on the compute device, channels_last.
        labels: (N,) int64 on the same device.
    """

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, index: Tensor) -> PhotoSet:
        """The photos at ``index`` (n,) int64, in that order."""
        index = index.to(self.images.device)
        return PhotoSet(self.images[index], self.labels[index])

    def draw_positions(self, count: int, seed: int, stream: str) -> Tensor:
        """Draw at most ``count`` photos with a seed: (k,) ascending positions."""
        if len(self) <= count:
            return torch.arange(len(self))
        return torch.randperm(len(self), generator=make_generator(seed, stream))[:count].sort().values

    def subsample(self, count: int, seed: int, stream: str) -> PhotoSet:
        """The photos at ``draw_positions``: at most ``count``, drawn with a seed."""
        return self.select(self.draw_positions(count, seed, stream))


def evenly_spaced(count: int, limit: int) -> np.ndarray:
    """(k,) ascending, evenly spaced positions of at most ``limit`` of ``count`` photos."""
    return np.linspace(0, count - 1, min(limit, count)).astype(np.int64)


@dataclass(frozen=True)
class Batch:
    """A mini-batch ready for a model.

    Attributes:
        images: (B, 3, S, S) float32 pixels in [0, 1].
        labels: (B,) int64.
    """

    images: Tensor
    labels: Tensor


def to_pixels(images: Tensor) -> Tensor:
    """Convert uint8 images to float32 pixels in [0, 1]; the memory format stays."""
    return images.to(torch.float32).div_(255.0)


def batches_per_epoch(photos: PhotoSet, batch_size: int) -> int:
    """Number of mini-batches per epoch; an incomplete last one is dropped unless it is the only one."""
    return max(1, len(photos) // batch_size)


def iterate_batches(
    photos: PhotoSet, *, batch_size: int, generator: torch.Generator, flip: bool, cycles: int | None = 1
) -> Iterator[Batch]:
    """Yield shuffled mini-batches for ``cycles`` epochs (None: without end).

    Args:
        flip: mirror each photo with probability one half. It is the only augmentation of this project. The original,
            the retrained model and every method use the same one, so that the comparison between them is fair.
    """
    device, photos_used = photos.images.device, batches_per_epoch(photos, batch_size) * batch_size
    epoch = 0
    while cycles is None or epoch < cycles:
        order = torch.randperm(len(photos), generator=generator)[:photos_used].split(batch_size)
        draws = [torch.rand(len(index), generator=generator) for index in order] if flip else []
        # one copy to the device per epoch: with a copy per step, GPU and host would wait for each other
        index = send(torch.cat(order), device).split(batch_size)
        mirrored = send(torch.cat(draws) < 0.5, device).split(batch_size) if flip else [None] * len(index)
        for chosen, mirror in zip(index, mirrored, strict=True):
            images = photos.images[chosen]
            if mirror is not None:
                images = torch.where(mirror[:, None, None, None], images.flip(3), images)
            yield Batch(to_pixels(images), photos.labels[chosen])
        epoch += 1
