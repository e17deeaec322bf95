"""Random generators from a seed and a named stream, so that no part of a run changes the random numbers of another."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


def derive_seed(seed: int, stream: str) -> int:
    """The 63-bit seed of a named stream; equal inputs give equal seeds on every machine."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{stream}".encode()).digest()[:8], "little") >> 1


def make_generator(seed: int, stream: str) -> torch.Generator:
    """A torch generator on the CPU for one stream (indices, flips)."""
    return torch.Generator().manual_seed(derive_seed(seed, stream))


def make_rng(seed: int, stream: str) -> np.random.Generator:
    """A numpy generator for one stream (people, splits, subsamples)."""
    return np.random.default_rng(derive_seed(seed, stream))


@contextmanager
def seeded_initialisation(seed: int, stream: str) -> Iterator[None]:
    """Seed torch's global CPU generator, which layers draw their initial weights from; restore it afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, stream))
        yield
