"""Labels of candidates: only the settings that differ, so that the axis of a figure has room for them."""

from __future__ import annotations

from benchmarks.candidates import CANDIDATES
from benchmarks.sweep import _short


def test_only_what_differs_is_said() -> None:
    candidates = [{"epochs": 4, "lr": 0.01}, {"epochs": 4, "lr": 0.05, "alpha": 4.0}]
    assert [_short(knobs, candidates) for knobs in candidates] == ["lr 0.01", "lr 0.05 alpha 4"]


def test_a_constant_rate_is_said_once() -> None:
    candidates = [{"lr": 0.01, "lr_end": 0.01}, {"lr": 0.02, "lr_end": 0.02}]
    assert _short(candidates[0], candidates) == "lr 0.01"


def test_all_candidates_keep_names_of_their_own_that_fit() -> None:
    for name, (_, candidates) in CANDIDATES.items():
        names = [_short(knobs, candidates) for knobs in candidates]
        assert len(set(names)) == len(names), name
        assert all(len(said) <= 70 for said in names), name
