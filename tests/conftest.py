"""Every test starts from the same seed, opens no connection to the outside, and all together take two threads."""

from __future__ import annotations

import gc
import os
import random
import sys
from collections.abc import Iterator

# read by the libraries when they are imported, so set before any of them is; `make test` shares two processes
os.environ["OMP_NUM_THREADS"] = "1" if "PYTEST_XDIST_WORKER" in os.environ else "2"
os.environ["NUMBA_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"]
os.environ["MPLBACKEND"] = "Agg"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import numpy as np
import pytest

SEED = 20240922


def pytest_collection_finish() -> None:
    """After each piece of work the service searches for garbage; thousands of tests are left out of that."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _same_start() -> Iterator[None]:
    """Seed the global generators; torch only where a test module has imported it, since importing takes seconds."""
    random.seed(SEED)
    np.random.seed(SEED)
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        torch.manual_seed(SEED)
    yield


@pytest.fixture
def rng() -> np.random.Generator:
    """A numpy generator of the test's own."""
    return np.random.default_rng(SEED)
