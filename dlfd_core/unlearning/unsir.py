"""UNSIR: training on loss-maximising noise (impair), then on retain photos (repair); Tarun et al., arXiv 2111.08947.

The paper makes a network forget a class. Noise pictures are learnt by gradient ascent on the loss of that class. The
network is trained on them, labelled with the class, together with some retain photos (impair), and then on retain
photos only (repair). The noise overwrites what the network knows of the class.

People are not classes here. So the noise pictures have the labels of the forget photos, one picture for each photo (or
for each of a sample, if there are many), and the forget photos themselves are never used. Further departures: the
pictures stay valid pixels, which replaces the penalty on their size; all retain photos are used, not a tenth of them;
and the rates of the two parts (0.02 and 0.01 in the paper) follow one falling schedule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch

from dlfd_core.data.photos import PhotoSet
from dlfd_core.models.optimizers import make_ascent
from dlfd_core.models.training import StepLog
from dlfd_core.seeding import make_generator
from dlfd_core.unlearning.base import METHODS, UnlearningContext
from dlfd_core.unlearning.config import knob
from dlfd_core.unlearning.pairs import PairedConfig, Pairs, compute_logits, fixed_copy
from dlfd_core.unlearning.schedule import ScheduledMethod, scheduled_steps


@dataclass(frozen=True)
class UnsirConfig(PairedConfig):
    """Settings of UNSIR; ``forget_batch`` and ``forget_share`` are those of the noise pictures."""

    lr: float = knob(
        0.003, "Learning rate", "At the first step; it falls along a cosine. Higher rates impair more than repair "
        "can restore.", low=1e-5, high=0.5, step=0.001, symbol="η", advanced=False,
    )  # fmt: skip
    forget_batch: int = knob(
        16, "Noise per step", "Noise pictures beside the kept photos of each impairing step.", low=4, high=256, step=4,
        unit="pictures", advanced=False,
    )  # fmt: skip
    forget_share: float = knob(
        0.25, "Share for impairing", "Share of the run that impairs; the rest repairs. One epoch each in the paper.",
        low=0.05, high=1.0, step=0.05, advanced=False,
    )  # fmt: skip
    noise: int = knob(
        128, "Noise pictures", "Learnt before the first step, at most one for each forget photo.",
        low=8, high=1024, step=8, unit="pictures",
    )  # fmt: skip
    noise_steps: int = knob(
        10, "Noise steps", "Of gradient ascent on the loss of each noise picture.", low=1, high=100, step=1,
        unit="steps",
    )  # fmt: skip
    noise_lr: float = knob(
        0.05, "Noise rate", "Learning rate of Adam in each noise step, for pixels in [0, 1].", low=0.001, high=0.5,
        step=0.001,
    )  # fmt: skip


def learn_noise(context: UnlearningContext, cfg: UnsirConfig) -> PhotoSet:
    """Noise pictures with labels of forget photos, learnt to maximise the loss of the model as it is now."""
    model, device = fixed_copy(context.model), context.forget.images.device
    labels = context.forget.subsample(cfg.noise, context.seed, "unsir labels").labels
    generator = make_generator(context.seed, "unsir noise")
    pictures = []
    for part in labels.split(cfg.batch_size):
        context.raise_if_cancelled()
        start = torch.rand((len(part), *context.forget.images.shape[1:]), generator=generator)
        pixels = start.to(device, memory_format=torch.channels_last).requires_grad_()
        optimizer = make_ascent([pixels], cfg.noise_lr)
        for _ in range(cfg.noise_steps):
            optimizer.zero_grad(set_to_none=True)
            # the sum: the gradient of a picture does not depend on the others of its batch
            model.space.losses(compute_logits(model, pixels, context.compute), part).sum().backward()
            optimizer.step()
            with torch.no_grad():
                pixels.clamp_(0.0, 1.0)
        pictures.append((pixels.detach() * 255.0).round().to(torch.uint8))
    return PhotoSet(torch.cat(pictures), labels)


@METHODS.register("unsir")
class Unsir(ScheduledMethod[UnsirConfig]):
    """UNSIR as a registered method."""

    name: ClassVar[str] = "unsir"
    title: ClassVar[str] = "UNSIR"
    summary: ClassVar[str] = (
        "Train the model on noise pictures with the highest loss, then repair it on everybody else's photos."
    )
    source: ClassVar[str] = "Tarun et al., TNNLS 2023, arXiv 2111.08947"
    config_class: ClassVar[type] = UnsirConfig

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        noise = learn_noise(context, self.config)
        pairs = Pairs(context, self.config, noise, self.name, ("impairing", "repairing"))
        yield from scheduled_steps(context, self.config, pairs, lambda: pairs.phase)
