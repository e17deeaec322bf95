"""``python -m benchmarks.soak``: load test of the demo with many visitors: waiting times, errors, memory, files left.

The app runs in a process of its own on the same machine, and the visitors send requests to its API over HTTP for some
minutes. The exit code is 1 if a report belongs to another request, or after an error; nothing else is asserted.
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

#: Program that serves the page with the fake service of the tests, which needs no model.
FAKE = """
from dlfd_core.ui.launch import launch_page
from tests.fakes import FakeService
page, _ = launch_page(FakeService(pause=0.05), quiet=True)
page.block_thread()
"""

#: Seconds in which the server releases the requests that were stopped last.
SETTLING = 15.0
#: Seconds between two measurements of the server's memory.
MEMORY_INTERVAL = 2.0


@contextmanager
def served(fake: bool, folder: Path) -> Iterator[tuple[int, int]]:
    """Context with a new server: its port and process id. gradio writes its files to ``folder``."""
    port = free_port()
    environment = os.environ | {
        "GRADIO_SERVER_PORT": str(port),
        "GRADIO_SERVER_NAME": "127.0.0.1",
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_TEMP_DIR": str(folder),
        "DLFD_VISITORS_PER_ADDRESS": "100",  # all of them come from this machine
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
    """Wait until the server responds."""
    end = time.monotonic() + 180
    while True:
        try:
            with connection(port) as http_connection:
                if exchange(http_connection, "GET", "/config")[0] == 200:
                    return
        except OSError:
            if app.poll() is not None or time.monotonic() > end:
                raise RuntimeError("the app did not start") from None
        time.sleep(0.1)


def memory(pid: int) -> dict[str, float]:
    """Megabytes of a process now and at its peak (Linux); empty on other systems."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return {}
    rows = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return {name: int(rows[key].split()[0]) / 1024 for name, key in (("now", "VmRSS"), ("most", "VmHWM"))}


@contextmanager
def watched(pid: int) -> Iterator[list[float]]:
    """Context that measures the megabytes of a process at intervals, in a list that grows."""
    values: list[float] = []
    stop = threading.Event()

    def measure() -> None:
        while not stop.wait(MEMORY_INTERVAL):
            if megabytes := memory(pid):
                values.append(megabytes["now"])

    thread = threading.Thread(target=measure)
    thread.start()
    try:
        yield values
    finally:
        stop.set()
        thread.join()


def by_fifths(values: Sequence[float]) -> list[float]:
    """Median of each fifth of the time: caches fill in the first fifths, and a leak still grows in the last."""
    if len(values) < 5:
        return []
    return [statistics.median(values[i * len(values) // 5 : (i + 1) * len(values) // 5]) for i in range(5)]


def soak(sessions: int, seconds: float, fake: bool, time_limit: float = 120.0) -> dict[str, Any]:
    """Run the load test, and return all measurements; see ``table``."""
    with tempfile.TemporaryDirectory() as folder, served(fake, Path(folder)) as (port, pid):
        with connection(port) as http_connection:
            config = json.loads(exchange(http_connection, "GET", "/config")[1])
        function = next(event["id"] for event in config["dependencies"] if event["api_name"] == "forget")
        people = people_of(port)
        visitors = [Visitor(port, number, people, function, time_limit) for number in range(sessions)]
        first_visitor = Visitor(port, sessions, people, function, time_limit)
        first_visitor.stay(time.monotonic() + 0.1)  # memory that is allocated only once does not count as growth
        before = memory(pid)
        until = time.monotonic() + seconds
        threads = [threading.Thread(target=visitor.stay, args=(until,)) for visitor in visitors]
        with watched(pid) as values:
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
                      "fifths": by_fifths(values)},
        "files_left": len(left),
    }  # fmt: skip


def people_of(port: int) -> list[str]:
    """Ids of the people in the server's catalog."""
    with connection(port) as http_connection:
        event = json.loads(exchange(http_connection, "POST", "/gradio_api/call/catalog", {"data": []})[1])["event_id"]
        text = exchange(http_connection, "GET", f"/gradio_api/call/catalog/{event}")[1]
    return [person["id"] for person in json.loads(text.split("data: ", 1)[1])[0]["people"]]


def summed(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Counts and waiting times. Equal keys with different scores count as mixed up: one report is another request's."""
    scores: dict[str, set[str]] = {}
    for outcome in outcomes:
        if outcome.key:
            scores.setdefault(outcome.key, set()).add(outcome.scores)
    results = Counter(outcome.result for outcome in outcomes)
    return {
        "requests": len(outcomes),
        "results": dict(results),
        "mixed_up": results["mixed up"] + sum(len(texts) - 1 for texts in scores.values()),
        "waits": {kind: _waits([outcome for outcome in outcomes if outcome.kind == kind]) for kind in KINDS},
        "said": dict(Counter(o.message for o in outcomes if o.result in ("error", "refused", "busy")).most_common(5)),
    }


def _waits(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Waiting times to the first message and to the report."""
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


def table(results: dict[str, Any]) -> str:
    """The measurements as text."""
    rows = ["kind        requests   first p50 / p95, s   end p50 / p95, s"]
    for kind, waits in results["waits"].items():
        first, end = (
            "-" if pair is None else f"{pair[0]:.2f} / {pair[1]:.2f}" for pair in (waits["first"], waits["end"])
        )
        rows.append(f"{kind:12}{waits['requests']:8}   {first:>18}   {end:>16}")
    counts = ", ".join(f"{count} {name}" for name, count in results["results"].items())
    rows += ["", f"{results['requests']} requests: {counts}; answers of another request: {results['mixed_up']}"]
    megabytes = results["memory_mb"]
    if megabytes["before"] is not None:
        before, after, most = (megabytes[name] for name in ("before", "after", "most"))
        rows.append(f"memory: {before:.0f} MB before, {after:.0f} after, {most:.0f} at most")
        if megabytes["fifths"]:
            fifths = ", ".join(f"{value:.0f}" for value in megabytes["fifths"])
            rows.append(f"in each fifth of the time: {fifths} MB")
    rows.append(f"files left in gradio's folder: {results['files_left']}")
    rows += [f"  {count} x {message[:160]}" for message, count in results["said"].items()]
    return "\n".join(rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the load test, print the table and write it to ``results/``; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--sessions", type=int, default=30, help="visitors at the same time (default: 30)")
    parser.add_argument("--minutes", type=float, default=10.0, help="minutes in which new requests start (default: 10)")
    parser.add_argument("--time-limit", type=float, default=120.0, help="seconds to wait for runs after that (120)")
    parser.add_argument("--fake", action="store_true", help="without a model: only the server")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results", help="folder of the JSON")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    results = soak(options.sessions, 60 * options.minutes, options.fake, options.time_limit)
    print(table(results))
    path = options.out / f"soak{'-fake' if options.fake else ''}.json"
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 1 if results["mixed_up"] or results["results"].get("error") else 0


if __name__ == "__main__":
    sys.exit(main())
