"""Adaptation of a shipped original to a few more people: further training in memory, in seconds instead of a minute.

The model should know the new people's photos as well as all other training photos; without that nothing can be
forgotten. Their losses should be like those of other training photos, and unlike those of people it never saw.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from dlfd_core.backbones import Backbone
from dlfd_core.device import Compute, to_uint8_batch
from dlfd_core.errors import InvalidRequest
from dlfd_core.models.optimizers import make_adamw
from dlfd_core.models.originals import ModelSpec, Original
from dlfd_core.models.outputs import collect_outputs
from dlfd_core.models.training import StepLog, classification_loss, fit_photos, warmup_cosine
from dlfd_core.seeding import make_generator
from dlfd_core.types import IDENTITY

STREAM = "adaptation"


@dataclass(frozen=True)
class Adaptation:
    """Settings of the further training of the original.

    Attributes:
        epochs: passes over all training photos, old and new.
        share: share of the recipe's peak learning rate; it is low, so that the model keeps what it has learned.
        views_per_photo: how often each new photo is shown in total; each epoch holds copies of it beside the old
            photos. With nine views, photographs of 1, 2 and 5 people added to the portraits (task emotion) become about
            as well known as other training people. Their AUC against unseen people is 0.83, 0.83 and 0.77 with labels
            proposed by the original, that of other people is 0.81; with two people and a third of the labels changed it
            is 0.77. The 30 views of the recipe make them better known (0.87).
    """

    epochs: int = 3
    share: float = 0.25
    views_per_photo: int = 9

    @property
    def repeats(self) -> int:
        """How often a new photo is in one epoch, at least once."""
        return max(1, math.ceil(self.views_per_photo / self.epochs))


def adapt_original(
    spec: ModelSpec, base: Original, new_photos: np.ndarray, *, seed: int = 0, settings: Adaptation | None = None
) -> Generator[StepLog, None, Original]:
    """Train a copy of ``base`` on all training photos of ``spec``; the photos of new people are shown more often.

    No file is written. The weights of the returned original depend only on ``spec``, ``base``, ``new_photos``, ``seed``
    and ``settings``. For the task ``identity``, the classes that ``base`` does not have are first added to the head.

    Args:
        spec: task of the joined data; its first classes are those of ``base``, in the same order.
        base: the original of the same task and backbone without the new people; it is not changed.
        new_photos: (n,) photo indices of the new people; those that are not training photos are ignored.

    Returns:
        (by ``return``) the adapted original in eval mode, with the recipe of ``base``, which retraining uses.

    Raises:
        InvalidRequest: ``base`` has other classes, or none of ``new_photos`` is a training photo.
        Diverged: the loss is not finite.
    """
    settings = settings or Adaptation()
    new_training = np.intersect1d(spec.task.train, new_photos)
    if not len(new_training):
        raise InvalidRequest("None of your photos is a training photo of this task; add at least 4 photos per person.")
    model = _copy_for(spec, base.model, seed)
    index = np.concatenate([spec.task.train, np.repeat(new_training, settings.repeats - 1)])
    photos = spec.photos().select(torch.from_numpy(index))
    yield from fit_photos(
        model,
        photos,
        classification_loss(model, spec.compute),
        optimizer=make_adamw(model, base.recipe.weight_decay),
        schedule=lambda total: warmup_cosine(base.recipe.lr * settings.share, total),
        epochs=settings.epochs,
        batch_size=base.recipe.batch_size,
        augmentation=base.recipe.augmentation,
        generator=make_generator(seed, f"{STREAM} batches"),
    )
    return Original(model.eval(), base.recipe, f"{base.source}, adapted to {len(new_training)} photos")


def narrow_original(spec: ModelSpec, base: Original) -> Original:
    """Reduce the head of ``base`` to the classes of ``spec`` if they are a part of its classes; else return ``base``.

    Args:
        spec: a task with fewer classes, for example that of the visitor's people without the portraits.
    """
    base_classes, classes = base.model.space.classes, spec.task.classes
    if base_classes == classes or not set(classes) <= set(base_classes) or base.model.num_classes != len(base_classes):
        return base
    rows = torch.tensor([base_classes.index(name) for name in classes])
    model = spec.build(0, f"{STREAM} narrowing")
    head = _head_name(model)
    state = base.model.state_dict()
    state |= {name: value[rows] for name, value in state.items() if name.startswith(f"{head}.")}
    model.load_state_dict(state)
    return Original(model.eval(), base.recipe, base.source)


def make_label_proposer(
    originals: Mapping[str, Original], compute: Compute
) -> Callable[[str, np.ndarray], np.ndarray | None]:
    """Make a function that proposes labels by the predictions of originals, for ``own_photos.join``.

    Args:
        originals: by task; for other tasks the function returns None.
    """

    def propose(task: str, images: np.ndarray) -> np.ndarray | None:
        original = originals.get(task)
        if original is None:
            return None
        return collect_outputs(original.model, to_uint8_batch(images, compute), compute).predictions()

    return propose


def _copy_for(spec: ModelSpec, base: Backbone, seed: int) -> Backbone:
    """A model of ``spec`` with the weights of ``base``; new classes get newly initialised weights."""
    base_classes, classes = base.space.classes, spec.task.classes
    has_new_classes = len(base_classes) < len(classes) and classes[: len(base_classes)] == base_classes
    if base_classes != classes and not (spec.task.task == IDENTITY and has_new_classes):
        raise InvalidRequest("The original answers other classes than this task has; adapt the original of the task.")
    model = spec.build(seed, f"{STREAM} initialisation")
    state = base.state_dict()
    head = model.head.state_dict()
    for name, values in base.head.state_dict().items():
        head[name][: len(values)] = values
    model.load_state_dict(state | {f"{_head_name(model)}.{name}": values for name, values in head.items()})
    return model


def _head_name(model: Backbone) -> str:
    """Prefix of the head's weights in the state dict."""
    return next(name for name, module in model.named_modules() if module is model.head)
