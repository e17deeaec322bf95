"""ROC measures of a membership attack (AUC, KS distance, TPR), with intervals that treat whole people as units.

Arrays hold the scores of an attack; higher means more like a training photo. Members are the forget photos, non-members
are photos the model was never trained on.
"""

from __future__ import annotations

import math

import numpy as np

from dlfd_core.types import Interval

LEVEL = 0.95
#: Smallest number of unseen photos by false-positive rate: with fewer, a single false alarm exceeds the rate, so no TPR
#: is reported.
MINIMUM_UNSEEN = {0.01: 100, 0.001: 1_000}


def independent_units(groups: np.ndarray) -> np.ndarray:
    """Units that count as independent draws, (n,): the groups (people), or the photos where all show one person.

    One person cannot show how much people differ; the interval then covers other photos of this person.
    """
    return groups if len(np.unique(groups)) > 1 else np.arange(len(groups))


def rule_of_three(value: float, people: int) -> Interval:
    """Interval of a share or an AUC that is the same for all people, so that no spread can be estimated.

    If a share ``p`` of all people were completely different, a sample of ``people`` would hold none of them with
    probability ``(1 - p) ** people``. The largest ``p`` for which this is still 2.5 % (Clopper-Pearson's bound for zero
    successes, about 3.7 / people) can move the value at most to ``(1 - p) value`` or ``value + p (1 - value)``.
    """
    p = 1.0 - ((1.0 - LEVEL) / 2) ** (1.0 / people)
    return (1.0 - p) * value, value + p * (1.0 - value)


def clopper_pearson(successes: int, trials: int) -> Interval:
    """Exact 95 % interval of a share (Clopper & Pearson, Biometrika 1934). Trials are taken as independent."""
    from scipy.special import betaincinv

    tail = (1.0 - LEVEL) / 2
    low = float(betaincinv(successes, trials - successes + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, trials - successes, 1.0 - tail)) if successes < trials else 1.0
    return low, high


def structural_components(members: np.ndarray, non_members: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Structural components of the AUC; ties count half.

    O(N log N) by midranks (Sun & Xu, IEEE Signal Processing Letters 2014).

    Returns:
        Share of non-members below each member, (m,), and share of members above each non-member, (n,). The mean of
        each is the AUC.
    """
    from scipy.stats import rankdata

    m, n = len(members), len(non_members)
    ranks = rankdata(np.concatenate([members, non_members]))
    below = (ranks[:m] - rankdata(members)) / n
    above = 1.0 - (ranks[m:] - rankdata(non_members)) / m
    return below, above


def own_shares(scores: np.ndarray, person: np.ndarray, member: np.ndarray) -> np.ndarray:
    """Scores (N,) -> (P,), for each person in ascending order: AUC of the person's member photos against the person's
    other photos."""
    aucs = []
    for one in np.unique(person):
        own = person == one
        aucs.append(float(structural_components(scores[own & member], scores[own & ~member])[0].mean()))
    return np.array(aucs)


def auc_variance(
    members: np.ndarray, non_members: np.ndarray, member_groups: np.ndarray, non_member_groups: np.ndarray
) -> tuple[float, float, float]:
    """AUC, its variance with whole groups as units, and the degrees of freedom of the variance.

    Obuchowski (Biometrics 1997): structural components are summed within each group, and a group with photos on both
    sides adds a covariance. With one photo per group this is DeLong's variance (Biometrics 1988). The degrees of
    freedom are those of Welch and Satterthwaite for the sum of the two sides.
    """
    below, above = structural_components(members, non_members)
    m, n = len(members), len(non_members)
    auc = float(below.mean())
    _, group = np.unique(np.concatenate([member_groups, non_member_groups]), return_inverse=True)
    size = int(group.max()) + 1
    # per group: sum of (component - AUC), divided by the number of photos of the side
    first = np.bincount(group[:m], below - auc, size) / m
    second = np.bincount(group[m:], above - auc, size) / n
    counts = [len(np.unique(part)) for part in (group[:m], group[m:])]
    parts = [
        np.square(side).sum() * count / max(count - 1, 1) for side, count in zip((first, second), counts, strict=True)
    ]
    variance = float(sum(parts) + 2 * (first * second).sum() * size / (size - 1))
    spread = sum(part**2 / max(count - 1, 1) for part, count in zip(parts, counts, strict=True))
    return auc, variance, float(sum(parts) ** 2 / spread) if spread else math.inf


def auc_interval(
    members: np.ndarray, non_members: np.ndarray, member_groups: np.ndarray, non_member_groups: np.ndarray
) -> tuple[float, Interval]:
    """Signed AUC, P(score of a member > score of a non-member), ties half, and its 95 % interval with people as units.

    The interval is symmetric in the logit of the AUC, so it stays in [0, 1]. Its quantile is Student's, which is wider
    than the normal one with few people. Where people do not vary at all (the AUC is 0 or 1, or all scores tie), or
    where one side is a single photo, the interval is ``rule_of_three`` of the side with fewer people.

    Args:
        members, non_members: (m,), (n,) scores; higher means more like a member.
        member_groups, non_member_groups: (m,), (n,) unit of each photo; where one side is a single person, its photos
            are the units.

    Raises:
        ValueError: there are no members or no non-members, or a score is not a number.
    """
    if not len(members) or not len(non_members):
        raise ValueError("an AUC takes at least one member and one non-member")
    if np.isnan(members).any() or np.isnan(non_members).any():
        raise ValueError("a score is not a number")
    units = _distinct_units(member_groups, non_member_groups)
    auc, variance, freedom = auc_variance(members, non_members, *units)
    fewer = min(len(np.unique(side)) for side in units)
    if fewer < 2 or variance < 1e-15 or not 0.0 < auc < 1.0:
        return auc, rule_of_three(auc, fewer)
    from scipy.special import expit, logit, stdtrit

    half_width = float(stdtrit(freedom, (1.0 + LEVEL) / 2)) * math.sqrt(variance) / (auc * (1.0 - auc))
    centre = float(logit(auc))
    return auc, (float(expit(centre - half_width)), float(expit(centre + half_width)))


def _distinct_units(member_groups: np.ndarray, non_member_groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``independent_units`` of both sides; a photo that is a unit never has the number of a unit of the other side."""
    first, second = independent_units(member_groups), independent_units(non_member_groups)
    if first is member_groups and second is non_member_groups:
        return first, second
    _, first = np.unique(first, return_inverse=True)
    _, second = np.unique(second, return_inverse=True)
    return first, second + len(first)


def ks_distance(members: np.ndarray, non_members: np.ndarray) -> float:
    """Kolmogorov-Smirnov distance: the largest gap between two distribution functions, in [0, 1]."""
    from scipy.stats import ks_2samp

    return float(ks_2samp(members, non_members, method="asymp").statistic)


def tpr_at(members: np.ndarray, non_members: np.ndarray, fpr: float) -> tuple[float, Interval] | None:
    """TPR: share of members found at the threshold where at most ``fpr`` of the non-members are taken for members.

    A photo is found when its score is strictly above the threshold. The threshold is the score of a non-member: a
    member that ties with it is not found, and ties never raise the false-positive rate above ``fpr``.

    Args:
        fpr: one of ``MINIMUM_UNSEEN``.

    Returns:
        The share, and its Clopper-Pearson interval at this threshold, which takes photos as independent; None with
        fewer non-members than ``MINIMUM_UNSEEN``.
    """
    if len(non_members) < MINIMUM_UNSEEN[fpr]:
        return None
    allowed = math.floor(fpr * len(non_members) + 1e-9)
    threshold = np.sort(non_members)[-1 - allowed]
    count = int((members > threshold).sum())
    return count / len(members), clopper_pearson(count, len(members))
