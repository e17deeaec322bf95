"""The live curves: stages, axes and numbers that are sent during a run."""

from __future__ import annotations

import json
import math
from typing import get_args

from dlfd_core.types import (
    CurvePoint,
    ForgetProgress,
    Stage,
)
from dlfd_core.ui.components.live_curves import STAGES, curves_value


def make_curve(count: int) -> list[CurvePoint]:
    return [CurvePoint(10 * i, 0.9, 0.95, 0.8, 0.1, 0.6, "forgetting") for i in range(count)]


def test_every_stage_has_a_name_for_people() -> None:
    stages = set(get_args(Stage)) - {"relearn"}  # the relearn test has a block of its own
    assert stages == set(STAGES) and all(STAGES.values())


def test_the_step_axis_is_long_enough_from_the_start() -> None:
    value = curves_value(make_curve(3), ForgetProgress("unlearn", 20, 120, "Forgetting with DLFD", 6.24))
    assert value["steps"] == 120 and value["points"]["step"] == [0, 10, 20]
    assert value["progress"] == {"stage": "Forgetting", "done": 20, "total": 120, "unit": "steps", "left": 6.24}
    assert value["message"] == "Forgetting with DLFD"


def test_later_stages_do_not_stretch_the_curves() -> None:
    assert curves_value(make_curve(3), ForgetProgress("retrain", 1, 900, ""))["steps"] == 20


def test_a_finished_run_keeps_its_curves_and_says_so() -> None:
    value = curves_value(make_curve(2), None, band=0.08, message="Finished in 7 s.")
    assert value["progress"] is None and value["message"] == "Finished in 7 s." and value["band"] == 0.08
    assert curves_value([], None) == {
        "points": {"step": [], "forget": [], "retain": [], "validation": [], "score": [], "auc": [], "phase": []},
        "steps": 0,
        "band": None,
        "progress": None,
        "message": "",
    }


def test_numbers_that_are_none_are_left_out() -> None:
    broken = CurvePoint(5, math.nan, 0.5, math.inf, 0.1, 0.5, "training")
    value = curves_value([broken], ForgetProgress("load", 0, 0, "", math.nan), band=math.nan)
    assert value["points"]["forget"] == [None] and value["points"]["validation"] == [None]
    assert value["band"] is None and value["progress"]["left"] is None
    json.dumps(value, allow_nan=False)
