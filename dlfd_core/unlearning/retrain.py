"""Retrain: a new model trained from scratch by the original's recipe, without the forget photos: the reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar

from dlfd_core.models.training import StepLog, train_from_scratch
from dlfd_core.unlearning.base import METHODS, UnlearningContext, UnlearningMethod
from dlfd_core.unlearning.config import knob


@dataclass(frozen=True)
class RetrainConfig:
    """Settings of retraining."""

    epochs: int = knob(
        0, "Epochs", "How often each kept photo is used; 0: as often as the original.", low=0, high=300, step=1
    )


@METHODS.register("retrain")
class Retrain(UnlearningMethod[RetrainConfig]):
    """Retraining as a registered method."""

    name: ClassVar[str] = "retrain"
    title: ClassVar[str] = "Retrain"
    summary: ClassVar[str] = (
        "Train a new model from scratch without these people. Exact but slow: the reference for all others."
    )
    source: ClassVar[str] = "the definition of exact unlearning"
    config_class: ClassVar[type] = RetrainConfig

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        recipe = replace(context.recipe, epochs=self.config.epochs or context.recipe.epochs)
        context.model = context.build("retrain initialisation")
        yield from train_from_scratch(
            context.model, context.retain, recipe, context.compute, seed=context.seed, stream="retrain"
        )
