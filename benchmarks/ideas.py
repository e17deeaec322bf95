"""``python -m benchmarks.ideas``: would another way of synthesis pay more? DLFD with one idea changed, against DLFD.

Ideas are tried on validation people and the picks of the sweep; what is ahead there is worth a try on the report's.
"""

from __future__ import annotations

import argparse
import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.studies import RESULTS, add_options, campaign_of, setting_of, stem
from benchmarks.sweep import PICKS
from dlfd_core.benchmark import figures
from dlfd_core.benchmark.campaign import grid
from dlfd_core.benchmark.lab import preset_knobs
from dlfd_core.benchmark.tables import as_json, as_markdown, save, summarise
from dlfd_core.data.photos import Batch, to_pixels
from dlfd_core.seeding import make_generator
from dlfd_core.unlearning import METHODS, UnlearningContext
from dlfd_core.unlearning.config import knob
from dlfd_core.unlearning.dlfd import DLFD, BatchSource, DLFDConfig
from dlfd_core.unlearning.synthesis import Objective, Synthesised, frozen_statistics, synthesise

#: name of the idea -> its words in the table
IDEAS = {
    "harder late": "steps grow over the run, from 0 to twice the size",
    "one person": "each batch moves away from the photos of one forgotten person",
    "fixed judge": "distances in the features of the original, which stay as they were",
    "momentum": "the direction of a step keeps that of the steps before",
    "look-alikes": "the half of the batch that is nearest to the forgotten people is moved",
}


@dataclass(frozen=True)
class IdeaConfig(DLFDConfig):
    idea: str = knob("momentum", "Idea", "What differs from DLFD.", choices=tuple(IDEAS))


@METHODS.register("dlfd_idea")
class DLFDIdea(DLFD):
    name: ClassVar[str] = "dlfd_idea"
    title: ClassVar[str] = "DLFD with an idea"
    config_class: ClassVar[type] = IdeaConfig

    def source_of(self, context: UnlearningContext) -> BatchSource:
        return SOURCES[self.config.idea](context, self.config)


class HarderLate(BatchSource):
    def move(self, part: Batch, forget: Tensor, lambda_r: float) -> tuple[Tensor, Tensor | None]:
        cfg, settings = self.cfg, self.cfg.synthesis()
        done = (lambda_r - cfg.lambda_r_start) / (cfg.lambda_r_end - cfg.lambda_r_start)  # it grows with the steps
        settings = replace(settings, alpha=2 * done * settings.alpha)
        made = synthesise(self.context.model, part, forget, lambda_r, settings, self.context.compute)
        return made.images, made.ot_cost


class OnePerson(BatchSource):
    def forget_batches(self) -> Iterator[Batch]:
        generator, photos = make_generator(self.context.seed, "one person"), self.context.forget
        people = self.context.owners.unique()
        for _ in count():
            who = people[torch.randint(len(people), (), generator=generator)]
            own = photos.select((self.context.owners == who).nonzero()[:, 0])
            yield Batch(to_pixels(own.images), own.labels)


class Judged(Objective):
    """The transport term in the features of a fixed model, the classification term in those of the model trained."""

    judge: ClassVar[torch.nn.Module]

    def _features(self, images: Tensor) -> Tensor:
        with self.compute.autocast():
            return self.judge.extract_features(images).float()

    def __call__(self, images: Tensor, lambda_r: float) -> tuple[Tensor, Tensor]:
        distance = self.transport(self._features(images))
        with self.compute.autocast():
            own = self.model.extract_features(images)
        fit = self.model.space.loss(self.model.classify(own), self.labels)
        return self.settings.lambda_f * distance - lambda_r * fit, distance.detach()


class FixedJudge(BatchSource):
    def move(self, part: Batch, forget: Tensor, lambda_r: float) -> tuple[Tensor, Tensor | None]:
        if not hasattr(self, "objective"):
            judge = copy.deepcopy(self.context.model).eval()  # at the first step the model is the original
            self.objective = type("JudgedByOriginal", (Judged,), {"judge": judge})
        made = climb(self, self.objective, part, forget, lambda_r, momentum=0.0)
        return made.images, made.ot_cost


class Momentum(BatchSource):
    def move(self, part: Batch, forget: Tensor, lambda_r: float) -> tuple[Tensor, Tensor | None]:
        made = climb(self, Objective, part, forget, lambda_r, momentum=1.0)
        return made.images, made.ot_cost


class LookAlikes(BatchSource):
    def _synthesised(self, batch: Batch, forget: Batch, lambda_r: float) -> Batch:
        model, compute = self.context.model, self.context.compute
        with torch.no_grad(), frozen_statistics(model), compute.autocast():
            near, far = (F.normalize(model.extract_features(images).float()) for images in (batch.images, forget))
        order = (near @ far.T).mean(1).argsort(descending=True)
        return super()._synthesised(Batch(batch.images[order], batch.labels[order]), forget, lambda_r)


def climb(
    source: BatchSource, kind: type[Objective], clean: Batch, forget: Tensor, lambda_r: float, momentum: float
) -> Synthesised:
    """``synthesise`` with another objective, or with a direction that remembers (Dong et al., CVPR 2018, eq. 6)."""
    settings, images = source.cfg.synthesis(), clean.images.clone()
    distance, direction = torch.zeros(()), torch.zeros_like(images)
    with frozen_statistics(source.context.model):
        objective = kind(source.context.model, clean, forget, settings, source.context.compute)
        for _ in range(settings.steps):
            images.requires_grad_(True)
            value, distance = objective(images, lambda_r)
            (gradient,) = torch.autograd.grad(value, images)
            with torch.no_grad():
                size = gradient.abs().mean((1, 2, 3), keepdim=True) + 1e-12
                direction = momentum * direction + gradient / size
                images = (images.detach() + settings.alpha * direction.sign()).clamp_(0.0, 1.0)
    return Synthesised(images, distance)


SOURCES: dict[str, type[BatchSource]] = {
    "harder late": HarderLate,
    "one person": OnePerson,
    "fixed judge": FixedJudge,
    "momentum": Momentum,
    "look-alikes": LookAlikes,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ideas", description=__doc__)
    add_options(parser, seeds=3)
    options = parser.parse_args()
    setting = setting_of(options)
    campaign = campaign_of(setting, options.jobs)
    preset = preset_knobs("dlfd", setting)
    cells = {"DLFD": grid(setting, "dlfd", preset, PICKS, range(options.seeds), view="validation")}
    for idea, words in IDEAS.items():
        knobs = preset | {"idea": idea}
        cells[words] = grid(setting, "dlfd_idea", knobs, PICKS, range(options.seeds), view="validation")
    campaign.run(cell for group in cells.values() for cell in group)
    ours = cells["DLFD"]
    rows = [
        summarise(campaign, name, group, "validation", () if group is ours else ours) for name, group in cells.items()
    ]
    print(as_markdown(rows, "DLFD"))
    name_of_study = f"ideas-{stem(setting)}"
    save(RESULTS / f"{name_of_study}.json", as_json(rows))
    entries = [(row.name, row.against, row.says) for row in rows if row.against is not None]
    drawn = figures.forest(entries, f"Other ways of synthesis: {options.task}", "validation NoMUS against DLFD")
    figures.write(drawn, RESULTS / f"{name_of_study}.svg")


if __name__ == "__main__":
    main()
