"""The benchmark of a run as large as MUFAC's, with a few photos."""

from __future__ import annotations

import numpy as np
import torch

from benchmarks import mufac_sized
from tests.small import CPU


def test_the_large_run_works_in_small() -> None:
    found = mufac_sized.measure(40, side=32, batch_size=16, device="cpu")
    assert found.steps == found.perturbed == 2  # 34 retain photos
    assert found.seconds > 0 and found.retrain_epoch > 0 and found.peak_mb > 0
    assert any("extrapolated" in said for _, said in found.lines())


def test_made_photos_tell_their_class_and_follow_the_seed() -> None:
    first, again, other = (mufac_sized.synthetic_photos(16, 32, CPU.device, seed, "t").images for seed in (0, 0, 1))
    assert torch.equal(first, again) and not torch.equal(first, other)
    assert first.is_contiguous(memory_format=torch.channels_last)
    blurred = np.stack([torch.nn.functional.avg_pool2d(x.float(), 8).flatten(1).numpy() for x in (first, other)])
    distance = np.linalg.norm(blurred[0][:, None] - blurred[1][None], axis=2)  # (16, 16)
    assert (distance.argmin(1) % mufac_sized.CLASSES == np.arange(16) % mufac_sized.CLASSES).all()
