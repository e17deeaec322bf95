"""SalUn: random labels that change only the weights that matter most for the forget photos.

Fan et al., ICLR 2024, arXiv 2310.12508. These weights are chosen once, before the first step: the top share of all
weights by the size of the gradient of the forget photos' loss. The gradient only selects weights; no step follows it.
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
from dlfd_core.unlearning.pairs import PairedConfig, Pairs, compute_logits
from dlfd_core.unlearning.random_labels import mislabelled
from dlfd_core.unlearning.schedule import ScheduledMethod, make_optimizer, scheduled_steps


@dataclass(frozen=True)
class SalunConfig(PairedConfig):
    """Settings of SalUn."""

    saliency: float = knob(
        0.5, "Weights that may move", "This share of all weights, those with the largest gradients; all others stay "
        "exactly as they are.", low=0.01, high=1.0, step=0.01, advanced=False,
    )  # fmt: skip


def saliency_masks(context: UnlearningContext, cfg: SalunConfig) -> list[Tensor]:
    """One mask per parameter, of its shape: True for the top share of all weights by |gradient of the forget loss|.

    The gradient is computed on a copy in eval mode, so that the model itself is unchanged.
    """
    model = copy.deepcopy(context.model).eval()
    for images, labels in zip(
        context.forget.images.split(cfg.batch_size), context.forget.labels.split(cfg.batch_size), strict=True
    ):
        context.raise_if_cancelled()
        model.space.losses(compute_logits(model, to_pixels(images), context.compute), labels).sum().backward()
    sizes = [torch.zeros_like(p) if p.grad is None else p.grad.abs() for p in model.parameters()]
    flat_sizes = torch.cat([size.flatten() for size in sizes])
    top = flat_sizes.topk(max(1, round(cfg.saliency * len(flat_sizes)))).indices
    flat_mask = torch.zeros_like(flat_sizes, dtype=torch.bool).index_fill_(0, top, True)
    parts = flat_mask.split([size.numel() for size in sizes])
    return [part.view(size.shape) for part, size in zip(parts, sizes, strict=True)]


def restore_unmasked(model: Backbone, masks: list[Tensor]) -> Callable[..., None]:
    """A hook for the end of each optimiser step that resets the weights outside the masks to their value of now.

    They are equal bit for bit. Masking the gradient alone would not be enough, because weight decay would still change
    them. The step of each weight depends on its own gradients only, so the reset weights do not influence the others.
    """
    starts = [parameter.detach().clone() for parameter in model.parameters()]

    @torch.no_grad()
    def restore(*_: Any) -> None:
        for parameter, mask, start in zip(model.parameters(), masks, starts, strict=True):
            parameter.copy_(torch.where(mask, parameter, start))

    return restore


@METHODS.register("salun")
class Salun(ScheduledMethod[SalunConfig]):
    """SalUn as a registered method."""

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
        optimizer.register_step_post_hook(restore_unmasked(model, saliency_masks(context, cfg)))
        mislabelled_forget = mislabelled(context.forget, model.space, context.seed, "salun draw")
        pairs = Pairs(context, cfg, mislabelled_forget, self.name)
        yield from scheduled_steps(context, cfg, pairs, lambda: pairs.phase, optimizer=optimizer)
