"""Bad Teacher: distillation from an untrained model on forget photos and from the original on retain photos.

Chundawat et al., AAAI 2023, arXiv 2205.08096. Both teachers are fixed, and no label is used. Forget and retain photos
are in one batch. The paper uses about a third of the retain photos, here all of them are used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from dlfd_core.data.photos import Batch
from dlfd_core.models.training import StepLog
from dlfd_core.unlearning.base import METHODS, UnlearningContext
from dlfd_core.unlearning.config import knob
from dlfd_core.unlearning.pairs import PairedConfig, Pairs, compute_logits, distillation, fixed_copy
from dlfd_core.unlearning.schedule import ScheduledMethod, scheduled_steps


@dataclass(frozen=True)
class BadTeacherConfig(PairedConfig):
    """Settings of Bad Teacher."""

    temperature: float = knob(
        1.0, "Temperature", "Softens the outputs of teachers and student; 1 leaves them as they are, as in the paper.",
        low=0.5, high=10.0, step=0.5, symbol="T",
    )  # fmt: skip


@METHODS.register("bad_teacher")
class BadTeacher(ScheduledMethod[BadTeacherConfig]):
    """Bad Teacher as a registered method."""

    name: ClassVar[str] = "bad_teacher"
    title: ClassVar[str] = "Bad Teacher"
    summary: ClassVar[str] = (
        "Teach the model to answer like one that never learned anything on the forgotten photos, and as before on all "
        "others."
    )
    source: ClassVar[str] = "Chundawat et al., AAAI 2023, arXiv 2205.08096"
    config_class: ClassVar[type] = BadTeacherConfig

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        cfg, model, compute = self.config, context.model, context.compute
        good, bad = fixed_copy(model), fixed_copy(context.build("bad_teacher initialisation"))
        pairs = Pairs(context, cfg, context.forget, self.name)

        def loss(batch: Batch) -> Tensor:
            targets = compute_logits(good, batch.images[: pairs.retain_count], compute)
            if len(batch.images) > pairs.retain_count:
                targets = torch.cat([targets, compute_logits(bad, batch.images[pairs.retain_count :], compute)])
            return distillation(model.space, compute_logits(model, batch.images, compute), targets, cfg.temperature)

        yield from scheduled_steps(context, cfg, pairs, lambda: pairs.phase, loss=loss)
