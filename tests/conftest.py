"""Settings of all tests: the same seed for each, no connection to the outside, two threads for all together."""

from __future__ import annotations

import gc
import os
import random
import sys
from collections.abc import Iterator

# Read by the libraries when they are imported, so set before any of them is. `make test` runs two processes with one
# thread each; a single process takes two threads, unless the environment names another number.
os.environ["OMP_NUM_THREADS"] = "1" if "PYTEST_XDIST_WORKER" in os.environ else os.environ.get("OMP_NUM_THREADS", "2")
os.environ["NUMBA_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"]
os.environ["MPLBACKEND"] = "Agg"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import numpy as np
import pytest

SEED = 20240922


def pytest_collection_finish() -> None:
    """Exclude the collected tests from garbage collection: the service collects after each piece of work, and
    thousands of test objects would be searched every time."""
    gc.collect()
    gc.freeze()


#: The file whose tests take longest. It starts first, so that no process works on it alone at the end.
LONGEST = "test_outcome.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of the longest file first; the others keep their order."""
    items.sort(key=lambda item: item.path.name != LONGEST)


@pytest.fixture(autouse=True)
def _same_start() -> Iterator[None]:
    """Seed the global generators before each test; torch only where a module has imported it, which takes seconds."""
    random.seed(SEED)
    np.random.seed(SEED)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        torch.manual_seed(SEED)
    yield


@pytest.fixture
def rng() -> np.random.Generator:
    """A numpy generator for one test."""
    return np.random.default_rng(SEED)


@pytest.fixture(scope="module")
def few_steps() -> Iterator[None]:
    """Presets without their least number of steps, of which a run on small data would have many more than it needs."""
    from dlfd_core.unlearning.presets import TABLE

    settings = [entry.knobs for entry in TABLE if "least_steps" in entry.knobs]
    before = [knobs["least_steps"] for knobs in settings]
    for knobs in settings:
        knobs["least_steps"] = 0
    yield
    for knobs, least in zip(settings, before, strict=True):
        knobs["least_steps"] = least
