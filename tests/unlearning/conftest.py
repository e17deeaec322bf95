"""One thread, since two wait for each other on such small networks; and one trained original for all baselines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
import torch

from dlfd_core.data.photos import PhotoSet
from dlfd_core.models.training import Recipe, train_from_scratch
from dlfd_core.unlearning import UnlearningContext
from tests.small import CPU, picked, small_context, small_task
from tests.unlearning.baselines import Start


@pytest.fixture(autouse=True)
def _one_thread(_same_start: None) -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def start() -> Start:
    """Contexts around one trained original. Forget photos have a black corner, so that a model can treat them
    differently from retain photos."""
    task = small_task()
    splits = picked(task)
    first = small_context(task, splits)
    marked = first.forget.images.clone()
    marked[:, :, :6, :6] = 0
    both = torch.cat([first.retain.images, marked]), torch.cat([first.retain.labels, first.forget.labels])
    for _ in train_from_scratch(
        first.model, PhotoSet(*both), Recipe(epochs=3, batch_size=16, lr=0.005), CPU, seed=0, stream="test"
    ):
        pass
    state = {name: tensor.clone() for name, tensor in first.model.state_dict().items()}

    def make(seed: int = 0, forget: PhotoSet | None = None) -> UnlearningContext:
        context = small_context(task, splits, seed)
        context.model.load_state_dict(state)
        context.model.eval()
        return replace(context, forget=forget or PhotoSet(marked, context.forget.labels))

    return make
