"""U-LiRA on made-up confidences, whose AUC is known by arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import norm

from dlfd_core.metrics.ulira import (
    Attack,
    Found,
    attack_models,
    confidences,
    likelihood_ratios,
    rmia,
    scaled_confidence,
)

PHOTOS = 40
PERSON = np.repeat(np.arange(8), 5)
LEVELS = {"photo": np.arange(PHOTOS), "person": PERSON, "all": np.zeros(PHOTOS, dtype=int)}


def draw(models: int, shift: float | np.ndarray = 0.0, seed: int = 0) -> np.ndarray:
    """Confidences of independent photos with standard deviation 1, each photo with its own mean."""
    rng = np.random.default_rng(seed)
    return np.linspace(-2, 2, PHOTOS) + shift + rng.normal(size=(models, PHOTOS))


def attacked(shift: float | np.ndarray, models: int = 32, seed: int = 0) -> dict[str, Found]:
    return attack_models(likelihood_ratios, draw(models, shift, seed), draw(models, 0.0, seed + 1000), LEVELS)


# ---- scaled confidence -----------------------------------------------------------------------------------------------


def test_the_scaled_confidence_is_the_logit_of_the_probability() -> None:
    logits = np.random.default_rng(0).normal(size=(50, 7))
    labels = np.arange(50) % 7
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(scaled_confidence(logits, labels), logit(p[np.arange(50), labels]), rtol=1e-9)


def test_the_scaled_confidence_keeps_its_order_where_the_probability_is_rounded_to_one() -> None:
    logits = np.array([[50.0, 0.0], [60.0, 0.0], [-800.0, 800.0]], dtype=np.float32)
    assert scaled_confidence(logits, np.zeros(3, dtype=int)).tolist() == [50.0, 60.0, -1600.0]


@pytest.mark.parametrize(
    ("logits", "labels"),
    [
        (np.zeros((3, 2)), np.zeros(2, dtype=int)),
        (np.zeros((3, 1)), np.zeros(3, dtype=int)),
        (np.zeros(3), np.zeros(3, dtype=int)),
        (np.zeros((3, 2)), np.array([0, 1, 2])),
        (np.zeros((3, 2)), np.array([0, 1, -1])),
    ],
)
def test_other_shapes_and_labels_are_refused(logits: np.ndarray, labels: np.ndarray) -> None:
    with pytest.raises(ValueError):
        scaled_confidence(logits, labels)


# ---- known answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shift", [1.0, -1.0])
def test_shifted_photos_have_the_auc_of_two_normal_distributions(shift: float) -> None:
    """AUC of N(1, 1) against N(0, 1) is Phi(1 / sqrt(2)) = .760; the score finds the direction by itself."""
    found = attacked(shift, models=40)["photo"]
    assert found.auc == pytest.approx(norm.cdf(1 / math.sqrt(2)), abs=0.02)
    assert found.interval[0] < norm.cdf(1 / math.sqrt(2)) < found.interval[1]
    assert found.models == (40, 40)


def test_the_sum_over_a_person_finds_more_than_a_photo() -> None:
    """Five photos, each shifted by d: AUC Phi(d sqrt(5) / sqrt(2)); d = .8 gives .71 per photo and .90 per person."""
    found = attacked(0.8, models=40)
    assert found["photo"].auc == pytest.approx(norm.cdf(0.8 / math.sqrt(2)), abs=0.02)
    assert found["person"].auc == pytest.approx(norm.cdf(0.8 * math.sqrt(5 / 2)), abs=0.03)
    assert found["all"].auc > 0.99


def test_another_spread_is_found_too() -> None:
    """Confidences of the same mean and twice the deviation cannot be found by a threshold, but by their likelihood."""
    rng = np.random.default_rng(0)
    wide, narrow = 2 * rng.normal(size=(34, PHOTOS)), rng.normal(size=(34, PHOTOS))
    assert attack_models(confidences, wide, narrow, LEVELS)["photo"].auc == pytest.approx(0.5, abs=0.03)
    assert attack_models(likelihood_ratios, wide, narrow, LEVELS)["photo"].auc > 0.65


def test_equal_distributions_have_an_auc_of_one_half() -> None:
    """Leaving out one model of its own kind only would give less than 0.5 here, most of all for the sum of photos."""
    repeated = [attacked(0.0, models=10, seed=seed) for seed in range(40)]
    for level, tolerance in (("photo", 0.01), ("person", 0.02), ("all", 0.06)):
        assert np.mean([found[level].auc for found in repeated]) == pytest.approx(0.5, abs=tolerance)
    covered = [found["photo"].interval[0] <= 0.5 <= found["photo"].interval[1] for found in repeated]
    assert np.mean(covered) >= 0.9


def test_equal_distributions_have_the_tpr_of_false_alarms() -> None:
    rates = [attacked(0.0, models=12, seed=seed)["photo"].tpr for seed in range(16)]
    for rate in (0.01, 0.05):
        assert np.mean([each[rate][0] for each in rates]) == pytest.approx(rate, rel=0.3)


def test_models_that_are_far_apart_are_always_found() -> None:
    found = attacked(30.0, models=8)["photo"]
    assert found.auc == 1.0
    assert found.tpr[0.05][0] == 1.0
    # a share p of other models that looks different would be missed by eight models with probability (1 - p) ** 8
    assert found.interval == pytest.approx((0.025 ** (1 / 8), 1.0))


def test_the_interval_is_over_models_and_not_over_photos() -> None:
    """All photos of a model share its shift: more photos then say nothing more about other models."""
    rng = np.random.default_rng(0)
    common = [rng.normal(size=(12, 1)) + 0.05 * rng.normal(size=(12, PHOTOS)) for _ in range(2)]
    low, high = attack_models(confidences, common[0], common[1], LEVELS, mean=True)["photo"].interval
    assert high - low > 0.3
    independent = [rng.normal(size=(12, PHOTOS)) for _ in range(2)]
    low, high = attack_models(confidences, independent[0], independent[1], LEVELS, mean=True)["photo"].interval
    assert high - low < 0.2


def test_a_tpr_needs_enough_scores() -> None:
    found = attacked(0.5, models=10)
    assert set(found["photo"].tpr) == {0.01, 0.05}  # 400 scores
    assert set(found["person"].tpr) == {0.05}  # 80
    assert set(found["all"].tpr) == set()  # 10


def test_few_models_share_one_variance() -> None:
    few = draw(8), draw(8, seed=1)
    assert np.array_equal(likelihood_ratios(*few)[0], likelihood_ratios(*few, shared=True)[0])
    assert not np.allclose(likelihood_ratios(*few)[0], likelihood_ratios(*few, shared=False)[0])
    many = draw(33), draw(33, seed=1)
    assert np.array_equal(likelihood_ratios(*many)[0], likelihood_ratios(*many, shared=False)[0])


def test_a_pair_is_scored_by_the_other_models_alone() -> None:
    """Moving a target model changes its own scores only: both fits leave the target out."""
    unlearned, never = draw(5), draw(6, seed=1)
    before = likelihood_ratios(unlearned, never, shared=False)
    moved = unlearned.copy()
    moved[2] += 100.0
    after = likelihood_ratios(moved, never, shared=False)
    assert np.allclose(before[1][2], after[1][2])
    assert not np.allclose(before[0][2], after[0][2])
    assert not np.allclose(before[1][1], after[1][1])
    rest = np.delete(unlearned, 2, 0), np.delete(never, 3, 0)
    mean, variance = [part.mean(0) for part in rest], [part.var(0, ddof=1) for part in rest]
    densities = [norm.logpdf(never[3], m, np.sqrt(v)) for m, v in zip(mean, variance, strict=True)]
    np.testing.assert_allclose(before[1][2, 3], densities[0] - densities[1])


# ---- the other attacks -----------------------------------------------------------------------------------------------


def test_rmia_is_the_share_of_population_photos_with_a_smaller_gain() -> None:
    """One reference model is left for each pair; its prior and the shares by hand."""
    rng = np.random.default_rng(0)
    unlearned, never = rng.normal(size=(3, 9)), rng.normal(size=(2, 9))
    positive, negative = rmia(5)(unlearned, never)
    assert positive.shape == negative.shape == (3, 2, 4)
    prior = (1.3 * expit(never[1]) + 0.7) / 2
    ratio = expit(unlearned[2]) / prior
    np.testing.assert_allclose(positive[2, 0], (ratio[:4, None] > ratio[None, 4:]).mean(1))
    ratio = expit(never[0]) / prior
    np.testing.assert_allclose(negative[2, 0], (ratio[:4, None] > ratio[None, 4:]).mean(1))


@pytest.mark.parametrize("attack", [confidences, rmia(PHOTOS)])
def test_the_other_attacks_find_confident_models_only(attack: Attack) -> None:
    def found(shift: float) -> float:
        """Only the scored photos are shifted, not the population's, which are the last ones."""
        shifts = np.concatenate([np.full(PHOTOS, shift), np.zeros(PHOTOS)])
        sides = [np.concatenate([draw(12, 0.0, seed), draw(12, 0.0, seed + 50)], axis=1) for seed in (1, 2)]
        sides[0] += shifts
        columns = slice(0, PHOTOS if attack is confidences else 2 * PHOTOS)
        return attack_models(attack, sides[0][:, columns], sides[1][:, columns], LEVELS, mean=True)["person"].auc

    assert found(1.5) > 0.7
    assert found(-1.5) < 0.3
    assert found(0.0) == pytest.approx(0.5, abs=0.1)


# ---- bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unlearned", "never", "what"),
    [
        (np.zeros((8, 3)), np.zeros((8, 4)), "are needed"),
        (np.zeros(8), np.zeros(8), "are needed"),
        (np.zeros((3, PHOTOS)), np.zeros((8, PHOTOS)), "at least 4"),
        (np.zeros((8, PHOTOS)), np.zeros((3, PHOTOS)), "at least 4"),
        (np.full((8, PHOTOS), np.nan), np.zeros((8, PHOTOS)), "finite"),
        (np.zeros((8, PHOTOS)), np.full((8, PHOTOS), np.inf), "finite"),
    ],
)
def test_bad_confidences_are_refused(unlearned: np.ndarray, never: np.ndarray, what: str) -> None:
    with pytest.raises(ValueError, match=what):
        attack_models(likelihood_ratios, unlearned, never, LEVELS)


def test_models_without_any_difference_are_no_error() -> None:
    found = attack_models(likelihood_ratios, np.zeros((6, PHOTOS)), np.zeros((6, PHOTOS)), LEVELS)
    assert found["photo"].auc == 0.5
    assert found["photo"].tpr[0.05][0] == 0.0
