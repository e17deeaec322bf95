"""Fine-tune: more training on retain photos only, so that the model forgets the others (catastrophic forgetting)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dlfd_core.models.training import Phase, StepLog
from dlfd_core.unlearning.base import METHODS, UnlearningContext
from dlfd_core.unlearning.config import knob
from dlfd_core.unlearning.schedule import ScheduleConfig, ScheduledMethod, retain_batches, scheduled_steps


@dataclass(frozen=True)
class FineTuneConfig(ScheduleConfig):
    """Settings of fine-tuning: the same schedule as DLFD's, so that both can be tuned over the same settings."""

    epochs: int = knob(2, "Epochs", "How often each kept photo is used.", low=1, high=50, step=1, advanced=False)
    lr: float = knob(
        0.005, "Learning rate", "At the first step; the papers use low, constant rates.", low=1e-5, high=0.5,
        step=0.001, symbol="η", advanced=False,
    )  # fmt: skip
    lr_end: float = knob(0.005, "Final learning rate", "Reached along a cosine.", low=0.0, high=0.5, step=0.001)
    optimizer: str = knob(
        "sgd", "Optimiser", "sgd: as in the papers. adamw: as the original was trained here.",
        choices=("adamw", "sgd"),
    )  # fmt: skip


@METHODS.register("fine_tune")
class FineTune(ScheduledMethod[FineTuneConfig]):
    """Fine-tuning as a registered method."""

    name: ClassVar[str] = "fine_tune"
    title: ClassVar[str] = "Fine-tune"
    summary: ClassVar[str] = (
        "Go on training with everybody else, so that what the model learned of the forgotten people fades."
    )
    source: ClassVar[str] = "baseline of Golatkar et al., CVPR 2020"
    config_class: ClassVar[type] = FineTuneConfig

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        batches = retain_batches(context, self.config, stream="fine_tune batches")
        yield from scheduled_steps(context, self.config, batches, lambda: Phase("training"))
