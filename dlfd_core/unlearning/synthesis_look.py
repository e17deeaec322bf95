"""Inspection of the synthesis of one batch: gradients of both terms, and the photos the public code would make."""

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

#: Number of photos shown of the retain batch, and of the forget batch.
RETAIN_SHOWN, FORGET_SHOWN = 6, 8
#: Pixels of a side of a photo as shown.
TILE = 64
#: Factor of the shown differences, which are too small to see.
MAGNIFICATION = 10


@dataclass(frozen=True)
class SynthesisStep:
    """Model and batches of one step of a run, for inspection.

    Attributes:
        model: it is not changed.
        clean: retain photos before the perturbation; forget: the forget batch whose features they move away from.
        synthesised: (N, 3, S, S) the photos that the run made of them; None computes them by the paper's objective.
    """

    model: Backbone
    clean: Batch
    forget: Batch
    synthesised: Tensor | None
    lambda_r: float
    step: int
    total: int


def inspect_synthesis(state: SynthesisStep, settings: SynthesisSettings, compute: Compute) -> SynthesisLook:
    """Compute the gradients and photos of both objectives, and the plan between synthesised and forget features.

    It uses a copy of the model, because batch norm and dropout have a state; so the run is the same without it.
    """
    model, clean, forget = copy.deepcopy(state.model), state.clean, state.forget.images
    paper, released = (replace(settings, released=flag) for flag in (False, True))

    def perturbed(settings: SynthesisSettings) -> Tensor:
        return synthesise(model, clean, forget, state.lambda_r, settings, compute).images

    synthesised = perturbed(paper) if state.synthesised is None else state.synthesised
    synthesised_released = perturbed(released)
    objective = Objective(model, clean, forget, paper, compute)
    costs = []
    for images in (clean.images, synthesised_released, synthesised):  # the plan of the last one is shown
        with torch.no_grad():
            costs.append(float(objective.transport(objective.features(images))))
    assert objective.plan is not None and objective.cost is not None  # of the transport problem above
    rows, columns = min(RETAIN_SHOWN, len(clean.labels)), min(FORGET_SHOWN, len(forget))
    plan = objective.plan * objective.plan.numel()
    return SynthesisLook(
        step=state.step,
        total=state.total,
        lambda_r=state.lambda_r,
        retain=_photo_row(clean.images[:rows]),
        change=_difference_row(clean.images, synthesised, rows),
        made=_photo_row(synthesised[:rows]),
        change_released=_difference_row(clean.images, synthesised_released, rows),
        made_released=_photo_row(synthesised_released[:rows]),
        forget=_photo_row(forget[:columns]),
        labels=clean.labels[:rows].cpu().numpy(),
        forget_labels=state.forget.labels[:columns].cpu().numpy(),
        plan=plan[:rows, :columns].cpu().numpy(),
        cost=objective.cost[:rows, :columns].cpu().numpy(),
        cost_clean=costs[0],
        cost_made=costs[2],
        cost_released=costs[1],
        paper=_pulls(objective, clean.images, state.lambda_r, rows),
        released=_pulls(Objective(model, clean, forget, released, compute), clean.images, state.lambda_r, rows),
    )


def _pulls(objective: Objective, images: Tensor, lambda_r: float, rows: int) -> Pulls:
    """Gradients of both weighted terms at photos, and how often the sum has the sign of each."""
    images = images.clone().requires_grad_(True)
    distance, loss = objective.terms(images)
    transport_gradient, task_gradient = (
        torch.autograd.grad(term, images, retain_graph=True)[0] if term.requires_grad else torch.zeros_like(images)
        for term in (objective.settings.lambda_f * distance, -lambda_r * loss)
    )
    signs = (transport_gradient + task_gradient).sign()
    transport, task = (
        gradient[:rows].abs().mean(dim=(1, 2, 3)).cpu().numpy() for gradient in (transport_gradient, task_gradient)
    )
    return Pulls(transport, task, _agreement(signs, transport_gradient), _agreement(signs, task_gradient))


def _agreement(signs: Tensor, gradient: Tensor) -> float:
    """Share of the moving pixels that one term alone would move the same way; 0.5 for a term without a gradient."""
    moving = signs != 0
    if not bool(moving.any()) or not bool((gradient != 0).any()):
        return 0.5
    return float((signs[moving] == gradient.sign()[moving]).float().mean())


def _photo_row(images: Tensor) -> Sprite:
    """(n, 3, S, S) pixels in [0, 1] -> one row of pictures."""
    pixels = (images.detach().clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()
    return make_sprite(np.ascontiguousarray(pixels), tile=TILE, columns=len(pixels))


def _difference_row(clean: Tensor, synthesised: Tensor, rows: int) -> Sprite:
    """One row of magnified differences, grey where nothing changed."""
    return _photo_row(0.5 + MAGNIFICATION * (synthesised[:rows] - clean[:rows]))
