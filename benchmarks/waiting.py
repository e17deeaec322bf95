"""Waiting times of a visitor: from the start of the app to the page, and from a click to progress, scores and map.

``python -m benchmarks.waiting NAME`` is the process that ``clicks`` starts for the requests.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from benchmarks.defaults import DEFAULTS, PageDefault

ROOT = Path(__file__).resolve().parents[1]
Rows = list[tuple[str, str]]


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


def startup() -> Rows:
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


def run_requests(name: str) -> None:
    """Run DLFD twice on a warm service with a named default, and print the seconds of each run as a line of JSON."""
    from dlfd_core.data.people import draw_people
    from dlfd_core.data.splits import prepare_task
    from dlfd_core.service import UnlearningService
    from dlfd_core.types import ForgetRequest, ReportReady, ScoresReady

    default, service = DEFAULTS[name], UnlearningService()
    task = prepare_task(service.bench.data("portraits"), "emotion")
    knobs = tuple(sorted(default.knobs.items()))
    warm = ForgetRequest(draw_people(task, 20, 9), backbone=default.backbone, method="neg_grad", knobs=(("epochs", 1),))
    service.warm_up()
    for _ in service.forget(warm, lambda: False):  # the projection of another network than the page's is fitted here
        pass
    for seed in (0, 1):
        people = draw_people(task, 20, seed)
        request = ForgetRequest(people, backbone=default.backbone, seed=seed, knobs=knobs)
        started, marks = time.perf_counter(), dict[str, float]()
        for event in service.forget(request, lambda: False):
            now = time.perf_counter() - started
            marks.setdefault("progress", now)
            if isinstance(event, ScoresReady):
                marks["scores"] = now
            if isinstance(event, ReportReady):  # the report comes twice: the second time with the map
                marks |= {"map": now, "unlearn": event.report.seconds.unlearn}
        print(json.dumps(marks), flush=True)


def clicks(default: PageDefault) -> tuple[dict[str, float], float]:
    """Run DLFD on 20 people of the portraits with a default, on a warm service in a process of its own.

    Returns:
        Seconds from the click to the first ``progress``, the ``scores`` and the ``map``, and seconds of unlearning
        alone, of the faster of two runs; and the process's largest memory in MB.
    """
    command = [sys.executable, "-m", "benchmarks.waiting", default.name]
    run = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    marks = []
    for line in run.stdout:
        marks.append(json.loads(line))
        peak = _peak_mb(run.pid)
    if run.wait() != 0:
        raise RuntimeError("the measured process failed")
    return min(marks, key=lambda each: each["scores"]), peak


def click_rows(default: PageDefault, marks: dict[str, float], peak: float) -> Rows:
    """Names and values to print of ``clicks``."""
    name = f"{default.name} ({default.backbone})"
    return [
        (f"{name}: click to first progress", f"{marks['progress']:.2f} s"),
        (f"{name}: click to scores", f"{marks['scores']:.1f} s (unlearning {marks['unlearn']:.1f} s)"),
        (f"{name}: scores to map", f"{marks['map'] - marks['scores']:.2f} s"),
        (f"{name}: peak memory", f"{peak:.0f} MB"),
    ]


if __name__ == "__main__":
    run_requests(sys.argv[1])
