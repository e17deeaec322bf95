"""Opens the engine with the name that a user gives: ``local``, ``ray`` or ``ray:ADDRESS``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dlfd_core.device import available_cores
from dlfd_core.engines.local import local_engine
from dlfd_core.engines.options import LOCAL, check_engine
from dlfd_core.engines.port import Engine


def nothing() -> None:
    """A setup that does nothing."""


@contextmanager
def engine_named(
    name: str, jobs: int = 0, *, setup: Callable[[], None] = nothing, gpu_share: float = 0.0
) -> Iterator[Engine]:
    """Context with an engine; an error or interrupt ends its workers at once.

    Args:
        name: ``local`` for processes of this machine, ``ray`` for a Ray cluster that is started on this machine and
            stopped at the end, ``ray:ADDRESS`` for a running cluster.
        jobs: items at the same time; 0 is one per core, of this machine or of the cluster.
        setup: called once in each worker before its first item; it is pickled.
        gpu_share: share of a GPU that each item has on a cluster, 0 for none.

    Raises:
        InvalidRequest: an unknown name, a number that makes no sense, or a cluster that cannot be used.
    """
    check_engine(name, jobs, gpu_share or 1)
    if name == LOCAL:
        with local_engine(jobs or available_cores(), setup) as engine:
            yield engine
        return
    from dlfd_core.engines.ray_engine import ray_engine  # ray is optional, and is imported for this engine only

    with ray_engine(name.partition(":")[2], jobs, setup, gpu_share) as engine:
        yield engine
