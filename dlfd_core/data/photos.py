"""Photos as tensors on the device, and mini-batches of them."""

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
    """A set of photos of one split.

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

    def drawn(self, count: int, seed: int, stream: str) -> Tensor:
        """(k,) ascending positions of at most ``count`` photos, drawn once with a seed."""
        if len(self) <= count:
            return torch.arange(len(self))
        return torch.randperm(len(self), generator=make_generator(seed, stream))[:count].sort().values

    def subsample(self, count: int, seed: int, stream: str) -> PhotoSet:
        """At most ``count`` photos, drawn once with a seed."""
        return self.select(self.drawn(count, seed, stream))


def evenly(count: int, most: int) -> np.ndarray:
    """(k,) ascending positions of at most ``most`` among ``count`` photos, evenly spaced."""
    return np.linspace(0, count - 1, min(most, count)).astype(np.int64)


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
    """uint8 -> float32 pixels in [0, 1], keeping the memory format."""
    return images.to(torch.float32).div_(255.0)


def batches_per_epoch(photos: PhotoSet, batch_size: int) -> int:
    """Mini-batches an epoch has; the last, smaller one is dropped unless it is the only one."""
    return max(1, len(photos) // batch_size)


def iterate_batches(
    photos: PhotoSet, *, batch_size: int, generator: torch.Generator, flip: bool, cycles: int | None = 1
) -> Iterator[Batch]:
    """Shuffled mini-batches for ``cycles`` epochs (None: for ever).

    Args:
        flip: mirror each photo with probability one half: the one augmentation of this project, the same for the
            original, the retrained model and every method, or the comparison would flatter one of them.
    """
    device, used = photos.images.device, batches_per_epoch(photos, batch_size) * batch_size
    epoch = 0
    while cycles is None or epoch < cycles:
        order = torch.randperm(len(photos), generator=generator)[:used].split(batch_size)
        chances = [torch.rand(len(index), generator=generator) for index in order] if flip else []
        # one copy an epoch: a copy per step would make a GPU and its host wait for each other
        index = send(torch.cat(order), device).split(batch_size)
        mirrored = send(torch.cat(chances) < 0.5, device).split(batch_size) if flip else [None] * len(index)
        for chosen, mirror in zip(index, mirrored, strict=True):
            images = photos.images[chosen]
            if mirror is not None:
                images = torch.where(mirror[:, None, None, None], images.flip(3), images)
            yield Batch(to_pixels(images), photos.labels[chosen])
        epoch += 1
