"""What the reference bank says of one model: each person was left out of the training of half of its models (OUT).

``u(x)`` of a model is the share of non-members with a larger loss than photo x; its mean over the forget photos is the
signed AUC. The mean of u over the OUT models of each photo is the AUC expected of a model that never saw these people.

The models of the bank are trained on half of the people, a retrained model on nearly all. It is not certain that this
makes little difference: where there is a retrained model, compare its numbers with the ranges.

Membership in the bank is by person. A published forget set with only some photos of a person is handled in the same
way: the OUT models of this person saw none of the person's photos.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlfd_core.data.splits import Splits
from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.iam import iam_scores, iam_signal, mean_completeness
from dlfd_core.metrics.never_saw import never_saw
from dlfd_core.metrics.rmia import Prior
from dlfd_core.metrics.statistics import PersonSums, shares_below
from dlfd_core.models.bank import Bank
from dlfd_core.types import Interval, Reference, WorstCase


@dataclass(frozen=True)
class PersonResult:
    """Results of one forgotten person; the fields are those of ``PersonLeak``.

    Attributes:
        completeness: None where the original knows no photo of the person better than the OUT models.
    """

    rmia: float
    completeness: float | None
    expected: float


@dataclass(frozen=True)
class Consultation:
    """Result of comparing one model with the reference bank.

    Attributes:
        gains: RMIA's log ratios of the forget photos (n,) and of the non-members (m,); higher means more like a
            training photo.
        people: results by index into ``FaceData.people``.
    """

    reference: Reference
    gains: tuple[np.ndarray, np.ndarray]
    people: dict[int, PersonResult]


def refuse_small_bank(bank: Bank, person: np.ndarray, splits: Splits) -> None:
    """Raise InvalidRequest where the bank cannot be compared with: one of the people was left out by fewer than two of
    its models, or there are fewer than two people to compare with."""
    if (~bank.members[:, np.unique(person[splits.forget])]).sum(0).min() < 2:
        raise InvalidRequest(
            "The reference bank has fewer than two models that never saw one of these people; build a larger bank."
        )
    if splits.by_person and len(np.unique(person[splits.unseen_non_members])) < 2:
        raise InvalidRequest("The reference bank compares with unseen people; the data set needs at least two of them.")


def consult(bank: Bank, losses: np.ndarray, original: np.ndarray, splits: Splits, worst: WorstCase) -> Consultation:
    """Compare one model with the reference bank on the people of one request.

    Args:
        losses, original: (N,) losses of the model and of the original, in nats.
        worst: the model's worst case, which has the range of its signed AUC.
    """
    person, forget = bank.spec.task.data.person, splits.forget
    index = np.concatenate([forget, splits.unseen_non_members])
    prior = Prior.of(bank.losses[:, index], ~bank.members[:, person[index]])
    gain = prior.gain(losses[index])
    members, non_members = np.split(gain, [len(forget)])
    rmia = shares_below(members[None], non_members[None])[0]
    signals = (iam_signal(losses[forget]), iam_signal(original[forget]), iam_signal(bank.losses[:, forget]))
    completeness, gap = iam_scores(*signals, prior.out[:, : len(forget)])
    loss = next(statistic for statistic in worst.statistics if statistic.name == "loss")
    reference = Reference(
        models=len(bank),
        oracle_auc=loss.expected,
        oracle_band=(loss.low, loss.high),
        excess=loss.value - loss.expected,
        excess_band=(loss.low - loss.expected, loss.high - loss.expected),
        p_value=worst.p_value,
        completeness=1.0 if (mean := mean_completeness(completeness, gap)) is None else mean,
        rmia=tuple(rmia.tolist()),
        utility=utility_range(bank, splits),
    )
    expected = _expected_of_people(bank, splits)
    people = {}
    for number in np.unique(person[forget]).tolist():
        mask = person[forget] == number
        person_completeness = mean_completeness(completeness[mask], gap[mask])
        people[number] = PersonResult(float(rmia[mask].mean()), person_completeness, expected[number])
    return Consultation(reference, (members, non_members), people)


def utility_range(bank: Bank, splits: Splits) -> Interval:
    """Mean less and plus three standard deviations of the utility of the bank's models, clipped to [0, 1]."""
    utilities = bank_utilities(bank, splits)
    mean, reach = float(utilities.mean()), 3.0 * float(utilities.std(ddof=1))
    return max(0.0, mean - reach), min(1.0, mean + reach)


def bank_utilities(bank: Bank, splits: Splits) -> np.ndarray:
    """Utility of each model of the bank, (K,): its accuracy on the unseen photos. With people as classes: on
    those of people it was trained on."""
    person = bank.spec.task.data.person
    utilities = []
    for right, members in zip(bank.correctness, bank.members, strict=True):
        index = splits.unseen if splits.by_person else splits.unseen[members[person[splits.unseen]]]
        utilities.append(float(right[index].mean(dtype=np.float64)) if len(index) else 0.0)
    return np.array(utilities)


def _expected_of_people(bank: Bank, splits: Splits) -> dict[int, float]:
    """Loss AUC that models that never saw each forgotten person have on this person; one half where each person is a
    class."""
    person = bank.spec.task.data.person[splits.forget]
    if not splits.by_person:
        return dict.fromkeys(np.unique(person).tolist(), 0.5)
    sums = PersonSums.of(never_saw(bank, splits.unseen_non_members).expected(splits.forget), person)
    return dict(zip(sums.people.tolist(), sums.loss.tolist(), strict=True))
