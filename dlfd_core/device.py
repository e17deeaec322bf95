"""Device, precision, memory format and number of threads of all computations."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from dlfd_core.errors import DISK_FULL, InvalidRequest, TooMuch, is_disk_full
from dlfd_core.memory import return_freed_memory

DEVICES = ("auto", "cpu", "cuda")
#: Environment variable that sets the precision of forward passes, and its values: ``auto`` takes bfloat16 where the
#: chip multiplies it natively, else float32.
THREADS_VARIABLE = "OMP_NUM_THREADS"
PRECISION_VARIABLE = "DLFD_PRECISION"
PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class Compute:
    """A device and the precision of forward passes.

    Attributes:
        autocast_dtype: bfloat16, or None for float32 throughout; see ``PRECISION_VARIABLE``.
    """

    device: torch.device
    autocast_dtype: torch.dtype | None

    def autocast(self) -> AbstractContextManager[object]:
        """Context for forward passes; weights, gradients and losses stay float32."""
        if self.autocast_dtype is None:
            return nullcontext()
        return torch.autocast(self.device.type, dtype=self.autocast_dtype)

    def place(self, model: torch.nn.Module) -> torch.nn.Module:
        """Move to the device with the weights in channels_last (about four times faster convolutions on CPU)."""
        return model.to(self.device).to(memory_format=torch.channels_last)

    def describe(self) -> str:
        """E.g. ``cpu, 2 threads, bfloat16``."""
        name = torch.cuda.get_device_name(self.device) if self.device.type == "cuda" else self.device.type
        threads = f", {torch.get_num_threads()} threads" if self.device.type == "cpu" else ""
        return f"{name}{threads}, {'bfloat16' if self.autocast_dtype else 'float32'}"


def available_cores() -> int:
    """Number of cores this process may use: by its affinity mask and, in a container, the cgroup quota."""
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()[:2]
        if quota != "max":
            cores = min(cores, max(1, int(quota) // int(period)))
    except (OSError, ValueError):
        pass
    return max(1, cores)


def keep_loaded() -> None:
    """Exclude all objects that exist now from garbage collection: with them each collection takes half a second."""
    gc.collect()
    gc.freeze()


def release_memory() -> None:
    """Collect garbage and return freed memory to the system, after a run.

    Freed memory of many runs is fragmented; without this the process grows by some 20 MB with each run. Reference
    cycles of a run hold a hundred megabytes of tensors in a few hundred objects, which Python collects much later.
    """
    gc.collect()
    return_freed_memory()


@contextmanager
def machine_errors_explained() -> Iterator[None]:
    """Turn out-of-memory and full-disk errors into ``TooMuch``. GPU memory is freed for the next run."""
    try:
        yield
    except torch.cuda.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise TooMuch(
            "The GPU ran out of memory; choose a smaller batch or network, or the device cpu. Nothing else is lost."
        ) from error
    except MemoryError as error:
        raise TooMuch("The machine ran out of memory; choose fewer photos or a smaller network.") from error
    except OSError as error:
        if not is_disk_full(error):
            raise
        raise TooMuch(DISK_FULL) from error


def _configure_threads() -> None:
    """Set as many threads as there are cores: with more, small convolutions are three to ten times slower."""
    wanted = _wanted_threads(os.environ.get(THREADS_VARIABLE, "")) or available_cores()
    torch.set_num_threads(max(1, min(wanted, available_cores())))


@contextmanager
def one_cpu_thread() -> Iterator[None]:
    """Run the linear algebra of small problems on one thread: NumPy, SciPy and scikit-learn.

    Threads that share a small problem wait for each other in a loop. Where another program uses one of the cores, as a
    browser does, this makes the audit five times slower.
    """
    with threadpool_limits(limits=1):
        yield


def _wanted_threads(text: str) -> int:
    """The number of threads that the variable asks for; OpenMP allows a list, a number for each level of nesting, of
    which the first counts. 0 where it is not set. Raises ``InvalidRequest``."""
    first = text.partition(",")[0].strip()
    if not first:
        return 0
    if not (first.isascii() and first.isdecimal()):
        raise InvalidRequest(f"{THREADS_VARIABLE} is {text[:40]!r}; set it to a number of threads, or leave it out.")
    return int(first[:9])


def _autocast_dtype(native_bf16: bool) -> torch.dtype | None:
    """The precision that ``DLFD_PRECISION`` asks for, on a chip that multiplies bfloat16 natively or not."""
    precision = os.environ.get(PRECISION_VARIABLE, "") or "auto"
    if precision not in PRECISIONS:
        raise InvalidRequest(f"Unknown precision {precision!r} in {PRECISION_VARIABLE}; use {', '.join(PRECISIONS)}.")
    use_bf16 = native_bf16 if precision == "auto" else precision == "bfloat16"
    return torch.bfloat16 if use_bf16 else None


def select_compute(device: str = "auto") -> Compute:
    """Resolve ``auto`` (cuda before cpu), ``cpu`` or ``cuda``.

    Raises:
        InvalidRequest: an unknown device, cuda where there is none, or an unknown precision in ``DLFD_PRECISION``.
    """
    if device not in DEVICES:
        raise InvalidRequest(f"Unknown device {device!r}; choose one of: {', '.join(DEVICES)}.")
    if device == "cuda" and not torch.cuda.is_available():
        raise InvalidRequest("No CUDA device is available here; use --device cpu or auto.")
    if device == "cuda" or (device == "auto" and torch.cuda.is_available()):
        return Compute(torch.device("cuda"), _autocast_dtype(torch.cuda.is_bf16_supported()))
    _configure_threads()
    capabilities = torch.cpu.get_capabilities()
    native_bf16 = bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16") or capabilities.get("bf16"))
    return Compute(torch.device("cpu"), _autocast_dtype(native_bf16))


def send(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Copy a small tensor to the device, on a GPU without waiting for earlier work."""
    if device.type != "cuda":
        return tensor.to(device)
    return tensor.pin_memory().to(device, non_blocking=True)


def to_uint8_batch(images: np.ndarray, compute: Compute) -> torch.Tensor:
    """(N,S,S,3) uint8 array -> (N,3,S,S) uint8 tensor on the device, kept in channels_last memory."""
    return torch.from_numpy(np.ascontiguousarray(images)).to(compute.device).permute(0, 3, 1, 2)
