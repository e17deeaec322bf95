"""Answers of the hosting simulation: how many visitors each kind of host serves, and how many machines a day needs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from benchmarks.hosting_assumptions import Assumptions, Machine
from benchmarks.hosting_model import Outcome, percentile, simulate
from benchmarks.hosting_times import PageRun, Times
from dlfd_core.errors import InvalidRequest

#: Share of the runs whose wait must be within the limit.
SHARE = 0.95
#: Largest relative distance between two rates of visitors that the search tells apart.
PRECISION = 0.03
#: Numbers of machines behind one page. One page shows at most 64 visitors their place in the queue at a time.
BEHIND_ONE_PAGE = (1, 2, 4, 8, 16, 32)
#: Visitors a day in the figure, and in the table.
DAYS = tuple(round(10 ** (2 + quarter / 4)) for quarter in range(17))
TABLE_DAYS = (100, 1_000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True)
class Capacity:
    """The most visitors that a host serves within a limit of the wait.

    Attributes:
        limit: seconds that 95 % of the runs that need a device may wait for it at most.
        per_hour: visitors who come in an hour; at_once: on the page at the same time, on average.
        wait, answer: 95th percentile of the seconds of waiting, and from the click to the scores of computed runs.
        device_seconds: of one visitor, on average.
        left, quota: shares of the visits that end because of the wait, and of ZeroGPU's quota.
        used: share of the time in which the devices are held.
    """

    host: str
    note: str
    pages: int
    slots: int
    limit: float
    per_hour: float
    at_once: float
    wait: float
    answer: float
    device_seconds: float
    left: float
    quota: float
    used: float

    def per_day(self, assumed: Assumptions) -> float:
        """Visitors of a day whose busiest hour is as busy as this one."""
        return self.per_hour / assumed.peak_share


def hosts(times: Times, assumed: Assumptions) -> dict[str, Machine]:
    """The machines by name. Only the free Space's seconds are measured; those of GPUs are assumed."""
    answer = percentile(times.soak.cached, 0.5)
    free = Machine("free Space", times.page, crowded=times.soak, answer=answer)
    machines = {"free": free}
    for name, faster in (("gpu", 1.0), ("gpu, half as fast", 0.5), ("gpu, twice as fast", 2.0)):
        factor = assumed.gpu_times_faster * faster
        machines[name] = Machine(
            f"GPU Space, {factor:g} times as fast", _faster(times.page, factor), answer=answer, note="assumed"
        )
    machines["zero"] = Machine(
        f"ZeroGPU, {assumed.zero_gpu_requested:g} s requested per run", _faster(times.page, assumed.gpu_times_faster),
        assumed.zero_gpu_runs, answer=answer, startup=assumed.zero_gpu_startup, quota=assumed.zero_gpu_quota,
        requested=assumed.zero_gpu_requested, note="assumed",
    )  # fmt: skip
    machines["zero, short"] = replace(machines["zero"], name="ZeroGPU, 20 s requested per run", requested=20.0)
    return machines


def _faster(runs: Sequence[PageRun], factor: float) -> tuple[PageRun, ...]:
    return tuple(PageRun(run.scores / factor, run.map / factor, run.end / factor) for run in runs)


def behind_one_page(free: Machine, slots: int) -> Machine:
    """One page whose runs go to so many machines like the free Space's; the page itself computes none."""
    return replace(free, name=f"one page, {slots} machines behind it", slots=slots, crowded=None)


def saturated_rate(machine: Machine, assumed: Assumptions, pages: int = 1) -> float:
    """Visitors per hour that would keep all devices busy all the time, if no finished run were ever repeated."""
    held = sum(machine.startup + run.end for run in machine.runs) / len(machine.runs)
    computed = assumed.runs_per_visit * (1 - assumed.shipped_share)
    if held <= 0 or computed <= 0:
        raise InvalidRequest("With these assumptions no run needs a device, so any number of visitors can be served.")
    return 3600 * machine.slots * pages / (held * computed)


def observe(
    machine: Machine, assumed: Assumptions, rate: float, *, pages: int = 1, visits: int = 4_000, seed: int = 0
) -> Outcome:
    """Simulate about so many visits at a rate per hour, but an hour at least: waits need time to build up. A fifth of
    that, a quarter of an hour at least, comes before as warm-up."""
    hours = max(1.0, visits / rate)
    return simulate(machine, assumed, rate, pages=pages, hours=hours, warm_hours=max(0.25, hours / 5), seed=seed)


def capacity(
    machine: Machine, assumed: Assumptions, limit: float, *, pages: int = 1, visits: int = 4_000, seed: int = 0
) -> Capacity:
    """The highest rate of visitors at which 95 % of the runs wait at most ``limit`` seconds, by bisection.

    Raises:
        InvalidRequest: the limit is not positive, or even a thousandth of what the devices could do is too much.
    """
    if not limit > 0:
        raise InvalidRequest(f"The limit of the wait is {limit:g} s; it must be more than 0.")

    def served(rate: float) -> bool:
        outcome = observe(machine, assumed, rate, pages=pages, visits=visits, seed=seed)
        return percentile(outcome.waits, SHARE) <= limit

    high = saturated_rate(machine, assumed, pages)
    low = high / 1_000
    if not served(low):
        raise InvalidRequest(
            f"{machine.name} cannot keep the wait within {limit:g} s even for {low:.2g} visitors/hour."
        )
    while served(high):  # finished runs are repeated, and visitors leave or have no quota left
        low, high = high, 2 * high
        if high > 64 * saturated_rate(machine, assumed, pages):
            raise InvalidRequest(
                f"With these assumptions {machine.name} keeps the wait within {limit:g} s for any number."
            )
    while high / low > 1 + PRECISION:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if served(middle) else (low, middle)
    return described(machine, assumed, low, limit, pages=pages, visits=visits, seed=seed)


def described(
    machine: Machine, assumed: Assumptions, rate: float, limit: float, *, pages: int, visits: int, seed: int
) -> Capacity:
    """What happens at a rate of visitors per hour."""
    outcome = observe(machine, assumed, rate, pages=pages, visits=visits, seed=seed)
    visitors = max(1, outcome.visitors)
    name = machine.name if pages == 1 else f"{pages} times: {machine.name}"
    return Capacity(
        name, machine.note, pages, machine.slots, limit, rate, outcome.at_once, percentile(outcome.waits, SHARE),
        percentile(outcome.answers, SHARE), outcome.device_seconds / visitors, outcome.ends["left"] / visitors,
        outcome.ends["quota"] / visitors, outcome.device_seconds / (3600 * outcome.hours * pages * machine.slots),
    )  # fmt: skip


@dataclass(frozen=True)
class Answers:
    """Everything that the command prints and draws.

    Attributes:
        hosts: one row per kind of host and limit.
        shared: capacity of one page by the number of machines behind it, at the strict limit.
        needed: visitors a day -> machines needed as copies of the free Space at each limit, behind shared pages, and
            at least (all devices busy all the time).
        checked: direct simulation of the busiest hour of a day with the most visitors, behind shared pages.
    """

    hosts: tuple[Capacity, ...]
    shared: tuple[Capacity, ...]
    needed: dict[int, dict[str, int]]
    checked: Capacity


def answer(
    times: Times,
    assumed: Assumptions,
    limits: tuple[float, float] = (10.0, 60.0),
    *,
    visits: int = 4_000,
    seed: int = 0,
    log: Callable[[str], None] = lambda _: None,
) -> Answers:
    """Simulate all hosts.

    Args:
        limits: strict and lenient limit of the wait in seconds.
        visits: simulated visits per estimate.
    """
    machines = hosts(times, assumed)
    free = machines["free"]

    def most(machine: Machine, limit: float, pages: int = 1) -> Capacity:
        found = capacity(machine, assumed, limit, pages=pages, visits=visits, seed=seed)
        log(f"{found.host}: {found.per_hour:.0f} visitors per hour within {limit:g} s")
        return found

    rows = [most(machine, limit) for machine in machines.values() for limit in limits]
    rows += [most(free, limit, pages) for pages in (4, 16) for limit in limits]
    shared = tuple(most(behind_one_page(free, slots), limits[0]) for slots in BEHIND_ONE_PAGE)
    strict, lenient = rows[0], rows[1]
    floor = strict.device_seconds / 3600
    needed = {}
    for day in DAYS:
        rate = day * assumed.peak_share
        needed[day] = {
            "strict": math.ceil(rate / strict.per_hour),
            "lenient": math.ceil(rate / lenient.per_hour),
            "shared": machines_needed(rate, shared),
            "least": math.ceil(rate * floor),
        }
    rate = DAYS[-1] * assumed.peak_share
    pages = math.ceil(rate / shared[-1].per_hour)
    page = behind_one_page(free, shared[-1].slots)
    checked = described(page, assumed, rate, limits[0], pages=pages, visits=round(rate), seed=seed)
    log(f"checked: {pages} pages with {shared[-1].slots} machines each, p95 {checked.wait:.1f} s")
    return Answers(tuple(rows), shared, needed, checked)


def machines_needed(rate: float, shared: Sequence[Capacity]) -> int:
    """Machines for a rate of visitors per hour behind pages as in ``shared``, whose numbers of machines rise.

    Between two simulated numbers the capacity is taken to be linear; more than the largest number need several pages.
    """
    largest = shared[-1]
    whole, rest = divmod(rate, largest.per_hour)
    machines = int(whole) * largest.slots
    if rest <= 0:
        return machines
    slots, served = 0, 0.0
    for each in shared:
        if rest <= each.per_hour:
            share = (rest - served) / (each.per_hour - served)
            return machines + max(1, math.ceil(slots + share * (each.slots - slots)))
        slots, served = each.slots, each.per_hour
    return machines + largest.slots


def as_document(answers: Answers, assumed: Assumptions, times: Times) -> dict[str, Any]:
    """The answers as JSON values, with the assumptions and where the seconds are from."""
    return {
        "measured_on": times.device,
        "busy_cores": times.busy_cores,
        "page_runs": len(times.page),
        "assumptions": {name: [value, meaning] for name, value, meaning in assumed.lines()},
        "hosts": [vars(row) for row in answers.hosts],
        "shared": [vars(row) for row in answers.shared],
        "needed": {str(day): machines for day, machines in answers.needed.items()},
        "checked": vars(answers.checked),
    }
