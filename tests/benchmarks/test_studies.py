"""What the studies have in common: bad input is one sentence and exit code 2."""

from __future__ import annotations

import runpy
import sys

import pytest


@pytest.mark.parametrize("study", ["quality", "sweep", "ablation", "regimes"])
def test_an_engine_that_is_none_is_one_sentence(
    study: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [study, "--engine", "nonsense"])
    monkeypatch.delitem(sys.modules, f"benchmarks.{study}", raising=False)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(f"benchmarks.{study}", run_name="__main__")
    assert ended.value.code == 2
    assert capsys.readouterr().err == "Unknown engine 'nonsense'; choose one of: local, ray, ray:HOST:PORT.\n"
