"""A look into DLFD's synthesis at one step: which photos, moved how, along what, against whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlfd_core.types.cards import Sprite


@dataclass(frozen=True)
class Pulls:
    """How strongly each term of the objective pulls at the pixels of each of n photos, and which one decides.

    Attributes:
        transport, task: (n,) mean absolute gradient per pixel of ``lambda_f * OT`` and of ``lambda_r * CE``.
        decided_by_transport: share of the pixels that move where the transport term alone would move them, in [0, 1];
            half of them would by chance.
        decided_by_task: the same of the term that keeps the photo's class recognisable.
    """

    transport: np.ndarray
    task: np.ndarray
    decided_by_transport: float
    decided_by_task: float


@dataclass(frozen=True)
class SynthesisLook:
    """The first n photos of a retain batch and the first m of the forget batch, at a step that synthesised.

    All is computed on the whole batches, of which these photos are shown.

    Attributes:
        step, total: optimiser steps done before it, of all.
        lambda_r: weight of the task's term at this step.
        retain: n photos as they are; made: the same, synthesised; made_released: as the public code's objective would
            move them from the same state; forget: m photos.
        change, change_released: n pictures of ten times the change, grey where nothing changed.
        labels: (n,) classes of the retain photos; forget_labels: (m,) classes of the forget photos.
        plan: (n, m) entropic transport plan between synthesised and forget features, times N * M of the batches, so
            that 1 is what a plan without any preference moves.
        cost: (n, m) its cost, max(0, 1 - cos), in [0, 2].
        cost_clean, cost_made, cost_released: transport cost of the whole batch to the forget batch: as it was,
            synthesised, and synthesised by the public code's objective.
        paper, released: the pulls at the clean photos by either objective; the transport term of ``released`` is a
            constant, so it pulls with exactly nothing.
    """

    step: int
    total: int
    lambda_r: float
    retain: Sprite
    change: Sprite
    made: Sprite
    change_released: Sprite
    made_released: Sprite
    forget: Sprite
    labels: np.ndarray
    forget_labels: np.ndarray
    plan: np.ndarray
    cost: np.ndarray
    cost_clean: float
    cost_made: float
    cost_released: float
    paper: Pulls
    released: Pulls
