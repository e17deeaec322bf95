"""CF-k and EU-k: layers that change, layers that stay, and the new initialisation of EU-k."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import KnobValue
from dlfd_core.unlearning import METHODS, UnlearningContext
from dlfd_core.unlearning.last_layers import split_groups
from tests.small import picked, small_context, small_task

SETTINGS: dict[str, KnobValue] = {"epochs": 1, "batch_size": 8}


@pytest.fixture
def context() -> UnlearningContext:
    task = small_task()
    return small_context(task, picked(task))


def states(modules: list[nn.Module]) -> list[torch.Tensor]:
    """Copies of all parameters and buffers."""
    return [tensor.clone() for module in modules for tensor in module.state_dict().values()]


@pytest.mark.parametrize("k", [1, 2, 4, 6])
@pytest.mark.parametrize("name", ["cf_k", "eu_k"])
def test_only_the_last_k_groups_change(name: str, k: int, context: UnlearningContext) -> None:
    earlier, last = split_groups(context.model, k)
    assert len(last) == k and last[-1] is context.model.head
    before = states(earlier), states(last)
    for log in METHODS.get(name)(SETTINGS | {"k": k}).run(context):
        assert not any(module.training for group in earlier for module in group.modules()) or log.step == 0
    assert all(torch.equal(old, new) for old, new in zip(before[0], states(earlier), strict=True))
    assert not any(torch.equal(old, new) for old, new in zip(before[1], states(last), strict=True))


def test_nothing_before_the_last_k_is_differentiated(context: UnlearningContext) -> None:
    run = METHODS.get("cf_k")(SETTINGS | {"k": 2}).run(context)
    next(run), next(run)
    earlier, last = split_groups(context.model, 2)
    assert all(parameter.grad is None for group in earlier for parameter in group.parameters())
    assert all(parameter.grad is not None for group in last for parameter in group.parameters())


def test_eu_k_starts_anew_and_cf_k_goes_on(context: UnlearningContext) -> None:
    """At the lowest learning rate the weights stay close to their start."""
    original = [parameter.detach().clone() for parameter in context.model.parameters()]
    fresh = [parameter.detach() for parameter in context.build("eu_k initialisation").parameters()]
    weights = [i for i, tensor in enumerate(original) if tensor.dim() > 1]
    head = weights[-1]
    for name, near, far in [("cf_k", original, fresh), ("eu_k", fresh, original)]:
        task = small_task()
        again = small_context(task, picked(task))
        for _ in METHODS.get(name)(SETTINGS | {"k": 1, "lr": 1e-4}).run(again):
            pass
        now = [parameter.detach() for parameter in again.model.parameters()]
        assert float((now[head] - near[head]).abs().max()) < 0.005 < float((now[head] - far[head]).abs().max())
        assert all(torch.equal(now[i], original[i]) for i in weights[:-1])


@pytest.mark.parametrize("name", ["cf_k", "eu_k"])
def test_more_groups_than_there_are_is_answered_with_those_there_are(name: str, context: UnlearningContext) -> None:
    with pytest.raises(InvalidRequest, match=r"k: 7 layer groups are asked for, this backbone has 6: stem, .*, head\."):
        list(METHODS.get(name)({"k": 7}).run(context))
    assert all(parameter.requires_grad for parameter in context.model.parameters())
