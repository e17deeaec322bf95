"""Networks whose batch norms know their inputs, as after training."""

from __future__ import annotations

import torch
from torch import nn


@torch.no_grad()
def settled(net: nn.Module, side: int = 64) -> nn.Module:
    """The network in eval mode with the statistics of one batch of noise.

    Freshly initialised it would say next to nothing in eval mode: the features of EfficientNet are 1e-14 then.
    """
    norms = [module for module in net.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    net.train()(torch.rand(4, 3, side, side))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    return net.eval()
