"""Waiting times of a visitor: from the start of the app to the page, and from a click to progress, scores and map.

``python -m benchmarks.waiting`` is the process that ``measure`` starts for the requests.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
Rows = list[tuple[str, str]]


def measure() -> Rows:
    """Wall times in seconds and memory in MB, measured in one process after the other."""
    return [*_startup(), *_requests()]


def free_port() -> int:
    """A free port of this machine."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def _peak_mb(pid: int | str) -> float:
    """Largest resident memory of a process so far (Linux)."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not report VmHWM")


def _startup() -> Rows:
    """Start ``app.py`` and wait until the page is served."""
    port = free_port()
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"}
    started = time.perf_counter()
    app = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
                    page.read()
                break
            except OSError:
                if app.poll() is not None or time.perf_counter() - started > 120:
                    raise RuntimeError("the app did not start") from None
                time.sleep(0.05)
        served = time.perf_counter() - started
        time.sleep(40)  # the warm-up continues after the page is served
        return [
            ("app: start to page served", f"{served:.1f} s"),
            ("app: memory after warm-up", f"{_peak_mb(app.pid):.0f} MB"),
        ]
    finally:
        app.terminate()
        app.wait(20)


def run_requests() -> None:
    """Run DLFD twice on a warm service, and print for each run the seed and the seconds of each waiting time."""
    from dlfd_core.data.splits import prepare_task, resolve_people
    from dlfd_core.service import UnlearningService
    from dlfd_core.types import ForgetRequest, ReportReady, ScoresReady, Seconds

    service = UnlearningService()
    service.warm_up()
    task = prepare_task(service.bench.data("portraits"), "emotion")
    for seed in (0, 1):
        people = resolve_people(task, "random:20", seed)
        started = time.perf_counter()
        first = scored = now = 0.0
        seconds = Seconds()
        for event in service.forget(ForgetRequest(people, seed=seed), lambda: False):
            now = time.perf_counter() - started
            first = first or now
            if isinstance(event, ScoresReady):
                scored = now
            if isinstance(event, ReportReady):  # the report comes twice: the second time with the map
                seconds = event.report.seconds
        print(seed, first, scored, now, seconds.unlearn, seconds.evaluate, flush=True)


def _requests() -> Rows:
    """Measure DLFD on 20 people of the portraits, on a warm service, twice."""
    run = subprocess.Popen([sys.executable, "-m", "benchmarks.waiting"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    rows: Rows = []
    for line in run.stdout:
        seed, first, scored, mapped, unlearn, evaluate = line.split()
        name = f"20 people, DLFD, seed {seed}"
        rows += [
            (f"{name}: click to first progress", f"{float(first):.2f} s"),
            (
                f"{name}: click to scores",
                f"{float(scored):.1f} s (unlearn {float(unlearn):.1f}, evaluate {float(evaluate):.1f})",
            ),
            (f"{name}: scores to map", f"{float(mapped) - float(scored):.1f} s"),
        ]
        peak = _peak_mb(run.pid)
    if run.wait() != 0:
        raise RuntimeError("the measured process failed")
    return [*rows, ("service: peak memory", f"{peak:.0f} MB")]


if __name__ == "__main__":
    run_requests()
