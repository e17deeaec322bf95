"""UNSIR: impair the model with noise that it is most wrong about, then repair it (Tarun et al., arXiv 2111.08947).

The paper makes a network forget a class: noise pictures are learnt by gradient ascent on the loss of that class, the
network is trained on them, labelled with the class, together with some kept photos (impair), and then on kept photos
alone (repair). What it knew of the class is overwritten by noise.

People are no classes here, so the pictures get the labels of the forget photos, one picture for each (for a sample of
them, if they are many), and forget photos themselves are never shown. Further departures: the pictures stay valid
pixels, which takes the place of the penalty on their size; all kept photos take part, not a tenth of them; and the
rates of the two parts (0.02 and 0.01 in the paper) follow one falling schedule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import torch

from dlfd_core.data.photos import PhotoSet
from dlfd_core.models.training import StepLog
from dlfd_core.seeding import make_generator
from dlfd_core.unlearning.base import METHODS, UnlearningContext
from dlfd_core.unlearning.config import knob
from dlfd_core.unlearning.pairs import PairedConfig, Pairs, answers, fixed_copy
from dlfd_core.unlearning.schedule import ScheduledMethod, scheduled_steps


@dataclass(frozen=True)
class UnsirConfig(PairedConfig):
    """``forget_batch`` and ``forget_share`` are those of the noise."""

    lr: float = knob(
        0.003, "Learning rate", "At the first step; it falls along a cosine. Higher rates impair what repair cannot "
        "bring back.", low=1e-5, high=0.5, step=0.001, symbol="η", advanced=False,
    )  # fmt: skip
    forget_batch: int = knob(
        16, "Noise per step", "Noise pictures beside the kept photos of each impairing step.", low=4, high=256, step=4,
        unit="pictures", advanced=False,
    )  # fmt: skip
    forget_share: float = knob(
        0.25, "Share for impairing", "Of the run; the rest repairs. One epoch each in the paper.",
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
        0.05, "Noise rate", "How far a pixel of [0, 1] moves in one of them, by Adam.", low=0.001, high=0.5, step=0.001,
    )  # fmt: skip


def learn_noise(context: UnlearningContext, cfg: UnsirConfig) -> PhotoSet:
    """Noise pictures with labels of forget photos, of which the model as it is now is as wrong as can be."""
    model, device = fixed_copy(context.model), context.forget.images.device
    labels = context.forget.subsample(cfg.noise, context.seed, "unsir labels").labels
    generator = make_generator(context.seed, "unsir noise")
    made = []
    for part in labels.split(cfg.batch_size):
        context.raise_if_cancelled()
        start = torch.rand((len(part), *context.forget.images.shape[1:]), generator=generator)
        pixels = start.to(device, memory_format=torch.channels_last).requires_grad_()
        optimizer = torch.optim.Adam([pixels], lr=cfg.noise_lr, maximize=True)
        for _ in range(cfg.noise_steps):
            optimizer.zero_grad(set_to_none=True)
            # the sum: each picture has a gradient of its own, whatever stands beside it
            model.space.losses(answers(model, pixels, context.compute), part).sum().backward()
            optimizer.step()
            with torch.no_grad():
                pixels.clamp_(0.0, 1.0)
        made.append((pixels.detach() * 255.0).round().to(torch.uint8))
    return PhotoSet(torch.cat(made), labels)


@METHODS.register("unsir")
class Unsir(ScheduledMethod[UnsirConfig]):
    name: ClassVar[str] = "unsir"
    title: ClassVar[str] = "UNSIR"
    summary: ClassVar[str] = (
        "Overwrite what the model knows with noise pictures it is most wrong about, then repair it with everybody else."
    )
    source: ClassVar[str] = "Tarun et al., TNNLS 2023, arXiv 2111.08947"
    config_class: ClassVar[type] = UnsirConfig

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        noise = learn_noise(context, self.config)
        pairs = Pairs(context, self.config, noise, self.name, ("impairing", "repairing"))
        yield from scheduled_steps(context, self.config, pairs, lambda: pairs.phase)
