"""Interval of the AUC with people as units, KS distance and true-positive rates: compared with references."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, norm
from sklearn.metrics import roc_auc_score

from dlfd_core.metrics.membership import signed_auc
from dlfd_core.metrics.roc import (
    auc_interval,
    auc_variance,
    clopper_pearson,
    ks_distance,
    rule_of_three,
    structural_components,
    tpr_at,
)


def by_pairs(members: np.ndarray, strangers: np.ndarray) -> np.ndarray:
    """(m, n): 1 where the member's score is above the non-member's, 1/2 for ties."""
    return (members[:, None] > strangers) + 0.5 * (members[:, None] == strangers)


def obuchowski(members: np.ndarray, strangers: np.ndarray, of_m: np.ndarray, of_s: np.ndarray) -> float:
    """The variance of Obuchowski 1997, with loops over clusters."""
    psi = by_pairs(members, strangers)
    auc, m, n = psi.mean(), len(members), len(strangers)
    v10, v01 = psi.mean(1), psi.mean(0)
    clusters = sorted(set(of_m) | set(of_s))
    i10, i01, i = len(set(of_m)), len(set(of_s)), len(clusters)
    s10 = s01 = s11 = 0.0
    for cluster in clusters:
        a = v10[of_m == cluster].sum() - (of_m == cluster).sum() * auc
        b = v01[of_s == cluster].sum() - (of_s == cluster).sum() * auc
        s10 += i10 / ((i10 - 1) * m) * a**2
        s01 += i01 / ((i01 - 1) * n) * b**2
        s11 += i / (i - 1) * a * b
    return s10 / m + s01 / n + 2 * s11 / (m * n)


def clustered(
    rng: np.random.Generator, people: tuple[int, int] = (12, 30), photos: int = 8, shift: float = 0.7
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Scores of members and non-members with their people; half of the variance lies between people."""
    groups = [np.repeat(np.arange(count), photos) for count in people]
    sides = [rng.normal(size=count)[by] + rng.normal(size=len(by)) for count, by in zip(people, groups, strict=True)]
    return sides[0] + shift, sides[1], groups[0], groups[1] + people[0]


def test_auc_is_scikit_learns_also_with_ties(rng: np.random.Generator) -> None:
    members, strangers = rng.integers(0, 9, 70).astype(float), rng.integers(0, 8, 90).astype(float)
    auc, _ = auc_interval(members, strangers, np.arange(70), np.arange(70, 160))
    labels = np.repeat([1, 0], [70, 90])
    assert auc == pytest.approx(roc_auc_score(labels, np.concatenate([members, strangers])))
    assert auc == pytest.approx(signed_auc(-members, -strangers))  # scores are minus losses


def test_components_are_those_of_all_pairs(rng: np.random.Generator) -> None:
    members, strangers = rng.integers(0, 6, 23).astype(float), rng.integers(0, 6, 31).astype(float)
    below, above = structural_components(members, strangers)
    np.testing.assert_allclose(below, by_pairs(members, strangers).mean(1))
    np.testing.assert_allclose(above, by_pairs(members, strangers).mean(0))


def test_one_photo_each_is_delong(rng: np.random.Generator) -> None:
    members, strangers = rng.normal(0.5, 1, 40), rng.normal(0, 1, 60)
    psi = by_pairs(members, strangers)
    delong = psi.mean(1).var(ddof=1) / 40 + psi.mean(0).var(ddof=1) / 60
    auc, variance, freedom = auc_variance(members, strangers, np.arange(40), np.arange(40, 100))
    assert (auc, variance) == pytest.approx((psi.mean(), delong))
    assert 39 <= freedom <= 98  # between the degrees of the smaller side and of both sides together


@pytest.mark.parametrize("shared", [0, 5])
def test_clusters_are_obuchowskis(rng: np.random.Generator, shared: int) -> None:
    """Uneven clusters; ``shared`` of them hold photos of both sides, which adds a covariance."""
    of_m, of_s = rng.integers(0, 10, 70), rng.integers(10 - shared, 30, 110)
    members, strangers = rng.normal(0.5, 1, 70) + of_m / 5, rng.normal(0, 1, 110) + of_s / 8
    _, variance, _ = auc_variance(members, strangers, of_m, of_s)
    assert variance == pytest.approx(obuchowski(members, strangers, of_m, of_s), rel=1e-10)


def test_variance_by_hand() -> None:
    # members 3, 1 and strangers 2, 0: pairs 1 1 / 0 1, AUC 3/4; components of members 1, 1/2, of strangers 1/2, 1.
    # DeLong: var = (1/8) / 2 + (1/8) / 2 = 1/8
    auc, variance, _ = auc_variance(np.array([3.0, 1.0]), np.array([2.0, 0.0]), np.array([0, 1]), np.array([2, 3]))
    assert (auc, variance) == pytest.approx((0.75, 0.125))


def test_people_make_the_interval_as_wide_as_drawing_people_does(rng: np.random.Generator) -> None:
    members, strangers, of_m, of_s = clustered(rng)
    auc, (low, high) = auc_interval(members, strangers, of_m, of_s)
    _, (low_photos, high_photos) = auc_interval(members, strangers, np.arange(96), np.arange(96, 336))
    drawn = []
    for _ in range(600):
        people = rng.integers(0, 12, 12), rng.integers(0, 30, 30)
        drawn.append(
            signed_auc(-members.reshape(12, 8)[people[0]].ravel(), -strangers.reshape(30, 8)[people[1]].ravel())
        )
    spread = float(np.std(drawn))
    assert np.sqrt(auc_variance(members, strangers, of_m, of_s)[1]) == pytest.approx(spread, rel=0.15)
    assert low < auc < high
    assert high - low > 1.5 * (high_photos - low_photos)


@pytest.mark.parametrize(("shift", "members"), [(0.0, 20), (1.5, 20), (0.0, 5)])
def test_the_interval_holds_the_truth_in_nineteen_of_twenty_cases(shift: float, members: int) -> None:
    """Also with 5 people, where an interval by a normal quantile covers in 18 of 20 cases only."""
    rng, truth, held = np.random.default_rng(5), norm.cdf(shift / 2), 0  # each side has variance 2
    for _ in range(400):
        low, high = auc_interval(*clustered(rng, (members, 40), 10, shift))[1]
        held += low <= truth <= high
    assert 0.92 <= held / 400 <= 0.98  # 0.011 is one standard error


def test_perfect_separation_still_leaves_room() -> None:
    # 4 people a side: p = 1 - 0.025^(1/4) = 1 - 0.3976 = 0.6024
    of_m, of_s = np.repeat(np.arange(4), 3), np.repeat(np.arange(4, 8), 3)
    auc, interval = auc_interval(np.ones(12), np.zeros(12), of_m, of_s)
    assert auc == 1.0 and interval == pytest.approx((0.3976, 1.0), abs=1e-4)
    auc, interval = auc_interval(np.zeros(12), np.ones(12), of_m, of_s)
    assert auc == 0.0 and interval == pytest.approx((0.0, 0.6024), abs=1e-4)
    # all scores tie: 0.5 * 0.3976 = 0.1988, and as far above
    auc, interval = auc_interval(np.ones(12), np.ones(12), of_m, of_s)
    assert auc == 0.5 and interval == pytest.approx((0.1988, 0.8012), abs=1e-4)
    assert rule_of_three(0.0, 100)[1] == pytest.approx(clopper_pearson(0, 100)[1])


def test_a_single_persons_photos_are_the_units(rng: np.random.Generator) -> None:
    members, strangers = rng.normal(0.5, 1, 12), rng.normal(0, 1, 60)
    of_s = np.repeat(np.arange(10), 6)
    alone = auc_interval(members, strangers, np.zeros(12, dtype=int), of_s)
    assert alone == auc_interval(members, strangers, np.arange(100, 112), of_s)
    one = auc_interval(members[:1], strangers, np.zeros(1, dtype=int), of_s)[1]
    assert one[1] - one[0] == pytest.approx(0.975)  # one photo allows almost no conclusion


def test_no_scores_and_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        auc_interval(np.ones(0), np.ones(2), np.arange(0), np.arange(2))
    with pytest.raises(ValueError, match="not a number"):
        auc_interval(np.array([np.nan, 1]), np.ones(2), np.arange(2), np.arange(2))


@pytest.mark.parametrize(("successes", "trials"), [(0, 10), (3, 10), (10, 10), (7, 480)])
def test_clopper_pearson_is_scipys_beta(successes: int, trials: int) -> None:
    low, high = clopper_pearson(successes, trials)
    assert low == pytest.approx(beta.ppf(0.025, successes, trials - successes + 1) if successes else 0.0)
    assert high == pytest.approx(beta.ppf(0.975, successes + 1, trials - successes) if successes < trials else 1.0)


def test_ks_by_hand() -> None:
    # members 2, 3, 4 against 1, 2, 3: after 1 the functions are 0 and 1/3, after 2 1/3 and 2/3, after 3 2/3 and 1
    assert ks_distance(np.array([2.0, 3, 4]), np.array([1.0, 2, 3])) == pytest.approx(1 / 3)
    assert ks_distance(np.array([5.0, 6]), np.array([1.0, 2])) == 1.0


def test_true_positives_by_hand() -> None:
    strangers = np.arange(200.0)  # 1 % of 200 may be above: 199 and 198, so the threshold is 197
    found = tpr_at(np.array([150.0, 197, 197.5, 300]), strangers, 0.01)
    assert found is not None
    assert found[0] == 0.5  # 197.5 and 300
    assert found[1] == pytest.approx((beta.ppf(0.025, 2, 3), beta.ppf(0.975, 3, 2)))


def test_ties_let_in_no_more_strangers() -> None:
    strangers = np.repeat([0.0, 1.0], [150, 50])  # a quarter tie at the top: none of them may pass
    found = tpr_at(np.array([1.0, 1, 1, 2]), strangers, 0.01)
    assert found is not None and found[0] == 0.25


def test_too_few_strangers_give_no_rate() -> None:
    scores = np.arange(1000.0)
    assert tpr_at(scores, scores[:99], 0.01) is None and tpr_at(scores, scores[:100], 0.01) is not None
    assert tpr_at(scores, scores[:999], 0.001) is None and tpr_at(scores, scores, 0.001) is not None
