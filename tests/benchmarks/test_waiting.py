"""Waiting times of requests: one line for each run, however often its report comes."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from benchmarks import waiting
from benchmarks.defaults import TODAY
from dlfd_core import service
from dlfd_core.data import people, splits
from tests.fakes import FakeService


def test_each_run_has_one_line_with_all_its_times(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakeService(pause=0.01)
    monkeypatch.setattr(fake, "bench", SimpleNamespace(data=lambda name: None), raising=False)
    monkeypatch.setattr(fake, "warm_up", lambda: None, raising=False)
    monkeypatch.setattr(service, "UnlearningService", lambda: fake)
    monkeypatch.setattr(splits, "prepare_task", lambda data, name: None)
    monkeypatch.setattr(people, "draw_people", lambda task, count, seed: ("p00", "p01"))
    waiting.run_requests(TODAY.name)
    runs = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(runs) == 2
    assert all(0 < run["progress"] < run["scores"] <= run["map"] and run["unlearn"] > 0 for run in runs)
