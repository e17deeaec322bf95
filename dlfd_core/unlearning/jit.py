"""JiT: smooth the output around the forget photos, without any other photo (Foster et al. 2024, arXiv 2402.01401).

Each step lowers the mean of ||f(x) - f(x + e)|| / ||e|| over forget photos x and Gaussian noise e: an estimate of the
local Lipschitz constant of the output f. Neither labels nor retain photos are used. The gradient flows through both
outputs; the public code holds the output of the noisy photo fixed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.photos import Augmentation, Batch
from dlfd_core.device import Compute
from dlfd_core.models.optimizers import make_sgd
from dlfd_core.models.training import StepLog, cosine, fit_photos
from dlfd_core.seeding import make_generator
from dlfd_core.unlearning.base import METHODS, UnlearningContext, UnlearningMethod
from dlfd_core.unlearning.config import knob
from dlfd_core.unlearning.pairs import compute_logits


@dataclass(frozen=True)
class JitConfig:
    """Settings of JiT."""

    epochs: int = knob(1, "Epochs", "How often each forget photo is used.", low=1, high=20, step=1, advanced=False)
    lr: float = knob(
        0.003, "Learning rate", "Constant. Too high a rate destroys the model within a few steps.",
        low=1e-5, high=1.0, step=0.0005, symbol="η", advanced=False,
    )  # fmt: skip
    sigma: float = knob(
        0.2, "Noise σ", "Standard deviation of the noise on the pixels, which lie between 0 and 1.",
        low=0.01, high=1.0, step=0.01, symbol="σ", advanced=False,
    )  # fmt: skip
    copies: int = knob(
        8, "Noisy copies", "Of each photo, in each step; 25 in the paper.", low=1, high=50, step=1, unit="photos"
    )
    batch_size: int = knob(16, "Batch size", "Photos per step.", low=1, high=512, step=1, unit="photos")


def lipschitz(
    model: Backbone, images: Tensor, sigma: float, copies: int, compute: Compute, generator: torch.Generator
) -> Tensor:
    """() mean of ||f(x) - f(x + e)|| / ||e|| over photos and their noisy copies, >= 0.

    Args:
        images: (B, 3, S, S) pixels in [0, 1]; the noisy copies may leave this range.
        generator: of the noise, on the CPU.
    """
    noise = sigma * torch.randn((copies, *images.shape), generator=generator).to(images.device)
    both = torch.cat([images, (images + noise).flatten(0, 1)])
    clean, noisy = compute_logits(model, both, compute).float().split([len(images), copies * len(images)])
    moved = (noisy.unflatten(0, (copies, -1)) - clean).norm(dim=-1)
    return (moved / noise.flatten(2).norm(dim=-1)).mean()


@METHODS.register("jit")
class Jit(UnlearningMethod[JitConfig]):
    """JiT as a registered method."""

    name: ClassVar[str] = "jit"
    title: ClassVar[str] = "JiT"
    summary: ClassVar[str] = (
        "Make the answers around the forgotten photos smooth. It needs no other photo and no label."
    )
    source: ClassVar[str] = "Foster et al. 2024, arXiv 2402.01401"
    config_class: ClassVar[type] = JitConfig

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        cfg, model = self.config, context.model
        noise = make_generator(context.seed, "jit noise")

        def loss(batch: Batch) -> Tensor:
            model.eval()  # batch norm keeps its statistics, which noisy forget photos alone would spoil
            return lipschitz(model, batch.images, cfg.sigma, cfg.copies, context.compute, noise)

        yield from fit_photos(
            model,
            context.forget,
            loss,
            optimizer=make_sgd(model, momentum=0.0, weight_decay=0.0),
            schedule=lambda total: cosine(cfg.lr, cfg.lr, total),
            epochs=cfg.epochs,
            batch_size=cfg.batch_size,
            augmentation=Augmentation(flip=False),
            generator=make_generator(context.seed, "jit batches"),
        )
