"""NegGrad: gradient ascent on the loss of the forget photos (Golatkar et al., CVPR 2020)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from dlfd_core.data.photos import Batch
from dlfd_core.models.optimizers import make_sgd
from dlfd_core.models.training import StepLog, classification_loss, cosine, fit_photos
from dlfd_core.seeding import make_generator
from dlfd_core.unlearning.base import METHODS, UnlearningContext, UnlearningMethod
from dlfd_core.unlearning.config import knob


@dataclass(frozen=True)
class NegGradConfig:
    """Settings of NegGrad."""

    epochs: int = knob(1, "Epochs", "How often each forget photo is used.", low=1, high=20, step=1, advanced=False)
    lr: float = knob(
        0.001, "Learning rate", "Constant. Too high a rate destroys the model within a few steps.",
        low=1e-5, high=0.1, step=0.0005, symbol="η", advanced=False,
    )  # fmt: skip
    batch_size: int = knob(64, "Batch size", "Photos per step.", low=8, high=512, step=8, unit="photos")


@METHODS.register("neg_grad")
class NegGrad(UnlearningMethod[NegGradConfig]):
    """NegGrad as a registered method."""

    name: ClassVar[str] = "neg_grad"
    title: ClassVar[str] = "NegGrad"
    summary: ClassVar[str] = (
        "Train the model to be wrong about the forgotten photos. Fast, but accuracy falls for everybody."
    )
    source: ClassVar[str] = "Golatkar et al., CVPR 2020"
    config_class: ClassVar[type] = NegGradConfig

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        cfg = self.config
        descent = classification_loss(context.model, context.compute)

        def ascent(batch: Batch) -> Tensor:
            return -descent(batch)

        yield from fit_photos(
            context.model,
            context.forget,
            ascent,
            optimizer=make_sgd(context.model),
            schedule=lambda total: cosine(cfg.lr, cfg.lr, total),
            epochs=cfg.epochs,
            batch_size=cfg.batch_size,
            augmentation=context.recipe.augmentation,
            generator=make_generator(context.seed, "neg_grad batches"),
        )
