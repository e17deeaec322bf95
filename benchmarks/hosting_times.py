"""Measured seconds that the hosting simulation needs: runs of the page, runs of the soak, answers from the cache.

``python -m benchmarks.hosting --measure N`` measures them on this machine and writes them to ``results/``. Nothing here
is fitted to a soak: every number is the time of single requests, or of runs while a known number of others wait.
"""

from __future__ import annotations

import json
import random
import tempfile
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean

from benchmarks.soak import people_of, served
from benchmarks.soak_visitors import ForgetCall, Visitor, connection, exchange
from benchmarks.speed import busy_cores
from benchmarks.studies import RESULTS
from dlfd_core.artifacts import write_atomically
from dlfd_core.data.people import draw_people
from dlfd_core.data.splits import prepare_task
from dlfd_core.device import available_cores, select_compute
from dlfd_core.errors import InvalidData, MissingArtifact

#: Numbers of runs that wait while another one is computed, for ``SoakSeconds.busy``.
WAITING = (4, 12, 24)
#: Cores that other programs may keep busy during a measurement.
BUSY = 0.25
#: Latest picks of which the page keeps what it measured of the original (``prepared_original.PICKS``).
KEPT_PICKS = 4
#: Pairs among six people: the picks of the soak's own runs.
PAIRS = tuple((a, b) for a in range(6) for b in range(a + 1, 6))


@dataclass(frozen=True)
class PageRun:
    """Seconds from the start of a computed run of the page: to the scores, to the map, and to the end of its control.

    The device is held until ``end``.
    """

    scores: float
    map: float
    end: float


@dataclass(frozen=True)
class SoakSeconds:
    """Seconds of the soak's runs (one epoch of fine-tuning) through the server.

    Attributes:
        first: runs on a pick that the original is not measured on, nothing else waits.
        again: runs on a pick that the original is measured on, nothing else waits.
        busy: number of waiting runs -> seconds from the end of one run to the end of the next, on random picks.
        cached: answers of a finished run.
    """

    first: tuple[float, ...]
    again: tuple[float, ...]
    busy: dict[int, tuple[float, ...]]
    cached: tuple[float, ...]

    def slowdown(self, waiting: float) -> float:
        """How many times as long a run takes while so many others wait; linear between measured numbers, and beyond the
        last one on the line through the last two."""
        known = KEPT_PICKS / len(PAIRS)  # share of random picks that are among the latest ones
        alone = known * mean(self.again) + (1 - known) * mean(self.first)
        points = [(0, 1.0), *sorted((number, mean(seconds) / alone) for number, seconds in self.busy.items())]
        for (left, low), (right, high) in pairwise(points):
            if waiting <= right or right == points[-1][0]:
                return max(1.0, low + (high - low) * (waiting - left) / (right - left))
        return 1.0


@dataclass(frozen=True)
class Times:
    """All measured seconds of one machine.

    Attributes:
        device: e.g. ``cpu, 2 threads, float32``.
        busy_cores: cores that other programs kept busy at the start; None where the system does not say.
    """

    device: str
    cores: int
    busy_cores: float | None
    page: tuple[PageRun, ...]
    soak: SoakSeconds


def times_path(precision: str) -> Path:
    """The file of the measured seconds in a precision."""
    return RESULTS / f"hosting-times-{precision}.json"


def write_times(times: Times, path: Path) -> None:
    """Write measured seconds as JSON."""
    write_atomically(path, (json.dumps(asdict(times), indent=1) + "\n").encode())


def read_times(path: Path) -> Times:
    """Measured seconds from a file.

    Raises:
        MissingArtifact: there is no such file.
        InvalidData: it holds something else.
    """
    if not path.is_file():
        raise MissingArtifact(f"{path} is missing; measure it with `python -m benchmarks.hosting --measure 15`.")
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        soak = document["soak"]
        times = Times(
            document["device"], document["cores"], document["busy_cores"],
            tuple(PageRun(**run) for run in document["page"]),
            SoakSeconds(
                tuple(soak["first"]), tuple(soak["again"]),
                {int(number): tuple(seconds) for number, seconds in soak["busy"].items()}, tuple(soak["cached"]),
            ),
        )  # fmt: skip
        if not times.page or min(run.scores for run in times.page) <= 0 or min(times.soak.again) <= 0:
            raise ValueError("no positive seconds")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidData(f"{path} does not hold measured seconds ({error!r:.80}); measure it again.") from error
    return times


def measure(picks: int) -> Times:
    """Measure everything on this machine: some minutes, on both cores.

    Args:
        picks: runs of the page, and runs of the soak for each number of waiting ones.
    """
    busy, cores = busy_cores(), available_cores()
    if busy is not None and busy > BUSY:
        print(f"Other programs keep {busy:.1f} of {cores} cores busy: the seconds below are too long.")
    page = measure_page(picks)
    with tempfile.TemporaryDirectory() as folder, served(False, Path(folder)) as (port, _):
        soak = measure_soak(port, picks)
    return Times(select_compute().describe(), cores, busy, page, soak)


def measure_page(picks: int) -> tuple[PageRun, ...]:
    """The page's default run with its control (DLFD ``quality``, 20 people, emotion) on other people each time, on a
    warm service."""
    from dlfd_core.service import UnlearningService
    from dlfd_core.types import ForgetRequest, MapReady, ScoresReady

    service = UnlearningService()
    task = prepare_task(service.bench.data("portraits"), "emotion")
    service.warm_up()
    runs = []
    for pick in range(100, 100 + picks):
        request = ForgetRequest(draw_people(task, 20, pick), seed=pick, control=True)
        started, marks = time.perf_counter(), dict[str, float]()
        for event in service.forget(request, lambda: False):
            if isinstance(event, ScoresReady):
                marks["scores"] = time.perf_counter() - started
            elif isinstance(event, MapReady):
                marks["map"] = time.perf_counter() - started
        runs.append(PageRun(marks["scores"], marks["map"], time.perf_counter() - started))
        print(f"page, pick {pick}: {runs[-1]}", flush=True)
    return tuple(runs)


def measure_soak(port: int, picks: int) -> SoakSeconds:
    """The soak's runs on a server: alone, while others wait, and from the cache."""
    people = people_of(port)
    with connection(port) as http_connection:
        config = json.loads(exchange(http_connection, "GET", "/config")[1])
    function = next(event["id"] for event in config["dependencies"] if event["api_name"] == "forget")
    visitor = Visitor(port, 0, people, function, 600.0)

    def alone(pairs: Sequence[tuple[int, int]], seed: int) -> tuple[float, ...]:
        calls = [ForgetCall(tuple(people[i] for i in pair), seed + n) for n, pair in enumerate(pairs)]
        return tuple(_seconds(visitor, call) for call in calls)

    _seconds(visitor, ForgetCall(tuple(people[:3]), 1))  # the first run of a new server
    first = alone(PAIRS, 100_000)
    again = alone(PAIRS[-1:] * picks, 200_000)
    cached = tuple(_seconds(visitor, ForgetCall(tuple(people[i] for i in PAIRS[0]), 100_000)) for _ in range(picks))
    print(f"soak's runs alone: {mean(first):.2f} s first, {mean(again):.2f} s again, {mean(cached):.3f} s cached")
    busy = {}
    for waiting in WAITING:
        busy[waiting] = _while_others_wait(port, people, function, waiting, picks)
        print(f"while {waiting} wait: {mean(busy[waiting]):.2f} s", flush=True)
    return SoakSeconds(first, again, busy, cached)


def _seconds(visitor: Visitor, call: ForgetCall) -> float:
    """Seconds of one request to its report. Raises ``RuntimeError`` where it has none."""
    outcome = visitor.send("own", call, uuid.uuid4().hex, time.monotonic() + 600)
    if outcome.end is None:
        raise RuntimeError(f"a run has no report: {outcome.result} {outcome.message}")
    return outcome.end


def _while_others_wait(port: int, people: list[str], function: int, waiting: int, runs: int) -> tuple[float, ...]:
    """Seconds between the ends of runs while ``waiting`` others wait, each of a visitor that asks again at once."""
    ends: list[float] = []
    enough = threading.Event()

    def stay(number: int) -> None:
        visitor, rng = Visitor(port, number, people, function, 600.0), random.Random(number)
        count = 0
        while not enough.is_set():
            call = ForgetCall(tuple(rng.sample(people[:6], 2)), 1_000 * number + count)
            _seconds(visitor, call)
            count += 1
            ends.append(time.monotonic())
            if len(ends) > runs:
                enough.set()

    threads = [threading.Thread(target=stay, args=(1_000 * waiting + n,)) for n in range(waiting + 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return tuple(later - earlier for earlier, later in pairwise(ends[: runs + 1]))
