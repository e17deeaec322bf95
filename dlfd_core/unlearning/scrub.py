"""SCRUB: disobey the original on forget photos, obey it on kept ones, in turn (Kurmanji et al., arXiv 2302.09880).

The teacher is the original. Each of the first ``msteps`` epochs begins with a pass over the forget photos that
*maximises* the divergence from it; every epoch then has a pass over the kept photos that minimises ``alpha`` times the
divergence plus ``gamma`` times the classification loss. The last epochs only repair.
"""

from __future__ import annotations

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
from dlfd_core.unlearning.pairs import answers, distillation, fixed_copy
from dlfd_core.unlearning.schedule import ScheduleConfig, ScheduledMethod, retain_batches, scheduled_steps

MAX, MIN = "forgetting", "retaining"


@dataclass(frozen=True)
class ScrubConfig(ScheduleConfig):
    lr: float = knob(
        0.002, "Learning rate", "At the first step; it falls along a cosine. The divergence has no upper end: a high "
        "rate takes the model apart.", low=1e-5, high=0.5, step=0.001, symbol="η", advanced=False,
    )  # fmt: skip
    msteps: int = knob(
        2, "Epochs that forget", "So many of the first epochs begin with a pass over the forget photos.",
        low=1, high=10, step=1, symbol="msteps", unit="epochs", advanced=False,
    )  # fmt: skip
    forget_batch: int = knob(
        64, "Forget photos per step", "Of the maximising steps: the larger, the fewer there are of them.",
        low=8, high=512, step=8, unit="photos",
    )  # fmt: skip
    alpha: float = knob(
        0.5, "Weight of obedience", "How strongly the answers on kept photos stay the original's.",
        low=0.0, high=10.0, step=0.1, symbol="α",
    )  # fmt: skip
    gamma: float = knob(
        1.0, "Weight of the task", "How strongly kept photos are to be classified right.",
        low=0.0, high=10.0, step=0.1, symbol="γ",
    )  # fmt: skip
    temperature: float = knob(
        4.0, "Temperature", "Softens the answers that are compared.", low=0.5, high=10.0, step=0.5, symbol="T"
    )  # fmt: skip

    def total(self, context: UnlearningContext) -> int:
        forget = min(self.msteps, self.epochs) * batches_per_epoch(context.forget, self.forget_batch)
        return forget + super().total(context)


class _Rounds:
    """Batches of the epochs in turn: those that maximise, then those that minimise; ``phase`` says which."""

    def __init__(self, context: UnlearningContext, cfg: ScrubConfig):
        self.context, self.cfg, self.phase = context, cfg, Phase(MAX)

    def __iter__(self) -> Iterator[Batch]:
        context, cfg = self.context, self.cfg
        retain = retain_batches(context, cfg, "scrub retain")
        forget = iterate_batches(
            context.forget,
            batch_size=cfg.forget_batch,
            generator=make_generator(context.seed, "scrub forget"),
            flip=context.recipe.flip,
            cycles=cfg.msteps,
        )
        for _ in range(cfg.epochs):
            self.phase = Phase(MAX)
            yield from islice(forget, batches_per_epoch(context.forget, cfg.forget_batch))  # none left after msteps
            self.phase = Phase(MIN)
            yield from islice(retain, batches_per_epoch(context.retain, cfg.batch_size))


@METHODS.register("scrub")
class Scrub(ScheduledMethod[ScrubConfig]):
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
        teacher, rounds = fixed_copy(model), _Rounds(context, cfg)

        def loss(batch: Batch) -> Tensor:
            logits = answers(model, batch.images, compute)
            drift = distillation(model.space, logits, answers(teacher, batch.images, compute), cfg.temperature)
            if rounds.phase.name == MAX:
                return -drift
            return cfg.alpha * drift + cfg.gamma * model.space.loss(logits, batch.labels)

        yield from scheduled_steps(context, cfg, rounds, lambda: rounds.phase, loss=loss)
