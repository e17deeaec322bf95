"""NegGrad+: gradient ascent on forget photos and descent on retain photos (Kurmanji et al., NeurIPS 2023).

NegGrad alone lowers the accuracy for everybody. Here one step minimises
``beta * L(retain) - (1 - beta) * L(forget)``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from dlfd_core.data.photos import Batch
from dlfd_core.models.training import StepLog
from dlfd_core.unlearning.base import METHODS, UnlearningContext
from dlfd_core.unlearning.config import knob
from dlfd_core.unlearning.pairs import PairedConfig, Pairs, compute_logits
from dlfd_core.unlearning.schedule import ScheduledMethod, scheduled_steps


@dataclass(frozen=True)
class NegGradPlusConfig(PairedConfig):
    """Settings of NegGrad+."""

    beta: float = knob(
        0.95, "Weight of kept photos", "The rest is the weight of the loss on forget photos, which has no upper "
        "bound: a low weight here destroys the model.", low=0.5, high=1.0, step=0.01, symbol="β", advanced=False,
    )  # fmt: skip


@METHODS.register("neg_grad_plus")
class NegGradPlus(ScheduledMethod[NegGradPlusConfig]):
    """NegGrad+ as a registered method."""

    name: ClassVar[str] = "neg_grad_plus"
    title: ClassVar[str] = "NegGrad+"
    summary: ClassVar[str] = (
        "Train the model to be wrong about the forgotten photos while it goes on learning from everybody else's."
    )
    source: ClassVar[str] = "Kurmanji et al., NeurIPS 2023, arXiv 2302.09880"
    config_class: ClassVar[type] = NegGradPlusConfig

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        cfg, model = self.config, context.model
        pairs = Pairs(context, cfg, context.forget, self.name)

        def loss(batch: Batch) -> Tensor:
            logits = compute_logits(model, batch.images, context.compute)
            retain = model.space.loss(logits[: pairs.retain_count], batch.labels[: pairs.retain_count])
            if len(logits) == pairs.retain_count:
                return retain
            forget = model.space.loss(logits[pairs.retain_count :], batch.labels[pairs.retain_count :])
            return cfg.beta * retain - (1.0 - cfg.beta) * forget

        yield from scheduled_steps(context, cfg, pairs, lambda: pairs.phase, loss=loss)
