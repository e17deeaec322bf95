"""Opens the engine with the name that a user gives: ``local``, ``ray`` or ``ray:ADDRESS``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dlfd_core.device import available_cores, select_compute
from dlfd_core.engines.local import local_engine
from dlfd_core.engines.options import GPU_SHARE, LOCAL, check_engine
from dlfd_core.engines.port import Engine
from dlfd_core.errors import InvalidRequest


def nothing() -> None:
    """A setup that does nothing."""


@contextmanager
def engine_named(
    name: str,
    jobs: int = 0,
    *,
    setup: Callable[[], None] = nothing,
    device: str = "cpu",
    gpu_share: float = GPU_SHARE,
) -> Iterator[Engine]:
    """Context with an engine; an error or interrupt ends its workers at once.

    Args:
        name: ``local`` for processes of this machine, ``ray`` for a Ray cluster that is started on this machine and
            stopped at the end, ``ray:ADDRESS`` for a running cluster.
        jobs: items at the same time; 0 is one per core, of this machine or of the cluster.
        setup: called once in each worker before its first item; it is pickled.
        device: of the items, as in ``select_compute``.
        gpu_share: share of a GPU that each item on a GPU has on a cluster.

    Raises:
        InvalidRequest: an unknown name, a number that makes no sense, or a cluster that cannot be used.
    """
    check_engine(name, jobs, gpu_share)
    if name == LOCAL:
        with local_engine(jobs or available_cores(), setup) as engine:
            yield engine
        return
    try:
        from dlfd_core.engines.ray_engine import ray_engine  # Ray is optional
    except ModuleNotFoundError as error:
        raise InvalidRequest(
            f"--engine {name} needs Ray, which is not installed; install it with `pip install -r requirements-ray.txt`."
        ) from error
    on_gpu = device == "cuda" or (device == "auto" and select_compute().device.type == "cuda")
    with ray_engine(name.partition(":")[2], jobs, setup, gpu_share if on_gpu else 0.0) as engine:
        yield engine
