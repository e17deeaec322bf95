"""Random labels: training on forget photos with wrong labels beside retain photos (Golatkar et al.; Graves et al.).

Each forget photo has one wrong label for the whole run. Every batch also holds retain photos with their true labels;
after ``forget_share`` of the run it holds retain photos only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch

from dlfd_core.data.label_space import LabelSpace
from dlfd_core.data.photos import PhotoSet
from dlfd_core.models.training import StepLog
from dlfd_core.seeding import make_generator
from dlfd_core.unlearning.base import METHODS, UnlearningContext
from dlfd_core.unlearning.pairs import PairedConfig, Pairs
from dlfd_core.unlearning.schedule import ScheduledMethod, scheduled_steps


def mislabelled(photos: PhotoSet, space: LabelSpace, seed: int, stream: str) -> PhotoSet:
    """The photos, each with a wrong class, drawn once with equal probability among the other classes.

    With several attributes at once another combination of them is drawn: some of its attributes may still be right.
    """
    classes = len(space.classes)
    shift = torch.randint(1, classes, (len(photos),), generator=make_generator(seed, stream))
    return PhotoSet(photos.images, (photos.labels + shift.to(photos.labels.device)) % classes)


@dataclass(frozen=True)
class RandomLabelsConfig(PairedConfig):
    """Settings of random labels, all inherited: the share of forget photos in a batch is their weight."""


@METHODS.register("random_labels")
class RandomLabels(ScheduledMethod[RandomLabelsConfig]):
    """Random labels as a registered method."""

    name: ClassVar[str] = "random_labels"
    title: ClassVar[str] = "Random labels"
    summary: ClassVar[str] = "Teach the model wrong answers for the forgotten photos, beside right ones for all others."
    source: ClassVar[str] = "Golatkar et al., CVPR 2020; Graves et al., AAAI 2021"
    config_class: ClassVar[type] = RandomLabelsConfig

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        mislabelled_forget = mislabelled(context.forget, context.model.space, context.seed, "random_labels draw")
        pairs = Pairs(context, self.config, mislabelled_forget, self.name)
        yield from scheduled_steps(context, self.config, pairs, lambda: pairs.phase)
