"""The criterion of the sweep, and the labels of candidates."""

from __future__ import annotations

from typing import Any

from benchmarks.candidates import CANDIDATES
from benchmarks.sweep import PICKS, _short, score_of


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


def run(label: str, utility: float, seconds: float = 5.0, *, strict: bool = True, nomus: float = 0.7) -> dict[str, Any]:
    """The result of one run with the fields that the sweep reads."""
    return {
        "scores": {"validation": {"utility": utility, "nomus": nomus}},
        "verdict": {"validation": {"label": label, "strict": strict}},
        "seconds": seconds,
    }


PASSED = "not_distinguishable"


def best_of(*candidates: list[dict[str, Any]]) -> int:
    """Index of the candidate that the sweep puts first, where retrained models allow a utility of .6."""
    ranks = [score_of(results, 0.6).rank for results in candidates]
    return ranks.index(min(ranks))


def test_the_share_of_successes_decides_and_not_nomus() -> None:
    assert best_of([run(PASSED, 0.62), run("still_recognisable", 0.62)] * 2, [run(PASSED, 0.61, nomus=0.1)] * 4) == 1


def test_passes_count_only_with_enough_utility() -> None:
    assert best_of([run(PASSED, 0.59)] * 4, [run(PASSED, 0.61), run("over_forgotten", 0.61)] * 2) == 1
    assert score_of([run(PASSED, 0.59)], 0.6).success == 0


def test_of_equal_successes_the_quickest_is_first() -> None:
    assert best_of([run(PASSED, 0.7, 9.0)], [run(PASSED, 0.6, 3.0)]) == 1


def test_without_any_success_the_candidate_that_passes_and_lacks_least_is_first() -> None:
    assert best_of([run("still_recognisable", 0.7)], [run(PASSED, 0.4)], [run(PASSED, 0.58)]) == 2
    assert best_of([run("still_recognisable", 0.7)], [run(PASSED, 0.4)]) == 0


def test_lenient_verdicts_and_divergence_are_no_success() -> None:
    assert score_of([run(PASSED, 0.7, strict=False)], 0.6).passed == 0
    score = score_of([{"diverged": "The loss is infinite."}, run(PASSED, 0.7)], 0.6)
    assert (score.passed, score.utility, score.success) == (0.5, 0.35, 0.0)


def test_no_pick_of_the_reports_is_used() -> None:
    assert min(PICKS) > 4


def test_other_folds_count_for_the_utility_only() -> None:
    fold = run("still_recognisable", 0.5, 99.0, strict=False, nomus=0.1)
    alone, both = score_of([run(PASSED, 0.7)], 0.65), score_of([run(PASSED, 0.7)], 0.65, [fold])
    assert (both.utility, both.success, alone.success) == (0.6, 0, 1)
    assert (both.passed, both.seconds, both.nomus, both.runs) == (alone.passed, alone.seconds, alone.nomus, alone.runs)
