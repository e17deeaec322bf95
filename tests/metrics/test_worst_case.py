"""The worst case over all statistics: who passes and who does not, false alarms, and what a statistic shows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlfd_core.metrics.membership import signed_auc
from dlfd_core.metrics.statistics import found_at_1, photo_values, shares_below
from dlfd_core.metrics.unseen_people import against_unseen_people
from dlfd_core.metrics.worst_case import WIDER, extremes, null_of
from dlfd_core.types import Statistic, WorstCase
from tests.fake_bank import NOBODY, PEOPLE, PICK, UNSEEN, World, make_world, signals_of_losses

ALL = np.arange(PEOPLE + UNSEEN) < PEOPLE


def without_bank(world: World, losses: np.ndarray) -> WorstCase:
    ids = [person.id for person in world.bank.spec.task.data.people]
    signals = signals_of_losses(losses)[:, world.splits.compared]
    return against_unseen_people(signals, world.person, world.splits, ids)


def statistic(worst: WorstCase, name: str) -> Statistic:
    return next(each for each in worst.statistics if each.name == name)


def test_shares_add_up_to_the_signed_auc(rng: np.random.Generator) -> None:
    members, others = rng.integers(0, 9, (2, 50)) * 1.0, rng.integers(0, 9, (2, 70)) * 1.0  # many ties
    for shares, one, other in zip(shares_below(members, others), members, others, strict=True):
        assert shares.mean() == pytest.approx(signed_auc(-one, -other))
    assert shares_below(np.array([[1.0, 2.0, 5.0]]), np.array([[2.0, 3.0, 4.0, 4.0]])).tolist() == [[0.0, 0.125, 1.0]]


def test_found_at_one_per_cent_is_above_the_second_of_a_hundred(rng: np.random.Generator) -> None:
    others = rng.permutation(100).astype(float)
    assert found_at_1(np.array([97.5, 98.0, 98.5, 200.0]), others).tolist() == [0, 0, 1, 1]
    five, many = np.zeros((5, 3)), np.zeros((5, 100))
    assert len(photo_values(five, many)) == 6 and len(photo_values(five, many[:, :99])) == 5


def test_a_model_that_never_saw_them_passes_and_others_do_not() -> None:
    world = make_world(1)
    for judge in (world.worst, lambda losses: without_bank(world, losses)):
        clean = judge(world.losses(NOBODY))
        assert not clean.outside and clean.p_value > 0.05
        known = judge(world.losses(ALL))
        assert known.outside and known.known and known.p_value < 0.001
        shy = world.losses(NOBODY)
        shy[world.splits.forget] *= 20.0
        over = judge(shy)
        assert over.outside and not over.known


def test_half_known_and_half_confidently_wrong_has_an_average_in_the_middle_and_does_not_pass() -> None:
    """The mean signed AUC of the loss is inside its range; the differences between people are not."""
    world = make_world(11)
    losses = world.losses(ALL)
    wrong = world.person < 4
    losses[wrong] = 12.0 + world.rng.random(wrong.sum())
    for judge in (world.worst, lambda losses: without_bank(world, losses)):
        worst = judge(losses)
        assert worst.outside
        differ = statistic(worst, "people_differ")
        assert differ.value > differ.high
    middle = statistic(world.worst(losses), "loss")
    assert 0.4 < middle.value < 0.6


def test_one_person_of_ten_who_is_remembered_is_enough() -> None:
    world = make_world(12)
    losses = world.losses(NOBODY)
    losses[world.person == 5] = 1e-5
    worst = world.worst(losses)
    known = statistic(worst, "person_known")
    assert worst.outside and worst.known
    assert known.person == "q05" and known.value > known.high and known.score > worst.threshold


@pytest.mark.parametrize(("whim", "models"), [(0.0, 8), (0.3, 16)])
def test_false_alarms_are_near_five_per_cent(whim: float, models: int) -> None:
    """Models that never saw the pick, over many banks; also where all losses of a model are shifted together."""
    tried = 100
    alarms, lenient = [], []
    for seed in range(tried):
        world = make_world(100 + seed, whim, models)
        losses = world.losses(NOBODY, whim * world.rng.normal())
        alarms.append(world.worst(losses).outside)
        lenient.append(without_bank(world, world.losses(NOBODY)).outside)
    assert np.mean(alarms) <= 0.115 and np.mean(lenient) <= 0.115  # 0.05 and three standard errors of 100 draws


def test_ranges_agree_with_scores() -> None:
    """A number is outside its range where its score is beyond the threshold, and only there."""
    world = make_world(13)
    for losses in (world.losses(NOBODY), world.losses(ALL), world.losses(np.arange(PEOPLE + UNSEEN) < PICK // 2)):
        for worst in (world.worst(losses), without_bank(world, losses)):
            for each in worst.statistics:
                assert (abs(each.score) > worst.threshold) == (not each.low <= each.value <= each.high), each


def test_the_tail_of_single_people_is_that_of_a_normal_distribution(rng: np.random.Generator) -> None:
    """Eight models with 70 people each; the largest of 20 of a new model is above the 99 % quantile in 1 % or less,
    because how much models differ is drawn from few of them."""
    limits = [np.quantile(extremes(list(rng.normal(size=(8, 70))), 20, rng)[:, 0], 0.99) for _ in range(20)]
    beyond = (rng.normal(size=(20_000, 20)).max(1)[:, None] > np.array(limits)).mean()
    assert 0.0005 < beyond < 0.015


def test_a_side_that_reveals_nobody_does_not_count() -> None:
    """No photo is found by RMIA at 1 % false alarms, which is less than expected."""
    world = make_world(14)
    shy = world.losses(NOBODY)
    shy[world.splits.forget] *= 20.0
    found = statistic(world.worst(shy), "rmia_found")
    assert found.value == 0.0 < found.expected and found.score == 0.0 and found.low == 0.0


def test_people_who_differ_are_known_or_lost_by_the_more_extreme_person() -> None:
    rows = tuple(
        Statistic(name, 0.5, 0.5, 0.0, 1.0, score)
        for name, score in [("loss", -0.1), ("person_known", 1.2), ("person_lost", -0.9), ("people_differ", 2.0)]
    )
    assert WorstCase(rows, 1.0, 0.01, 8).known
    assert not WorstCase((rows[0], replace(rows[1], score=0.2), *rows[2:]), 1.0, 0.01, 8).known
    assert not WorstCase((rows[0], rows[3]), 1.0, 0.01, 0).known


@pytest.mark.parametrize(("loss", "known"), [(-3.0, False), (-0.5, True), (3.0, True)])
def test_confident_answers_are_known_only_where_they_are_not_wrong(loss: float, known: bool) -> None:
    rows = (Statistic("loss", 0.5, 0.5, 0.0, 1.0, loss), Statistic("entropy", 0.9, 0.5, 0.0, 1.0, 5.0))
    assert WorstCase(rows, 1.0, 0.01, 8).known == known


def test_only_the_share_that_rmia_finds_has_a_wider_range(rng: np.random.Generator) -> None:
    draws = rng.normal(size=(50_000, 2))
    null = null_of(("loss", "rmia_found"), np.zeros(2), draws, 1e-6)
    assert null.high == pytest.approx([2.326, WIDER * 2.326], rel=0.03)  # the 99 % quantile of a normal distribution
    assert null.low[0] == pytest.approx(2.326, rel=0.03) and np.isinf(null.low[1])
    assert null.scores(np.array([2.326, 2.326])) == pytest.approx([1.0, 1 / WIDER], rel=0.03)
