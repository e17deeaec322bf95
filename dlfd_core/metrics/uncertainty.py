"""95 % intervals of utility, forgetting score and NoMUS, by resampling whole people.

What is drawn anew is who the people are; the model and the attackers stay. The published attack is run once, with its
ten splits, and each test photo's right or wrong answer is kept; a draw takes people with replacement and averages
their photos' answers, so that the draws lie around the reported number. Attackers fitted anew on each draw would meet
copies of their training photos in the test and find each draw's own chance differences between people: on made-up
people of whom nothing is known (20 against 60) their accuracy lies about 0.01 above the reported one, and they take
some twenty times as long. The threshold of a fitted attacker adds little spread: accuracy is flat around the best.
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

#: Draws of people. Without refitting they cost next to nothing.
DRAWS = 1_000


@dataclass(frozen=True)
class ScoreIntervals:
    """95 % intervals of the ``Scores`` of the same names."""

    utility: Interval
    forgetting_score: Interval
    nomus: Interval


@dataclass(frozen=True)
class AttackAnswers:
    """What the published attack said of the photos of one side, over its ten splits.

    Attributes:
        right, tested: (n,) how often each photo was told right, and how often it was a test photo (0 for most of the
            photos that balancing left out and for a third of the others).
    """

    right: np.ndarray
    tested: np.ndarray


def attack_answers(members: np.ndarray, strangers: np.ndarray) -> tuple[AttackAnswers, AttackAnswers]:
    """Run ``membership.attack_accuracy`` as ``evaluate`` does, on the same balanced subsample and splits.

    Args:
        members, strangers: (m,), (n,) losses in nats.

    Returns:
        Of the members and of the strangers; right over tested of both together is the accuracy ``evaluate`` reports.
    """
    rng = make_rng(0, "attack balance")
    kept, strange = balance(np.arange(len(members)), np.arange(len(strangers)), rng)
    count = len(kept)
    train, test = published_splits(count)  # (10, n_train), (10, n_test) into strangers, then members
    values = np.concatenate([strangers[strange], members[kept]]).astype(np.float64)
    labels = np.repeat([0, 1], count)
    slope, intercept = fit_logistic(values[train], labels[train])
    right = (slope[:, None] * values[test] + intercept[:, None] > 0) == labels[test]  # (10, n_test)
    told, tested = np.bincount(test.ravel(), right.ravel(), 2 * count), np.bincount(test.ravel(), minlength=2 * count)
    sides = []
    for photos, part, size in ((kept, slice(count, None), len(members)), (strange, slice(count), len(strangers))):
        side = AttackAnswers(np.zeros(size), np.zeros(size))
        side.right[photos], side.tested[photos] = told[part], tested[part]
        sides.append(side)
    return sides[0], sides[1]


class PeopleDraws:
    """``DRAWS`` times as many people as there are, with replacement, the same ones for every model of a request."""

    def __init__(self, groups: np.ndarray, stream: str):
        """Args: groups: (n,) the person of each photo; a single person's photos are drawn one by one."""
        people, self.where = np.unique(independent_units(groups), return_inverse=True)
        self.people = len(people)
        chances = np.full(self.people, 1.0 / self.people)
        self.times = make_rng(0, stream).multinomial(self.people, chances, size=DRAWS).astype(np.float64)

    def mean(self, total: np.ndarray, weight: np.ndarray) -> np.ndarray:
        """(DRAWS,) sum of ``total`` (n,) over the sum of ``weight`` (n,); NaN for a draw of people without weight."""
        above, below = (self.times @ np.bincount(self.where, part, self.people) for part in (total, weight))
        return np.divide(above, below, out=np.full(DRAWS, np.nan), where=below > 0)


def percentile_interval(draws: np.ndarray, people: int) -> Interval:
    """Expanded percentile interval (Hesterberg, The American Statistician 2015).

    Percentiles of draws are too narrow by sqrt((n - 1) / n) and by the normal quantile in place of Student's; taking
    percentiles further out makes good for both. Draws without an answer are left out.
    """
    from scipy.special import ndtr, stdtrit

    freedom = max(people - 1, 1)
    outer = float(ndtr(-np.sqrt(people / freedom) * stdtrit(freedom, (1.0 + LEVEL) / 2)))
    low, high = np.nanquantile(draws, [outer, 1.0 - outer])
    return float(low), float(high)


def share_interval(value: float, draws: np.ndarray, people: int) -> Interval:
    """``percentile_interval`` of a share, or ``rule_of_three`` where no draw differs from ``value``."""
    if np.nanmax(np.abs(draws - value)) < 1e-12:
        return rule_of_three(value, people)
    return percentile_interval(draws, people)


def forgetting_score_interval(accuracy: Interval) -> Interval:
    """Interval of the forgetting score |accuracy - 0.5| from that of the attack's accuracy.

    Percentiles of |accuracy - 0.5| itself would be biased: next to 0 every draw is further from 0 than the truth.
    """
    low, high = accuracy[0] - 0.5, accuracy[1] - 0.5
    return max(low, -high, 0.0), max(high, -low)


def score_intervals(outputs: Outputs, labels: np.ndarray, person: np.ndarray, splits: Splits) -> ScoreIntervals:
    """95 % intervals of utility, forgetting score and NoMUS of one model.

    The people drawn depend on the request alone. Where strangers are the unseen people (every task but ``identity``),
    utility and attack see the same draw, so that NoMUS has the spread of both together.

    NoMUS is the smaller of two straight lines in utility u and accuracy a, (u + 1) / 2 - (a - 0.5) and
    (u + 1) / 2 + (a - 0.5); its interval takes the smaller lower and the smaller upper end of theirs, which keeps 95 %
    also at the bend, as ``forgetting_score_interval`` does for the forgetting score.

    Args:
        labels, person: (N,) over all photos of the data set.
    """
    groups = person if splits.by_person else np.arange(len(person))
    losses, right = outputs.losses(labels), outputs.correctness(labels)[splits.unseen].astype(np.float64)
    sides = attack_answers(losses[splits.forget], losses[splits.unseen_non_members])
    forget = PeopleDraws(groups[splits.forget], "draw forget")
    unseen = PeopleDraws(groups[splits.unseen], "draw unseen")
    same = np.array_equal(splits.unseen, splits.unseen_non_members)
    strangers = unseen if same else PeopleDraws(groups[splits.unseen_non_members], "draw strangers")
    tested = np.array([side.tested.sum() for side in sides])
    shares = tested / tested.sum()  # half and half, but for the odd photo
    attack = sum(
        share * draws.mean(side.right, side.tested)
        for share, draws, side in zip(shares, (forget, strangers), sides, strict=True)
    )
    accuracy = sum(side.right.sum() for side in sides) / tested.sum()
    fewer = min(forget.people, strangers.people)
    of_attack = share_interval(float(accuracy), attack, fewer)
    utility = unseen.mean(right, np.ones(len(right)))
    of_utility = share_interval(float(right.mean()), utility, unseen.people)
    score = forgetting_score_interval(of_attack)
    return ScoreIntervals(of_utility, score, _nomus(utility, attack, min(fewer, unseen.people), of_utility, score))


def _nomus(utility: np.ndarray, attack: np.ndarray, people: int, of_utility: Interval, score: Interval) -> Interval:
    """From the draws of both; from the ends of both intervals, which is wider, where one of them has no spread."""
    if min(np.nanstd(utility), np.nanstd(attack)) < 1e-12:
        low, high = ((u + 1.0) / 2 - s for u, s in ((of_utility[0], score[1]), (of_utility[1], score[0])))
    else:
        lines = [percentile_interval((utility + 1.0) / 2 - sign * (attack - 0.5), people) for sign in (1, -1)]
        low, high = min(line[0] for line in lines), min(line[1] for line in lines)
    return max(low, 0.0), min(high, 1.0)
