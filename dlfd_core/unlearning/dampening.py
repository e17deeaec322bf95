"""SSD and LFSSD: make the weights smaller that matter much more for the forget photos than for all training photos.

SSD: Foster et al., AAAI 2024, arXiv 2308.07707. LFSSD, without a loss: Foster et al. 2024, arXiv 2402.19308. No
gradient step is taken. With the importances I_f on the forget photos and I_D on all training photos, each weight w with
I_f > alpha I_D becomes beta w, beta = min(lambda I_D / I_f, 1); all other weights stay as they are.
"""

from __future__ import annotations

import copy
import math
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.photos import PhotoSet, to_pixels
from dlfd_core.errors import Diverged
from dlfd_core.models.training import Phase, StepLog
from dlfd_core.seeding import make_generator
from dlfd_core.unlearning.base import METHODS, UnlearningContext, UnlearningMethod
from dlfd_core.unlearning.config import knob
from dlfd_core.unlearning.pairs import compute_logits


@dataclass(frozen=True)
class DampeningConfig:
    """Settings of SSD and LFSSD."""

    alpha: float = knob(
        2.0, "Selection α", "A weight is made smaller where it matters this many times more for the forgotten photos "
        "than for all training photos. Lower values select more weights.",
        low=0.1, high=100.0, step=0.1, symbol="α", advanced=False,
    )  # fmt: skip
    lam: float = knob(
        1.0, "Dampening λ", "The selected weights are multiplied by this times the ratio of the two importances, at "
        "most by 1. Lower values dampen more.", low=0.01, high=10.0, step=0.05, symbol="λ", advanced=False,
    )  # fmt: skip
    batch_size: int = knob(16, "Batch size", "Photos per gradient.", low=1, high=512, step=1, unit="photos")


@torch.no_grad()
def dampen(model: Backbone, forget: list[Tensor], full: list[Tensor], alpha: float, lam: float) -> None:
    """Dampen the weights of a model in place (equations 6 and 7 of the SSD paper).

    Args:
        forget, full: by parameter, its importance >= 0 on the forget photos and on all training photos, of its shape.
    """
    for parameter, on_forget, on_full in zip(model.parameters(), forget, full, strict=True):
        beta = (lam * on_full / on_forget.clamp_min(torch.finfo(on_forget.dtype).tiny)).clamp_max(1.0)
        parameter.copy_(torch.where(on_forget > alpha * on_full, beta * parameter, parameter))


class Dampening(UnlearningMethod[DampeningConfig]):
    """Base of both: one pass over forget and retain photos for the importances, then the dampening as a last step."""

    config_class: ClassVar[type] = DampeningConfig

    @abstractmethod
    def objective(self, model: Backbone, logits: Tensor, labels: Tensor) -> Tensor:
        """() what is differentiated, from (B, outputs) logits and (B,) or (B, questions) labels."""

    @abstractmethod
    def importance(self, gradient: Tensor) -> Tensor:
        """The importance of weights from their gradient on one batch, both of the weights' shape."""

    def planned_steps(self, retain: int, forget: int) -> int:
        return math.ceil(retain / self.config.batch_size) + math.ceil(forget / self.config.batch_size) + 1

    def monitor_interval(self, total: int) -> int:
        return total  # nothing changes before the last step

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        cfg, total = self.config, self.planned_steps(len(context.retain), len(context.forget))
        copied = copy.deepcopy(context.model).eval()  # its gradients and its mode are not those of the model
        means, step, value = [], 0, 0.0
        for photos, stream in ((context.forget, "forget"), (context.retain, "retain")):
            sums = [torch.zeros_like(parameter) for parameter in copied.parameters()]
            order = torch.randperm(len(photos), generator=make_generator(context.seed, f"{self.name} {stream}"))
            for index in order.split(cfg.batch_size):
                value = self._add(context, copied, photos, index.to(photos.images.device), sums)
                step += 1
                yield StepLog(step, total, value, Phase("measuring"))
            means.append([part / len(photos) for part in sums])
        share = len(context.forget) / (len(context.forget) + len(context.retain))
        full = [share * f + (1 - share) * r for f, r in zip(*means, strict=True)]
        dampen(context.model, means[0], full, cfg.alpha, cfg.lam)
        yield StepLog(total, total, value, Phase("forgetting"))

    def _add(
        self, context: UnlearningContext, model: Backbone, photos: PhotoSet, index: Tensor, sums: list[Tensor]
    ) -> float:
        """Add the importances on one batch, times its number of photos; returns the objective."""
        logits = compute_logits(model, to_pixels(photos.images[index]), context.compute)
        objective = self.objective(model, logits.float(), photos.labels[index])
        value = float(objective.detach())
        if not math.isfinite(value):
            raise Diverged(f"{self.title} cannot measure the weights: on a batch of photos the model gives {value}.")
        gradients = torch.autograd.grad(objective, list(model.parameters()), allow_unused=True)
        for part, gradient in zip(sums, gradients, strict=True):
            if gradient is not None:
                part += len(index) * self.importance(gradient)
        return value


@METHODS.register("ssd")
class Ssd(Dampening):
    """SSD as a registered method: the importance is the squared gradient of the loss.

    It is the diagonal of the Fisher matrix, with the mean gradient of a batch as in the public code.
    """

    name: ClassVar[str] = "ssd"
    title: ClassVar[str] = "SSD"
    summary: ClassVar[str] = (
        "Make the weights smaller that matter much more for the forgotten photos than for all others. No training."
    )
    source: ClassVar[str] = "Foster et al., AAAI 2024, arXiv 2308.07707"

    def objective(self, model: Backbone, logits: Tensor, labels: Tensor) -> Tensor:
        return model.space.loss(logits, labels)

    def importance(self, gradient: Tensor) -> Tensor:
        return gradient.square()


@METHODS.register("lfssd")
class Lfssd(Dampening):
    """LFSSD as a registered method: the importance is the size of the gradient of the squared norm of the outputs."""

    name: ClassVar[str] = "lfssd"
    title: ClassVar[str] = "LFSSD"
    summary: ClassVar[str] = "SSD without a loss: it needs the photos, but not their labels. No training."
    source: ClassVar[str] = "Foster et al. 2024, arXiv 2402.19308"

    def objective(self, model: Backbone, logits: Tensor, labels: Tensor) -> Tensor:
        return logits.square().sum(1).mean()

    def importance(self, gradient: Tensor) -> Tensor:
        return gradient.abs()
