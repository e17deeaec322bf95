"""Look inside DLFD: the value of the page, and one look as short JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np

from dlfd_core.types import ForgetRequest
from dlfd_core.ui.components.xray import look_value, xray_value
from dlfd_core.ui.server.marks import mark
from tests.fakes import CLASSES, make_look, make_report

REQUEST = ForgetRequest(("p00", "p01"))


def test_the_page_loads_no_look() -> None:
    """Only a question and a sentence; it has to be light, for it is part of the page."""
    report = make_report(ForgetRequest(tuple(f"p{i:03}" for i in range(20))))
    value = xray_value(report)
    assert value["steps"] == [0, 7, 14] and value["total"] == 40
    assert value["asked"] == {"request": asdict(report.request), "mark": mark(report)}
    assert value["finding"] == (
        'Step 14 of 40: 91 % of the pixels followed "move away from the forgotten people", 56 % followed '
        '"keep the class readable"; 50 % is chance.'
    )
    assert len(json.dumps(value)) < 2_000


def test_nothing_to_look_into_is_said() -> None:
    assert "Run DLFD" in xray_value(make_report(replace(REQUEST, method="neg_grad")))["finding"]
    bare = xray_value(replace(make_report(REQUEST), looks=()))
    assert bare["steps"] == [] and "No photo was synthesised" in bare["finding"]


def test_nothing_is_asked_before_the_service_has_the_report() -> None:
    values = [xray_value(make_report(REQUEST), finished=finished) for finished in (False, True)]
    assert [value["asked"] is None for value in values] == [True, False]
    assert values[0]["steps"] == values[1]["steps"] == [0, 7, 14]


def test_a_look_is_json_of_short_numbers() -> None:
    look = make_look(7)
    look.plan[0, 0], look.paper.task[0] = np.nan, np.inf
    value = json.loads(json.dumps(look_value(look, CLASSES), allow_nan=False))
    assert value["plan"][0][0] == 0 and value["paper"]["task"][0] == 0
    assert np.shape(value["plan"]) == np.shape(value["cost"]) == (6, 8)
    assert value["costs"] == [0.32, 0.61, 0.31] and value["weight"] == "0.17"
    assert value["released"]["transport"] == [0.0] * 6 and value["paper"]["by_transport"] == 0.91
    assert value["forget_labels"] == [CLASSES[i % 3] for i in range(8)]
    assert set(value["sheets"]) == {"retain", "change", "made", "change_released", "made_released", "forget"}
