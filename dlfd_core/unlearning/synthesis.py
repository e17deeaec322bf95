"""DLFD's synthesis: retain photos perturbed so that their features move away from the forget batch's.

Choi & Na, AAAI 2025, eq. 3-5.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dlfd_core.backbones.base import PIXEL_MEAN, PIXEL_STD, Backbone
from dlfd_core.data.photos import Batch
from dlfd_core.device import Compute
from dlfd_core.errors import Diverged
from dlfd_core.unlearning.transport import cosine_cost, solve_entropic, transport_cost

#: Sinkhorn iterations per perturbation step on a GPU, where a test of the marginals costs more than more iterations.
#: The first step has no warm start; with the preset regularisation its marginals are within 1e-3 after about 30.
GPU_ITERATIONS = 40


@dataclass(frozen=True)
class SynthesisSettings:
    """Settings of the perturbation, see the knobs of ``dlfd.DLFDConfig``; ``alpha`` and ``radius`` in [0, 1]."""

    steps: int
    alpha: float
    radius: float
    lambda_f: float
    epsilon: float
    released: bool
    logits: bool = False


@dataclass(frozen=True)
class Synthesised:
    """Perturbed photos and their transport cost.

    Attributes:
        images: (B, 3, S, S) pixels in [0, 1].
        ot_cost: () transport cost <P, C> at the last step, in [0, 2]; left on the device, so that nothing waits for it.
    """

    images: Tensor
    ot_cost: Tensor


@contextmanager
def frozen_statistics(model: nn.Module) -> Iterator[None]:
    """Context in which batch norm normalises by its mode but does not update its running statistics: a fixed model."""
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 0.0
    try:
        yield
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum


class Objective:
    """Objective that the perturbation maximises: ``lambda_f * OT_eps(phi(x~), phi(x_f)) - lambda_r * CE(f(x~), y_r)``.

    In ``released`` mode the transport term is computed between the outputs (logits) of the *clean* retain photos and
    of the forget photos, as the public code does. It is then a constant: its gradient with respect to the
    perturbation is exactly zero and the noise only lowers the classification loss.

    Attributes:
        plan, cost: (N, M) of the latest transport problem.
    """

    def __init__(self, model: Backbone, clean: Batch, forget: Tensor, settings: SynthesisSettings, compute: Compute):
        self.model, self.labels, self.settings, self.compute = model, clean.labels, settings, compute
        self._fixed_iterations = None if compute.device.type == "cpu" else GPU_ITERATIONS
        self.plan: Tensor | None = None
        self.cost: Tensor | None = None
        self._potential: Tensor | None = None  # a warm start saves most iterations: features change little
        with torch.no_grad():
            self._forget = self._compared(self.features(forget))  # (M, D), constant over the steps: computed once
            self._clean = self._compared(self.features(clean.images)) if settings.released else None

    def features(self, images: Tensor) -> Tensor:
        """(N, 3, S, S) pixels -> (N, D) float32."""
        with self.compute.autocast():
            return self.model.extract_features(images).float()

    def _compared(self, features: Tensor) -> Tensor:
        """What the transport compares: the features, or their logits."""
        return self.model.classify(features) if self.settings.released or self.settings.logits else features

    def transport(self, features: Tensor) -> Tensor:
        """OT cost of a batch of features (N, D) to the forget batch; not differentiable in ``released`` mode."""
        retain = self._compared(features) if self._clean is None else self._clean
        cost = cosine_cost(retain, self._forget)  # (N, M)
        if self._fixed_iterations is None and not torch.isfinite(cost).all():
            raise Diverged("The features stopped being numbers while photos were changed. Lower the learning rate.")
        plan = solve_entropic(
            cost.detach(),
            epsilon=self.settings.epsilon,
            potential=self._potential,
            fixed_iterations=self._fixed_iterations,
        )
        self._potential, self.plan, self.cost = plan.potential, plan.plan, cost.detach()
        return transport_cost(plan, cost)

    def terms(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Transport cost and classification loss of perturbed images (N, 3, S, S)."""
        features = self.features(images)
        return self.transport(features), self.model.space.loss(self.model.classify(features), self.labels)

    def __call__(self, images: Tensor, lambda_r: float) -> tuple[Tensor, Tensor]:
        """Objective and transport cost of perturbed images (N, 3, S, S)."""
        distance, loss = self.terms(images)
        return self.settings.lambda_f * distance - lambda_r * loss, distance.detach()


def synthesise(
    model: Backbone, clean: Batch, forget: Tensor, lambda_r: float, settings: SynthesisSettings, compute: Compute
) -> Synthesised:
    """Perturb photos: ``x~ <- P(x~ + alpha * sign(grad objective))``, K steps from ``x~ = x_r``, with the model fixed.

    P clips to valid pixels before normalisation and, when ``radius`` > 0, to an L-infinity ball around ``x_r``.
    ``released`` clips the *normalised* values to [0, 1] instead, as the public code does.

    Args:
        clean: the retain batch x_r with its labels.
        forget: (M, 3, S, S) pixels of the forget batch x_f.
    """
    low, high = (PIXEL_MEAN, PIXEL_MEAN + PIXEL_STD) if settings.released else (0.0, 1.0)
    images, distance = clean.images.clone(), torch.zeros(())
    with frozen_statistics(model):
        objective = Objective(model, clean, forget, settings, compute)
        for _ in range(settings.steps):
            images.requires_grad_(True)
            value, distance = objective(images, lambda_r)
            (gradient,) = torch.autograd.grad(value, images)  # no gradients of weights are computed
            with torch.no_grad():
                images = images.detach().add_(gradient.sign_(), alpha=settings.alpha)
                if settings.radius > 0:
                    images = clean.images + (images - clean.images).clamp_(-settings.radius, settings.radius)
                images = images.clamp_(low, high)
    return Synthesised(images, distance)


def add_noise(clean: Batch, settings: SynthesisSettings, generator: torch.Generator) -> Tensor:
    """Photos whose pixels move as far as ``synthesise`` moves them at most, ``K * alpha``, but in random directions.

    The effect of such photos is that of noise, not of transport. The generator is on the CPU.
    """
    distance = settings.steps * settings.alpha
    distance = min(distance, settings.radius) if settings.radius > 0 else distance
    signs = torch.randint(0, 2, clean.images.shape, generator=generator).to(clean.images) * 2 - 1
    return (clean.images + distance * signs).clamp_(0.0, 1.0)
