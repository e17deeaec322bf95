"""The comparison with the public code: printed lines and kept numbers, extrapolated or whole."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import speed
from benchmarks.defaults import PageDefault
from benchmarks.parts import RunParts
from benchmarks.released import BatchTimes, ReleasedRun, Settings
from dlfd_core.data.splits import Splits
from dlfd_core.runs.prepared_original import PreparedOriginal


def test_the_command_prints_and_keeps_its_numbers(
    original_and_splits: tuple[PreparedOriginal, Splits],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(speed, "prepared_for", lambda setting: original_and_splits[0])
    small = PageDefault("today's default", "slim_resnet", {"batch_size": 40, "epochs": 1})
    monkeypatch.setattr(speed, "DEFAULTS", {small.name: small})
    monkeypatch.setenv("DLFD_PRECISION", "")
    monkeypatch.setattr(
        speed, "Settings", lambda monitored=0: Settings(batch_size=18, steps=2, iterations=3, monitored=monitored)
    )
    out = tmp_path / "speed.json"
    speed.main(["--only", "parts", "--only", "released", "--people", "3", "--batches", "1",
                "--precision", "auto", "--json", str(out)])  # fmt: skip
    said = capsys.readouterr().out
    assert "EXTRAPOLATED from 1 of" in said and "monitoring" in said
    kept = json.loads(out.read_text())
    assert kept["parts"][small.name]["total"] == pytest.approx(sum(kept["parts"][small.name]["seconds"].values()))


def test_a_whole_run_is_not_called_extrapolated(original_and_splits: tuple[PreparedOriginal, Splits]) -> None:
    whole = ReleasedRun(original_and_splits[0].original.model, [BatchTimes(20.0, 1.0, 4.0, 0.1)] * 2, 2)
    ours = {"quality": RunParts({"rest": 2.0}, 1, 1, 1, whole.model)}
    (_, public), (_, here) = speed.released_lines(whole, ours, {"released": 0.6, "quality": 0.7})
    assert public == "50 s, all 2 batches, NoMUS 0.600"
    assert here == "2.0 s, NoMUS 0.700: 25.0 times faster (20 reached)"
    half = replace(whole, batches=whole.batches[:1])
    said = speed.released_lines(half, ours, {"quality": 0.7})
    assert said[0][1].startswith("30 to 50 s, EXTRAPOLATED from 1 of 2") and "15.0 to 25.0" in said[1][1]
    assert "20 open" in said[1][1]


def test_the_summary_compares_both_defaults_and_the_public_code() -> None:
    document = {
        "clicks": {
            "today's default": {"scores": 5.0, "map": 5.4, "peak_mb": 900.0},
            "earlier default": {"scores": 40.0, "map": 41.0, "peak_mb": 1000.0},
        },
        "parts": {"today's default": {"total": 4.0}},
        "released": {"slim_resnet": {"first": {"seconds_low": 80.0, "seconds_high": 200.0}}},
    }
    lines = dict(speed.summary({"float32": document}))
    assert lines["float32: click to scores"].startswith("5.0 s, earlier default 40.0 s: 0.12 of it; map after 0.40 s")
    assert lines["float32: public code on slim_resnet, first"] == "20.0 to 50.0 times as long"
