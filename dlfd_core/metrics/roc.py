"""How well a score separates members from strangers, and how sure that is when photos come in people.

Convention: arrays hold an attack's scores, higher is more like a training photo; members are the forget photos,
strangers photos the model never trained on.
"""

from __future__ import annotations

import math

import numpy as np

from dlfd_core.types import Interval

LEVEL = 0.95
#: Unseen photos without which the share found at this false-positive rate is not told: one false alarm among them is
#: then already more than the rate allows.
MINIMUM_UNSEEN = {0.01: 100, 0.001: 1_000}


def independent_units(groups: np.ndarray) -> np.ndarray:
    """(n,) what is counted as one independent draw: the groups (people), or the photos where all are of one person.

    One person says nothing of how much people differ; the interval then speaks of other photos of that person.
    """
    return groups if len(np.unique(groups)) > 1 else np.arange(len(groups))


def rule_of_three(value: float, people: int) -> Interval:
    """Interval of a share or an AUC that varies from nobody to nobody, so that no spread can be estimated.

    If a share ``p`` of people were quite different, none of them would be among ``people`` draws with probability
    ``(1 - p) ** people``. The largest ``p`` for which that is still 2.5 % (Clopper-Pearson's bound of zero successes,
    about 3.7 / people) moves the value to at most ``(1 - p) value`` or ``value + p (1 - value)``.
    """
    p = 1.0 - ((1.0 - LEVEL) / 2) ** (1.0 / people)
    return (1.0 - p) * value, value + p * (1.0 - value)


def clopper_pearson(successes: int, trials: int) -> Interval:
    """Exact 95 % interval of a share (Clopper & Pearson, Biometrika 1934). Trials count as independent."""
    from scipy.special import betaincinv

    tail = (1.0 - LEVEL) / 2
    low = float(betaincinv(successes, trials - successes + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, trials - successes, 1.0 - tail)) if successes < trials else 1.0
    return low, high


def structural_components(members: np.ndarray, strangers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each member's share of strangers below it, (m,), and each stranger's share of members above it, (n,); ties half.

    Both average to the AUC. O(N log N) by midranks (Sun & Xu, IEEE Signal Processing Letters 2014).
    """
    from scipy.stats import rankdata

    m, n = len(members), len(strangers)
    ranks = rankdata(np.concatenate([members, strangers]))
    below = (ranks[:m] - rankdata(members)) / n
    above = 1.0 - (ranks[m:] - rankdata(strangers)) / m
    return below, above


def auc_variance(
    members: np.ndarray, strangers: np.ndarray, member_groups: np.ndarray, non_member_groups: np.ndarray
) -> tuple[float, float, float]:
    """AUC, its variance with whole groups as units, and the degrees of freedom of that variance.

    Obuchowski (Biometrics 1997): structural components are summed within each group; a group with
    photos on both sides adds a covariance. With one photo per group it is DeLong's variance (Biometrics 1988).
    The degrees of freedom are Welch and Satterthwaite's for the sum of the two sides.
    """
    below, above = structural_components(members, strangers)
    m, n = len(members), len(strangers)
    auc = float(below.mean())
    _, where = np.unique(np.concatenate([member_groups, non_member_groups]), return_inverse=True)
    size = int(where.max()) + 1
    # per group: sum of (component - AUC), divided by its side's photos
    first = np.bincount(where[:m], below - auc, size) / m
    second = np.bincount(where[m:], above - auc, size) / n
    counts = [len(np.unique(part)) for part in (where[:m], where[m:])]
    parts = [
        np.square(side).sum() * count / max(count - 1, 1) for side, count in zip((first, second), counts, strict=True)
    ]
    variance = float(sum(parts) + 2 * (first * second).sum() * size / (size - 1))
    spread = sum(part**2 / max(count - 1, 1) for part, count in zip(parts, counts, strict=True))
    return auc, variance, float(sum(parts) ** 2 / spread) if spread else math.inf


def auc_interval(
    members: np.ndarray, strangers: np.ndarray, member_groups: np.ndarray, non_member_groups: np.ndarray
) -> tuple[float, Interval]:
    """Signed AUC, P(a member's score > a stranger's), ties half, and its 95 % interval with whole people as units.

    The interval is symmetric in the logit of the AUC, so it stays in [0, 1]; its quantile is Student's, which with few
    people is wider than the normal one. Where people do not vary at all, as at an AUC of 0 or 1 or when every score
    ties, or where one side is a single photo, it is ``rule_of_three`` of the side with fewer people.

    Args:
        members, strangers: (m,), (n,) scores, higher is more member-like. member_groups, non_member_groups: (m,), (n,)
            the unit of each photo; where one side is a single person its photos are the units.

    Raises:
        ValueError: no members or no strangers, or a score that is not a number.
    """
    if not len(members) or not len(strangers):
        raise ValueError("an AUC takes at least one member and one stranger")
    if np.isnan(members).any() or np.isnan(strangers).any():
        raise ValueError("a score is not a number")
    by = _units_apart(member_groups, non_member_groups)
    auc, variance, freedom = auc_variance(members, strangers, *by)
    fewer = min(len(np.unique(side)) for side in by)
    if fewer < 2 or variance < 1e-15 or not 0.0 < auc < 1.0:
        return auc, rule_of_three(auc, fewer)
    from scipy.special import expit, logit, stdtrit

    half = float(stdtrit(freedom, (1.0 + LEVEL) / 2)) * math.sqrt(variance) / (auc * (1.0 - auc))
    centre = float(logit(auc))
    return auc, (float(expit(centre - half)), float(expit(centre + half)))


def _units_apart(member_groups: np.ndarray, non_member_groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``units`` of both sides; photos that stand in for a single person must not coincide with the other side's."""
    first, second = independent_units(member_groups), independent_units(non_member_groups)
    if first is member_groups and second is non_member_groups:
        return first, second
    _, first = np.unique(first, return_inverse=True)
    _, second = np.unique(second, return_inverse=True)
    return first, second + len(first)


def ks_distance(members: np.ndarray, strangers: np.ndarray) -> float:
    """Kolmogorov-Smirnov distance: the largest gap between the two distribution functions, in [0, 1]."""
    from scipy.stats import ks_2samp

    return float(ks_2samp(members, strangers, method="asymp").statistic)


def tpr_at(members: np.ndarray, strangers: np.ndarray, fpr: float) -> tuple[float, Interval] | None:
    """Share of members found where at most ``fpr`` of the strangers are taken for members.

    A photo is found when its score is strictly above the threshold, which is itself a stranger's score: a member that
    ties with it is not found, and ties never let in more strangers than ``fpr``.

    Args:
        fpr: one of ``MINIMUM_UNSEEN``.

    Returns:
        The share, and its Clopper-Pearson interval at this threshold, which counts photos as independent; None with
        fewer strangers than ``MINIMUM_UNSEEN``.
    """
    if len(strangers) < MINIMUM_UNSEEN[fpr]:
        return None
    allowed = math.floor(fpr * len(strangers) + 1e-9)
    threshold = np.sort(strangers)[-1 - allowed]
    found = int((members > threshold).sum())
    return found / len(members), clopper_pearson(found, len(members))
