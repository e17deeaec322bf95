"""The board of a race: a row for each model, a point for each with scores."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from dlfd_core.types import (
    RACE_REFERENCE,
    VerdictLabel,
)
from dlfd_core.ui.components.race_board import COLUMNS, board_value
from dlfd_core.ui.components.race_marks import ORIGINAL
from tests.fakes import METHODS
from tests.ui.compare.test_views import make_race


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
        "verdict", "nomus", "utility", "forgetting_score", "inside", "mia_auc", "forget_accuracy", "seconds", "epochs",
    ]  # fmt: skip
    assert set(value["rows"][0]["cells"]) == set(keys) - {"verdict"}  # these runs were not judged
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


def test_the_verdict_of_a_method_is_that_of_most_of_its_runs_and_success_sorts_first() -> None:
    race = make_race({"dlfd": [0.7, 0.7], "control": [0.9, 0.9], "neg_grad": [0.95, 0.95]})
    good: VerdictLabel = "not_distinguishable"
    bad: VerdictLabel = "still_recognisable"
    labels = {"dlfd": (good, good), "control": (good, bad), "neg_grad": (bad, bad)}
    race = replace(race, rows=tuple(replace(row, labels=labels[row.method]) for row in race.rows))
    cells = {row["method"]: row["cells"].get("verdict") for row in board_value(race, METHODS)["rows"]}
    assert cells[ORIGINAL] is None  # it has forgotten nobody
    assert cells["dlfd"]["text"] == "Not told apart" and cells["dlfd"]["more"] == "in 2 of 2 runs"
    assert cells["control"]["text"] == "Still recognisable"  # of two as frequent ones the worse
    assert cells["control"]["more"] == "in 1 of 2 runs; Not told apart: 1"
    assert cells["dlfd"]["value"] > cells["control"]["value"] > cells["neg_grad"]["value"]


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
