"""The command ``bank`` with an engine: the same models as without, resumed, and refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlfd_core import artifacts
from dlfd_core.cli import main
from dlfd_core.engines.one_run import only_run
from tests.small import small_data, write_as_folder

pytestmark = pytest.mark.slow


def test_a_bank_from_an_engine_is_the_same_and_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    folder = write_as_folder(small_data(people=24, side=32), tmp_path / "faces")
    words = ["bank", "--data", f"folder:{folder}", "--task", "place", "--epochs", "1", "--models", "4", "--out"]
    assert main([*words, str(tmp_path / "one")]) == 0
    assert main([*words, str(tmp_path / "other"), "--jobs", "1"]) == 0
    files = [[tmp_path / name / f"model{number}.safetensors" for number in range(4)] for name in ("one", "other")]
    for one, other in zip(*files, strict=True):
        assert artifacts.load_weights(one)[1] == artifacts.load_weights(other)[1]
    before = files[1][0].stat().st_mtime_ns
    files[1][2].unlink()
    assert main([*words, str(tmp_path / "other"), "--jobs", "1"]) == 0
    assert artifacts.load_weights(files[1][2])[1] == artifacts.load_weights(files[0][2])[1]
    assert files[1][0].stat().st_mtime_ns == before
    capsys.readouterr()
    for change, sentence in [("--jobs", "--jobs -1 is not between"), ("--engine", "Unknown engine '-1'")]:
        assert main([*words, str(tmp_path / "other"), f"{change}=-1"]) == 2
        assert capsys.readouterr().err.startswith(sentence)
    with only_run(tmp_path / "other"):
        assert main([*words, str(tmp_path / "other"), "--jobs", "1"]) == 2
    assert "Another run is writing to " in capsys.readouterr().err


def test_without_a_cluster_nothing_is_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No cluster answers at that port, or Ray is not installed: in both cases one sentence, before the training."""
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path / "cache"))
    folder = write_as_folder(small_data(people=24, side=32), tmp_path / "faces")
    assert main(["bank", "--data", f"folder:{folder}", "--task", "place", "--engine", "ray:127.0.0.1:9"]) == 2
    said = capsys.readouterr().err
    assert "Ray" in said and "Training" not in said
    assert not list((tmp_path / "cache").rglob("*.safetensors"))
