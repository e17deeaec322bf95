"""Results of the reference bank, on simulated losses with a known answer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.iam import iam_scores, iam_signal, mean_completeness
from dlfd_core.metrics.membership import signed_auc
from dlfd_core.metrics.reference import bank_utilities, refuse_small_bank, utility_range
from dlfd_core.metrics.rmia import Prior
from tests.fake_bank import MODELS, NOBODY, PEOPLE, PHOTOS, PICK, UNSEEN, World, make_world


def test_the_expected_auc_is_the_mean_over_models_that_never_saw_the_photo() -> None:
    world = make_world(0)
    losses = world.losses(NOBODY)
    found = world.consult(losses).reference
    forget, unseen = world.splits.forget, world.splits.unseen
    models = list(zip(world.bank.losses, world.bank.members, strict=True))
    expected = [
        np.mean([np.mean(row[unseen] > row[photo]) for row, who in models if not who[world.person[photo]]])
        for photo in forget
    ]
    assert found.oracle_auc == pytest.approx(np.mean(expected))
    assert found.oracle_auc + found.excess == pytest.approx(signed_auc(losses[forget], losses[unseen]))
    assert found.models == MODELS and found.excess_band[0] < 0 < found.excess_band[1]
    assert found.excess_band == pytest.approx([end - found.oracle_auc for end in found.oracle_band])


def test_the_same_question_has_the_same_answer() -> None:
    world = make_world(2)
    losses, original = world.losses(NOBODY), world.losses(NOBODY)
    one, two = world.consult(losses, original), world.consult(losses, original)
    assert one.reference == two.reference and one.people == two.people
    assert make_world(2).worst(losses) == world.worst(losses)  # nothing kept in memory decides


def test_rmia_by_hand() -> None:
    """One photo x (person 0), two unseen photos y and z, two models that never saw any of them, and one that saw x.

    Probabilities of the right answer. x: 0.9 now, 0.4 and 0.6 in the bank, so Pr = (1.3 * 0.5 + 0.7) / 2 = 0.675 and
    the ratio is 1.333. y: 0.5 now, bank 0.5: Pr = 0.675, ratio 0.741. z: 0.99 now, bank 0.2 and 0.2: Pr = 0.48, ratio
    2.0625.
    """
    bank = -np.log(np.array([[0.4, 0.5, 0.2], [0.6, 0.5, 0.2], [0.999, 0.5, 0.2]]))
    out = np.array([[True, True, True], [True, True, True], [False, True, True]])
    gain = Prior.of(bank, out).gain(-np.log(np.array([0.9, 0.5, 0.99])))
    assert np.exp(gain) == pytest.approx([0.9 / 0.675, 0.5 / 0.675, 0.99 / 0.48])
    alone = Prior.of(bank, out).without(0).gain(-np.log(np.array([0.9, 0.5, 0.99])))
    assert np.exp(alone[0]) == pytest.approx(0.9 / ((1.3 * 0.6 + 0.7) / 2))


def test_rmia_keeps_the_order_next_to_certainty() -> None:
    """Losses of 1e-12 and 1e-14 are both probability 1 in single precision; their order must still be kept."""
    bank = np.array([[1e-10, 1e-13, 1e-13], [1e-10, 1e-13, 1e-13]])
    gain = Prior.of(bank, np.ones((2, 3), dtype=bool)).gain(np.array([1e-14, 1e-14, 2e-14]))
    assert gain[0] > gain[1] > gain[2]


def test_rmia_finds_what_was_memorised_and_nothing_else() -> None:
    world = make_world(3)  # below 1 for the model that memorised: the bank is sure of some photos that it never saw
    for losses, low, high in [(world.losses(NOBODY), 0.4, 0.6), (memorised(world), 0.98, 1.0)]:
        found = world.consult(losses)
        assert len(found.reference.rmia) == len(world.splits.forget)
        members, non_members = found.gains
        assert low <= signed_auc(-members, -non_members) <= high
        assert np.mean(found.reference.rmia) == pytest.approx(signed_auc(-members, -non_members))


def memorised(world: World) -> np.ndarray:
    losses = world.losses(NOBODY)
    losses[world.splits.forget] = 1e-5
    return losses


def test_completeness_runs_from_the_original_to_the_models_that_never_saw_them(rng: np.random.Generator) -> None:
    """Three OUT models that agree within 1 %; the original is far above them."""
    bank = np.clip(0.3 + rng.normal(0, 0.01, (4, 50)), 0, 1)
    out = np.ones((4, 50), dtype=bool)
    out[0] = False
    bank[0] = 0.9  # a model that was trained on them does not count
    original, shadow = np.full(50, 0.8), bank[1:].mean(0)
    scores = {}
    for name, model in [("original", original), ("half", (original + shadow) / 2), ("never", shadow)]:
        scores[name], gap = iam_scores(model, original, bank, out)
        assert gap == pytest.approx(original - shadow)
    assert scores["original"].max() < 0.01 and scores["never"].min() > 0.99
    # half-way every alpha up to one half is counted, and they weigh 0.5^2 of all: 1 - 0.25
    assert scores["half"] == pytest.approx(0.75, abs=0.03)


def test_where_nothing_was_known_there_is_nothing_to_forget() -> None:
    bank = np.array([[0.5, 0.5], [0.5, 0.5]])
    scores, gap = iam_scores(np.array([0.1, 0.5]), np.array([0.4, 0.9]), bank, np.ones((2, 2), dtype=bool))
    assert np.isnan(scores[0]) and scores[1] > 0.99
    assert mean_completeness(scores, gap) == pytest.approx(scores[1])
    assert mean_completeness(scores[:1], gap[:1]) is None
    world = make_world(6)
    ignorant = np.full(len(world.person), 50.0)
    found = world.consult(world.losses(NOBODY), ignorant)
    assert found.reference.completeness == 1.0
    assert all(reading.completeness is None for reading in found.people.values())


def test_the_signal_runs_from_0_to_1() -> None:
    signal = iam_signal(np.array([0.0, 0.1, 1.0, 5.0, 60.0]))
    assert signal[0] == pytest.approx(1.0) and signal[-1] == pytest.approx(0.0, abs=1e-9)
    assert (np.diff(signal) < 0).all()


def test_people_are_read_one_by_one() -> None:
    """Nine of ten picked people are forgotten; the tenth is found, also by the verdict's statistics."""
    world = make_world(7)
    original = world.losses(np.arange(PEOPLE + UNSEEN) < PEOPLE)
    left = NOBODY.copy()
    left[3] = True
    losses = world.losses(left)
    found = world.consult(losses, original)
    assert sorted(found.people) == list(range(PICK))
    assert max(found.people, key=lambda who: found.people[who].rmia) == 3
    assert min(found.people, key=lambda who: found.people[who].completeness or 0.0) == 3
    assert np.mean(found.reference.rmia) == pytest.approx(np.mean([r.rmia for r in found.people.values()]))
    assert found.reference.oracle_auc == pytest.approx(np.mean([r.expected for r in found.people.values()]))
    known = next(each for each in world.worst(losses).statistics if each.name == "person_known")
    assert known.person == "q03" and known.expected == pytest.approx(found.people[3].expected)


def test_too_few_models_that_never_saw_somebody_are_refused() -> None:
    world = make_world(8)
    world.bank.members[:, 0] = True
    world.bank.members[0, 0] = False
    with pytest.raises(InvalidRequest, match="fewer than two models that never saw one of these people"):
        refuse_small_bank(world.bank, world.person, world.splits)


def test_one_unseen_person_is_too_few_to_compare_with() -> None:
    world = make_world(9)
    one = world.splits.unseen[:PHOTOS]
    with pytest.raises(InvalidRequest, match="needs at least two of them"):
        refuse_small_bank(world.bank, world.person, replace(world.splits, unseen_non_members=one))


def test_the_utility_of_the_bank_is_its_accuracy_on_unseen_people() -> None:
    world = make_world(10)
    right = world.bank.losses[:, world.splits.unseen] < np.log(2)  # two classes
    assert bank_utilities(world.bank, world.splits) == pytest.approx(right.mean(1), abs=0.01)
    low, high = utility_range(world.bank, world.splits)
    assert low < right.mean(1).min() and high > right.mean(1).max() and low + high == pytest.approx(2 * right.mean())
