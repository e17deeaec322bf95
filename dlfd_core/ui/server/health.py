"""State of the server for ``/healthz``: for programs that watch it, without a name of anybody."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dlfd_core.ui.server.ports import ServicePort

STATM = Path("/proc/self/statm")


def health(service: ServicePort) -> dict[str, Any]:
    """``alive`` is always true. ``ready``: whether the models are loaded. ``queue``: pieces of work that have the
    device or wait for it. ``memory_mb``: of this process, null where the system does not say it."""
    return {"alive": True, "ready": service.ready, "queue": service.queue_length(), "memory_mb": _memory()}


def _memory() -> int | None:
    try:
        pages = int(STATM.read_text().split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000
