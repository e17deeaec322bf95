"""Every registered backbone survives a training step in float32 and channels_last, as on a chip without bfloat16.

A crash of libtorch ends the whole process, so each backbone is trained in a process of its own.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

import benchmarks.widths  # noqa: F401  registers the networks of the studies
from dlfd_core.backbones import BACKBONES
from dlfd_core.backbones.pointwise import PointwiseConv2d

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
import torch
import benchmarks.widths
from dlfd_core.backbones import BACKBONES

torch.set_num_threads(1)
for name in sys.argv[2:]:
    print(name, flush=True)
    model = BACKBONES.get(name)(5).train().to(memory_format=torch.channels_last)
    images = torch.rand(int(sys.argv[1]), 3, 64, 64).contiguous(memory_format=torch.channels_last).requires_grad_()
    torch.nn.functional.cross_entropy(model(images), torch.arange(len(images)) % 5).backward()
    assert torch.isfinite(images.grad).all()
"""


def train_in_a_process(names: list[str], photos: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", PROGRAM, str(photos), *names]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240)


@pytest.mark.parametrize("prefix", ["slim", ""])
def test_a_training_step_in_float32_ends_without_a_crash(prefix: str) -> None:
    slim = [name for name in BACKBONES.names() if name.startswith("slim")]
    # the crash shows with 4 photos as with 64; the large networks would take a minute with more
    run = train_in_a_process(slim, 64) if prefix else train_in_a_process([*set(BACKBONES.names()) - set(slim)], 4)
    assert run.returncode == 0, f"crashed in {run.stdout.split()[-1]}: {run.stderr[-500:]}"


@pytest.mark.parametrize("channels", [4, 8, 12, 15, 16, 24])
@pytest.mark.parametrize("side", [63, 64])
def test_a_pointwise_convolution_equals_the_one_of_torch(channels: int, side: int) -> None:
    ours = PointwiseConv2d(channels, 16, 2)
    torchs = torch.nn.Conv2d(channels, 16, 1, 2, bias=False)
    torchs.load_state_dict(ours.state_dict())
    x = torch.rand(2, channels, side, side)
    torch.testing.assert_close(ours(x), torchs(x))
