"""Networks with batch norm statistics as after training."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def settled(net: nn.Module, side: int = 64) -> nn.Module:
    """The network in eval mode with the statistics of one batch of noise.

    Without that, a newly initialised network has no useful output in eval mode: features of EfficientNet are 1e-14.
    """
    norms = [module for module in net.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    net.train()(torch.rand(4, 3, side, side))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return net.eval()
