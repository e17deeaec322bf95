"""The hosting study: its answers, its comparison with a soak, its files, and bad input."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

import pytest

from benchmarks import hosting, hosting_times
from benchmarks.hosting import filled, main
from benchmarks.hosting_answers import Capacity, capacity, hosts, machines_needed, observe, saturated_rate
from benchmarks.hosting_assumptions import Assumptions, Machine
from benchmarks.hosting_soak import Compared, compare, simulate_soak
from benchmarks.hosting_tables import measured_table
from benchmarks.hosting_times import PageRun, SoakSeconds, Times, measure_soak, read_times, write_times
from benchmarks.soak_visitors import KINDS, ForgetCall, Outcome, Visitor
from benchmarks.studies import RESULTS
from dlfd_core.errors import InvalidRequest

#: Made-up seconds, for the code alone.
SOAK = SoakSeconds((3.0, 3.2), (2.0, 2.0), {4: (2.0, 2.0), 24: (2.0, 2.0)}, (0.03,))
TIMES = Times("cpu, 2 threads, float32", 2, 0.0, (PageRun(8.0, 8.3, 14.0), PageRun(12.0, 12.3, 20.0)), SOAK)


def times_file(folder: Path) -> Path:
    write_times(TIMES, folder / "times.json")
    return folder / "times.json"


# ---- capacity --------------------------------------------------------------------------------------------------------


def test_the_search_finds_the_rate_of_the_theory() -> None:
    """M/M/1: 95 % wait at most t where load * exp(-(1 - load) * t / 10 s) = 0.05. For t = 60 s the load is 0.589."""
    load = 0.5
    for _ in range(100):  # the load by fixed-point iteration
        load = 1 + 10 / 60 * math.log(0.05 / load)
    assert load == pytest.approx(0.589, abs=0.001)
    quantiles = [-10 * math.log(1 - (i + 0.5) / 400) for i in range(400)]
    machine = Machine("exponential", tuple(PageRun(seconds, seconds, seconds) for seconds in quantiles))
    textbook = Assumptions(
        runs_per_visit=1, think_seconds=0, patience_seconds=math.inf, shipped_share=0, repeated_share=0, open_runs=10**9
    )
    found = capacity(machine, textbook, 60.0, visits=1_500)
    assert found.per_hour == pytest.approx(load * 360, rel=0.12)
    assert found.wait <= 60 and found.used == pytest.approx(load, rel=0.12)
    assert found.per_day(textbook) == pytest.approx(10 * found.per_hour)


def test_a_limit_or_a_crowd_that_makes_no_sense_is_refused() -> None:
    machine = hosts(TIMES, Assumptions())["free"]
    for limit in (0, -1, math.nan):
        with pytest.raises(InvalidRequest):
            capacity(machine, Assumptions(), limit)
    with pytest.raises(InvalidRequest):
        saturated_rate(machine, Assumptions(shipped_share=1, repeated_share=0))


def test_only_the_free_space_is_called_measured() -> None:
    notes = {name: machine.note for name, machine in hosts(TIMES, Assumptions()).items()}
    assert notes.pop("free") == "measured" and set(notes.values()) == {"assumed"}
    gpu = hosts(TIMES, Assumptions(gpu_times_faster=4))["gpu"]
    assert gpu.runs[0] == PageRun(2.0, 2.075, 3.5) and "4 times" in gpu.name


def row(slots: int, per_hour: float) -> Capacity:
    return Capacity("", "", 1, slots, 10, per_hour, 0, 0, 0, 0, 0, 0, 0)


def test_machines_for_a_rate_by_hand() -> None:
    shared = [row(1, 10), row(2, 40), row(4, 100)]
    rates = {5: 1, 10: 1, 11: 2, 40: 2, 70: 3, 71: 4, 100: 4, 101: 5, 130: 6, 200: 8, 1_000: 40}
    assert {rate: machines_needed(rate, shared) for rate in rates} == rates


# ---- soak ------------------------------------------------------------------------------------------------------------


def test_a_simulated_soak_has_the_visitors_of_a_real_one() -> None:
    found = simulate_soak(SOAK, sessions=10, duration=120)
    assert (
        found["requests"] == sum(found["results"].values()) == sum(each["requests"] for each in found["waits"].values())
    )
    assert set(found["results"]) <= {"finished", "given up", "unfinished"} and found["mixed_up"] == 0
    stopped = found["waits"]["cancelled"]["requests"] + found["waits"]["closed"]["requests"]
    assert stopped == found["results"]["given up"]
    assert found["waits"]["cancelled"]["end"] is None and set(found["waits"]) == set(KINDS)
    median, high = found["waits"]["own"]["end"]
    assert 10 < median <= high < 10 * 3.3  # behind nine others at most
    assert found["waits"]["cached"]["end"][0] < 0.1


def test_a_soak_alone_waits_for_nobody() -> None:
    found = simulate_soak(SOAK, sessions=1, duration=300)
    assert found["waits"]["own"]["end"][1] <= 3.2 + 2 * 0.03 + 0.5  # at most behind a request that was just stopped
    assert simulate_soak(SOAK, sessions=1, duration=300) == found


def test_slower_runs_mean_longer_waits_and_fewer_requests() -> None:
    slow = SoakSeconds((6.0,), (4.0,), SOAK.busy, SOAK.cached)
    slow = SoakSeconds(slow.first, slow.again, {4: (4.0,), 24: (4.0,)}, slow.cached)
    quick, found = simulate_soak(SOAK, 10, 120), simulate_soak(slow, 10, 120)
    assert found["waits"]["own"]["end"][0] > 1.7 * quick["waits"]["own"]["end"][0]
    assert found["requests"] < quick["requests"]


def test_the_comparison_notices_a_wrong_prediction() -> None:
    measured = simulate_soak(SOAK, 10, 120)
    assert all(each.error == 0 and each.within for each in compare(measured, measured))
    wrong = measured | {"requests": measured["requests"] * 1.3}
    assert [each.name for each in compare(measured, wrong) if not each.within] == ["requests"]
    assert Compared("", 10, 12.1).within is False and Compared("", 10, 11.9).within is True
    assert Compared("", 0.02, 0.05).within is True and Compared("", 0.02, 0.5).within is False


# ---- measured seconds ------------------------------------------------------------------------------------------------


def test_measured_seconds_come_back_from_their_file(tmp_path: Path) -> None:
    assert read_times(times_file(tmp_path)) == TIMES


def test_runs_are_measured_alone_and_while_others_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a server whose runs take as many seconds as visitors have asked."""
    calls: list[ForgetCall] = []

    def send(self: Visitor, kind: str, call: ForgetCall, session: str, latest: float) -> Outcome:
        calls.append(call)
        return Outcome(kind, "finished", 0.1, float(len(calls)))

    class Server:
        def __enter__(self) -> None: ...
        def __exit__(self, *_: object) -> None: ...

    config = json.dumps({"dependencies": [{"api_name": "forget", "id": 7}]})
    monkeypatch.setattr(hosting_times, "people_of", lambda port: [f"p{i}" for i in range(9)])
    monkeypatch.setattr(hosting_times, "connection", lambda port: Server())
    monkeypatch.setattr(hosting_times, "exchange", lambda *_: (200, config))
    monkeypatch.setattr(Visitor, "send", send)
    found = measure_soak(0, 4)
    pairs = len(hosting_times.PAIRS)
    assert found.first == tuple(range(2, 2 + pairs)) and found.again == tuple(range(2 + pairs, 6 + pairs))
    assert {number: len(seconds) for number, seconds in found.busy.items()} == dict.fromkeys(hosting_times.WAITING, 4)
    alone = calls[1 : 1 + pairs + 4]
    assert len({call.people for call in alone[:pairs]}) == pairs == len({call.seed for call in alone[:pairs]})
    assert len(set(alone)) == len(alone) and len(found.cached) == 4  # only the cached ones repeat a run


# ---- the command -----------------------------------------------------------------------------------------------------


def test_the_command_compares_with_a_soak(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    soak = tmp_path / "soak.json"
    soak.write_text(json.dumps(simulate_soak(SOAK, 5, 60) | {"fake": False}))
    assert main(["--times", str(times_file(tmp_path)), "--soak", str(soak), "--out", str(tmp_path / "new")]) == 0
    document = json.loads((tmp_path / "new" / "hosting-soak.json").read_text())
    assert [each["predicted"] for each in document["rows"]] == [each["measured"] for each in document["rows"]]
    assert "| requests |" in capsys.readouterr().out
    assert "Simulation against the measured load test" in (tmp_path / "new" / "hosting-soak.svg").read_text()


def test_the_command_prints_and_saves_all_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def quick(machine: Machine, assumed: Assumptions, limit: float, *, pages: int = 1, **_: int) -> Capacity:
        return Capacity(
            machine.name, machine.note, pages, machine.slots, limit, limit * machine.slots**1.2 * pages, 1.5, limit, 20,
            25, 0.01, 0, 0.2,
        )  # fmt: skip

    monkeypatch.setattr("benchmarks.hosting_answers.capacity", quick)
    monkeypatch.setattr("benchmarks.hosting_answers.DAYS", (100, 1_000))
    monkeypatch.setattr("benchmarks.hosting_tables.TABLE_DAYS", (100, 1_000))
    document = tmp_path / "page.md"
    document.write_text("# Title\n\n" + "".join(f"<!-- {name} -->\n<!-- end -->\n" for name in TABLES))
    monkeypatch.setattr(hosting, "DOCUMENT", document)
    out = tmp_path / "new"
    assert main(["--times", str(times_file(tmp_path)), "--out", str(out), "--docs", "--set", "think_seconds=30"]) == 0
    saved = json.loads((out / "hosting.json").read_text())
    assert saved["needed"]["1000"]["strict"] == 10 and saved["needed"]["1000"]["lenient"] == 2
    assert saved["assumptions"]["think_seconds"][0] == "30 s"
    printed = capsys.readouterr().out
    for name in ("think_seconds", "free Space", "ZeroGPU", "assumed", "measured (cpu, 2 threads, float32)"):
        assert name in printed and name in document.read_text()
    assert "visitors a day" in (out / "hosting.svg").read_text()
    assert "](new/hosting.svg)" in document.read_text()


#: Names of the tables in the document.
TABLES = ("assumptions", "measured", "hosts", "shared", "days")


def test_tables_are_filled_in_again() -> None:
    text = filled("a\n<!-- hosts -->\nold\n<!-- end -->\nb\n", {"hosts": r"| \1 |"})
    assert text == "a\n<!-- hosts -->\n\n| \\1 |\n\n<!-- end -->\nb\n"
    assert filled(text, {"hosts": r"| \1 |"}) == text


def test_the_document_has_a_place_for_every_table() -> None:
    text = hosting.DOCUMENT.read_text(encoding="utf-8")
    new = filled(text, dict.fromkeys((*TABLES, "soak"), "| here |"))
    assert new.count("| here |") == len(TABLES) + 1


BAD: list[tuple[Sequence[str], str]] = [
    (["--soak", "none.json"], "is missing"),
    (["--soak", "times.json"], "does not hold a soak"),
    (["--soak", "fake.json"], "of the fake service"),
    (["--times", "none.json"], "is missing"),
    (["--times", "fake.json"], "does not hold measured seconds"),
    (["--set", "think_seconds=-1"], "must not be negative"),
    (["--set", "think_seconds=soon"], "must be a number"),
    (["--set", "tea=1"], "no assumption"),
    (["--visits", "0"], "too few"),
    (["--measure", "0"], "too few"),
    (["--wait", "-3"], "must be more than 0"),
    (["--out", "fake.json"], "cannot be written"),
    (["--measure", "2", "--times", "fake.json/x"], "cannot be written"),
    (["--set", "shipped_share=1", "--set", "repeated_share=0"], "no run needs a device"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD)
def test_bad_input_is_one_sentence(
    arguments: Sequence[str],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    given = times_file(tmp_path)
    waits: dict[str, Any] = {"own": {"end": [1.0, 2.0]}}
    (tmp_path / "fake.json").write_text(json.dumps({"requests": 5, "fake": True, "waits": waits}))
    default = [] if "--times" in arguments else ["--times", str(given)]
    assert main([*default, "--out", str(tmp_path / "new"), *arguments]) == 2
    said = capsys.readouterr().err.strip()
    assert words in said and "\n" not in said and "Traceback" not in said
    assert list((tmp_path / "new").glob("*")) == [] and read_times(given) == TIMES


def test_the_shipped_answers_belong_to_the_shipped_seconds() -> None:
    """The kept results, where there are some, are of the kept measurement."""
    path = RESULTS / "hosting.json"
    if not path.exists():
        pytest.skip("no answers are kept")
    saved = json.loads(path.read_text(encoding="utf-8"))
    times = read_times(hosting_times.times_path("float32"))
    assert saved["measured_on"] == times.device and "float32" in times.device
    free = next(each for each in saved["hosts"] if each["note"] == "measured")
    assert free["answer"] > mean(run.scores for run in times.page) / 2


def test_a_measurement_on_a_busy_machine_says_so() -> None:
    assert "too long" not in measured_table(TIMES)
    assert "other programs kept 1.5 cores busy: too long" in measured_table(replace(TIMES, busy_cores=1.5))


def test_a_high_rate_is_simulated_for_an_hour() -> None:
    """With a fixed number of visits, many machines would seem to be busy for more than all of the time."""
    machine = Machine("page", TIMES.page, slots=8)
    found = observe(machine, Assumptions(), 700, visits=100)
    assert found.hours == 1.0 and found.visitors > 600
    assert 0.5 < found.device_seconds / (3600 * 8) < 1.05
