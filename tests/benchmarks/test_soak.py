"""Soak test: a short one on the fake service, and the faults that it must detect."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks import soak as soak_module
from benchmarks.soak import main, summed, table
from benchmarks.soak_visitors import KINDS, ForgetCall, Outcome

CALL = ForgetCall(("p01", "p00"), 7)
SAID: dict[str, Any] = {"request": {"people": ["p00", "p01"], "seed": 7, "method": "fine_tune", "knobs": {"epochs": 1}}}


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """No long wait for the server's memory, which is not tested here."""
    monkeypatch.setattr(soak_module, "SETTLING", 1.0)


def test_a_short_soak_of_the_fake_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--fake", "--sessions", "5", "--minutes", "0.08", "--out", str(tmp_path / "new")])
    found = json.loads((tmp_path / "new" / "soak-fake.json").read_text())
    assert code == 0, found["said"]
    assert (found["mixed_up"], found["files_left"]) == (0, 0)
    assert found["requests"] >= 10 and set(found["results"]) <= {"finished", "given up"}
    assert found["results"]["finished"] > 0 and found["memory_mb"]["after"] > 50
    assert "answers of another request: 0" in capsys.readouterr().out


def test_runs_that_take_too_long_are_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(soak_module, "FAKE", soak_module.FAKE.replace("pause=0.05", "pause=30"))
    found = soak_module.soak(2, 1.0, fake=True, time_limit=1.0)
    assert found["results"].get("unfinished", 0) > 0 and "finished" not in found["results"]


def test_an_answer_of_another_request_is_noticed() -> None:
    assert CALL.matches(SAID)
    for changes in ({"people": ["p00"]}, {"seed": 8}, {"method": "dlfd"}, {"knobs": {"epochs": 2}}):
        assert not CALL.matches({"request": SAID["request"] | changes})


def test_equal_requests_with_unlike_scores_are_counted() -> None:
    one = Outcome("cached", "finished", 0.1, 0.5, "key", "a")
    found = summed([one, one, replace(one, scores="b"), replace(one, key="other", scores="b")])
    assert found["mixed_up"] == 1


def test_the_sums() -> None:
    outcomes = [Outcome("own", "finished", i / 10, float(i), str(i), "s") for i in range(1, 101)]
    outcomes += [Outcome("closed", "given up", 0.5), Outcome("own", "error", message="it broke")]
    found = summed(outcomes)
    assert found["requests"] == 102 and found["results"] == {"finished": 100, "given up": 1, "error": 1}
    assert found["waits"]["own"]["end"] == [50.5, 95.05] and found["waits"]["closed"]["end"] is None
    assert found["said"] == {"it broke": 1} and set(found["waits"]) == set(KINDS)
    text = table(found | {"memory_mb": {"before": None, "after": None, "most": None}, "files_left": 0})
    assert "50.50 / 95.05" in text and "1 x it broke" in text and "memory" not in text
