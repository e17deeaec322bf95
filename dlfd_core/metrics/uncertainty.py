"""95 % intervals of utility, forgetting score and NoMUS, by resampling whole people.

Only the people are resampled; the model and the attackers stay fixed. The published attack is run once, with its ten
splits, and for each test photo it is stored whether the attacker was right. A draw takes people with replacement and
averages over their photos, so the draws are centred at the reported number. Attackers fitted again on each draw would
see copies of their training photos in the test, and would find chance differences between the people of the draw: on
simulated people of whom nothing is known (20 against 60) their accuracy is about 0.01 above the reported one, and they
take about twenty times as long. The threshold of a fitted attacker adds little spread, because the accuracy is flat
around the best threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlfd_core.data.splits import Splits
from dlfd_core.metrics.membership import balance, fit_logistic, published_splits
from dlfd_core.metrics.roc import LEVEL, independent_units, rule_of_three
from dlfd_core.models.outputs import Outputs
from dlfd_core.seeding import make_rng
from dlfd_core.types import Interval

#: Number of draws. Without refitting they take almost no time.
DRAWS = 1_000


@dataclass(frozen=True)
class ScoreIntervals:
    """95 % intervals of the fields of ``Scores`` with the same names."""

    utility: Interval
    forgetting_score: Interval
    nomus: Interval


@dataclass(frozen=True)
class AttackAnswers:
    """Results of the published attack on the photos of one side, over its ten splits.

    Attributes:
        right, tested: (n,) how often each photo was classified right, and how often it was a test photo (0 for the
            photos that balancing left out and for about a third of the others).
    """

    right: np.ndarray
    tested: np.ndarray


def attack_answers(members: np.ndarray, non_members: np.ndarray) -> tuple[AttackAnswers, AttackAnswers]:
    """Run ``membership.attack_accuracy`` as ``evaluate`` does, on the same balanced subsample and splits.

    Args:
        members, non_members: losses (m,), (n,) in nats.

    Returns:
        Results of the members and of the non-members. The sum of ``right`` over the sum of ``tested``, both over both
        sides, is the accuracy that ``evaluate`` reports.
    """
    rng = make_rng(0, "attack balance")
    member_index, non_member_index = balance(np.arange(len(members)), np.arange(len(non_members)), rng)
    count = len(member_index)
    train, test = published_splits(count)  # (10, n_train), (10, n_test) into non-members, then members
    values = np.concatenate([non_members[non_member_index], members[member_index]]).astype(np.float64)
    labels = np.repeat([0, 1], count)
    slope, intercept = fit_logistic(values[train], labels[train])
    right = (slope[:, None] * values[test] + intercept[:, None] > 0) == labels[test]  # (10, n_test)
    right_count = np.bincount(test.ravel(), right.ravel(), 2 * count)
    tested_count = np.bincount(test.ravel(), minlength=2 * count)
    sides = []
    for index, part, size in (
        (member_index, slice(count, None), len(members)),
        (non_member_index, slice(count), len(non_members)),
    ):
        side = AttackAnswers(np.zeros(size), np.zeros(size))
        side.right[index], side.tested[index] = right_count[part], tested_count[part]
        sides.append(side)
    return sides[0], sides[1]


class PeopleDraws:
    """``DRAWS`` bootstrap samples of the people, with replacement, the same for every model of a request."""

    def __init__(self, groups: np.ndarray, stream: str):
        """
        Args:
            groups: (n,) person of each photo. The photos of a single person are drawn one by one.
            stream: name of the random stream.
        """
        people, self.unit_index = np.unique(independent_units(groups), return_inverse=True)
        self.people = len(people)
        probabilities = np.full(self.people, 1.0 / self.people)
        # (DRAWS, people): how often each person is in each draw
        self.multiplicity = make_rng(0, stream).multinomial(self.people, probabilities, size=DRAWS).astype(np.float64)

    def mean(self, total: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """Weighted mean of each draw, (DRAWS,): the sum of ``total`` (n,) over the sum of ``weight`` (n,).

        NaN for a draw whose people have no weight.
        """
        numerator, denominator = (
            self.multiplicity @ np.bincount(self.unit_index, part, self.people) for part in (total, weight)
        )
        return np.divide(numerator, denominator, out=np.full(DRAWS, np.nan), where=denominator > 0)


def percentile_interval(draws: np.ndarray, people: int) -> Interval:
    """Expanded percentile interval (Hesterberg, The American Statistician 2015).

    Plain percentiles of the draws are too narrow: by the factor sqrt((n - 1) / n), and by the normal quantile in place
    of Student's. Percentiles further out correct both. NaN draws are left out.
    """
    from scipy.special import ndtr, stdtrit

    freedom = max(people - 1, 1)
    outer = float(ndtr(-np.sqrt(people / freedom) * stdtrit(freedom, (1.0 + LEVEL) / 2)))
    low, high = np.nanquantile(draws, [outer, 1.0 - outer])
    return float(low), float(high)


def share_interval(value: float, draws: np.ndarray, people: int) -> Interval:
    """Interval of a share: ``percentile_interval``, or ``rule_of_three`` where no draw differs from ``value``."""
    if np.nanmax(np.abs(draws - value)) < 1e-12:
        return rule_of_three(value, people)
    return percentile_interval(draws, people)


def forgetting_score_interval(accuracy: Interval) -> Interval:
    """Interval of the forgetting score |accuracy - 0.5| from that of the attack's accuracy.

    Percentiles of |accuracy - 0.5| itself would be biased: if the true score is near 0, every draw is farther from 0.
    """
    low, high = accuracy[0] - 0.5, accuracy[1] - 0.5
    return max(low, -high, 0.0), max(high, -low)


def score_intervals(outputs: Outputs, labels: np.ndarray, person: np.ndarray, splits: Splits) -> ScoreIntervals:
    """95 % intervals of utility, forgetting score and NoMUS of one model.

    The people drawn depend on the request alone. Where the non-members are the unseen people (every task except
    ``identity``), utility and attack use the same draw, so that NoMUS has the joint spread of both.

    NoMUS is the smaller of two linear functions of utility u and accuracy a: (u + 1) / 2 - (a - 0.5) and
    (u + 1) / 2 + (a - 0.5). Its interval takes the smaller lower end and the smaller upper end of both intervals.
    So it keeps 95 % also near a = 0.5, as ``forgetting_score_interval`` does for the forgetting score.

    Args:
        labels, person: (N,) over all photos of the data set.
    """
    groups = person if splits.by_person else np.arange(len(person))
    losses, correctness = outputs.losses(labels), outputs.correctness(labels)[splits.unseen].astype(np.float64)
    sides = attack_answers(losses[splits.forget], losses[splits.unseen_non_members])
    forget = PeopleDraws(groups[splits.forget], "draw forget")
    unseen = PeopleDraws(groups[splits.unseen], "draw unseen")
    same_photos = np.array_equal(splits.unseen, splits.unseen_non_members)
    non_members = unseen if same_photos else PeopleDraws(groups[splits.unseen_non_members], "draw strangers")
    tested = np.array([side.tested.sum() for side in sides])
    shares = tested / tested.sum()  # about one half each; an odd number of test photos differs by one
    attack = sum(
        share * draws.mean(side.right, side.tested)
        for share, draws, side in zip(shares, (forget, non_members), sides, strict=True)
    )
    accuracy = sum(side.right.sum() for side in sides) / tested.sum()
    fewer = min(forget.people, non_members.people)
    attack_interval = share_interval(float(accuracy), attack, fewer)
    utility = unseen.mean(correctness, np.ones(len(correctness)))
    utility_interval = share_interval(float(correctness.mean()), utility, unseen.people)
    score_interval = forgetting_score_interval(attack_interval)
    nomus_interval = _nomus_interval(utility, attack, min(fewer, unseen.people), utility_interval, score_interval)
    return ScoreIntervals(utility_interval, score_interval, nomus_interval)


def _nomus_interval(
    utility: np.ndarray, attack: np.ndarray, people: int, utility_interval: Interval, score_interval: Interval
) -> Interval:
    """Interval of NoMUS from the draws of utility and attack accuracy.

    Where one of them has no spread, it is taken from the ends of both intervals, which is wider.
    """
    if min(np.nanstd(utility), np.nanstd(attack)) < 1e-12:
        ends = (utility_interval[0], score_interval[1]), (utility_interval[1], score_interval[0])
        low, high = ((u + 1.0) / 2 - s for u, s in ends)
    else:
        lines = [percentile_interval((utility + 1.0) / 2 - sign * (attack - 0.5), people) for sign in (1, -1)]
        low, high = min(line[0] for line in lines), min(line[1] for line in lines)
    return max(low, 0.0), min(high, 1.0)
