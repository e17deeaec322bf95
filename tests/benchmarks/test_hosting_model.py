"""Simulation of hosting against queueing theory, and laws that hold for every simulation."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from statistics import mean

import pytest

from benchmarks.hosting_assumptions import Assumptions, Machine
from benchmarks.hosting_model import Outcome, clicks_of, percentile, simulate
from benchmarks.hosting_soak import AT_ONCE, NOTICE
from benchmarks.hosting_times import KEPT_PICKS, PageRun, SoakSeconds
from benchmarks.waiting import ROOT
from dlfd_core.errors import InvalidRequest
from dlfd_core.runs.prepared_original import PICKS
from dlfd_core.runs.report_store import REPORTS
from dlfd_core.ui.server.jobs import RUNS_OPEN, TICK
from dlfd_core.ui.server.visits import Visits
from dlfd_core.zero_gpu import RUN_SECONDS

#: Visitors with one new run each, who never leave: the arrivals of the textbook.
TEXTBOOK = Assumptions(
    runs_per_visit=1, think_seconds=0, patience_seconds=math.inf, shipped_share=0, repeated_share=0, open_runs=10**9
)
CONSTANT = Machine("constant", (PageRun(10.0, 10.0, 10.0),))
#: Exponential times with a mean of 10 s, as 400 equally likely values.
QUANTILES = [-10 * math.log(1 - (i + 0.5) / 400) for i in range(400)]
EXPONENTIAL = Machine("exponential", tuple(PageRun(seconds, seconds, seconds) for seconds in QUANTILES))
BUSY = Machine("busy", (PageRun(8.0, 9.0, 14.0), PageRun(12.0, 12.5, 20.0)))


def waits(machine: Machine, load: float, visits: int, seed: int = 1) -> list[float]:
    """Simulated waits at a load per slot."""
    rate = 3600 * load * machine.slots / 10
    return simulate(machine, TEXTBOOK, rate, hours=visits / rate, seed=seed).waits


def erlang_c(slots: int, load: float) -> float:
    """Probability that an arrival waits in M/M/c (Erlang's C formula), at a load per slot."""
    offered = slots * load
    last = offered**slots / math.factorial(slots) / (1 - load)
    return last / (sum(offered**k / math.factorial(k) for k in range(slots)) + last)


def test_one_device_and_constant_times_wait_as_m_d_1() -> None:
    found = mean(waits(CONSTANT, 0.5, 6_000))
    assert found == pytest.approx(0.5 * 10 / (2 * (1 - 0.5)), rel=0.1)


def test_three_devices_and_exponential_times_wait_as_m_m_c() -> None:
    found = waits(replace(EXPONENTIAL, slots=3), 0.6, 6_000)
    assert mean(found) == pytest.approx(erlang_c(3, 0.6) * 10 / (3 * (1 - 0.6)), rel=0.15)
    assert mean(wait > 0 for wait in found) == pytest.approx(erlang_c(3, 0.6), rel=0.1)


def test_the_theory_above_is_missed_by_another_load() -> None:
    """The tolerance is tight enough: a tenth more visitors is noticed."""
    assert mean(waits(CONSTANT, 0.55, 6_000)) != pytest.approx(0.5 * 10 / (2 * (1 - 0.5)), rel=0.1)


def crowd(rate: float = 250.0, pages: int = 1, seed: int = 0, **changes: float) -> Outcome:
    return simulate(BUSY, replace(Assumptions(), **changes), rate, pages=pages, hours=2, seed=seed)  # type: ignore[arg-type]


def test_every_visit_ends_once_and_every_run_is_counted() -> None:
    outcome = crowd(rate=600)
    assert outcome.visitors == sum(outcome.ends.values()) > 1_000
    assert set(outcome.ends) <= {"served", "left", "refused", "quota"} and outcome.ends["left"] > 0
    assert len(outcome.waits) == sum(outcome.runs[each] for each in ("computed", "left", "refused"))
    assert len(outcome.answers) == outcome.runs["computed"]
    assert outcome.ends["left"] == outcome.runs["left"]
    assert outcome.device_seconds == pytest.approx(outcome.runs["computed"] * 17, rel=0.05)
    assert outcome.device_seconds <= 1.05 * 3600 * outcome.hours  # one device


def test_equal_seeds_give_equal_numbers() -> None:
    assert crowd(seed=3) == crowd(seed=3)
    assert crowd(seed=3).waits != crowd(seed=4).waits


def test_more_machines_never_serve_fewer() -> None:
    served = [crowd(pages=pages).ends["served"] for pages in (1, 2, 4, 8)]
    assert served == sorted(served) and served[0] < served[-1]
    shared = [simulate(replace(BUSY, slots=slots), Assumptions(), 250, hours=2).ends["served"] for slots in (1, 2, 4)]
    assert shared == sorted(shared) and shared[1] >= served[1]  # one queue for two is no worse than two queues


def test_finished_runs_are_answered_at_once() -> None:
    everything_shipped = crowd(shipped_share=1, repeated_share=0)
    assert everything_shipped.waits == [] and everything_shipped.device_seconds == 0
    one = crowd(rate=20, shipped_share=0, repeated_share=1, repeated_runs=1)
    assert one.runs["computed"] <= 1 and one.runs["cached"] > 50
    nothing_kept = crowd(rate=20, shipped_share=0, repeated_share=1, repeated_runs=50, kept_reports=1)
    assert nothing_kept.runs["computed"] > 10 * one.runs["computed"] + 10


def test_the_control_holds_the_device_but_not_its_visitor() -> None:
    with_control, without = crowd(rate=5), crowd(rate=5, control_share=0)
    assert min(with_control.answers) == 8.0
    assert with_control.device_seconds > 1.4 * without.device_seconds


def test_a_quota_ends_visits_and_a_start_takes_time() -> None:
    machine = replace(BUSY, startup=5.0, quota=120.0, requested=120.0)
    outcome = simulate(machine, replace(Assumptions(), shipped_share=0, repeated_share=0), 5, hours=40)
    assert outcome.ends["quota"] > 0 and outcome.runs["computed"] <= outcome.visitors  # one run each
    assert min(outcome.answers) == 13.0


def test_waiting_runs_slow_a_crowded_page_down() -> None:
    seconds = SoakSeconds((2.0,), (2.0,), {4: (3.0,), 12: (5.0,)}, (0.03,))
    assert [seconds.slowdown(waiting) for waiting in (0, 2, 4, 8, 12, 20)] == [1.0, 1.25, 1.5, 2.0, 2.5, 3.5]
    slow = simulate(replace(BUSY, crowded=seconds), Assumptions(), 250, hours=2)
    assert slow.ends["served"] < crowd().ends["served"]


def test_too_many_runs_on_a_page_are_refused() -> None:
    outcome = crowd(rate=2_000, open_runs=3)
    assert outcome.ends["refused"] > 0 and math.inf in outcome.waits
    assert crowd(rate=50, starts=1, think_seconds=1).ends["refused"] > 0


def test_the_choices_have_the_assumed_means() -> None:
    assumed = Assumptions()
    visits = [list(clicks_of(number, 0, assumed, 2)) for number in range(3_000)]
    clicks = [click for visit in visits for click in visit]
    assert len(clicks) / len(visits) == pytest.approx(assumed.runs_per_visit, rel=0.05)
    assert mean(click.kind == "shipped" for click in clicks) == pytest.approx(assumed.shipped_share, abs=0.02)
    assert mean(click.kind == "repeated" for click in clicks) == pytest.approx(assumed.repeated_share, abs=0.02)
    assert mean(click.patience for click in clicks) == pytest.approx(assumed.patience_seconds, rel=0.06)


def test_the_limits_are_those_of_the_code() -> None:
    assumed = Assumptions()
    assert assumed.kept_reports == REPORTS and assumed.zero_gpu_requested == RUN_SECONDS
    longest_queue = constant("dlfd_core/ui/launch.py", "LONGEST_QUEUE")
    assert assumed.starts == Visits().runs and assumed.open_runs == RUNS_OPEN + longest_queue
    assert constant("dlfd_core/ui/api.py", "AT_ONCE") == AT_ONCE and TICK == NOTICE and PICKS == KEPT_PICKS


def constant(path: str, name: str) -> int:
    """A number from the source of a module whose import takes seconds."""
    found = re.search(rf"^{name} = (\d+)$", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None, name
    return int(found[1])


def test_percentiles_are_values_that_so_many_do_not_exceed() -> None:
    assert [percentile(range(1, 101), share) for share in (0.0, 0.5, 0.95, 1.0)] == [1, 50, 95, 100]
    assert percentile([], 0.95) == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("runs_per_visit", 0.5), ("think_seconds", -1), ("patience_seconds", 0), ("shipped_share", 0.9), ("starts", 0),
     ("peak_share", 2), ("think_seconds", math.nan)],
)  # fmt: skip
def test_impossible_assumptions_are_refused(name: str, value: float) -> None:
    with pytest.raises(InvalidRequest):
        replace(Assumptions(), **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(("rate", "pages", "hours"), [(0, 1, 1), (-5, 1, 1), (math.nan, 1, 1), (5, 0, 1), (5, 1, 0)])
def test_nothing_to_simulate_is_refused(rate: float, pages: int, hours: float) -> None:
    with pytest.raises(InvalidRequest):
        simulate(BUSY, Assumptions(), rate, pages=pages, hours=hours)


def test_machines_without_runs_or_slots_are_refused() -> None:
    for runs, slots in [((), 1), (BUSY.runs, 0), ((PageRun(-1.0, 1.0, 2.0),), 1), ((PageRun(5.0, 5.0, 4.0),), 1)]:
        with pytest.raises(InvalidRequest):
            Machine("impossible", runs, slots)
