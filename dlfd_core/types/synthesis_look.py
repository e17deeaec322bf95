"""A record of DLFD's synthesis at one step: the photos, their change, the two gradients, the transport plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlfd_core.types.cards import Sprite


@dataclass(frozen=True)
class Pulls:
    """Gradients of the two terms of the objective at the pixels of n photos, and the term that decides their sign.

    Attributes:
        transport, task: (n,) mean absolute gradient per pixel of ``lambda_f * OT`` and of ``lambda_r * CE``.
        decided_by_transport: share of the pixels that move in the direction of the transport term alone, in [0, 1]; one
            half by chance.
        decided_by_task: the same for the classification term, which keeps the photo's class recognisable.
    """

    transport: np.ndarray
    task: np.ndarray
    decided_by_transport: float
    decided_by_task: float


@dataclass(frozen=True)
class SynthesisLook:
    """The first n photos of a retain batch and the first m photos of the forget batch, at a step that synthesises.

    All values are computed on the whole batches; only these photos are shown.

    Attributes:
        step, total: optimiser steps done before this one, and of the whole run.
        lambda_r: weight of the classification term at this step.
        retain: n photos as they are; made: the same photos, synthesised; made_released: synthesised from the same state
            by the objective of the public code; forget: m photos.
        change, change_released: n pictures of ten times the change, grey where nothing changed.
        labels: (n,) classes of the retain photos; forget_labels: (m,) classes of the forget photos.
        plan: (n, m) entropic transport plan between synthesised and forget features, times N * M of the batches, so
            that every entry of a uniform plan is 1.
        cost: (n, m) its cost, max(0, 1 - cos), in [0, 2].
        cost_clean, cost_made, cost_released: transport cost of the whole batch to the forget batch: before synthesis,
            after it, and after synthesis by the objective of the public code.
        paper, released: gradients at the clean photos by either objective; the transport term of ``released`` is a
            constant, so its gradient is exactly zero.
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
