"""Which photos and labels of the forget set each method may use: others change no weight of its model."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.photos import PhotoSet
from tests.unlearning.baselines import Start, run


def changed(photos: PhotoSet, part: str) -> PhotoSet:
    """The photos with other images, or with other labels."""
    if part == "images":
        return replace(photos, images=255 - photos.images)
    return replace(photos, labels=(photos.labels + 1) % 3)


def same(one: Backbone, other: Backbone) -> bool:
    return all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values(), strict=True))


@pytest.mark.parametrize("part", ["images", "labels"])
@pytest.mark.parametrize("name", ["retrain", "fine_tune", "control", "cf_k", "eu_k"])
def test_methods_that_only_know_kept_photos_never_look_at_the_others(name: str, part: str, start: Start) -> None:
    plain = start()
    assert same(run(name, plain), run(name, start(forget=changed(plain.forget, part))))


@pytest.mark.parametrize(
    ("name", "ignores", "uses"),
    [
        ("bad_teacher", "labels", "images"),
        ("scrub", "labels", "images"),
        ("lfssd", "labels", "images"),
        ("jit", "labels", "images"),
        ("unsir", "images", "labels"),  # noise is used in place of the photos
    ],
)
def test_what_of_the_forget_photos_a_method_uses(name: str, ignores: str, uses: str, start: Start) -> None:
    plain = start()
    there = run(name, plain)
    assert same(there, run(name, start(forget=changed(plain.forget, ignores))))
    assert not same(there, run(name, start(forget=changed(plain.forget, uses))))
