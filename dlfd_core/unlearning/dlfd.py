"""DLFD: Distribution-Level Feature Distancing (Choi & Na, AAAI 2025, arXiv 2409.14747).

While the model still tells forget photos from validation photos, it is trained on retain photos perturbed away from
the forget distribution (forgetting mode); once it does not, on clean retain photos (retaining mode).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from dlfd_core.data.photos import Batch, iterate_batches
from dlfd_core.models.training import Phase, StepLog
from dlfd_core.seeding import make_generator
from dlfd_core.types import SynthesisLook
from dlfd_core.unlearning.base import METHODS, UnlearningContext
from dlfd_core.unlearning.config import knob
from dlfd_core.unlearning.schedule import ScheduleConfig, ScheduledMethod, retain_batches, scheduled_steps
from dlfd_core.unlearning.synthesis import SynthesisSettings, add_noise, synthesise
from dlfd_core.unlearning.synthesis_look import SynthesisStep, inspect_synthesis


@dataclass(frozen=True)
class DLFDConfig(ScheduleConfig):
    """Settings of DLFD: the control's schedule and the synthesis. The help texts name each departure from the paper."""

    mode: str = knob(
        "paper", "Mode", "paper: as published in the text. released: as the public code computes, whose transport "
        "term has no gradient. noise: pixels move as far, but in random directions.",
        choices=("paper", "released", "noise"), advanced=False,
    )  # fmt: skip
    steps: int = knob(
        1, "Perturbation steps", "Gradient steps on the pixels of each batch.", low=1, high=40, step=1, symbol="K",
        unit="steps", advanced=False,
    )  # fmt: skip
    alpha: float = knob(
        8.0, "Step size", "How far a pixel moves in one step.", low=0.0, high=128.0, step=0.5, symbol="α", unit="/255",
        advanced=False,
    )  # fmt: skip
    radius: float = knob(
        0.0, "Largest change", "No pixel moves farther from the photo than this; 0 sets no limit, as in the paper.",
        low=0.0, high=255.0, step=1.0, unit="/255",
    )  # fmt: skip
    lambda_f: float = knob(
        3.0, "Weight of distance", "How strongly the features of a photo are pushed away from those of the forget "
        "photos.",
        low=0.0, high=50.0, step=0.5, symbol="λ_f", advanced=False,
    )  # fmt: skip
    lambda_r_start: float = knob(
        0.0, "Weight of the task, first", "How strongly a synthesised photo must stay readable for its class, at the "
        "start of the run; it grows evenly.", low=0.0, high=20.0, step=0.1, symbol="λ_r(0)",
    )  # fmt: skip
    lambda_r_end: float = knob(
        1.0, "Weight of the task, last", "The same at the end of the run.", low=0.0, high=20.0, step=0.1,
        symbol="λ_r(1)",
    )  # fmt: skip
    tau: float = knob(
        0.04, "Threshold", "Forgetting goes on while the live forgetting score is above this value. With a value below "
        "zero it goes on until the photos are that much less familiar than photos the model never saw; rebuilding then "
        "reverses this.",
        low=-0.5, high=0.5, step=0.01, symbol="τ", advanced=False,
    )  # fmt: skip
    forget_share: float = knob(
        1.0, "Share for forgetting", "After this share of the run only unchanged photos are used, so that the task is "
        "rebuilt; 1: the threshold alone decides, as in the paper.", low=0.0, high=1.0, step=0.05,
    )  # fmt: skip
    guard: float = knob(
        0.5, "Guard", "Nothing is synthesised while the accuracy on validation people is below this share of the "
        "original's, because the task may be lost for good from there. 0 switches this off, as in the paper.",
        low=0.0, high=1.0, step=0.05,
    )  # fmt: skip
    epsilon: float = knob(
        0.05, "Entropic regularisation", "Of the transport plan; smaller is closer to exact transport, and slower.",
        low=0.005, high=1.0, step=0.005, symbol="ε",
    )  # fmt: skip

    layer: str = knob(
        "features", "Distance between", "features: the penultimate layer, as in the paper. logits: the last one.",
        choices=("features", "logits"),
    )  # fmt: skip
    mix: float = knob(
        0.5, "Synthesised share", "Share of each batch while forgetting; the rest stays unchanged, which keeps the "
        "task and takes less time. 1 is the paper's.", low=0.1, high=1.0, step=0.1,
    )  # fmt: skip

    def perturbed_photos(self, batch: int) -> int:
        """Number of photos that are perturbed in a batch of so many."""
        return max(1, round(self.mix * batch))

    def synthesis(self) -> SynthesisSettings:
        """The settings of the perturbation, with distances in units of pixels in [0, 1]."""
        return SynthesisSettings(
            steps=self.steps,
            alpha=self.alpha / 255,
            radius=self.radius / 255,
            lambda_f=self.lambda_f,
            epsilon=self.epsilon,
            released=self.mode == "released",
            logits=self.layer == "logits",
        )


@METHODS.register("dlfd")
class DLFD(ScheduledMethod[DLFDConfig]):
    """DLFD as a registered method."""

    name: ClassVar[str] = "dlfd"
    title: ClassVar[str] = "DLFD"
    summary: ClassVar[str] = (
        "Train on photos of other people, changed so that their features move away from the forgotten people's, "
        "until an attacker cannot tell."
    )
    source: ClassVar[str] = "Choi & Na, AAAI 2025, arXiv 2409.14747"
    config_class: ClassVar[type] = DLFDConfig

    def source_of(self, context: UnlearningContext) -> BatchSource:
        """The source of the batches of a run; a variant of DLFD returns another."""
        return BatchSource(context, self.config)

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        source = self.source_of(context)
        yield from scheduled_steps(context, self.config, source, lambda: source.phase)


class BatchSource:
    """Batches of a DLFD run: synthesised ones in forgetting mode, clean ones in retaining mode."""

    def __init__(self, context: UnlearningContext, cfg: DLFDConfig):
        self.context, self.cfg, self.total = context, cfg, cfg.total(context)
        self.phase = Phase("forgetting")
        self._noise = make_generator(context.seed, "dlfd noise")
        self._step = 0
        self._accuracy: float | None = None  # of the original on validation people

    def __iter__(self) -> Iterator[Batch]:
        context, cfg = self.context, self.cfg
        forget = self.forget_batches()
        for step, batch in enumerate(retain_batches(context, cfg)):
            context.raise_if_cancelled()
            if cfg.mode == "released" and step == 1:
                context.model.eval()  # the public code's monitor leaves the model in eval mode after the first batch
            lambda_r = cfg.lambda_r_start + (cfg.lambda_r_end - cfg.lambda_r_start) * step / max(1, self.total - 1)
            self._step = step
            if step < cfg.forget_share * self.total and self._forgetting():
                yield self._synthesised(batch, next(forget), lambda_r)
            else:
                self.phase = Phase("retaining", None, lambda_r)
                yield batch

    def forget_batches(self) -> Iterator[Batch]:
        """Endless batches of forget photos, as many as photos are perturbed at a step; only the pixels are used, the
        labels are for display."""
        return iterate_batches(
            self.context.forget,
            generator=make_generator(self.context.seed, "dlfd forget"),
            cycles=None,
            batch_size=self.cfg.perturbed_photos(self.cfg.batch_size),
            augmentation=self.context.recipe.augmentation,
        )

    def move(self, part: Batch, forget: Tensor, lambda_r: float) -> tuple[Tensor, Tensor | None]:
        """Retain photos perturbed by the mode, and their transport cost to the forget photos."""
        settings = self.cfg.synthesis()
        if self.cfg.mode == "noise":
            return add_noise(part, settings, self._noise), None
        synthesised = synthesise(self.context.model, part, forget, lambda_r, settings, self.context.compute)
        return synthesised.images, synthesised.ot_cost

    def _synthesised(self, batch: Batch, forget: Batch, lambda_r: float) -> Batch:
        """The batch with its first ``mix`` photos perturbed; a batch is in random order already."""
        count = self.cfg.perturbed_photos(len(batch.labels))
        part = Batch(batch.images[:count], batch.labels[:count])
        images, cost = self.move(part, forget.images, lambda_r)
        self.phase = Phase("forgetting", cost, lambda_r, self._look(part, forget, images, lambda_r))
        if count < len(batch.labels):
            images = torch.cat([images, batch.images[count:]])
        return Batch(images, batch.labels)

    def _look(self, part: Batch, forget: Batch, images: Tensor, lambda_r: float) -> SynthesisLook | None:
        """Inspection of this step's synthesis for the page, at a few steps of the run; else None."""
        recorder = self.context.recorder
        if recorder is None or self.cfg.mode == "noise" or not recorder.due(self._step, self.total):
            return None
        synthesised = images if self.cfg.mode == "paper" else None
        state = SynthesisStep(self.context.model, part, forget, synthesised, lambda_r, self._step, self.total)
        look = inspect_synthesis(state, self.cfg.synthesis(), self.context.compute)
        recorder.look(look)
        return look

    def _forgetting(self) -> bool:
        """Whether the live score is above tau and the validation accuracy is above the guard.

        The paper takes the absolute score, with which a model that has forgotten too much would forget even more. Here
        the score is negative where forget photos look less familiar than unseen ones (``released``: absolute).
        """
        point, cfg = self.context.monitor.latest, self.cfg
        if point is None:
            return True
        self._accuracy = point.validation_accuracy if self._accuracy is None else self._accuracy
        if point.validation_accuracy < cfg.guard * self._accuracy:
            return False
        familiar = point.auc > 0.5 or cfg.mode == "released"
        return (point.forgetting_score if familiar else -point.forgetting_score) > cfg.tau
