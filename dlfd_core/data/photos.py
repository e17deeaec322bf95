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


def batches_per_epoch(photos: int, batch_size: int) -> int:
    """Number of mini-batches per epoch of so many photos. An incomplete last one is dropped unless it is the only
    one."""
    return max(1, photos // batch_size)


@dataclass(frozen=True)
class Augmentation:
    """Random changes of training photos.

    The original, the retrained model and every method use the same ones, so that the comparison between them is fair.

    Attributes:
        flip: mirror each photo with probability one half.
        shift: move each photo by up to this many pixels along both axes; the edge pixels are repeated.
    """

    flip: bool = True
    shift: int = 0


def shift_photos(images: Tensor, offsets: Tensor) -> Tensor:
    """Move each photo by its own whole number of pixels; the edge pixels are repeated.

    Args:
        images: (B, C, S, S) in channels_last. offsets: (B, 2) int64, rows and columns, on the same device.
    """
    count, channels, side, _ = images.shape
    positions = torch.arange(side, device=images.device)
    rows = (positions + offsets[:, :1]).clamp_(0, side - 1)  # (B, S)
    columns = (positions + offsets[:, 1:]).clamp_(0, side - 1)
    photo = torch.arange(count, device=images.device)[:, None, None] * side * side
    index = photo + rows[:, :, None] * side + columns[:, None, :]  # (B, S, S)
    pixels = images.permute(0, 2, 3, 1).reshape(-1, channels)
    return pixels.index_select(0, index.reshape(-1)).view(count, side, side, channels).permute(0, 3, 1, 2)


def iterate_batches(
    photos: PhotoSet,
    *,
    batch_size: int,
    generator: torch.Generator,
    augmentation: Augmentation,
    cycles: int | None = 1,
) -> Iterator[Batch]:
    """Yield shuffled mini-batches for ``cycles`` epochs (None: without end)."""
    device, photos_used = photos.images.device, batches_per_epoch(len(photos), batch_size) * batch_size
    flip, shift = augmentation.flip, augmentation.shift
    epoch = 0
    while cycles is None or epoch < cycles:
        order = torch.randperm(len(photos), generator=generator)[:photos_used].split(batch_size)
        draws = [torch.rand(len(index), generator=generator) for index in order] if flip else []
        moves = (
            [torch.randint(-shift, shift + 1, (len(index), 2), generator=generator) for index in order] if shift else []
        )
        # one copy to the device per epoch: with a copy per step, GPU and host would wait for each other
        index = send(torch.cat(order), device).split(batch_size)
        mirrored = send(torch.cat(draws) < 0.5, device).split(batch_size) if flip else [None] * len(index)
        moved = send(torch.cat(moves), device).split(batch_size) if shift else [None] * len(index)
        for chosen, mirror, offsets in zip(index, mirrored, moved, strict=True):
            images = photos.images[chosen]
            if mirror is not None:
                images = torch.where(mirror[:, None, None, None], images.flip(3), images)
            if offsets is not None:
                images = shift_photos(images, offsets)
            yield Batch(to_pixels(images), photos.labels[chosen])
        epoch += 1
