"""The heap of the C library: one for all threads, and freed memory goes back to the system."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

IN_THREADS = """
import ctypes, os, threading
import dlfd_core
import numpy, torch
from dlfd_core.memory import return_freed_memory

def allocate():
    kept.append([bytearray(100_000) for _ in range(600)])

kept = []
for _ in range(6):
    thread = threading.Thread(target=allocate)
    thread.start()
    thread.join()

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

full = resident()
kept.clear()
return_freed_memory()
print("returned", (full - resident()) / 1e6, flush=True)
libc = ctypes.CDLL(None)
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="this C library has no mallopt")
def test_threads_share_one_heap_and_its_memory_is_returned() -> None:
    said = subprocess.run([sys.executable, "-c", IN_THREADS], capture_output=True, text=True, check=True).stdout
    assert said.count("<heap nr=") == 1
    assert float(said.split()[1]) > 300
