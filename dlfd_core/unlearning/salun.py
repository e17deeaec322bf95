"""SalUn: random labels, but only the weights that matter most for the forget photos may move.

Fan et al., ICLR 2024, arXiv 2310.12508. Which weights those are is decided once, before the first step: the top share
of all by the size of the gradient of the forget photos' loss. That gradient is looked at and never followed.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.photos import to_pixels
from dlfd_core.models.training import StepLog
from dlfd_core.unlearning.base import METHODS, UnlearningContext
from dlfd_core.unlearning.config import knob
from dlfd_core.unlearning.pairs import PairedConfig, Pairs, answers
from dlfd_core.unlearning.random_labels import mislabelled
from dlfd_core.unlearning.schedule import ScheduledMethod, make_optimizer, scheduled_steps


@dataclass(frozen=True)
class SalunConfig(PairedConfig):
    saliency: float = knob(
        0.5, "Weights that may move", "This share of all weights, those with the largest gradients; all others stay "
        "exactly as they are.", low=0.01, high=1.0, step=0.01, advanced=False,
    )  # fmt: skip


def salient(context: UnlearningContext, cfg: SalunConfig) -> list[Tensor]:
    """One mask per parameter, of its shape: True for the top share of all weights by |gradient of the forget loss|.

    Taken on a copy in eval mode, so that the model has no trace of it.
    """
    model = copy.deepcopy(context.model).eval()
    for images, labels in zip(
        context.forget.images.split(cfg.batch_size), context.forget.labels.split(cfg.batch_size), strict=True
    ):
        context.raise_if_cancelled()
        model.space.losses(answers(model, to_pixels(images), context.compute), labels).sum().backward()
    sizes = [torch.zeros_like(p) if p.grad is None else p.grad.abs() for p in model.parameters()]
    everything = torch.cat([size.flatten() for size in sizes])
    chosen = everything.topk(max(1, round(cfg.saliency * len(everything)))).indices
    flat = torch.zeros_like(everything, dtype=torch.bool).index_fill_(0, chosen, True)
    parts = flat.split([size.numel() for size in sizes])
    return [part.view(size.shape) for part, size in zip(parts, sizes, strict=True)]


def hold(model: Backbone, masks: list[Tensor]) -> Callable[..., None]:
    """A hook for after each optimiser step: what is not masked gets its value back, bit for bit.

    Masking the gradient alone would leave weight decay at work. Each weight's step depends on its own gradients only,
    so what is put back has had no influence on what moves.
    """
    starts = [parameter.detach().clone() for parameter in model.parameters()]

    @torch.no_grad()
    def put_back(*_: Any) -> None:
        for parameter, mask, start in zip(model.parameters(), masks, starts, strict=True):
            parameter.copy_(torch.where(mask, parameter, start))

    return put_back


@METHODS.register("salun")
class Salun(ScheduledMethod[SalunConfig]):
    name: ClassVar[str] = "salun"
    title: ClassVar[str] = "SalUn"
    summary: ClassVar[str] = (
        "Teach wrong answers for the forgotten photos, but change only the weights that matter most for them."
    )
    source: ClassVar[str] = "Fan et al., ICLR 2024, arXiv 2310.12508"
    config_class: ClassVar[type] = SalunConfig

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        cfg, model = self.config, context.model
        optimizer = make_optimizer(model, cfg)
        optimizer.register_step_post_hook(hold(model, salient(context, cfg)))
        wrong = mislabelled(context.forget, model.space, context.seed, "salun draw")
        pairs = Pairs(context, cfg, wrong, self.name)
        yield from scheduled_steps(context, cfg, pairs, lambda: pairs.phase, optimizer=optimizer)
