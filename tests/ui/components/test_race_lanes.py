"""The lanes of a race: progress, results and failures of each method."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dlfd_core.types import (
    RACE_REFERENCE,
    ForgetProgress,
    ForgetRequest,
    RaceEntry,
    RaceProgress,
    RaceRequest,
)
from dlfd_core.ui.components.race_lanes import lanes_value, time_left
from tests.fake_race import make_scores
from tests.fakes import METHODS

REQUEST = RaceRequest(("p00",), methods=("dlfd", RACE_REFERENCE), seeds=2)


def entry(method: str, seed: int, nomus: float | None = 0.8) -> RaceEntry:
    scores = None if nomus is None else replace(make_scores(0.8, 0.52, 0.5), nomus=nomus)
    return RaceEntry(
        ForgetRequest(("p00",), method=method, seed=seed), (), scores, 5.0, "No." if scores is None else None
    )


def at(method: str, seed: int, stage: Any, done: int, total: int, **changes: Any) -> RaceProgress:
    step = ForgetProgress(stage, done, total, "Waiting for a run before this one", 12.4)
    return replace(RaceProgress(method, seed, 0, step, seconds_left=200.0), **changes)


def lane(value: dict[str, Any], method: str = "dlfd") -> dict[str, Any]:
    return next(lane for lane in value["lanes"] if lane["method"] == method)


def test_a_lane_waits_runs_and_finishes() -> None:
    waiting = lanes_value(REQUEST, METHODS)
    assert waiting["headline"] == "Run 1 of 4" and {each["state"] for each in waiting["lanes"]} == {"waiting"}
    running = lanes_value(REQUEST, METHODS, [entry("dlfd", 0)], at("dlfd", 1, "unlearn", 45, 180))
    found = lane(running)
    assert found["parts"] == [{"state": "done", "share": 1.0}, {"state": "running", "share": 0.25}]
    assert found["text"] == "seed 2 of 2: forgetting, 45 of 180 steps" and found["left"] == "about 12 s left"
    assert found["result"] == "0.800" and running["headline"] == "Run 2 of 4" and running["left"] == "about 3 min left"
    ended = lanes_value(REQUEST, METHODS, [entry(name, seed) for seed in (0, 1) for name in REQUEST.methods])
    assert {each["text"] for each in ended["lanes"]} == {"finished"} and ended["headline"] == "All 4 runs are finished"


def test_a_lane_ends_with_the_verdict() -> None:
    good, bad = (replace(entry("dlfd", 0), label=label) for label in ("not_distinguishable", "task_lost"))
    assert lane(lanes_value(REQUEST, METHODS))["verdict"] is None
    one = lanes_value(REQUEST, METHODS, [good])
    assert lane(one)["verdict"] == {"label": "not_distinguishable", "text": "Not told apart"}
    assert one["spoken"] == "DLFD, seed 0: finished, NoMUS 0.800, not told apart."
    both = lanes_value(REQUEST, METHODS, [good, replace(bad, request=replace(bad.request, seed=1))])
    assert lane(both)["verdict"] == {"label": "task_lost", "text": "Not told apart in 1 of 2 runs"}


def test_the_lanes_have_the_order_of_the_page() -> None:
    request = replace(REQUEST, methods=(RACE_REFERENCE, "neg_grad", "control", "dlfd"))
    names = [each["method"] for each in lanes_value(request, METHODS)["lanes"]]
    assert names == ["dlfd", "control", "neg_grad", RACE_REFERENCE]


@pytest.mark.parametrize(
    ("progress", "share", "text"),
    [
        (at("dlfd", 0, "load", 0, 1), 0.0, "waiting for a run before this one"),
        (at("dlfd", 0, "train", 5, 10), 0.0, "training the original classifier, 5 of 10 steps"),
        (at("dlfd", 0, "unlearn", 5, 10, trial=True), 0.0, "measuring its speed"),
        (at("dlfd", 0, "load", 0, 1, trial=True), 0.0, "waiting for a run before this one"),
        (at("dlfd", 0, "evaluate", 0, 2), 1.0, "measuring"),
        (at(RACE_REFERENCE, 0, "unlearn", 5, 10), 0.5, "retraining without them, 5 of 10 steps"),
    ],
)
def test_what_a_run_does_is_told(progress: RaceProgress, share: float, text: str) -> None:
    found = lane(lanes_value(REQUEST, METHODS, (), progress), progress.method)
    assert found["parts"][0]["share"] == share and found["text"] == f"seed 1 of 2: {text}"
    assert (found["left"] == "") == progress.trial  # a trial's end is not the run's


def test_with_one_seed_it_is_not_counted() -> None:
    found = lane(lanes_value(replace(REQUEST, seeds=1), METHODS, (), at("dlfd", 0, "unlearn", 1, 2)))
    assert found["text"] == "Forgetting, 1 of 2 steps" and len(found["parts"]) == 1


def test_a_lane_that_fails_says_why() -> None:
    both = lane(lanes_value(REQUEST, METHODS, [entry("dlfd", 0, None), entry("dlfd", 1, None)]))
    assert both["state"] == "failed" and both["text"] == "No." and both["result"] == ""
    one = lane(lanes_value(REQUEST, METHODS, [entry("dlfd", 0, None), entry("dlfd", 1)]))
    assert one["state"] == "done" and one["text"] == "finished; 1 of 2 failed" and one["parts"][0]["state"] == "failed"


def test_stopped_lanes_run_no_more() -> None:
    value = lanes_value(REQUEST, METHODS, [entry("dlfd", 0)], at("dlfd", 1, "unlearn", 1, 2), stopped=True)
    assert value["headline"] == "Stopped after 1 of 4 runs" and value["left"] == ""
    assert lane(value)["text"] == "stopped, 1 of 2 seeds finished" and lane(value, RACE_REFERENCE)["text"] == "stopped"
    assert lane(value)["parts"][1] == {"state": "waiting", "share": 0.0}


def test_late_progress_of_an_ended_run_is_ignored() -> None:
    value = lanes_value(REQUEST, METHODS, [entry("dlfd", 0)], at("dlfd", 0, "project", 0, 1))
    assert lane(value)["state"] == "waiting"


def test_a_listener_hears_each_run_once() -> None:
    assert lanes_value(REQUEST, METHODS)["spoken"] == ""
    assert lanes_value(REQUEST, METHODS, [entry("dlfd", 0)])["spoken"] == "DLFD, seed 0: finished, NoMUS 0.800."
    assert lanes_value(REQUEST, METHODS, [entry("dlfd", 0, None)])["spoken"] == "DLFD, seed 0: failed."


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (1.0, "almost done"), (12.4, "about 12 s left"), (89.0, "about 89 s left"), (200, "about 3 min left")],
)
def test_time_left(seconds: float | None, text: str) -> None:
    assert time_left(seconds) == text
