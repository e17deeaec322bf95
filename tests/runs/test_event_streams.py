"""Streams of events: the result at their end, and the progress before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dlfd_core.errors import Diverged
from dlfd_core.runs.event_streams import last_report, last_result
from dlfd_core.types import (
    CachedReport,
    ControlReady,
    ForgetEvent,
    ForgetProgress,
    ForgetRequest,
    MapReady,
    ReportReady,
    ScoresReady,
)
from tests.fakes import FakeService, make_report, without_control

REQUEST = ForgetRequest(("p00",), control=True)
LOAD, MAP, CONTROL = (ForgetProgress(stage, 0, 1, "") for stage in ("load", "project", "control"))


def test_the_report_of_a_run_is_the_one_with_its_control() -> None:
    report, progress = make_report(REQUEST), list[ForgetProgress]()
    before = without_control(report)
    events: list[ForgetEvent] = [
        LOAD, ScoresReady(replace(before, points=None)), MAP, MapReady(before), CONTROL, ControlReady(report),
    ]  # fmt: skip
    assert last_report(events, progress.append) is report and progress == [LOAD, MAP, CONTROL]
    assert last_report([CachedReport(report)], progress.append) is report


def test_the_result_of_other_work_is_its_last_event() -> None:
    assert last_result([LOAD, "first", MAP, "last"], lambda _: None) == "last"


def test_an_error_of_the_work_is_raised() -> None:
    def events() -> Iterator[ForgetEvent]:
        yield ScoresReady(make_report(REQUEST))
        raise Diverged("It diverged.")

    with pytest.raises(Diverged):
        last_report(events(), lambda _: None)


def test_a_run_ends_with_its_map_or_with_its_control() -> None:
    with_control, alone = make_report(REQUEST), make_report(replace(REQUEST, control=False))
    ends = {
        "scores": ScoresReady(alone), "map": MapReady(alone), "map before a control": MapReady(with_control),
        "control": ControlReady(with_control), "cached": CachedReport(with_control),
    }  # fmt: skip
    assert {name for name, event in ends.items() if event.final} == {"map", "control", "cached"}


@pytest.mark.parametrize("control", [True, False])
def test_the_service_of_the_tests_keeps_the_order(control: bool) -> None:
    events = list(FakeService(steps=2).forget(replace(REQUEST, control=control), lambda: False))
    ready = [event for event in events if isinstance(event, ReportReady)]
    assert [type(event) for event in ready] == [ScoresReady, MapReady, ControlReady][: 2 + control]
    assert [event.final for event in ready] == [False] * (len(ready) - 1) + [True] and events[-1] is ready[-1]
