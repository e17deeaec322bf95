"""Population attacks: features by hand, invented people with known answers, and cross-fitting by person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlfd_core.data.label_space import Attributes, LabelSpace, SingleLabel
from dlfd_core.data.splits import Splits
from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.attacks import SCALARS, attack_features, person_leaks, population_attacks
from dlfd_core.metrics.membership import signed_auc
from dlfd_core.models.outputs import Outputs
from dlfd_core.models.signals import stable_logs
from dlfd_core.types import POPULATION_ATTACKS

ABC = SingleLabel(("a", "b", "c"))


def says(logits: np.ndarray, space: LabelSpace = ABC) -> Outputs:
    return Outputs(np.zeros((len(logits), 1), dtype=np.float32), logits.astype(np.float32), space)


def split_by(role: np.ndarray, by_person: bool = True) -> Splits:
    """Role of each photo: 0 forget, 1 unseen, 2 retain."""
    forget, unseen, retain = (np.flatnonzero(role == number) for number in range(3))
    none = np.arange(0)
    return Splits(retain, forget, none, unseen, none, unseen, by_person=by_person)


def made_up(
    seed: int, known: float, *, kept: float = 1.0, people: tuple[int, int, int] = (12, 30, 40), photos: int = 8
) -> tuple[Outputs, np.ndarray, np.ndarray, Splits]:
    """Outputs of photos of people; the margin of the right class is ``kept`` higher on retain, ``known`` on forget."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(sum(people)), photos)
    role = np.repeat([0, 1, 2], people)[person]
    labels = rng.integers(0, 3, len(person))
    logits = rng.normal(size=(len(person), 3))
    margin = 1.0 + rng.normal(size=sum(people))[person] + rng.normal(size=len(person))
    logits[np.arange(len(person)), labels] += margin + known * (role == 0) + kept * (role == 2)
    return says(logits), labels, person, split_by(role)


def test_features_by_hand() -> None:
    # p = (0.7, 0.2, 0.1), label 0
    # confidence  log(0.7 / 0.3) = 0.8473
    # entropy     0.7 * 0.3567 + 0.2 * 1.6094 + 0.1 * 2.3026 = 0.8018
    # modified    0.3 * 0.3567 + 0.2 * 0.2231 + 0.1 * 0.1054 = 0.1622
    # the same with label 2: log(0.1 / 0.9) = -2.1972; modified 0.9 * 2.3026 + 0.7 * 1.2040 + 0.2 * 0.2231 = 2.9598
    outputs = says(np.log([[0.7, 0.2, 0.1], [0.7, 0.2, 0.1]]))
    found = attack_features(outputs, np.array([0, 2]), np.array([0, 1]))
    expected = [[1.0, 0.0], [0.8473, -2.1972], [-0.8018, -0.8018], [-0.1622, -2.9598]]
    np.testing.assert_allclose(found.scalars, expected, atol=1e-4)
    np.testing.assert_allclose(np.exp(found.vector), [[0.7, 0.2, 0.1], [0.1, 0.7, 0.2]], atol=1e-6)


def test_attributes_are_attacked_by_their_combinations() -> None:
    space = Attributes(("no no", "yes no", "no yes", "yes yes"), names=("one", "two"))
    outputs = says(np.log([[4.0, 0.25]]), space)  # yes to the first 0.8, yes to the second 0.2
    found = attack_features(outputs, np.array([3]), np.array([0]))  # both are true
    # p = 0.8 * 0.2 = 0.16; one of two right; the others are yes no 0.8 * 0.8, no no 0.2 * 0.8, no yes 0.2 * 0.2
    assert found.scalars[0, 0] == 0.5
    assert found.scalars[1, 0] == pytest.approx(np.log(0.16 / 0.84), abs=1e-6)
    np.testing.assert_allclose(np.exp(found.vector), [[0.16, 0.64, 0.16, 0.04]], atol=1e-6)


def test_logarithms_next_to_one_keep_their_precision() -> None:
    log_p, log_not = stable_logs(np.array([[1.0, 1e-40, 0.0]]))
    assert log_p[0, 0] == pytest.approx(-1e-40)
    assert log_not[0, :2] == pytest.approx([np.log(1e-40), -1e-40])
    assert np.isfinite(log_p).all() and np.isfinite(log_not).all()


def test_confidence_ranks_where_the_loss_is_rounded_to_zero() -> None:
    person, role = np.arange(60), np.repeat([0, 1, 2], 20)
    logits = np.zeros((60, 3))
    logits[:, 0] = np.where(role == 1, 120, 140) + np.arange(60) % 20 / 10
    found = population_attacks(says(logits), np.zeros(60, dtype=np.int64), person, split_by(role))
    assert found["loss"].auc == 0.5
    assert found["confidence"].auc == found["entropy"].auc == found["modified_entropy"].auc == 1.0


@pytest.mark.parametrize("seed", range(3))
def test_members_are_known_to_every_attack_and_the_over_forgotten_stand_out(seed: int) -> None:
    known = population_attacks(*made_up(seed, 2.0, kept=2.0))
    over = population_attacks(*made_up(seed, -2.5, kept=2.0))
    assert tuple(known) == tuple(over) == POPULATION_ATTACKS
    for name in POPULATION_ATTACKS:
        assert known[name].auc_interval[0] > 0.5, name
        if name != "entropy":  # entropy does not use the label: a wrong answer can be confident too
            assert over[name].auc_interval[1] < 0.5, name
            assert name == "loss" or (over[name].called_unseen or 0) > (known[name].called_unseen or 0) + 0.15, name
    assert known["loss"].called_unseen is None
    assert (known["loss"].n_forget, known["loss"].n_unseen) == (96, 240)
    assert known["loss"].tpr_at_1 is not None and known["loss"].tpr_at_01 is None  # 240 photos of unseen people


def test_loss_and_confidence_are_the_signed_auc_of_the_report() -> None:
    outputs, labels, person, splits = made_up(0, 1.0)
    found, losses = population_attacks(outputs, labels, person, splits), outputs.losses(labels)
    expected = signed_auc(losses[splits.forget], losses[splits.unseen_non_members])
    assert found["loss"].auc == pytest.approx(expected, abs=1e-12)
    assert found["confidence"].auc == pytest.approx(expected, abs=1e-3)


def test_people_alike_are_told_apart_by_no_attack() -> None:
    """Forget people drawn like the unseen ones: in nineteen of twenty draws the interval holds 0.5."""
    runs, held, aucs = 60, dict.fromkeys(POPULATION_ATTACKS, 0), dict.fromkeys(POPULATION_ATTACKS, 0.0)
    for seed in range(runs):
        for name, attack in population_attacks(*made_up(seed, 0.0, photos=6)).items():
            held[name] += attack.auc_interval[0] <= 0.5 <= attack.auc_interval[1]
            aucs[name] += attack.auc / runs
    assert all(count / runs >= 0.85 for count in held.values()), held
    assert sum(held.values()) < len(POPULATION_ATTACKS) * runs  # an interval that always holds it is useless
    assert all(abs(auc - 0.5) < 0.03 for auc in aucs.values()), aucs


def test_a_constant_answer_on_unbalanced_sets_is_no_attack() -> None:
    """15 times as many unseen photos as forget photos: always "unseen" would be right in 94 %."""
    person, role = np.arange(200), np.repeat([0, 1, 2], [10, 150, 40])
    outputs = says(np.tile([0.3, 0.2, 0.1], (200, 1)))
    for name, attack in population_attacks(outputs, np.zeros(200, dtype=np.int64), person, split_by(role)).items():
        assert attack.auc == 0.5 and attack.ks == 0.0, name
        assert attack.called_unseen == (None if name == "loss" else 0.5), name
        assert attack.auc_interval[0] < 0.5 < attack.auc_interval[1], name


def test_nobody_is_judged_by_an_attacker_trained_on_him() -> None:
    """Each person has answers of their own, and the model remembers nobody. An attacker that was trained on some photos
    of an unseen person recognises the person's other photos; with folds by photo, that looks like a leak."""
    by_person: list[float] = []
    by_photo: list[float] = []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        person = np.repeat(np.arange(70), 8)
        role = np.repeat([0, 1, 2], [15, 25, 30])[person]
        outputs = says(rng.normal(size=(70, 3))[person] + 0.01 * rng.normal(size=(560, 3)))
        labels = np.zeros(560, dtype=np.int64)
        for found, grouped in ((by_person, True), (by_photo, False)):
            found.append(population_attacks(outputs, labels, person, split_by(role, grouped))["probabilities"].auc)
    assert abs(np.mean(by_person) - 0.5) < 0.07
    assert np.mean(by_photo) > np.mean(by_person) + 0.1


def test_same_numbers_again_and_photos_as_units_for_the_task_identity() -> None:
    outputs, labels, person, splits = made_up(0, 1.0)
    found = population_attacks(outputs, labels, person, splits)
    assert found == population_attacks(outputs, labels, person, splits)
    photos = population_attacks(outputs, labels, person, replace(splits, by_person=False))
    assert photos["loss"].auc == found["loss"].auc
    low, high = found["loss"].auc_interval
    assert photos["loss"].auc_interval[1] - photos["loss"].auc_interval[0] < high - low


def test_what_cannot_be_attacked_is_said() -> None:
    outputs, labels, person, splits = made_up(0, 1.0)
    one = replace(splits, unseen_non_members=splits.unseen_non_members[:8])
    with pytest.raises(InvalidRequest, match="at least 2 people"):
        population_attacks(outputs, labels, person, one)
    with pytest.raises(InvalidRequest, match="leave at least one"):
        population_attacks(outputs, labels, person, replace(splits, retain=np.arange(0)))
    labels[splits.forget[0]] = -1
    with pytest.raises(ValueError, match="without a label"):
        population_attacks(outputs, labels, person, splits)


def test_every_scalar_is_in_the_list_of_attacks() -> None:
    assert {"loss", *SCALARS, "probabilities"} == set(POPULATION_ATTACKS)


def test_leaks_of_people_by_hand() -> None:
    # losses of unseen people: 1, 2, 3, 4
    # person 0: photos 0.5 (4 of 4 above), 2 (3 and 4 above, 2 ties: 2.5 of 4) -> (1 + 0.625) / 2 = 0.8125
    # person 1: photo 5 -> 0; person 2: photo 0 -> 1
    losses = np.array([0.5, 2, 5, 0, 1, 2, 3, 4], dtype=np.float32)
    person, role = np.array([0, 0, 1, 2, 3, 3, 4, 4]), np.array([0, 0, 0, 0, 1, 1, 1, 1])
    leaks = person_leaks(losses, person, split_by(role), ["ann", "bob", "cy", "dee", "eve"])
    assert [(leak.person, leak.photos, leak.loss_auc) for leak in leaks] == [
        ("cy", 1, 1.0),
        ("ann", 2, 0.8125),
        ("bob", 1, 0.0),
    ]


def test_leaks_average_to_the_auc() -> None:
    outputs, labels, person, splits = made_up(3, 0.7)
    losses = outputs.losses(labels)
    leaks = person_leaks(losses, person, splits, [str(i) for i in range(82)])
    assert len(leaks) == 12 and [leak.loss_auc for leak in leaks] == sorted((x.loss_auc for x in leaks), reverse=True)
    auc = signed_auc(losses[splits.forget], losses[splits.unseen_non_members])
    assert np.mean([leak.loss_auc for leak in leaks]) == pytest.approx(auc)  # everybody has 8 photos
