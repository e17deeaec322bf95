"""The hosting simulation with exactly the visitors of ``benchmarks.soak``, and its comparison with a measured soak.

The visitors are those of ``soak_visitors``: the same generators choose the same kinds, picks and pauses. Seconds come
from ``hosting_times``, measured on single requests and with a known number of waiting runs; none is fitted to a soak.
"""

from __future__ import annotations

import json
import random
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import simpy

from benchmarks.hosting_times import KEPT_PICKS, SoakSeconds
from benchmarks.soak import summed
from benchmarks.soak_visitors import Outcome, Visitor
from dlfd_core.errors import InvalidData, MissingArtifact

#: Largest relative error that the comparison accepts.
TOLERANCE = 0.2
#: Seconds until the server notices a cancel or a closed connection while a run waits (``jobs.TICK``).
NOTICE = 0.5
#: Runs of programs that are computed or wait for the device at a time; the others wait before them (``api.AT_ONCE``).
AT_ONCE = 4
#: Names of the people whom the soak's visitors choose from; only the first six matter.
PEOPLE = [f"p{number}" for number in range(6)]
Steps = Generator[simpy.Event, Any, None]


class _Server:
    """The demo's only device and the line before it, with finished runs and the picks whose original is measured."""

    def __init__(self, env: simpy.Environment, seconds: SoakSeconds, seed: int):
        self.line, self.device = simpy.Resource(env, AT_ONCE), simpy.Resource(env)
        self.seconds, self.rng = seconds, random.Random(seed)
        self.finished = set[tuple[tuple[str, ...], int]]()
        self.picks = deque[tuple[str, ...]](maxlen=KEPT_PICKS)  # the latest last
        self.busy = 0.0

    def answer(self) -> float:
        """Seconds of an answer from the cache, at a random place among the measured ones."""
        return self.rng.choice(self.seconds.cached)

    def run(self, pick: tuple[str, ...]) -> float:
        """Seconds of a run that starts now."""
        times = self.seconds.again if pick in self.picks else self.seconds.first
        if pick in self.picks:
            self.picks.remove(pick)
        self.picks.append(pick)
        taken = self.rng.choice(times) * self.seconds.slowdown(len(self.line.queue) + len(self.device.queue))
        self.busy += taken
        return taken


def _requests(env: simpy.Environment, server: _Server, visitor: Visitor, until: float) -> Steps:
    """All requests of one visitor, one after another, as ``Visitor.stay``."""
    rng = random.Random(visitor.number)
    while env.now < until:
        kind = visitor.kind(rng)
        call = visitor.call(kind, rng)
        asked, first = env.now, server.answer()
        pick = tuple(sorted(call.people))
        key = (pick, call.seed)
        outcome = Outcome(kind, "given up", first)
        if kind in ("cancelled", "closed"):
            yield env.timeout(first)
            env.process(_abandoned(env, server))
        else:
            if key not in server.finished:
                yield from _computed(env, server, key)
            yield env.timeout(first)
            end = env.now - asked
            late = env.now > until + visitor.time_limit
            outcome = replace(outcome, result="unfinished" if late else "finished", end=None if late else end)
        visitor.outcomes.append(outcome)
        yield env.timeout(rng.uniform(0.1, 1.0))


def _computed(env: simpy.Environment, server: _Server, key: tuple[tuple[str, ...], int]) -> Steps:
    """Wait in the line, then for the device, and compute the run; an equal run that has ended meanwhile saves it."""
    with server.line.request() as place:
        yield place
        if key in server.finished:
            return
        with server.device.request() as request:
            yield request
            if key not in server.finished:
                yield env.timeout(server.run(key[0]))
                server.finished.add(key)


def _abandoned(env: simpy.Environment, server: _Server) -> Steps:
    """A request whose sender has gone: it keeps its place in the line, or the device, until the server notices."""
    notice = env.timeout(NOTICE)
    with server.line.request() as place:
        yield place | notice
        if not notice.processed:
            with server.device.request():
                yield notice


def simulate_soak(
    seconds: SoakSeconds, sessions: int = 30, duration: float = 600.0, time_limit: float = 120.0, seed: int = 0
) -> dict[str, Any]:
    """Predict a soak; the result has the same form as ``soak.summed``, and ``device_seconds``.

    Args:
        sessions: visitors at the same time.
        duration: seconds in which new requests start.
        time_limit: seconds to wait for runs after that.
    """
    env = simpy.Environment()
    server = _Server(env, seconds, seed)
    env.process(_requests(env, server, Visitor(0, sessions, PEOPLE, 0), 0.1))  # the soak starts with one request
    env.run()
    start = env.now
    visitors = [Visitor(0, number, PEOPLE, 0, time_limit) for number in range(sessions)]
    for visitor in visitors:
        env.process(_requests(env, server, visitor, start + duration))
    env.run()
    outcomes = [outcome for visitor in visitors for outcome in visitor.outcomes]
    return {"sessions": sessions, "seconds": duration, **summed(outcomes), "device_seconds": server.busy}


@dataclass(frozen=True)
class Compared:
    """One measured number beside its prediction."""

    name: str
    measured: float
    predicted: float

    @property
    def error(self) -> float:
        """Relative error of the prediction; of two waits below 0.1 s, 0: both are "at once"."""
        if max(self.measured, self.predicted) < 0.1:
            return 0.0
        return (self.predicted - self.measured) / self.measured if self.measured else float("inf")

    @property
    def within(self) -> bool:
        return abs(self.error) <= TOLERANCE


def read_soak(path: Path) -> dict[str, Any]:
    """A measured soak.

    Raises:
        MissingArtifact: there is no such file.
        InvalidData: it holds something else, or a soak without models.
    """
    if not path.is_file():
        raise MissingArtifact(f"{path} is missing; measure a soak with `python -m benchmarks.soak`.")
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        usable = document["requests"] > 0 and document["waits"]["own"]["end"] and not document["fake"]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidData(f"{path} does not hold a soak ({error!r:.80}); measure it again.") from error
    if not usable:
        raise InvalidData(f"{path} has no run of its own, or is of the fake service; measure a soak with models.")
    return document


def compare(measured: dict[str, Any], predicted: dict[str, Any]) -> list[Compared]:
    """Requests, finished requests, and median and 95th percentile of the waits of each kind that ends in a report."""
    rows = [
        Compared("requests", measured["requests"], predicted["requests"]),
        Compared("finished", measured["results"].get("finished", 0), predicted["results"].get("finished", 0)),
    ]
    for kind, title in (("own", "run of its own"), ("cached", "repeated run")):
        pairs = zip(measured["waits"][kind]["end"] or (), predicted["waits"][kind]["end"] or (), strict=False)
        for name, (one, other) in zip(("median", "95 %"), pairs, strict=False):
            rows.append(Compared(f"{title}: {name} (s)", one, other))
    return rows
