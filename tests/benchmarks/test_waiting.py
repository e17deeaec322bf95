"""Waiting times of requests: one line for each run, however often its report comes."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from benchmarks import waiting
from dlfd_core import service
from dlfd_core.data import splits
from tests.fakes import FakeService


def test_each_run_has_one_line_with_all_its_times(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fake = FakeService(pause=0.01)
    monkeypatch.setattr(fake, "bench", SimpleNamespace(data=lambda name: None), raising=False)
    monkeypatch.setattr(fake, "warm_up", lambda: None, raising=False)
    monkeypatch.setattr(service, "UnlearningService", lambda: fake)
    monkeypatch.setattr(splits, "prepare_task", lambda data, name: None)
    monkeypatch.setattr(splits, "resolve_people", lambda task, words, seed: ("p00", "p01"))
    waiting.run_requests()
    runs = [[float(value) for value in line.split()] for line in capsys.readouterr().out.splitlines()]
    assert [len(run) for run in runs] == [6, 6] and [run[0] for run in runs] == [0, 1]
    assert all(0 < first < scored <= mapped and unlearn > 0 for _, first, scored, mapped, unlearn, _ in runs)
