"""Settings of the C library's heap, which are made before anything else of this package is imported."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable

# names of glibc's <malloc.h>
_M_TRIM_THRESHOLD, _M_TOP_PAD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -2, -3, -8


def set_up_heap() -> None:
    """Make glibc keep the memory of freed activations, in a single heap. Other C libraries stay as they are.

    Mapping and zeroing these megabytes again for each activation takes a tenth to a third of a training step. Each run
    has a thread of its own, and glibc gives threads heaps of their own, up to eight per core. Each of them keeps what
    its largest run used, and ``malloc_trim`` returns the end of the first heap only. glibc fixes the number of heaps
    when the second thread asks for memory, so this has to come before the imports that start threads.
    """
    mallopt = _glibc("mallopt")
    if mallopt is not None:
        for option, value in [
            (_M_ARENA_MAX, 1), (_M_MMAP_THRESHOLD, 32 << 20), (_M_TRIM_THRESHOLD, 2**31 - 1), (_M_TOP_PAD, 64 << 20),
        ]:  # fmt: skip
            mallopt(option, value)


def return_freed_memory() -> None:
    """Return freed memory to the system without a search for garbage, which takes half a second."""
    trim = _glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _glibc(name: str) -> Callable[..., object] | None:
    """A function of glibc; None where the C library is another one."""
    return getattr(ctypes.CDLL(None), name, None) if sys.platform.startswith("linux") else None
