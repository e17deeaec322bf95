"""Options of the commands that use an engine. The command line imports this module, so it imports nothing heavy."""

from __future__ import annotations

import argparse

from dlfd_core.errors import InvalidRequest

LOCAL, RAY = "local", "ray"
#: Largest number of jobs.
MOST_JOBS = 256
#: Share of a GPU that one item of work has on a Ray cluster, so that four share it.
GPU_SHARE = 0.25


def add_engine_options(parser: argparse.ArgumentParser, default_jobs: str = "one per core") -> None:
    """Add ``--engine``, ``--jobs`` and ``--gpu-share``.

    Args:
        default_jobs: what 0 jobs are, in words.
    """
    parser.add_argument(
        "--engine", default=LOCAL, metavar="NAME",
        help="local: processes of this machine (default); ray: a Ray cluster of this machine; ray:HOST:PORT: a running "
        "cluster (docs/cli.md)",
    )  # fmt: skip
    parser.add_argument("--jobs", type=int, default=0, help=f"processes of one thread each (default: {default_jobs})")
    parser.add_argument(
        "--gpu-share", type=float, default=GPU_SHARE, metavar="SHARE",
        help="with ray and --device cuda: share of a GPU that each process has (default: %(default)s)",
    )  # fmt: skip


def check_engine(engine: str, jobs: int = 0, gpu_share: float = GPU_SHARE) -> None:
    """Check the values of the options. Raises ``InvalidRequest``."""
    name, colon, address = engine.partition(":")
    if name not in (LOCAL, RAY) or (colon and (name == LOCAL or not address)):
        raise InvalidRequest(f"Unknown engine {engine!r}; choose one of: {LOCAL}, {RAY}, {RAY}:HOST:PORT.")
    if not 0 <= jobs <= MOST_JOBS:
        raise InvalidRequest(f"--jobs {jobs} is not between 0 and {MOST_JOBS}.")
    if not 0 < gpu_share <= 1:
        raise InvalidRequest(f"--gpu-share {gpu_share:g} is not above 0 and at most 1.")
