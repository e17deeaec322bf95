"""The study of the memory by depth: values of a report, and a whole study on a service that only pretends."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks import depth
from dlfd_core.types import ForgetRequest
from tests.fake_audits import LAYERS
from tests.fakes import make_report


def test_the_values_are_the_loss_and_every_layer() -> None:
    report = make_report(ForgetRequest(("p00", "p01"), retrain=True))
    values = depth.values_of(report, "retrained")
    assert list(values) == ["output", *LAYERS]
    assert values["output"] == report.scores["retrained"].mia_auc


def test_the_study_prints_a_row_per_model_and_keeps_every_pick(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = {"output": 0.5, "stem": 0.4}
    picks = [
        {"original": made, "retrained": made, "dlfd": made | {"output": 0.6}},
        {"original": made, "retrained": made, "dlfd": {"output": 0.61, "stem": 0.6}},
    ]
    monkeypatch.setattr(depth, "runs_of", lambda *_: iter(picks))
    monkeypatch.setattr(depth, "RESULTS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["depth", "--task", "age_group", "--picks", "2"])
    depth.main()
    said = capsys.readouterr().out
    assert "| dlfd | 0.605 ± 0.064 | 0.500 ± 1.271 |" in said
    assert said.endswith(
        "Of 2 differences from the retrained models 1 have an interval without zero:\ndlfd, output: 0.105 ± 0.064\n"
    )
    monkeypatch.setattr(depth, "runs_of", None)
    monkeypatch.setattr(sys, "argv", ["depth", "--task", "age_group", "--stored"])
    depth.main()
    assert capsys.readouterr().out == said
    assert len(json.loads((tmp_path / "depth" / "portraits-age_group.json").read_text())["picks"]) == 2


def test_people_as_classes_are_refused_before_anything_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["depth", "--task", "identity"])
    with pytest.raises(SystemExit):
        depth.main()
    assert "choose another task" in capsys.readouterr().err
