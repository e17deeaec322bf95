"""Caches of the workbench."""

from __future__ import annotations

import torch

from dlfd_core.models.originals import ModelSpec
from dlfd_core.models.training import Recipe
from dlfd_core.runs.keys import ModelKey
from dlfd_core.runs.workbench import MethodResult, Workbench
from dlfd_core.types import ForgetRequest
from dlfd_core.unlearning import configured_method
from tests.small import CPU, small_task


def test_the_bytes_of_models_are_bounded() -> None:
    """Of three networks of 0.4 GB, two fit into 1 GB. A buffer on the meta device has a size but takes no memory."""
    results = Workbench(Recipe()).method_results
    requests = [ForgetRequest(("p00",), seed=seed) for seed in range(3)]
    keys = [ModelKey.of(request, configured_method(request)) for request in requests]
    for key in keys:
        model = ModelSpec(small_task(), "slim_resnet", CPU).build(0, "original")
        model.register_buffer("ballast", torch.empty(100_000_000, device="meta"))
        results.put(key, MethodResult(model, 1.0))
    assert [key for key in keys if results.get(key) is not None] == keys[1:]
