"""Weights of the right shape, so that the backbone that starts from pretrained ones is tested without a connection."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from dlfd_core.backbones.vggface2 import VARIABLE


@pytest.fixture(scope="session")
def facenet_weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A random InceptionResnetV1 saved as facenet-pytorch saves it, with a small layer for the celebrities."""
    from facenet_pytorch import InceptionResnetV1

    path = tmp_path_factory.mktemp("facenet") / "weights.pt"
    torch.manual_seed(0)
    torch.save(InceptionResnetV1(classify=True, num_classes=2).state_dict(), path)
    yield path
    path.unlink()  # 94 MB


@pytest.fixture(autouse=True)
def _one_thread(_same_start: None) -> Iterator[None]:
    """One thread: with so few pictures two threads would wait for each other when a core is busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(autouse=True)
def _weights_are_given(monkeypatch: pytest.MonkeyPatch, facenet_weights: Path) -> None:
    monkeypatch.setenv(VARIABLE, str(facenet_weights))
