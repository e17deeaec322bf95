"""Results of the reference bank, on simulated losses with a known answer."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from dlfd_core.data.splits import Splits
from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.iam import iam_scores, iam_signal, mean_completeness
from dlfd_core.metrics.membership import signed_auc
from dlfd_core.metrics.reference import (
    SMALLEST_P,
    Consultation,
    consult,
    exceeded_share,
    null_spread,
    rmia_scores,
)

PHOTOS = 6
PEOPLE, UNSEEN, PICK = 40, 20, 10
MODELS = 8


@dataclass(frozen=True)
class World:
    """Simulated losses: people 0..39 can be forgotten, 40..59 are unseen; the first ten are picked.

    A photo's log loss is its difficulty plus noise of the model; a model that was trained on the person has a log loss
    lower by ``KNOWN`` nats.
    """

    bank: np.ndarray
    members: np.ndarray
    person: np.ndarray
    splits: Splits
    difficulty: np.ndarray
    rng: np.random.Generator

    def losses(self, known: np.ndarray, whim: float = 0.0) -> np.ndarray:
        """(N,) losses of a new model. known: (P,) people it was trained on; whim: shift of training people's."""
        own = self.difficulty + self.rng.normal(0, 0.6, len(self.person)) - KNOWN * known[self.person]
        return np.exp(own + whim * (self.person < PEOPLE))

    def consult(self, losses: np.ndarray, original: np.ndarray | None = None) -> Consultation:
        knows_all = np.arange(PEOPLE + UNSEEN) < PEOPLE
        before = self.losses(knows_all) if original is None else original
        return consult(self.bank, self.members, losses, before, self.person, self.splits)


KNOWN = 2.0
NOBODY = np.zeros(PEOPLE + UNSEEN, dtype=bool)


def halves(rng: np.random.Generator) -> np.ndarray:
    members = np.zeros((MODELS, PEOPLE + UNSEEN), dtype=bool)
    for pair in range(MODELS // 2):
        half = rng.permutation(PEOPLE)[: PEOPLE // 2]
        members[2 * pair, half] = True
        members[2 * pair + 1, :PEOPLE] = ~members[2 * pair, :PEOPLE]
    return members


def make_world(seed: int, whim: float = 0.0) -> World:
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(PEOPLE + UNSEEN), PHOTOS)
    index = np.arange(len(person))
    forget, retain, unseen = (
        index[person < PICK],
        index[(person >= PICK) & (person < PEOPLE)],
        index[person >= PEOPLE],
    )
    splits = Splits(retain, forget, unseen[:0], unseen, unseen[:0], unseen, by_person=True)
    difficulty = rng.normal(0, 1, len(person)) + rng.normal(0, 0.5, PEOPLE + UNSEEN)[person]
    world = World(np.empty(0), halves(rng), person, splits, difficulty, rng)
    bank = np.stack([world.losses(row, whim * rng.normal()) for row in world.members])
    return replace(world, bank=bank)


def test_a_photos_view_adds_up_to_the_signed_auc(rng: np.random.Generator) -> None:
    members, strangers = rng.integers(0, 9, 50) * 1.0, rng.integers(0, 9, 70) * 1.0  # many ties
    assert exceeded_share(members, strangers).mean() == pytest.approx(signed_auc(members, strangers))
    assert exceeded_share(np.array([1.0, 2.0, 5.0]), np.array([2.0, 3.0, 4.0, 4.0])).tolist() == [1.0, 0.875, 0.0]


def test_the_oracle_is_the_mean_over_models_that_never_saw_the_photo() -> None:
    world = make_world(0)
    losses = world.losses(NOBODY)
    found = world.consult(losses).reference
    forget, unseen = world.splits.forget, world.splits.unseen
    expected = [
        np.mean([np.mean(row[unseen] > row[photo]) for row, who in zip(world.bank, world.members, strict=True)
                 if not who[world.person[photo]]])
        for photo in forget
    ]  # fmt: skip
    assert found.oracle_auc == pytest.approx(np.mean(expected))
    assert found.oracle_auc + found.excess == pytest.approx(signed_auc(losses[forget], losses[unseen]))
    assert found.models == MODELS and found.excess_band[0] == -found.excess_band[1] < 0
    width = found.oracle_band[1] - found.oracle_band[0]
    assert width == pytest.approx(2 * found.excess_band[1])


def test_a_model_that_never_saw_them_passes_and_one_that_did_does_not() -> None:
    world = make_world(1)
    clean = world.consult(world.losses(NOBODY)).reference
    assert clean.excess_band[0] < clean.excess < clean.excess_band[1] and clean.p_value > 0.05
    known = world.consult(world.losses(np.arange(PEOPLE + UNSEEN) < PEOPLE)).reference
    assert known.excess > known.excess_band[1] and known.p_value == SMALLEST_P
    shy = world.losses(NOBODY)
    shy[world.splits.forget] *= 20.0
    over = world.consult(shy).reference
    assert over.excess < over.excess_band[0] and over.p_value == SMALLEST_P


@pytest.mark.parametrize("whim", [0.0, 0.4])
def test_false_alarms_are_near_five_per_cent(whim: float) -> None:
    """Models that never saw the pick, over many banks; also where all losses of a model are shifted together."""
    tried = 250
    values = []
    for seed in range(tried):
        world = make_world(100 + seed, whim)
        values.append(world.consult(world.losses(NOBODY, whim * world.rng.normal())).reference.p_value)
    alarms = np.mean(np.array(values) < 0.05)
    assert 0.01 <= alarms <= 0.095  # 0.05 plus or minus three standard errors of 250 draws
    assert abs(np.mean(values) - 0.5) < 0.08


def test_few_models_that_differ_as_wholes_give_few_degrees_of_freedom() -> None:
    def spread(whim: float) -> tuple[float, float]:
        world = make_world(5, whim)
        views = np.stack([exceeded_share(row, row[world.splits.unseen]) for row in world.bank])
        return null_spread(views, ~world.members[:, world.person], world.person, world.splits)

    (calm, many), (moody, few) = spread(0.0), spread(2.0)
    assert moody > 2 * calm
    assert MODELS - 1 <= few < 8 < many


def test_the_same_question_has_the_same_answer() -> None:
    world = make_world(2)
    losses, original = world.losses(NOBODY), world.losses(NOBODY)
    one, two = world.consult(losses, original), world.consult(losses, original)
    assert one.reference.p_value == two.reference.p_value and one.people == two.people
    assert one.reference.rmia == two.reference.rmia


def one_forgotten_two_unseen() -> Splits:
    """Photo 0 is forgotten; photos 1 and 2 are unseen, and both serve as non-members."""
    nobody, forgotten, unseen = (np.array(photos, dtype=int) for photos in ([], [0], [1, 2]))
    return Splits(nobody, forgotten, nobody, unseen, nobody, unseen, by_person=True)


def test_rmia_by_hand() -> None:
    """One forget photo x (person 0), two unseen photos y and z (persons 1, 2), two models that never saw any of them.

    Probabilities of the right answer. x: 0.9 now, 0.4 and 0.6 in the bank, so Pr = (1.3 * 0.5 + 0.7) / 2 = 0.675 and
    the ratio is 1.333. y: 0.5 now, bank 0.5: Pr = 0.675, ratio 0.741. z: 0.99 now, bank 0.2 and 0.2: Pr = 0.48, ratio
    2.0625. So x is above y only (1/2); y is not above z (0); z is above y (1).
    """
    bank = -np.log(np.array([[0.4, 0.5, 0.2], [0.6, 0.5, 0.2], [0.999, 0.5, 0.2]]))
    out = np.array([[True, True, True], [True, True, True], [False, True, True]])  # the third model saw x
    splits = one_forgotten_two_unseen()
    forget, strangers = rmia_scores(bank, out, -np.log(np.array([0.9, 0.5, 0.99])), np.arange(3), splits)
    assert forget.tolist() == [0.5] and strangers.tolist() == [0.0, 1.0]


def test_rmia_keeps_the_order_next_to_certainty() -> None:
    """Losses of 1e-12 and 1e-14 are both probability 1 in single precision; their order must still be kept."""
    bank = np.array([[1e-10, 1e-13, 1e-13], [1e-10, 1e-13, 1e-13]])
    splits = one_forgotten_two_unseen()
    now = np.array([1e-14, 1e-14, 2e-14])
    forget, strangers = rmia_scores(bank, np.ones((2, 3), dtype=bool), now, np.arange(3), splits)
    assert forget.tolist() == [1.0] and strangers.tolist() == [1.0, 0.0]


def test_rmia_finds_what_was_memorised_and_nothing_else() -> None:
    world = make_world(3)  # below 1 for the model that memorised: the bank is sure of some photos that it never saw
    for losses, low, high in [(world.losses(NOBODY), 0.4, 0.6), (memorised(world), 0.98, 1.0)]:
        found = world.consult(losses)
        assert len(found.reference.rmia) == len(world.splits.forget)
        assert low <= signed_auc(-np.array(found.reference.rmia), -found.rmia_non_members) <= high
        assert found.rmia_non_members.mean() == pytest.approx(0.5, abs=0.02)


def memorised(world: World) -> np.ndarray:
    losses = world.losses(NOBODY)
    losses[world.splits.forget] = 1e-6
    return losses


def test_a_strangers_own_photos_are_no_population_for_him() -> None:
    world = make_world(4)
    out = ~world.members[:, world.person]
    _, strangers = rmia_scores(world.bank, out, world.losses(NOBODY), world.person, world.splits)
    assert set(np.unique(np.round(strangers * (UNSEEN - 1) * PHOTOS % 1, 6))) <= {0.0, 1.0}


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
    """Nine of ten picked people are forgotten; the tenth is found."""
    world = make_world(7)
    original = world.losses(np.arange(PEOPLE + UNSEEN) < PEOPLE)
    left = NOBODY.copy()
    left[3] = True
    found = world.consult(world.losses(left), original)
    assert sorted(found.people) == list(range(PICK))
    assert max(found.people, key=lambda who: found.people[who].rmia) == 3
    assert min(found.people, key=lambda who: found.people[who].completeness or 0.0) == 3
    assert np.mean(found.reference.rmia) == pytest.approx(np.mean([r.rmia for r in found.people.values()]))
    assert found.reference.oracle_auc == pytest.approx(np.mean([r.expected for r in found.people.values()]))


def test_too_few_models_that_never_saw_somebody_are_refused() -> None:
    world = make_world(8)
    world.members[:, 0] = True
    world.members[0, 0] = False
    with pytest.raises(InvalidRequest, match="fewer than two models that never saw one of these people"):
        world.consult(world.losses(NOBODY))


def test_one_unseen_person_is_too_few_to_compare_with() -> None:
    world = make_world(9)
    one = world.splits.unseen[:PHOTOS]
    with pytest.raises(InvalidRequest, match="needs at least two of them"):
        replace(world, splits=replace(world.splits, unseen=one)).consult(world.losses(NOBODY))
