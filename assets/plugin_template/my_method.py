"""Template of an unlearning method: copy this file and change it.

Name the folder of your copy with ``--plugins`` or in the environment variable ``DLFD_PLUGINS``.
This method adds noise to every weight, so that the model loses what it memorised, and then trains on retain photos.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch

from dlfd_core.models.training import Phase, StepLog
from dlfd_core.seeding import make_generator
from dlfd_core.unlearning.base import METHODS, UnlearningContext
from dlfd_core.unlearning.config import knob
from dlfd_core.unlearning.schedule import ScheduleConfig, ScheduledMethod, retain_batches, scheduled_steps


@dataclass(frozen=True)
class MyMethodConfig(ScheduleConfig):
    """Settings of the method. Each knob is a field on the page and a name for ``--set``; epochs etc. are inherited."""

    noise: float = knob(
        0.3, "Noise", "Added to each weight, in units of the mean size of its layer's weights.", low=0.0, high=2.0,
        step=0.1, symbol="σ", advanced=False,
    )  # fmt: skip


@METHODS.register("my_method")
class MyMethod(ScheduledMethod[MyMethodConfig]):
    """The method, registered by its name."""

    name: ClassVar[str] = "my_method"
    title: ClassVar[str] = "My method"
    summary: ClassVar[str] = "Add noise to every weight, then go on training with everybody else."
    source: ClassVar[str] = "a template"
    config_class: ClassVar[type] = MyMethodConfig

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        """Change ``context.model`` in place. ``context.retain`` and ``context.forget`` are the photos with labels.

        ``context.model.space`` has the losses for the logits of the task: one class or several attributes. Take random
        numbers only from ``make_generator``, so that the same seed gives the same run.
        """
        generator = make_generator(context.seed, f"{self.name} noise")
        with torch.no_grad():
            for weight in context.model.parameters():
                size = self.config.noise * float(weight.abs().mean())
                weight.add_(torch.randn(weight.shape, generator=generator).to(weight.device), alpha=size)
        batches = retain_batches(context, self.config, stream=f"{self.name} batches")
        yield from scheduled_steps(context, self.config, batches, lambda: Phase("repairing"))
