"""Seconds left: no estimate too early, and later stages are included."""

from __future__ import annotations

import pytest

from dlfd_core.models.training import StepLog
from dlfd_core.runs.progress import StageClock, StageTimes


def test_the_time_left_counts_this_stage_and_what_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("dlfd_core.runs.progress.time.monotonic", lambda: now[0])
    typical = StageTimes()
    typical.note("evaluate", 3.0)
    typical.note("project", 1.0)
    clock = StageClock("unlearn", "Forgetting", typical, ["evaluate", "project"])
    assert clock.event(StepLog(0, 100, None)).seconds_left is None
    now[0] = 101.0
    assert clock.event(StepLog(2, 100, None)).seconds_left is None  # too early to tell
    now[0] = 110.0
    event = clock.event(StepLog(50, 100, None))
    assert event.seconds_left == pytest.approx(10.0 + 3.0 + 1.0)
    assert (event.stage, event.done, event.total, event.message) == ("unlearn", 50, 100, "Forgetting")
    now[0] = 120.0
    assert clock.close() == pytest.approx(20.0)
    assert typical.ahead(["unlearn"]) == pytest.approx(20.0)


def test_nothing_is_foretold_while_a_later_stage_is_unknown() -> None:
    clock = StageClock("unlearn", "Forgetting", StageTimes(), ["retrain", "evaluate"])
    assert clock.event(StepLog(50, 100, None)).seconds_left is None
