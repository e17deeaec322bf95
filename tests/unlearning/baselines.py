"""Runs of one method on one trained original, and how its model answers: for the tests of the baselines."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.photos import PhotoSet, to_pixels
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS, UnlearningContext

#: The small retain set has 11 batches of this size, the forget set 2.
BATCH = 8
#: Makes a context around a copy of the trained original.
Start = Callable[..., UnlearningContext]


def run(name: str, context: UnlearningContext, **knobs: KnobValue) -> Backbone:
    """The model after a run on small batches."""
    known = {knob.name for knob in METHODS.get(name).card().knobs}
    brief = {"epochs": 1, "batch_size": BATCH, "forget_batch": BATCH}
    method = METHODS.get(name)({key: value for key, value in brief.items() if key in known} | knobs)
    for _ in method.steps(context):
        pass
    return context.model.eval()


@torch.no_grad()
def logits_of(model: Backbone, photos: PhotoSet) -> Tensor:
    return model(to_pixels(photos.images))


def loss_of(model: Backbone, photos: PhotoSet) -> float:
    return float(model.space.loss(logits_of(model, photos), photos.labels))
