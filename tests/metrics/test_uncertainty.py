"""Intervals by drawing people again: around the reported numbers, wide enough, and never of zero width."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm, t

from dlfd_core.data.label_space import SingleLabel
from dlfd_core.data.splits import Splits
from dlfd_core.metrics.evaluate import evaluate
from dlfd_core.metrics.roc import rule_of_three
from dlfd_core.metrics.uncertainty import (
    DRAWS,
    PeopleDraws,
    attack_answers,
    forgetting_score_interval,
    percentile_interval,
    score_intervals,
)
from dlfd_core.models.outputs import Outputs


def made_up(
    seed: int, known: float, people: tuple[int, int] = (15, 40), photos: int = 10, own: float = 1.0
) -> tuple[Outputs, np.ndarray, np.ndarray, Splits]:
    """Outputs for two classes; class 0 is true. Its margin is normal around 1 with half of the variance between people;
    it is ``known`` higher on forget photos."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(sum(people)), photos)
    forget = person < people[0]
    logits = np.zeros((len(person), 2), dtype=np.float32)
    logits[:, 0] = 1 + own * rng.normal(size=sum(people))[person] + rng.normal(size=len(person)) + known * forget
    mine, unseen = np.flatnonzero(forget), np.flatnonzero(~forget)
    splits = Splits(mine, mine, unseen, unseen, unseen, unseen, by_person=True)
    return Outputs(np.zeros((len(person), 1), np.float32), logits, SingleLabel(("a", "b"))), 0 * person, person, splits


@pytest.mark.parametrize(("people", "photos"), [((15, 40), 10), ((1, 9), 12), ((40, 15), 3), ((1, 2), 2)])
@pytest.mark.parametrize("known", [0.0, 1.0, -3.0])
def test_intervals_hold_the_reported_scores(people: tuple[int, int], photos: int, known: float) -> None:
    outputs, labels, person, splits = made_up(1, known, people, photos)
    found, scores = score_intervals(outputs, labels, person, splits), evaluate(outputs, labels, person, splits)
    sides = attack_answers(*(outputs.losses(labels)[index] for index in (splits.forget, splits.unseen_non_members)))
    tested = sum(side.tested.sum() for side in sides)
    assert sum(side.right.sum() for side in sides) / tested == pytest.approx(scores.mia_accuracy, abs=1e-12)
    for name in ("utility", "forgetting_score", "nomus"):
        low, high = getattr(found, name)
        assert 0 <= low <= getattr(scores, name) + 1e-9 and getattr(scores, name) - 1e-9 <= high <= 1, name
        assert low < high, name


@pytest.mark.parametrize("known", [0.0, 1.0, -2.0])
def test_they_hold_the_truth_in_nineteen_of_twenty_cases(known: float) -> None:
    """Truth: margins have variance 2 around 1 and 1 + known, so the best threshold halfway gives Phi(|known| / 2 / s)
    with s^2 = 2, and Phi(1 / s) of the unseen photos are right."""
    utility, accuracy = norm.cdf(1 / np.sqrt(2)), norm.cdf(abs(known) / 2 / np.sqrt(2))
    truth = {"utility": utility, "forgetting_score": accuracy - 0.5, "nomus": (utility + 2 - 2 * accuracy) / 2}
    runs, held = 120, dict.fromkeys(truth, 0)
    for seed in range(runs):
        found = score_intervals(*made_up(seed, known))
        for name, value in truth.items():
            held[name] += getattr(found, name)[0] <= value <= getattr(found, name)[1]
    assert all(0.88 * runs <= count for count in held.values()), held
    assert sum(held.values()) < 3 * runs  # an interval that always holds the truth is useless


def test_people_as_units_make_it_wider(rng: np.random.Generator) -> None:
    outputs, labels, person, splits = made_up(2, 1.0, own=3.0)
    by_person = score_intervals(outputs, labels, person, splits)
    by_photo = score_intervals(outputs, labels, person, replace(splits, by_person=False))
    for name in ("utility", "forgetting_score", "nomus"):
        wide, narrow = (np.ptp(getattr(found, name)) for found in (by_person, by_photo))
        assert wide > 1.3 * narrow, name


def test_models_of_one_request_see_the_same_draws() -> None:
    groups = np.repeat(np.arange(30), 4)
    first, again = PeopleDraws(groups, "draw forget"), PeopleDraws(groups, "draw forget")
    np.testing.assert_array_equal(first.multiplicity, again.multiplicity)
    assert (first.multiplicity.sum(1) == 30).all() and len(first.multiplicity) == DRAWS
    assert not np.array_equal(first.multiplicity, PeopleDraws(groups, "draw unseen").multiplicity)
    arguments = made_up(3, 0.5)
    assert score_intervals(*arguments) == score_intervals(*arguments)


def test_a_draw_by_hand() -> None:
    draws = PeopleDraws(np.array([7, 7, 9]), "draw forget")
    draws.multiplicity = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 2.0]] + [[1.0, 1.0]] * (DRAWS - 3))
    # person 7: right 1 of 2 tests; person 9: never tested
    found = draws.mean(np.array([1.0, 0, 0]), np.array([1.0, 1, 0]))
    assert found[:2] == pytest.approx([0.5, 0.5]) and np.isnan(found[2])


def test_expanded_percentiles_come_near_students_interval(rng: np.random.Generator) -> None:
    values = rng.normal(size=10)
    draws = values[rng.integers(0, 10, (20_000, 10))].mean(1)
    half = t.ppf(0.975, 9) * values.std(ddof=1) / np.sqrt(10)
    low, high = percentile_interval(draws, 10)
    assert high - low == pytest.approx(2 * half, rel=0.08)
    assert np.ptp(np.quantile(draws, [0.025, 0.975])) < 0.88 * (high - low)


@pytest.mark.parametrize(
    ("accuracy", "expected"),
    [((0.6, 0.7), (0.1, 0.2)), ((0.2, 0.4), (0.1, 0.3)), ((0.48, 0.55), (0.0, 0.05)), ((0.4, 0.55), (0.0, 0.1))],
)
def test_the_fold_by_hand(accuracy: tuple[float, float], expected: tuple[float, float]) -> None:
    assert forgetting_score_interval(accuracy) == pytest.approx(expected)


def test_without_any_spread_the_interval_is_the_rule_of_threes() -> None:
    outputs, labels, person, splits = made_up(0, 0.0)
    outputs.logits[:, 0] = np.where(np.isin(np.arange(len(person)), splits.forget), 9.0, 3.0)  # no error at all
    found = score_intervals(outputs, labels, person, splits)
    assert found.utility == rule_of_three(1.0, 40)
    assert found.forgetting_score == pytest.approx(forgetting_score_interval(rule_of_three(1.0, 15)))
    # widest: everybody right and the attack at its lowest, and the other way round
    low, high = found.utility[0] / 2 + 0.5 - 0.5, 1.0 - found.forgetting_score[0]
    assert found.nomus == pytest.approx((low, high))


def test_photos_of_the_same_people_are_drawn_apart() -> None:
    """Task identity: utility uses photos of other people; non-members are other photos of the forgotten people."""
    outputs, labels, person, splits = made_up(4, 1.0)
    own = replace(splits, unseen=splits.unseen[:200], unseen_non_members=splits.unseen[200:260], by_person=False)
    found, scores = score_intervals(outputs, labels, person, own), evaluate(outputs, labels, person, own)
    assert found.utility[0] < scores.utility < found.utility[1]
    assert found.forgetting_score[0] <= scores.forgetting_score <= found.forgetting_score[1]
