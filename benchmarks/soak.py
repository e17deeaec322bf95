"""``python -m benchmarks.soak``: how the running demo bears many visitors at once: waits, errors, memory, leftovers.

The app runs in a process of its own on this machine, and visitors ask its API over HTTP for minutes. Nothing is
asserted but that every answer belongs to its request; the exit code is 1 where one does not, or an error was met.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.soak_visitors import KINDS, Outcome, Visitor, connection, exchange
from benchmarks.waiting import ROOT, free_port

#: The page on the service of the tests, which needs no model.
FAKE = """
from dlfd_core.ui.launch import launch_page
from tests.fakes import FakeService
page, _ = launch_page(FakeService(pause=0.05), quiet=True)
page.block_thread()
"""

#: Seconds in which the server lets go of what was given up last.
SETTLING = 15.0
#: Seconds between two looks at the server's memory.
LOOK = 2.0


@contextmanager
def served(fake: bool, folder: Path) -> Iterator[tuple[int, int]]:
    """Port and process id of a server of our own; what gradio writes goes to ``folder``."""
    port = free_port()
    environment = os.environ | {
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_TEMP_DIR": str(folder),
    }
    program = ["-c", FAKE] if fake else ["app.py"]
    app = subprocess.Popen([sys.executable, *program], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        _wait_for(app, port)
        yield port, app.pid
    finally:
        app.terminate()
        app.wait(30)


def _wait_for(app: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + 180
    while True:
        try:
            with connection(port) as line:
                if exchange(line, "GET", "/config")[0] == 200:
                    return
        except OSError:
            if app.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the app did not start") from None
        time.sleep(0.1)


def memory(pid: int) -> dict[str, float]:
    """Megabytes a process holds now and held at most (Linux); empty elsewhere."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return {}
    rows = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return {name: int(rows[key].split()[0]) / 1024 for name, key in (("now", "VmRSS"), ("most", "VmHWM"))}


@contextmanager
def watched(pid: int) -> Iterator[list[float]]:
    """Megabytes a process holds, looked at all the while."""
    line: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK):
            if held := memory(pid):
                line.append(held["now"])

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield line
    finally:
        over.set()
        watcher.join()


def by_fifths(line: Sequence[float]) -> list[float]:
    """The median of each fifth of the time: caches fill in the first ones, and what leaks still grows in the last."""
    if len(line) < 5:
        return []
    return [statistics.median(line[i * len(line) // 5 : (i + 1) * len(line) // 5]) for i in range(5)]


def soak(sessions: int, seconds: float, fake: bool, patience: float = 120.0) -> dict[str, Any]:
    """Everything that was measured; see ``table``."""
    with tempfile.TemporaryDirectory() as folder, served(fake, Path(folder)) as (port, pid):
        with connection(port) as asking:
            config = json.loads(exchange(asking, "GET", "/config")[1])
        function = next(event["id"] for event in config["dependencies"] if event["api_name"] == "forget")
        people = people_of(port)
        visitors = [Visitor(port, number, people, function, patience) for number in range(sessions)]
        opening = Visitor(port, sessions, people, function, patience)
        opening.stay(time.monotonic() + 0.1)  # whatever is made once only is not counted as growth
        before = memory(pid)
        until = time.monotonic() + seconds
        threads = [threading.Thread(target=visitor.stay, args=(until,)) for visitor in visitors]
        with watched(pid) as line:
            for thread in threads:
                thread.start()
            time.sleep(seconds)
        for thread in threads:
            thread.join()
        time.sleep(SETTLING)
        after, left = memory(pid), [path for path in Path(folder).rglob("*") if path.is_file()]
    outcomes = [outcome for visitor in visitors for outcome in visitor.outcomes]
    return {"sessions": sessions, "seconds": seconds, "fake": fake} | summed(outcomes) | {
        "memory_mb": {"before": before.get("now"), "after": after.get("now"), "most": after.get("most"),
                      "fifths": by_fifths(line)},
        "files_left": len(left),
    }  # fmt: skip


def people_of(port: int) -> list[str]:
    with connection(port) as line:
        event = json.loads(exchange(line, "POST", "/gradio_api/call/catalog", {"data": []})[1])["event_id"]
        text = exchange(line, "GET", f"/gradio_api/call/catalog/{event}")[1]
    return [person["id"] for person in json.loads(text.split("data: ", 1)[1])[0]["people"]]


def summed(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Counts and waits. Equal keys with unlike scores count as mixed up: one of the two is another request's."""
    scores: dict[str, set[str]] = {}
    for outcome in outcomes:
        if outcome.key:
            scores.setdefault(outcome.key, set()).add(outcome.scores)
    results = Counter(outcome.result for outcome in outcomes)
    return {
        "requests": len(outcomes),
        "results": dict(results),
        "mixed_up": results["mixed up"] + sum(len(found) - 1 for found in scores.values()),
        "waits": {kind: _waits([outcome for outcome in outcomes if outcome.kind == kind]) for kind in KINDS},
        "said": dict(Counter(o.said for o in outcomes if o.result in ("error", "refused", "busy")).most_common(5)),
    }


def _waits(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {
        "requests": len(outcomes),
        "first": _percentiles([outcome.first for outcome in outcomes if outcome.first is not None]),
        "end": _percentiles([outcome.end for outcome in outcomes if outcome.end is not None]),
    }


def _percentiles(values: Sequence[float]) -> list[float] | None:
    """Median and 95th percentile in seconds."""
    if not values:
        return None
    if len(values) == 1:
        return [values[0], values[0]]
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return [round(cuts[9], 3), round(cuts[18], 3)]


def table(found: dict[str, Any]) -> str:
    """For people to read."""
    rows = ["kind        requests   first p50 / p95, s   end p50 / p95, s"]
    for kind, waits in found["waits"].items():
        first, end = (
            "-" if pair is None else f"{pair[0]:.2f} / {pair[1]:.2f}" for pair in (waits["first"], waits["end"])
        )
        rows.append(f"{kind:12}{waits['requests']:8}   {first:>18}   {end:>16}")
    results = ", ".join(f"{count} {name}" for name, count in found["results"].items())
    rows += ["", f"{found['requests']} requests: {results}; answers of another request: {found['mixed_up']}"]
    held = found["memory_mb"]
    if held["before"] is not None:
        rows.append(f"memory: {held['before']:.0f} MB before, {held['after']:.0f} after, {held['most']:.0f} at most")
        if held["fifths"]:
            rows.append("in each fifth of the time: " + ", ".join(f"{value:.0f}" for value in held["fifths"]) + " MB")
    rows.append(f"files left in gradio's folder: {found['files_left']}")
    rows += [f"  {count} x {said[:160]}" for said, count in found["said"].items()]
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sessions", type=int, default=30, help="visitors at the same time (default: 30)")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long new requests are made (default: 10)")
    parser.add_argument("--patience", type=float, default=120.0, help="seconds to wait for runs after that (120)")
    parser.add_argument("--fake", action="store_true", help="without a model: the server alone")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results", help="folder of the JSON")
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    found = soak(chosen.sessions, 60 * chosen.minutes, chosen.fake, chosen.patience)
    print(table(found))
    path = chosen.out / f"soak{'-fake' if chosen.fake else ''}.json"
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 1 if found["mixed_up"] or found["results"].get("error") else 0


if __name__ == "__main__":
    sys.exit(main())
