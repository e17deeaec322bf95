"""Batches of retain and forget photos together, teachers and the distillation loss: shared parts of the baselines."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.label_space import LabelSpace
from dlfd_core.data.photos import Batch, PhotoSet, iterate_batches
from dlfd_core.device import Compute
from dlfd_core.models.training import Phase
from dlfd_core.seeding import make_generator
from dlfd_core.unlearning.base import UnlearningContext
from dlfd_core.unlearning.config import knob
from dlfd_core.unlearning.schedule import ScheduleConfig, retain_batches


@dataclass(frozen=True)
class PairedConfig(ScheduleConfig):
    """Settings of methods with paired batches: the schedule, and how many forget photos it uses.

    Forget photos may stop before the end of the run, so that a model that has forgotten too much is rebuilt on retain
    photos. This departs from the papers, where they are used until the end.
    """

    lr: float = knob(
        0.006, "Learning rate", "At the first step; it falls along a cosine.", low=1e-5, high=0.5, step=0.001,
        symbol="η", advanced=False,
    )  # fmt: skip
    forget_batch: int = knob(
        8, "Forget photos per step", "Added to the kept photos of each step; more of them weigh more.",
        low=4, high=256, step=4, unit="photos", advanced=False,
    )  # fmt: skip
    forget_share: float = knob(
        1.0, "Share for forgetting", "After this share of the run only kept photos are used, so that the task is "
        "rebuilt; 1 never stops, as in the papers.", low=0.05, high=1.0, step=0.05,
    )  # fmt: skip


class Pairs:
    """Batches of retain photos followed by other photos while forgetting, and of retain photos only afterwards.

    One forward pass takes both, so that batch norm normalises them together, as in training.

    Attributes:
        retain_count: number of retain photos, which come first in every batch.
        phase: of the latest batch.

    Args:
        others: forget photos, or photos that replace them.
        stream: name of the random stream, which is the name of the method.
        names: of the phases with the others and without them.
    """

    def __init__(
        self,
        context: UnlearningContext,
        cfg: PairedConfig,
        others: PhotoSet,
        stream: str,
        names: tuple[str, str] = ("forgetting", "retaining"),
    ):
        self.context, self.cfg, self.others, self.stream, self.names = context, cfg, others, stream, names
        self.retain_count = min(cfg.batch_size, len(context.retain))
        self.phase = Phase(names[0])

    def __iter__(self) -> Iterator[Batch]:
        cfg, context = self.cfg, self.context
        others = iterate_batches(
            self.others,
            batch_size=cfg.forget_batch,
            generator=make_generator(context.seed, f"{self.stream} forget"),
            augmentation=context.recipe.augmentation,
            cycles=None,
        )
        forget_steps = cfg.forget_share * cfg.total(context)
        for step, batch in enumerate(retain_batches(context, cfg, f"{self.stream} retain")):
            if step < forget_steps:
                other = next(others)
                batch = Batch(torch.cat([batch.images, other.images]), torch.cat([batch.labels, other.labels]))
            self.phase = Phase(self.names[0] if step < forget_steps else self.names[1])
            yield batch


def fixed_copy(model: Backbone) -> Backbone:
    """A copy in eval mode without gradients, used as a teacher or as a model to attack; the model is unchanged."""
    return copy.deepcopy(model).eval().requires_grad_(False)


def compute_logits(model: Backbone, images: Tensor, compute: Compute) -> Tensor:
    """(N, 3, S, S) pixels -> (N, outputs) logits."""
    with compute.autocast():
        return model(images)


def distillation(space: LabelSpace, student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """() mean divergence of the student's outputs from the teacher's, (N, outputs) logits each, >= 0.

    It is multiplied by the squared temperature, so that its gradients keep their size when the temperature changes
    (Hinton et al. 2015, section 2).
    """
    return temperature**2 * space.divergence(student, teacher, temperature).mean()
