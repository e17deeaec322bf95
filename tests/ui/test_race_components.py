"""What the race's components are sent."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from dlfd_core.types import (
    RACE_REFERENCE,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    RaceEntry,
    RaceProgress,
    RaceRequest,
)
from dlfd_core.ui.components.assets import FOLDER
from dlfd_core.ui.components.race_board import COLUMNS, RaceBoard, board_value
from dlfd_core.ui.components.race_lanes import RaceLanes, lanes_value, time_left
from dlfd_core.ui.components.race_marks import ORIGINAL, SHAPES, TONES, in_order, marks_of
from dlfd_core.ui.components.twin_map import TwinMap, twin_value
from dlfd_core.ui.duel import answers, duel, histograms
from tests.fake_race import make_scores
from tests.fakes import HOSTILE, METHODS, make_report
from tests.ui.test_race_views import PEOPLE, make_race, words

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


# ---- marks -----------------------------------------------------------------------------------------------------------


def test_no_two_methods_look_alike() -> None:
    cards = [replace(METHODS[0], name=f"m{i}") for i in range(len(SHAPES) * TONES)]
    marks = marks_of(cards)
    assert len({tuple(mark.values()) for mark in marks.values()}) == len(cards) + 2
    pairs = pairwise(cards)
    assert all(
        marks[a.name]["shape"] != marks[b.name]["shape"] and marks[a.name]["tone"] != marks[b.name]["tone"]
        for a, b in pairs
    )


def test_every_shape_and_colour_is_drawn() -> None:
    script, style = ((FOLDER / f"race_marks.{kind}").read_text(encoding="utf-8") for kind in ("js", "css"))
    for shape in (*SHAPES, "star", "ring"):
        assert re.search(rf"^  {shape}: ", script, re.MULTILINE), shape
    assert all(f"--tone-{i}:" in style for i in range(TONES))


def test_the_page_lists_dlfd_and_its_control_first_and_the_reference_last() -> None:
    names = [card.name for card in in_order(METHODS)]
    assert names[:2] == ["dlfd", "control"] and names[-1] == RACE_REFERENCE and set(names) == {c.name for c in METHODS}


# ---- lanes -----------------------------------------------------------------------------------------------------------


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


# ---- board -----------------------------------------------------------------------------------------------------------


def test_the_board_has_a_row_for_everything_and_a_point_for_what_has_scores() -> None:
    value = board_value(
        make_race({"dlfd": [0.81, 0.83], "neg_grad": [None, None], RACE_REFERENCE: [0.9, 0.9]}), METHODS
    )
    assert [row["method"] for row in value["rows"]] == ["dlfd", "neg_grad", RACE_REFERENCE, ORIGINAL]
    assert [point["method"] for point in value["points"]] == ["dlfd", RACE_REFERENCE, ORIGINAL]
    assert [row["kind"] for row in value["rows"]] == ["method", "method", "reference", "original"]
    failed = value["rows"][1]
    assert failed["cells"] == {} and failed["failure"] == "2 of 2 runs failed. It diverged."
    keys = [column["key"] for column in value["columns"]]
    assert keys == [
        "nomus", "utility", "forgetting_score", "inside", "mia_auc", "forget_accuracy", "seconds", "epochs",
    ]  # fmt: skip
    assert set(value["rows"][0]["cells"]) == set(keys)
    assert json.loads(json.dumps(value, allow_nan=False)) == json.loads(json.dumps(value))


def test_cells_carry_text_for_eyes_and_numbers_for_sorting() -> None:
    row = board_value(make_race({"dlfd": [0.81, 0.83]}), METHODS)["rows"][0]
    assert row["cells"]["nomus"] == {
        "value": pytest.approx(0.82),
        "text": "0.820",
        "more": "± 0.020",
        "half": pytest.approx(0.02),
    }
    assert row["cells"]["utility"]["text"] == "80.0 %" and row["cells"]["inside"]["text"] == "2 of 2"
    assert row["cells"]["inside"]["more"] == "up to 0.060" and row["cells"]["epochs"]["value"] == 4
    assert row["n"] == "2 seeds"


def test_one_seed_has_no_interval() -> None:
    value = board_value(make_race({"dlfd": [0.81]}), METHODS)
    assert value["rows"][0]["cells"]["nomus"]["more"] == "" and value["points"][0]["dx"] is None
    assert value["points"][0]["runs"] == [] and value["rows"][0]["n"] == "1 seed"


def test_the_best_method_is_marked_and_never_the_reference() -> None:
    rows = board_value(make_race({"dlfd": [0.81], "control": [0.7], RACE_REFERENCE: [0.9]}), METHODS)["rows"]
    assert [row["cells"]["nomus"].get("best") for row in rows] == [True, False, None, None]
    alone = board_value(make_race({"dlfd": [0.81], RACE_REFERENCE: [0.9]}), METHODS)["rows"]
    assert "best" not in alone[0]["cells"]["nomus"]  # one is not the best of anything


def test_a_run_over_its_budget_says_so() -> None:
    cells = [
        board_value(make_race({"dlfd": [0.8]}, budget=budget), METHODS)["rows"][0]["cells"] for budget in (2.0, 5.0)
    ]
    assert [each["seconds"]["more"] for each in cells] == ["over budget", ""]


def test_a_point_says_its_numbers() -> None:
    value = board_value(make_race({"dlfd": [0.81, 0.83]}), METHODS)
    assert value["points"][0]["text"] == (
        "DLFD, 2 seeds: forgetting score 0.020 ± 0.000, utility 80.0 % ± 0.0, NoMUS 0.820 ± 0.020."
    )
    assert value["band"] == pytest.approx(0.06) and len(value["points"][0]["runs"]) == 2


def test_before_the_first_result_the_board_is_empty() -> None:
    value = board_value(make_race({"dlfd": [None]}), METHODS)
    assert value["points"][0]["method"] == ORIGINAL and value["band"] is None
    assert {column.measure for column in COLUMNS if column.marked} == {"nomus", "utility", "forgetting_score"}


# ---- two side by side ------------------------------------------------------------------------------------------------


def reports() -> tuple[ForgetReport, ForgetReport]:
    people = ("p00", "p08", "p09")
    return tuple(make_report(ForgetRequest(people, method=name)) for name in ("dlfd", "control"))  # type: ignore[return-value]


def unpack(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<u2")


def test_twins_share_one_frame() -> None:
    a, b = reports()
    assert a.points is not None and b.points is not None
    value = twin_value(a, b, ("DLFD", "Control"))
    every = np.concatenate([unpack(value["before"]), *(unpack(side["after"]) for side in value["sides"])]).reshape(
        -1, 2
    )
    assert every.min(0).tolist() == [0, 0] and every.max(0).tolist() == [65535, 65535]
    assert [unpack(side["predicted"]).tolist() for side in value["sides"]] == [
        report.points.predicted_after.tolist() for report in (a, b) if report.points is not None
    ]
    differ = int(np.sum(a.points.predicted_after != b.points.predicted_after))
    assert differ > 0 and sum(row["differ"] for row in value["table"]) == differ
    assert f"answer differently on {differ} of them" in value["summary"] and value["titles"] == ["DLFD", "Control"]
    json.dumps(value, allow_nan=False)


def test_without_a_map_there_are_no_twins() -> None:
    a, b = reports()
    assert twin_value(replace(a, points=None), b, ("A", "B")) == {} and TwinMap().postprocess(None) == {}


def test_answers_that_differ_come_first() -> None:
    html = answers(*reports(), ("DLFD", "Control"), PEOPLE)
    first, folded = html.split("<details>")
    differ, agree = first.count('class="guess"'), folded.count('class="guess"')
    assert differ > 0 and differ + agree == 24
    assert f"They answer differently on {differ} of 24 photos shown." in words(first)
    assert f"{agree} photos they agree on" in folded and "✓" in first and "✗" in first


def test_two_equal_models_agree_on_everything() -> None:
    a, _ = reports()
    html = answers(a, a, ("A", "B"), PEOPLE)
    assert "differently on 0 of 24" in html and 'aria-label="Photos they answer differently"' not in html
    assert answers(replace(a, photos=None), a, ("A", "B"), PEOPLE) == ""


def test_the_histograms_share_their_axes_and_say_their_medians() -> None:
    a, b = reports()
    html = histograms(a, b, ("DLFD", "Control"))
    left, right = html.split("</figure>")[:2]
    ticks = [re.findall(r"<text[^>]*>[^<]*</text>", side) for side in (left, right)]
    assert ticks[0] == ticks[1] and html.count("<svg") == 2 and 'id="hatch-a"' in left and 'id="hatch-b"' in right
    median = float(np.median(a.losses["unlearned"]["forget"]))
    assert f"forgotten people {median:.2f} (n = 36)" in left and "attack accuracy 0.52" in left


def test_losses_that_are_no_numbers_break_nothing() -> None:
    a, b = reports()
    losses = {"unlearned": {"forget": np.array([np.nan, np.inf, 0.0]), "unseen": np.array([])}}
    html = histograms(replace(a, losses=losses), b, ("A", "B"))
    assert "unseen people: none" in html and "nan" not in re.sub(r"Median:[^<]*|aria-label=\"[^\"]*\"", "", html)


def test_names_and_titles_are_inert() -> None:
    a, b = (replace(report, classes=HOSTILE[:3]) for report in reports())
    html = duel(a, b, (HOSTILE[0], HOSTILE[3]), dict.fromkeys(PEOPLE, HOSTILE[0]))
    assert "<img" not in html and "<b>Sons" not in html and "&lt;img src=x" in html


@pytest.mark.parametrize("component", [RaceLanes, RaceBoard, TwinMap])
def test_components_start_empty_and_ignore_what_is_no_object(component: Any) -> None:
    made = component()
    assert made.value == {} and made.props == {} and [made.preprocess(sent) for sent in (None, "x", [1])] == [{}] * 3
