"""Schedule of DLFD, its control and most baselines: epochs over the retain photos with a falling learning rate."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import torch

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.photos import Batch, batches_per_epoch, iterate_batches
from dlfd_core.models.optimizers import make_adamw, make_sgd
from dlfd_core.models.training import Loss, Phase, StepLog, classification_loss, cosine, fit
from dlfd_core.seeding import make_generator
from dlfd_core.unlearning.base import UnlearningContext, UnlearningMethod
from dlfd_core.unlearning.config import knob


@dataclass(frozen=True)
class ScheduleConfig:
    """Settings of the schedule; the defaults were chosen for DLFD on the portraits' validation people (``presets``)."""

    epochs: int = knob(4, "Epochs", "How often each kept photo is used.", low=1, high=10, step=1, advanced=False)
    lr: float = knob(
        0.008, "Learning rate", "At the first step. It causes much of the forgetting: it moves the model out of its "
        "sharp minimum.", low=1e-4, high=0.5, step=0.001, symbol="η", advanced=False,
    )  # fmt: skip
    lr_end: float = knob(
        0.0, "Final learning rate", "Reached along a cosine; equal to the first it stays constant, as in the paper.",
        low=0.0, high=0.5, step=0.001,
    )  # fmt: skip
    optimizer: str = knob(
        "adamw", "Optimiser", "adamw: as the original was trained here. sgd: as in the paper, with far higher rates.",
        choices=("adamw", "sgd"),
    )  # fmt: skip
    momentum: float = knob(0.9, "Momentum", "Used by sgd only; adamw has its own.", low=0.0, high=0.99, step=0.05)
    weight_decay: float = knob(
        5e-4, "Weight decay", "How strongly each step makes all weights smaller.", low=0.0, high=0.5, step=1e-4
    )  # fmt: skip
    batch_size: int = knob(64, "Batch size", "Photos per step.", low=8, high=512, step=8, unit="photos")
    least_steps: int = knob(
        0, "Least steps", "With few photos the epochs are repeated until so many optimiser steps are done, because a "
        "model that forgets needs steps to rebuild the task. 0: only the epochs count, as in the paper.",
        low=0, high=1000, step=10, unit="steps",
    )  # fmt: skip
    full_rate: int = knob(
        0, "Photos for the full rate", "With fewer kept photos than this, the learning rate is lowered by the square "
        "root of their share, because so few photos can rebuild less. 0: the rate is as given.",
        low=0, high=100_000, step=100, unit="photos",
    )  # fmt: skip
    check_every: int = knob(
        15, "Look every", "Optimiser steps between two live scores; each costs as much as several steps (the public "
        "code: 1).", low=1, high=100, step=1, unit="steps",
    )  # fmt: skip
    keep: str = knob(
        "last", "Keep", "The state after the last step, or the best one by NoMUS on validation people.",
        choices=("last", "best"),
    )  # fmt: skip

    def planned_steps(self, retain: int, forget: int) -> int:
        """Number of optimiser steps of a run on so many photos."""
        return max(self.epochs * batches_per_epoch(retain, self.batch_size), self.least_steps)

    def rates(self, retain: int) -> tuple[float, float]:
        """Learning rate at the first step and the final one, with so many photos to keep."""
        share = min(1.0, math.sqrt(retain / self.full_rate)) if self.full_rate else 1.0
        return self.lr * share, self.lr_end * share

    def total(self, context: UnlearningContext) -> int:
        """Number of optimiser steps of a run."""
        return self.planned_steps(len(context.retain), len(context.forget))


S = TypeVar("S", bound=ScheduleConfig)


class ScheduledMethod(UnlearningMethod[S]):
    """Base of the methods on this schedule; the monitor runs every ``check_every`` steps, and ``keep`` uses it."""

    def planned_steps(self, retain: int, forget: int) -> int:
        return self.config.planned_steps(retain, forget)

    def monitor_interval(self, total: int) -> int:
        return min(self.config.check_every, total)


def retain_batches(context: UnlearningContext, cfg: ScheduleConfig, stream: str = "dlfd retain") -> Iterator[Batch]:
    """Clean retain batches of all epochs; with equal seed and stream DLFD and its control have equal batches."""
    return iterate_batches(
        context.retain,
        generator=make_generator(context.seed, stream),
        cycles=None,  # ``fit`` ends after ``total`` steps
        batch_size=cfg.batch_size,
        augmentation=context.recipe.augmentation,
    )


def scheduled_steps(
    context: UnlearningContext,
    cfg: ScheduleConfig,
    batches: Iterable[Batch],
    phase: Callable[[], Phase],
    *,
    loss: Loss | None = None,
    optimizer: torch.optim.Optimizer | None = None,
) -> Iterator[StepLog]:
    """Run the optimiser steps on ``batches``; at the end the model has the state that ``keep`` names.

    Args:
        loss: None takes the classification loss of the whole batch.
        optimizer: None takes the one of the settings, over the trainable parameters.
    """
    model, total = context.model, cfg.total(context)
    best: tuple[float, int, dict[str, torch.Tensor]] | None = None
    for log in fit(
        model,
        batches,
        loss or classification_loss(model, context.compute),
        optimizer=optimizer or make_optimizer(model, cfg),
        schedule=cosine(*cfg.rates(len(context.retain)), total),
        total=total,
        phase=phase,
    ):
        yield log  # the caller runs the monitor here, before the next line
        if cfg.keep == "best" and (log.step % cfg.check_every == 0 or log.step == total):
            score = context.monitor.selection_score()
            if best is None or score >= best[0]:
                best = score, log.step, {name: tensor.clone() for name, tensor in model.state_dict().items()}
    if best is not None:
        model.load_state_dict(best[2])
        if context.recorder is not None:
            context.recorder.keep(best[1])


def make_optimizer(model: Backbone, cfg: ScheduleConfig) -> torch.optim.Optimizer:
    """The optimiser of the settings, over the trainable parameters."""
    if cfg.optimizer == "sgd":
        return make_sgd(model, cfg.momentum, cfg.weight_decay)
    return make_adamw(model, cfg.weight_decay)
