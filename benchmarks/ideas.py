"""``python -m benchmarks.ideas``: DLFD with one change to its synthesis against DLFD itself.

The ideas are measured on validation people and on the picks of the sweep. One that is ahead there is worth a run on
the picks and the unseen people of the report.
"""

from __future__ import annotations

import argparse
import copy
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import ClassVar

import torch
from torch import Tensor
from torch.nn import functional as F
from typing_extensions import override

from benchmarks.studies import RESULTS, add_options, campaign_of, exit_code, setting_of, stem
from benchmarks.sweep import PICKS
from dlfd_core.backbones.base import Backbone
from dlfd_core.benchmark import figures
from dlfd_core.benchmark.campaign import grid
from dlfd_core.benchmark.settings import preset_knobs
from dlfd_core.benchmark.tables import as_json, as_markdown, save, summarise
from dlfd_core.data.photos import Batch, to_pixels
from dlfd_core.device import Compute
from dlfd_core.seeding import make_generator
from dlfd_core.unlearning import METHODS, UnlearningContext
from dlfd_core.unlearning.config import knob
from dlfd_core.unlearning.dlfd import DLFD, BatchSource, DLFDConfig
from dlfd_core.unlearning.synthesis import Objective, Synthesised, SynthesisSettings, frozen_statistics, synthesise

#: Value of the knob ``idea`` -> name of its row in the table.
IDEAS = {
    "growing steps": "steps grow over the run, from 0 to twice the size",
    "one person": "each batch moves away from the photos of one forgotten person",
    "original's features": "distances in the features of the original, which stay as they were",
    "momentum": "the direction of a step keeps that of the steps before",
    "nearest half": "the half of the batch that is nearest to the forgotten people is moved",
}


@dataclass(frozen=True)
class IdeaConfig(DLFDConfig):
    """Settings of DLFD and the name of the idea."""

    idea: str = knob("momentum", "Idea", "What differs from DLFD.", choices=tuple(IDEAS))


@METHODS.register("dlfd_idea")
class DLFDIdea(DLFD):
    """DLFD whose batches come from the batch source of an idea."""

    name: ClassVar[str] = "dlfd_idea"
    title: ClassVar[str] = "DLFD with an idea"
    config_class: ClassVar[type] = IdeaConfig
    config: IdeaConfig

    @override
    def source_of(self, context: UnlearningContext) -> BatchSource:
        return SOURCES[self.config.idea](context, self.config)


class GrowingSteps(BatchSource):
    """Batch source whose step size grows linearly over the run, from 0 to twice ``alpha``."""

    @override
    def move(self, part: Batch, forget: Tensor, lambda_r: float) -> tuple[Tensor, Tensor | None]:
        cfg, settings = self.cfg, self.cfg.synthesis()
        # share of the run: lambda_r grows linearly with the optimiser steps
        progress = (lambda_r - cfg.lambda_r_start) / (cfg.lambda_r_end - cfg.lambda_r_start)
        settings = replace(settings, alpha=2 * progress * settings.alpha)
        synthesised = synthesise(self.context.model, part, forget, lambda_r, settings, self.context.compute)
        return synthesised.images, synthesised.ot_cost


class OnePerson(BatchSource):
    """Batch source whose forget batch holds all photos of one forgotten person, drawn again for each step."""

    @override
    def forget_batches(self) -> Iterator[Batch]:
        generator, forget = make_generator(self.context.seed, "one person"), self.context.forget
        people = self.context.owners.unique()
        for _ in count():
            person = people[torch.randint(len(people), (), generator=generator)]
            photos = forget.select((self.context.owners == person).nonzero()[:, 0])
            yield Batch(to_pixels(photos.images), photos.labels)


class ReferenceObjective(Objective):
    """Objective whose transport term uses the features of a fixed reference model, for moved and for forget photos.

    The classification term stays that of the model in training.
    """

    def __init__(
        self,
        reference: Backbone,
        model: Backbone,
        clean: Batch,
        forget: Tensor,
        settings: SynthesisSettings,
        compute: Compute,
    ):
        self.reference = reference  # set first: the base class computes the features of the forget photos
        super().__init__(model, clean, forget, settings, compute)

    @override
    def features(self, images: Tensor) -> Tensor:
        with self.compute.autocast():
            return self.reference.extract_features(images).float()

    @override
    def terms(self, images: Tensor) -> tuple[Tensor, Tensor]:
        logits = self.model.classify(super().features(images))
        return self.transport(self.features(images)), self.model.space.loss(logits, self.labels)


class OriginalsFeatures(BatchSource):
    """Batch source whose distances are measured in the features of the original."""

    def __init__(self, context: UnlearningContext, cfg: DLFDConfig):
        super().__init__(context, cfg)
        self.original = copy.deepcopy(context.model).eval()  # before the first step the model is the original

    @override
    def move(self, part: Batch, forget: Tensor, lambda_r: float) -> tuple[Tensor, Tensor | None]:
        objective = partial(ReferenceObjective, self.original)
        synthesised = ascend(self, objective, part, forget, lambda_r, momentum=0.0)
        return synthesised.images, synthesised.ot_cost


class Momentum(BatchSource):
    """Batch source whose perturbation sums the normalised gradients of all steps."""

    @override
    def move(self, part: Batch, forget: Tensor, lambda_r: float) -> tuple[Tensor, Tensor | None]:
        synthesised = ascend(self, Objective, part, forget, lambda_r, momentum=1.0)
        return synthesised.images, synthesised.ot_cost


class NearestHalf(BatchSource):
    """Batch source that puts the photos nearest to the forget batch first, where ``mix`` takes those it changes."""

    @override
    def _synthesised(self, batch: Batch, forget: Batch, lambda_r: float) -> Batch:
        model, compute = self.context.model, self.context.compute
        with torch.no_grad(), frozen_statistics(model), compute.autocast():
            retain_features, forget_features = (
                F.normalize(model.extract_features(images).float()) for images in (batch.images, forget.images)
            )
        order = (retain_features @ forget_features.T).mean(1).argsort(descending=True)
        return super()._synthesised(Batch(batch.images[order], batch.labels[order]), forget, lambda_r)


def ascend(
    source: BatchSource,
    make_objective: Callable[[Backbone, Batch, Tensor, SynthesisSettings, Compute], Objective],
    clean: Batch,
    forget: Tensor,
    lambda_r: float,
    momentum: float,
) -> Synthesised:
    """``synthesise`` with another objective, or with momentum (Dong et al., CVPR 2018, eq. 6)."""
    settings, images = source.cfg.synthesis(), clean.images.clone()
    distance, direction = torch.zeros(()), torch.zeros_like(images)
    with frozen_statistics(source.context.model):
        objective = make_objective(source.context.model, clean, forget, settings, source.context.compute)
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
    "growing steps": GrowingSteps,
    "one person": OnePerson,
    "original's features": OriginalsFeatures,
    "momentum": Momentum,
    "nearest half": NearestHalf,
}


def main() -> None:
    """Run all ideas and DLFD, print the table and write it to ``results/``."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ideas", description=__doc__)
    add_options(parser, seeds=3)
    options = parser.parse_args()
    setting = setting_of(options)
    campaign = campaign_of(setting, options)
    preset = preset_knobs("dlfd", setting)
    cells = {"DLFD": grid(setting, "dlfd", preset, PICKS, range(options.seeds), view="validation")}
    for idea, row_name in IDEAS.items():
        knobs = preset | {"idea": idea}
        cells[row_name] = grid(setting, "dlfd_idea", knobs, PICKS, range(options.seeds), view="validation")
    campaign.run(cell for group in cells.values() for cell in group)
    dlfd = cells["DLFD"]
    rows = [
        summarise(campaign, name, group, "validation", () if group is dlfd else dlfd) for name, group in cells.items()
    ]
    print(as_markdown(rows, "DLFD"))
    study = f"ideas-{stem(setting)}"
    save(RESULTS / f"{study}.json", as_json(rows))
    entries = [(row.name, row.against, row.comparison) for row in rows if row.against is not None]
    figure = figures.forest(entries, f"Other ways of synthesis: {options.task}", "validation NoMUS against DLFD")
    figures.write(figure, RESULTS / f"{study}.svg")


if __name__ == "__main__":
    sys.exit(exit_code(main))
