"""Dropout with a random generator of its own, so that equal runs give equal models."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class RepeatableDropout(nn.Module):
    """Dropout (Srivastava et al., JMLR 2014) in train mode, the identity in eval mode.

    torch's own draws from the global generator, which nobody seeds during a run. This one draws a seed when it is
    built, which happens under ``seeding.seeded_initialisation``, and counts its masks; a copy of a model goes on from
    where the model stood.

    Args:
        share: of the values that become zero, in [0, 1); the others are scaled up, so that the mean stays.
    """

    def __init__(self, share: float):
        super().__init__()
        self.share = share
        self._seed = int(torch.randint(2**62, ()))
        self._drawn = 0

    def forward(self, x: Tensor) -> Tensor:
        if not self.training or self.share == 0.0:
            return x
        generator = torch.Generator(x.device).manual_seed(self._seed + self._drawn)
        self._drawn += 1
        kept = torch.rand(x.shape, generator=generator, device=x.device) >= self.share
        return x * kept / (1.0 - self.share)
