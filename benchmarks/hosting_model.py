"""Discrete-event simulation of a hosted demo, with simpy: visitors arrive, start runs, wait for a device, and leave.

Every visitor draws all choices from a generator of their own, so the same seed gives the same visitors whatever serves
them. The devices' queue is first come, first served. The real one (``types.FairOrder``) lets addresses take turns,
which is the same order as long as no visitor has two runs waiting.
"""

from __future__ import annotations

import math
import random
from collections import Counter, OrderedDict, deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import simpy

from benchmarks.hosting_assumptions import Assumptions, Machine
from dlfd_core.errors import InvalidRequest

Kind = Literal["shipped", "repeated", "new"]
End = Literal["served", "left", "refused", "quota"]
Steps = Generator[simpy.Event, Any, None]


#: Seconds in which a visitor may start ``Assumptions.starts`` runs.
SPAN = 600.0


@dataclass(frozen=True)
class Click:
    """One run that a visitor wants, with the number of the measured run whose seconds it takes."""

    kind: Kind
    key: tuple[int, ...]
    run: int
    control: bool
    patience: float
    think: float


def clicks_of(number: int, seed: int, assumed: Assumptions, runs: int) -> Iterator[Click]:
    """All choices of one visitor, from a generator of their own."""
    rng = random.Random(seed * 1_000_000_007 + number)
    more, count = 1 - 1 / assumed.runs_per_visit, 0
    while count == 0 or rng.random() < more:
        draw = rng.random()
        if draw < assumed.shipped_share:
            kind: Kind = "shipped"
        else:
            kind = "repeated" if draw < assumed.shipped_share + assumed.repeated_share else "new"
        common = rng.randrange(assumed.repeated_runs)
        yield Click(
            kind,
            (common,) if kind == "repeated" else (number, count),
            rng.randrange(runs),
            rng.random() < assumed.control_share,
            _exponential(rng, assumed.patience_seconds),
            _exponential(rng, assumed.think_seconds),
        )
        count += 1


def _exponential(rng: random.Random, mean: float) -> float:
    """A draw with a mean; infinite where the mean is."""
    return mean * -math.log(1 - rng.random()) if math.isfinite(mean) and mean else mean


@dataclass
class Outcome:
    """What happened in a simulated span.

    Attributes:
        hours: simulated hours after the warm-up; visitors, ends and runs are those who came, or were started, in them.
        ends: how visits ended: ``served`` in all their runs, ``left`` while waiting, ``refused`` (a limit of the page),
            or ``quota`` (ZeroGPU). Their sum is the number of visitors.
        runs: runs by what became of them: ``shipped``, ``cached``, ``computed``, ``left``, ``refused``, ``quota``.
        waits: seconds that runs waited for the device; of those who left how long they waited, infinite if refused.
        answers: seconds from the click to the scores of computed runs.
        device_seconds: seconds in which devices were held, controls included.
        present_seconds: seconds of all visits together.
    """

    hours: float
    visitors: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    runs: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    answers: list[float] = field(default_factory=list)
    device_seconds: float = 0.0
    present_seconds: float = 0.0

    @property
    def at_once(self) -> float:
        """Mean number of visitors who are on the page at the same time (Little's law)."""
        return self.present_seconds / (3600 * self.hours)


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least so large a share of all values does not exceed; 0 without values."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else 0.0


class _Page:
    """One page: its devices, and the finished runs that it keeps."""

    def __init__(self, env: simpy.Environment, machine: Machine, assumed: Assumptions):
        self.device = simpy.Resource(env, machine.slots)
        self._kept, self._most = OrderedDict[tuple[int, ...], None](), assumed.kept_reports

    def has(self, key: tuple[int, ...]) -> bool:
        """Whether a finished run is kept; this counts as a use."""
        if key in self._kept:
            self._kept.move_to_end(key)
        return key in self._kept

    def keep(self, key: tuple[int, ...]) -> None:
        self._kept[key] = None
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)


class _World:
    """All pages and visitors of one simulation."""

    def __init__(self, machine: Machine, assumed: Assumptions, pages: int, warm: float, hours: float, seed: int):
        self.env, self.machine, self.assumed, self.seed = simpy.Environment(), machine, assumed, seed
        self.pages = [_Page(self.env, machine, assumed) for _ in range(pages)]
        self.warm, self.outcome = warm, Outcome(hours)

    def arrivals(self, per_second: float, until: float) -> Steps:
        """Start a visit at each moment of a Poisson process; the pages take turns."""
        rng, number = random.Random(self.seed), 0
        while True:
            yield self.env.timeout(rng.expovariate(per_second))
            if self.env.now >= until:
                return
            self.env.process(self._visit(number, self.pages[number % len(self.pages)]))
            number += 1

    def _visit(self, number: int, page: _Page) -> Steps:
        env, arrived, end = self.env, self.env.now, "served"
        counted = arrived >= self.warm
        started, used = deque[float](), 0.0
        for click in clicks_of(number, self.seed, self.assumed, len(self.machine.runs)):
            while started and env.now - started[0] >= SPAN:
                started.popleft()
            if len(started) >= self.assumed.starts:
                result = "refused"
            elif click.kind == "shipped" or page.has(click.key):
                result = "shipped" if click.kind == "shipped" else "cached"
                yield env.timeout(self.machine.answer)
            elif self.machine.quota is not None and used + self.machine.requested > self.machine.quota:
                result = "quota"
            elif page.device.count + len(page.device.queue) >= self.assumed.open_runs:
                result = "refused"
            else:
                result, held = yield from self._on_device(page, click, counted)
                used += held
            started.append(env.now)
            if counted:
                self.outcome.runs[result] += 1
                if result == "refused":
                    self.outcome.waits.append(math.inf)
            if result in ("left", "refused", "quota"):
                end = result
                break
            yield env.timeout(click.think)
        if counted:
            self.outcome.visitors += 1
            self.outcome.ends[end] += 1
            self.outcome.present_seconds += env.now - arrived

    def _on_device(self, page: _Page, click: Click, counted: bool) -> Generator[simpy.Event, Any, tuple[str, float]]:
        """Wait for a device and compute: what becomes of the run, and the seconds for which it holds the device."""
        request, asked = page.device.request(), self.env.now
        yield request | self.env.timeout(click.patience) if math.isfinite(click.patience) else request
        if counted:
            self.outcome.waits.append(self.env.now - asked)
        if not request.triggered:
            request.cancel()
            return "left", 0.0
        scores, end = self._seconds(page, click)
        yield self.env.timeout(scores)
        page.keep(click.key)
        self.env.process(self._rest(page, request, end - scores))
        if counted:
            self.outcome.answers.append(self.env.now - asked)
            self.outcome.device_seconds += end
        return "computed", end

    def _seconds(self, page: _Page, click: Click) -> tuple[float, float]:
        """Seconds of a run from its start to the scores, and to its end."""
        run, machine = self.machine.runs[click.run], self.machine
        slower = machine.crowded.slowdown(len(page.device.queue)) if machine.crowded else 1.0
        end = run.end if click.control else run.map
        return machine.startup + slower * run.scores, machine.startup + slower * end

    def _rest(self, page: _Page, request: Any, seconds: float) -> Steps:
        """Map and control: the device is held while the visitor reads the scores."""
        yield self.env.timeout(seconds)
        page.device.release(request)


def simulate(
    machine: Machine,
    assumed: Assumptions,
    visitors_per_hour: float,
    *,
    pages: int = 1,
    hours: float = 1.0,
    warm_hours: float = 0.5,
    seed: int = 0,
) -> Outcome:
    """Simulate visitors who come at random (Poisson) at a constant rate, until the last of them has gone.

    Args:
        pages: copies of the machine, each with its own queue; visitors are sent to them by turns.
        hours, warm_hours: of arrivals that count, and before these.

    Raises:
        InvalidRequest: no visitors, no pages or no time.
    """
    for name, value in (("visitors per hour", visitors_per_hour), ("pages", pages), ("hours", hours)):
        if not (math.isfinite(value) and value > 0):
            raise InvalidRequest(f"The number of {name} is {value:g}; it must be more than 0.")
    warm = 3600 * warm_hours
    world = _World(machine, assumed, pages, warm, hours, seed)
    world.env.process(world.arrivals(visitors_per_hour / 3600, warm + 3600 * hours))
    world.env.run()
    return world.outcome
