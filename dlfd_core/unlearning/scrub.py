"""SCRUB: divergence from the original, maximised on forget and minimised on retain photos in turn.

Kurmanji et al., NeurIPS 2023, arXiv 2302.09880. The teacher is the original. Each of the first ``msteps`` epochs begins
with a pass over the forget photos that *maximises* the divergence from the teacher. Every epoch then has a pass over
the retain photos that minimises ``alpha`` times the divergence plus ``gamma`` times the classification loss. The epochs
after ``msteps`` only repair.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar

from torch import Tensor

from dlfd_core.data.photos import Batch, batches_per_epoch, iterate_batches
from dlfd_core.models.training import Phase, StepLog
from dlfd_core.seeding import make_generator
from dlfd_core.unlearning.base import METHODS, UnlearningContext
from dlfd_core.unlearning.config import knob
from dlfd_core.unlearning.pairs import compute_logits, distillation, fixed_copy
from dlfd_core.unlearning.schedule import ScheduleConfig, ScheduledMethod, retain_batches, scheduled_steps

#: Names of the phases: steps that maximise the divergence, and steps that minimise it.
MAXIMISE, MINIMISE = "forgetting", "retaining"


@dataclass(frozen=True)
class ScrubConfig(ScheduleConfig):
    """Settings of SCRUB."""

    lr: float = knob(
        0.002, "Learning rate", "At the first step; it falls along a cosine. The divergence has no upper bound: a "
        "high rate destroys the model.", low=1e-5, high=0.5, step=0.001, symbol="η", advanced=False,
    )  # fmt: skip
    msteps: int = knob(
        2, "Epochs that forget", "This many of the first epochs begin with steps on all forget photos.",
        low=1, high=10, step=1, symbol="msteps", unit="epochs", advanced=False,
    )  # fmt: skip
    forget_batch: int = knob(
        64, "Forget photos per step", "Batch size of the steps that forget; larger batches make fewer such steps.",
        low=8, high=512, step=8, unit="photos",
    )  # fmt: skip
    alpha: float = knob(
        0.5, "Weight of distillation", "How strongly the outputs on kept photos are kept like the original's.",
        low=0.0, high=10.0, step=0.1, symbol="α",
    )  # fmt: skip
    gamma: float = knob(
        1.0, "Weight of the task", "How strongly kept photos are to be classified right.",
        low=0.0, high=10.0, step=0.1, symbol="γ",
    )  # fmt: skip
    temperature: float = knob(
        4.0, "Temperature", "Softens the outputs that are compared.", low=0.5, high=10.0, step=0.5, symbol="T"
    )  # fmt: skip

    def planned_steps(self, retain: int, forget: int) -> int:
        rounds = math.ceil(self.retain_steps(retain) / batches_per_epoch(retain, self.batch_size))
        forget_steps = min(self.msteps, rounds) * batches_per_epoch(forget, self.forget_batch)
        return forget_steps + self.retain_steps(retain)

    def retain_steps(self, retain: int) -> int:
        """Number of the steps that minimise."""
        return super().planned_steps(retain, 0)


class _AlternatingBatches:
    """Batches of all epochs: in each epoch those that maximise, then those that minimise; ``phase`` says which."""

    def __init__(self, context: UnlearningContext, cfg: ScrubConfig):
        self.context, self.cfg, self.phase = context, cfg, Phase(MAXIMISE)

    def __iter__(self) -> Iterator[Batch]:
        context, cfg = self.context, self.cfg
        retain = retain_batches(context, cfg, "scrub retain")
        forget = iterate_batches(
            context.forget,
            batch_size=cfg.forget_batch,
            generator=make_generator(context.seed, "scrub forget"),
            augmentation=context.recipe.augmentation,
            cycles=cfg.msteps,
        )
        retain_steps = cfg.retain_steps(len(context.retain))
        per_epoch = batches_per_epoch(len(context.retain), cfg.batch_size)
        for start in range(0, retain_steps, per_epoch):
            self.phase = Phase(MAXIMISE)
            # after msteps epochs there are no forget batches left
            yield from islice(forget, batches_per_epoch(len(context.forget), cfg.forget_batch))
            self.phase = Phase(MINIMISE)
            yield from islice(retain, min(per_epoch, retain_steps - start))


@METHODS.register("scrub")
class Scrub(ScheduledMethod[ScrubConfig]):
    """SCRUB as a registered method."""

    name: ClassVar[str] = "scrub"
    title: ClassVar[str] = "SCRUB"
    summary: ClassVar[str] = (
        "In turn, move the model's answers away from its old ones on the forgotten photos and back to them on all "
        "others."
    )
    source: ClassVar[str] = "Kurmanji et al., NeurIPS 2023, arXiv 2302.09880"
    config_class: ClassVar[type] = ScrubConfig

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        cfg, model, compute = self.config, context.model, context.compute
        teacher, batches = fixed_copy(model), _AlternatingBatches(context, cfg)

        def loss(batch: Batch) -> Tensor:
            logits, target = (compute_logits(each, batch.images, compute) for each in (model, teacher))
            divergence = distillation(model.space, logits, target, cfg.temperature)
            if batches.phase.name == MAXIMISE:
                return -divergence
            return cfg.alpha * divergence + cfg.gamma * model.space.loss(logits, batch.labels)

        yield from scheduled_steps(context, cfg, batches, lambda: batches.phase, loss=loss)
