"""A look into the synthesis of one batch: what each term pulls at, and what the public code would have made of it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.photos import Batch
from dlfd_core.data.sprites import make_sprite
from dlfd_core.device import Compute
from dlfd_core.types import Pulls, Sprite, SynthesisLook
from dlfd_core.unlearning.synthesis import Objective, SynthesisSettings, synthesise

#: Photos shown of the retain and of the forget batch.
SHOWN, BESIDE = 6, 8
TILE = 64
#: Changes are too small to see: they are shown this many times larger.
MAGNIFIED = 10


@dataclass(frozen=True)
class Moment:
    """What a run was doing when it is looked into.

    Attributes:
        model: is only read.
        clean: retain photos before they are moved; forget: the forget batch they are moved away from.
        made: (N, 3, S, S) the photos that the run made of them; None makes them anew by the paper's objective.
    """

    model: Backbone
    clean: Batch
    forget: Batch
    made: Tensor | None
    lambda_r: float
    step: int
    total: int


def look_into(moment: Moment, settings: SynthesisSettings, compute: Compute) -> SynthesisLook:
    """Compute both objectives' pulls, what they make of the photos, and the plan between made and forget features.

    On a copy of the model, whose normalisation and dropout count what they see: the run goes on as if nobody looked.
    """
    model, clean, forget = copy.deepcopy(moment.model), moment.clean, moment.forget.images
    paper, released = (replace(settings, released=flag) for flag in (False, True))

    def moved(by: SynthesisSettings) -> Tensor:
        return synthesise(model, clean, forget, moment.lambda_r, by, compute).images

    made = moved(paper) if moment.made is None else moment.made
    made_released = moved(released)
    objective = Objective(model, clean, forget, paper, compute)
    costs = []
    for images in (clean.images, made_released, made):  # the last one's plan is shown
        with torch.no_grad():
            costs.append(float(objective.transport(objective.features(images))))
    assert objective.plan is not None and objective.cost is not None  # of the transport just solved
    rows, columns = min(SHOWN, len(clean.labels)), min(BESIDE, len(forget))
    plan = objective.plan * objective.plan.numel()
    return SynthesisLook(
        step=moment.step,
        total=moment.total,
        lambda_r=moment.lambda_r,
        retain=_sheet(clean.images[:rows]),
        change=_change(clean.images, made, rows),
        made=_sheet(made[:rows]),
        change_released=_change(clean.images, made_released, rows),
        made_released=_sheet(made_released[:rows]),
        forget=_sheet(forget[:columns]),
        labels=clean.labels[:rows].cpu().numpy(),
        forget_labels=moment.forget.labels[:columns].cpu().numpy(),
        plan=plan[:rows, :columns].cpu().numpy(),
        cost=objective.cost[:rows, :columns].cpu().numpy(),
        cost_clean=costs[0],
        cost_made=costs[2],
        cost_released=costs[1],
        paper=_pulls(objective, clean.images, moment.lambda_r, rows),
        released=_pulls(Objective(model, clean, forget, released, compute), clean.images, moment.lambda_r, rows),
    )


def _pulls(objective: Objective, images: Tensor, lambda_r: float, rows: int) -> Pulls:
    """Gradients of both weighted terms at photos, and whose sign the sum has."""
    images = images.clone().requires_grad_(True)
    distance, fit = objective.terms(images)
    away, keep = (
        torch.autograd.grad(term, images, retain_graph=True)[0] if term.requires_grad else torch.zeros_like(images)
        for term in (objective.settings.lambda_f * distance, -lambda_r * fit)
    )
    total = (away + keep).sign()
    transport, task = (part[:rows].abs().mean(dim=(1, 2, 3)).cpu().numpy() for part in (away, keep))
    return Pulls(transport, task, _same(total, away), _same(total, keep))


def _same(total: Tensor, one: Tensor) -> float:
    """Share of the pixels that move where one term alone would move them; a term without a gradient tosses a coin."""
    moving = total != 0
    if not bool(moving.any()) or not bool((one != 0).any()):
        return 0.5
    return float((total[moving] == one.sign()[moving]).float().mean())


def _sheet(images: Tensor) -> Sprite:
    """(n, 3, S, S) pixels in [0, 1] -> one row of pictures."""
    pixels = (images.detach().clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    return make_sprite(np.ascontiguousarray(pixels), tile=TILE, columns=len(pixels))


def _change(clean: Tensor, made: Tensor, rows: int) -> Sprite:
    """Grey where nothing changed."""
    return _sheet(0.5 + MAGNIFIED * (made[:rows] - clean[:rows]))
