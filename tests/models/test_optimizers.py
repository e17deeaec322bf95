"""The optimisers compute what torch's compute, and leave torch's compiler out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.optim import Optimizer

from dlfd_core.models.optimizers import make_adamw, make_ascent, make_sgd

WITHOUT_COMPILER = """
import sys
from torch import nn, ones
from dlfd_core.models.optimizers import make_adamw, make_ascent, make_sgd
model = nn.Linear(3, 2)
for optimizer in (make_sgd(model), make_adamw(model, 0.1), make_ascent([model.weight], 0.1)):
    optimizer.zero_grad(set_to_none=True)
    model(ones(4, 3)).sum().backward()
    optimizer.step()
print("torch._dynamo" in sys.modules)
"""


def trained(make: Callable[[nn.Linear], Optimizer]) -> tuple[torch.Tensor, int]:
    """Weights after six steps with two rates, and the number of calls of a hook."""
    torch.manual_seed(0)
    model = nn.Linear(5, 3)
    model.bias.requires_grad_(False)
    optimizer, calls = make(model), []
    optimizer.register_step_post_hook(lambda *given: calls.append(given))
    for step in range(6):
        optimizer.param_groups[0]["lr"] = 0.1 if step < 3 else 0.01
        optimizer.zero_grad(set_to_none=True)
        model(torch.ones(2, 5)).square().sum().backward()
        optimizer.step()
    return model.weight.detach(), len(calls)


@pytest.mark.parametrize(
    ("make", "by_torch"),
    [
        (
            lambda model: make_sgd(model, 0.8, 0.01),
            lambda model: torch.optim.SGD([model.weight], lr=0.0, momentum=0.8, weight_decay=0.01),
        ),
        (
            lambda model: make_adamw(model, 0.3),
            lambda model: torch.optim.AdamW([model.weight], lr=0.0, weight_decay=0.3, fused=True),
        ),
        (
            lambda model: make_ascent([model.weight], 0.2),
            lambda model: torch.optim.Adam([model.weight], lr=0.2, maximize=True),
        ),
    ],
    ids=["sgd", "adamw", "ascent"],
)
def test_the_updates_are_those_of_torch(
    make: Callable[[nn.Linear], Optimizer], by_torch: Callable[[nn.Linear], Optimizer]
) -> None:
    (found, calls), (expected, _) = trained(make), trained(by_torch)
    assert torch.equal(found, expected) and calls == 6
    assert not torch.equal(found, trained(lambda model: torch.optim.SGD([model.weight], lr=0.0))[0])


def test_the_compiler_is_not_loaded() -> None:
    said = subprocess.run([sys.executable, "-c", WITHOUT_COMPILER], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"
