"""Means, intervals and differences of a benchmark, compared with SciPy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from dlfd_core.benchmark.campaign import Campaign
from dlfd_core.benchmark.cells import Cell
from dlfd_core.benchmark.options import BenchmarkRequest
from dlfd_core.benchmark.plan import Entry, make_plan
from dlfd_core.benchmark.rows import ROW_SCORES, Line, lines_of, passes, references_of
from tests.benchmark.conftest import made_result


@pytest.fixture
def finished(faces: Path, tmp_path: Path, made_runs: list[Cell]) -> tuple[Campaign, tuple[Entry, ...]]:
    """Results of three methods on 3 picks x 4 seeds."""
    request = BenchmarkRequest(
        tmp_path / "out",
        f"folder:{faces}",
        "place",
        methods=("dlfd", "neg_grad"),
        picks=3,
        seeds=4,
        people="3",
        backbones=("slim_resnet",),
    )
    plan = make_plan(request)
    campaign = Campaign(tmp_path / "runs.jsonl", jobs=1)
    campaign.run(plan.cells())
    return campaign, plan.entries["slim_resnet"]


def values(entry: Entry, score: str) -> np.ndarray:
    return np.array([made_result(cell)["scores"]["unseen"][score] for cell in entry.cells])


def rows(campaign: Campaign, entries: tuple[Entry, ...]) -> dict[str, Line]:
    return {line.method: line for line in lines_of(campaign, entries, {})}


@pytest.mark.parametrize("score", ROW_SCORES)
def test_intervals_are_those_of_students_t(finished: tuple[Campaign, tuple[Entry, ...]], score: str) -> None:
    campaign, entries = finished
    for entry in entries:
        found, given = rows(campaign, entries)[entry.method].scores[score], values(entry, score)
        low, high = stats.t.interval(0.95, len(given) - 1, loc=given.mean(), scale=stats.sem(given))
        assert (found.mean, found.low, found.high, found.count) == pytest.approx((given.mean(), low, high, 12))


def test_differences_are_taken_run_by_run(finished: tuple[Campaign, tuple[Entry, ...]]) -> None:
    campaign, entries = finished
    retrained, dlfd, neg_grad = entries
    found = rows(campaign, entries)
    for name, reference in [("retrain", retrained), ("dlfd", dlfd)]:
        given = values(neg_grad, "utility") - values(reference, "utility")
        expected = stats.ttest_1samp(given, 0).confidence_interval(0.95)
        difference = found["neg_grad"].against[name]["utility"]
        assert (difference.low, difference.high) == pytest.approx((expected.low, expected.high))
    assert set(found["dlfd"].against) == {"retrain"} and set(found["retrain"].against) == {"dlfd"}


def test_a_row_is_compared_with_the_row_of_dlfd_that_has_its_preset() -> None:
    retrained, dlfd, paper, fine_tune, fine_tune_paper, balanced = entries = [
        Entry(f"{name}, {preset}", name, preset, ())
        for name, preset in [
            ("retrain", "quality"), ("dlfd", "quality"), ("dlfd", "paper"), ("fine_tune", "quality"),
            ("fine_tune", "paper"), ("unsir", "balanced"),
        ]
    ]  # fmt: skip
    found = [references_of(entry, entries) for entry in entries]
    assert found[:3] == [{"dlfd": dlfd}, {"retrain": retrained}, {"retrain": retrained}]
    assert [each["dlfd"] for each in found[3:]] == [dlfd, paper, dlfd]
    assert references_of(fine_tune, [fine_tune, fine_tune_paper, balanced]) == {}


def test_the_original_has_one_value_per_pick(finished: tuple[Campaign, tuple[Entry, ...]]) -> None:
    original = rows(*finished)["original"]
    assert original.scores["utility"].mean == pytest.approx(np.mean([0.6, 0.7, 0.8]))
    assert original.scores["utility"].count == original.runs == 3 and not original.against


def test_the_share_inside_the_null_band(finished: tuple[Campaign, tuple[Entry, ...]]) -> None:
    campaign, entries = finished
    for entry in entries:
        assert rows(campaign, entries)[entry.method].inside == np.mean(values(entry, "forgetting_score") <= 0.25)


def test_the_share_that_passes_counts_strict_verdicts_only() -> None:
    def run(label: str, *, strict: bool = True) -> dict[str, dict[str, dict[str, object]]]:
        return {"verdict": {"unseen": {"label": label, "original": "still_recognisable", "strict": strict}}}

    runs = [run("not_distinguishable"), run("over_forgotten"), run("task_lost"), run("cannot_tell")]
    runs += [run("not_distinguishable", strict=False), {}]  # without a bank, and of an earlier version
    found = passes(runs, "unseen")
    assert found is not None and (found.successes, found.count) == (1, 4)
    assert (found.low, found.high) == pytest.approx(stats.binomtest(1, 4).proportion_ci(method="exact"))
    assert str(found) == "25% (1% to 81%)"
    original = passes(runs, "unseen", "original")
    assert original is not None and original.value == 0.0
    assert passes(runs[-2:], "unseen") is None
