"""A few seconds of the random requests that ``python -m benchmarks.fuzz`` sends for minutes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks import fuzz
from benchmarks.fuzz import ATTACKS, Broken, Trial, attack
from tests.fakes import FakeService
from tests.ui.served import serve


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    patch = pytest.MonkeyPatch()
    patch.setenv("DLFD_VISITORS_PER_ADDRESS", "100")
    with serve(FakeService(pause=0.0, steps=2)) as server:
        yield Trial(server)
    patch.undo()


@pytest.mark.parametrize("kind", ATTACKS)
def test_random_requests_break_nothing(trial: Trial, kind: str) -> None:
    before = trial.sent
    attack(trial, kind, examples=12 if kind == "uploads" else 40)
    assert trial.sent - before >= 12


def test_everything_that_can_be_asked_is_known(trial: Trial) -> None:
    names = {name for _, name in trial.functions}
    assert {"own_send", "own_find_faces", "look_alikes", "run_file", "map_figure", "words"} <= names
    assert len(trial.events) > 40


def test_an_unforeseen_error_is_noticed(trial: Trial, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object, **__: object) -> Any:
        raise RuntimeError("/secret/place")

    monkeypatch.setattr(trial.server.service.own, "find_faces", crash)
    with pytest.raises(Broken, match="own_find_faces"):
        attack(trial, "uploads", examples=5)


def test_the_program_counts(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(fuzz, "ATTACKS", {"bodies": ATTACKS["bodies"]})
    assert fuzz.main(["--minutes", "0.02", "--examples", "200"]) == 0
    assert "of 1 kinds: 0 broke a rule" in capsys.readouterr().out
