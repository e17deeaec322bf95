"""Optimisers of torch that do not load torch's compiler.

torch's optimisers load the compiler (``torch._dynamo``, with triton and sympy) when the first one is made, so that
compiled code leaves them out. Nothing is compiled here, and loading the compiler takes 150 MB of memory and a second.
So the functions below are those of torch without this wrapper; the updates are the same, bit for bit.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer


class _NotCompiled:
    """What all optimisers share, without the wrapper."""

    add_param_group = inspect.unwrap(Optimizer.add_param_group)
    zero_grad = inspect.unwrap(Optimizer.zero_grad)


class _SGD(_NotCompiled, torch.optim.SGD):
    step = torch.no_grad()(inspect.unwrap(torch.optim.SGD.step))


class _Adam(_NotCompiled, torch.optim.Adam):
    step = torch.no_grad()(inspect.unwrap(torch.optim.Adam.step))


class _AdamW(_NotCompiled, torch.optim.AdamW):
    step = torch.no_grad()(inspect.unwrap(torch.optim.AdamW.step))


def make_sgd(model: nn.Module, momentum: float = 0.9, weight_decay: float = 5e-4) -> Optimizer:
    """SGD over the trainable parameters, for unlearning methods; the schedule sets the rate before every step."""
    return _SGD(_trainable(model), lr=0.0, momentum=momentum, weight_decay=weight_decay)


def make_adamw(model: nn.Module, weight_decay: float) -> Optimizer:
    """AdamW over the trainable parameters; the schedule sets the rate before every step.

    The fused form updates all tensors in one call, a fifth of the time of the default one on a CPU.
    """
    return _AdamW(_trainable(model), lr=0.0, weight_decay=weight_decay, fused=True)


def make_ascent(tensors: Iterable[Tensor], lr: float) -> Optimizer:
    """Adam that raises the loss, over single tensors."""
    return _Adam(list(tensors), lr=lr, maximize=True)


def _trainable(model: nn.Module) -> list[nn.Parameter]:
    return [parameter for parameter in model.parameters() if parameter.requires_grad]
