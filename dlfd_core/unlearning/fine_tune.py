"""Fine-tune: keep training on the retain photos and hope that the rest fades (Golatkar et al., CVPR 2020, baseline)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from dlfd_core.seeding import make_generator
from dlfd_core.training import StepLog, classification_loss, cosine, fit_photos, make_sgd
from dlfd_core.unlearning.base import METHODS, UnlearningContext, UnlearningMethod
from dlfd_core.unlearning.config import knob


@dataclass(frozen=True)
class FineTuneConfig:
    epochs: int = knob(2, "Epochs", "Passes over the photos that are kept.", low=1, high=50, step=1, advanced=False)
    lr: float = knob(
        0.005,
        "Learning rate",
        "Constant; the papers use low rates.",
        low=1e-5,
        high=0.5,
        step=0.001,
        symbol="η",
        advanced=False,
    )
    lr_end: float = knob(0.005, "Final learning rate", "Reached along a cosine.", low=0.0, high=0.5, step=0.001)
    batch_size: int = knob(64, "Batch size", "Photos per step.", low=8, high=512, step=8, unit="photos")


@METHODS.register("fine_tune")
class FineTune(UnlearningMethod[FineTuneConfig]):
    name: ClassVar[str] = "fine_tune"
    title: ClassVar[str] = "Fine-tune"
    summary: ClassVar[str] = "Go on training with everybody else and hope that the forgotten people fade."
    source: ClassVar[str] = "baseline of Golatkar et al., CVPR 2020"
    config_class: ClassVar[type] = FineTuneConfig

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        cfg = self.config
        yield from fit_photos(
            context.model,
            context.retain,
            classification_loss(context.model, context.compute),
            optimizer=make_sgd(context.model),
            schedule=lambda total: cosine(cfg.lr, cfg.lr_end, total),
            epochs=cfg.epochs,
            batch_size=cfg.batch_size,
            flip=context.recipe.flip,
            generator=make_generator(context.seed, "fine_tune batches"),
        )
