"""Answers of the server to a request for one look."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from typing_extensions import override

from dlfd_core.types import ForgetReport, ForgetRequest
from dlfd_core.ui.components.xray import look_value, xray_value
from dlfd_core.ui.inside.looks import GONE, look_finder
from dlfd_core.ui.server.failures import NOT_SHOWN
from dlfd_core.ui.server.marks import mark
from tests.fakes import FakeService, make_report, without_control

REQUEST = ForgetRequest(("p00", "p01"))


def question(report: ForgetReport, **changes: Any) -> str:
    return json.dumps({"request": asdict(report.request), "mark": mark(report), "number": 1} | changes)


def test_a_look_of_the_shown_run_is_answered() -> None:
    service = FakeService()
    example, own = service.example(), make_report(replace(REQUEST, seed=3))
    service.memory[own.request] = own
    look = look_finder(service)
    for report in (example, own):
        assert look(question(report)) == look_value(report.looks[1], report.classes)
    assert look(question(own, number=3))["error"] == "This run has no record of this step; load the page again."


@pytest.mark.parametrize("changes", [{"mark": "0" * 16}, {"request": asdict(replace(REQUEST, seed=9))}])
def test_a_run_that_is_gone_is_said(changes: dict[str, Any]) -> None:
    assert look_finder(FakeService())(question(make_report(replace(REQUEST, seed=9)), **changes)) == {"error": GONE}


@pytest.mark.parametrize(
    "asked",
    [
        None, 7, "", "{", "[]", "null", "[" * 60_000, '{"number": 0}', ["x"], {"number": 0},
        *(question(make_report(REQUEST), number=number) for number in (-1, "1", True, None, 1.0, [0])),
        question(make_report(REQUEST), mark=3), question(make_report(REQUEST), request={"people": 3}),
    ],
)  # fmt: skip
def test_a_bad_question_is_answered_with_a_sentence(asked: object) -> None:
    assert "could not read this question" in look_finder(FakeService())(asked)["error"]


def test_what_nobody_foresaw_tells_no_details(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeService):
        @override
        def cached_report(self, request: ForgetRequest) -> ForgetReport | None:
            raise RuntimeError("the path /secret/place is broken")

    assert look_finder(Broken())(question(make_report(REQUEST))) == {"error": NOT_SHOWN}
    assert "/secret/place" in caplog.text


def test_a_report_without_control_has_another_mark() -> None:
    """So the component requests its steps again after the control was added."""
    report = make_report(replace(REQUEST, control=True))
    assert xray_value(report)["asked"] != xray_value(without_control(report))["asked"]
