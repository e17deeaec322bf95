"""An untrained original on the small data set, for the benchmarks of speed."""

from __future__ import annotations

import pytest

from dlfd_core.data.splits import Splits
from dlfd_core.models.originals import ModelSpec, Original
from dlfd_core.models.training import Recipe
from dlfd_core.runs.prepared_original import PreparedOriginal, prepare_original
from tests.small import CPU, picked, small_task


@pytest.fixture(scope="session")
def original_and_splits() -> tuple[PreparedOriginal, Splits]:
    """The small data set with an untrained original, and three people to forget."""
    task = small_task()
    spec = ModelSpec(task, "slim_resnet", CPU)
    original = Original(spec.build(0, "original").eval(), Recipe(), "untrained")
    return prepare_original(spec, original, lambda: None), picked(task)
