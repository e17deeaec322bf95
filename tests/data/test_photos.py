"""Photos as mini-batches: shifts of the augmentation."""

from __future__ import annotations

import torch

from dlfd_core.data.photos import Augmentation, PhotoSet, iterate_batches, shift_photos
from dlfd_core.seeding import make_generator


def test_shifting_moves_each_photo_by_its_own_pixels_and_repeats_the_edge() -> None:
    images = torch.arange(2 * 16, dtype=torch.uint8).view(2, 1, 4, 4).expand(2, 3, 4, 4)
    images = images.contiguous(memory_format=torch.channels_last)
    moved = shift_photos(images, torch.tensor([[1, -2], [0, 0]]))
    expected = images[0][:, [1, 2, 3, 3]][:, :, [0, 0, 0, 1]]
    assert torch.equal(moved[0], expected)
    assert torch.equal(moved[1], images[1])
    assert moved.is_contiguous(memory_format=torch.channels_last)


def test_shifts_are_drawn_within_their_range_and_leave_the_order_of_photos_alone() -> None:
    images = torch.zeros(64, 3, 9, 9, dtype=torch.uint8)
    images[:, :, 4, 4] = torch.arange(1, 65, dtype=torch.uint8)[:, None]
    photos = PhotoSet(images.contiguous(memory_format=torch.channels_last), torch.arange(64))
    still = iterate_batches(
        photos, batch_size=64, generator=make_generator(0, "s"), augmentation=Augmentation(flip=False)
    )
    moved = iterate_batches(
        photos, batch_size=64, generator=make_generator(0, "s"), augmentation=Augmentation(flip=False, shift=2)
    )
    (a,), (b,) = still, moved
    assert torch.equal(a.labels, b.labels)
    places = b.images[:, 0].nonzero()[:, 1:] - 4
    assert len(places) == 64
    assert places.abs().max() == 2
    assert len(places.unique(dim=0)) > 15


def test_fewer_photos_than_a_batch_are_shifted_too() -> None:
    photos = PhotoSet(torch.zeros(5, 3, 9, 9, dtype=torch.uint8), torch.arange(5))
    (batch,) = iterate_batches(
        photos, batch_size=64, generator=make_generator(0, "few"), augmentation=Augmentation(shift=1)
    )
    assert batch.images.shape == (5, 3, 9, 9)
