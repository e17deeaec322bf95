"""Choice of device and threads, and the memory format of photos."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dlfd_core.device import available_cores, select_compute, to_uint8_batch
from dlfd_core.errors import InvalidRequest
from tests.small import CPU


def test_devices_are_resolved_or_refused() -> None:
    assert select_compute("cpu").device.type == "cpu"
    assert torch.get_num_threads() <= available_cores()
    with pytest.raises(InvalidRequest, match="choose one of: auto, cpu, cuda"):
        select_compute("abacus")
    if not torch.cuda.is_available():
        with pytest.raises(InvalidRequest, match="No CUDA device"):
            select_compute("cuda")


def test_photos_travel_as_channels_last_bytes() -> None:
    batch = to_uint8_batch(np.arange(2 * 4 * 4 * 3, dtype=np.uint8).reshape(2, 4, 4, 3), CPU)
    assert batch.shape == (2, 3, 4, 4) and batch.dtype == torch.uint8
    assert batch.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize(
    ("text", "threads"), [("", None), ("1", 1), ("1,2,2", 1), (" 1 ", 1), ("99999999999999", None)]
)
def test_openmp_may_name_a_number_for_each_level(
    text: str, threads: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = torch.get_num_threads()
    monkeypatch.setenv("OMP_NUM_THREADS", text)
    try:
        select_compute("cpu")
        assert torch.get_num_threads() == (threads or available_cores())
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("text", ["auto", "-1", "2.5", "x,2"])
def test_a_number_of_threads_that_is_none_is_a_sentence(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", text)
    with pytest.raises(InvalidRequest, match=r"OMP_NUM_THREADS is .*; set it to a number of threads"):
        select_compute("cpu")
