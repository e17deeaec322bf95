"""Comparison with the reference bank: K models; each person was left out of the training of K/2 of them (OUT models).

Everything is computed from per-photo losses. ``u(x)`` of a model is the share of unseen people's photos with a larger
loss than photo x. The mean of u over the forget photos is the signed AUC, so the AUC is a mean over photos. The mean of
u over the OUT models of each photo then gives the AUC expected of a model that never saw these people.

The models of the bank are trained on half of the people, a retrained model on nearly all. It is not certain that this
makes little difference: where there is a retrained model, compare its excess with the band.

Membership in the bank is by person. A published forget set with only some photos of a person is handled in the same
way: the OUT models of this person saw none of the person's photos.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dlfd_core.data.splits import Splits
from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.iam import iam_scores, iam_signal, mean_completeness
from dlfd_core.seeding import make_rng
from dlfd_core.types import Interval, Reference

#: Number of groups of people drawn per bank model for the null distribution.
GROUPS = 250
#: Smallest p-value reported: the null distribution rests on only 8 models with 250 groups each.
SMALLEST_P = 1.0 / 2000
#: Constant a of RMIA, for the IN probability from the OUT one (the paper's default where it cannot be fitted).
OFFLINE_A = 0.3


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
        rmia_non_members: (m,) RMIA scores of ``splits.unseen``, the non-members for the scores in ``reference.rmia``.
        people: results by index into ``FaceData.people``.
    """

    reference: Reference
    rmia_non_members: np.ndarray
    people: dict[int, PersonResult]


def consult(
    bank_losses: np.ndarray,
    members: np.ndarray,
    losses: np.ndarray,
    original: np.ndarray,
    person: np.ndarray,
    splits: Splits,
    *,
    seed: int = 0,
) -> Consultation:
    """Compare one model with the reference bank on the people of one request.

    Args:
        bank_losses: (K, N) in nats.
        members: (K, P) bool, whether model k was trained on person p.
        losses, original: (N,) losses of the model and of the original, in nats.
        person: (N,) index of each photo's person.
        seed: for the groups of the null distribution.

    Raises:
        InvalidRequest: one of the people was left out by fewer than two models of the bank, or there are fewer than two
            unseen people.
    """
    out = ~members.astype(bool)[:, person]  # (K, N) whether model k never saw the person of photo n
    if out[:, splits.forget].sum(0).min() < 2:
        raise InvalidRequest(
            "The reference bank has fewer than two models that never saw one of these people; build a larger bank."
        )
    if len(np.unique(person[splits.unseen])) < 2:
        raise InvalidRequest("The reference bank compares with unseen people; the data set needs at least two of them.")
    shares = np.stack([exceeded_share(row, row[splits.unseen]) for row in bank_losses])  # (K, N) u of each model
    forget, out_forget = splits.forget, out[:, splits.forget]
    expected = _mean_where(shares[:, forget], out_forget)  # (n,)
    oracle = float(expected.mean())
    excess = float(exceeded_share(losses[forget], losses[splits.unseen]).mean()) - oracle
    spread, freedom = null_spread(shares, out, person, splits, seed)
    rmia, rmia_non_members = rmia_scores(bank_losses, out, losses, person, splits)
    half_width, p_value = _two_sided(excess, spread, freedom)
    signals = (iam_signal(losses[forget]), iam_signal(original[forget]), iam_signal(bank_losses[:, forget]))
    completeness, gap = iam_scores(*signals, out_forget)
    reference = Reference(
        models=len(bank_losses),
        oracle_auc=oracle,
        oracle_band=_clipped(oracle - half_width, oracle + half_width),
        excess=excess,
        excess_band=(-half_width, half_width),
        p_value=p_value,
        completeness=1.0 if (mean := mean_completeness(completeness, gap)) is None else mean,
        rmia=tuple(rmia.tolist()),
    )
    people = {}
    for number in np.unique(person[forget]).tolist():
        mask = person[forget] == number
        person_completeness = mean_completeness(completeness[mask], gap[mask])
        people[number] = PersonResult(float(rmia[mask].mean()), person_completeness, float(expected[mask].mean()))
    return Consultation(reference, rmia_non_members, people)


def exceeded_share(losses: np.ndarray, non_member_losses: np.ndarray) -> np.ndarray:
    """Losses (n,) and (m,) -> u (n,): share of non-members with a larger loss, ties count half.

    The mean of u is the signed AUC.
    """
    return 1.0 - _rank_share(losses, np.sort(non_member_losses))


def null_spread(
    shares: np.ndarray, out: np.ndarray, person: np.ndarray, splits: Splits, seed: int = 0
) -> tuple[float, float]:
    """Standard deviation and degrees of freedom of the excess of a model that never saw the forgotten people.

    Each bank model j is left out in turn and scored as if it were the audited model. Groups of as many people as are
    forgotten are drawn from the people that model j never saw. The value of a group is the mean of ``u_j(x)`` less the
    mean u of the *other* OUT models of each photo x.

    By construction these values add up to zero over the models, so the null distribution is centred at zero. Their
    variance has two parts. The part between groups of one model is known from thousands of draws. The part between
    models comes from only K models, since all photos of a group share model j; so quantiles of the pooled values would
    be far too narrow in the tails. Therefore Student's t is used, with the degrees of freedom of Satterthwaite
    (Biometrics Bulletin 1946): K-1 for the part between models, no limit for the part between groups.

    The excess over the mean of M OUT models that are independent of the audited model has 1 + 1/M times the variance of
    one model. With model j left out, a photo has one OUT model fewer than in the audit. So each photo's value is scaled
    to the variance of one model, and the result is scaled back with the M of the forgotten people.

    Args:
        shares: (K, N) u of each bank model.
        out: (K, N) bool, whether model k never saw the person of photo n.
    """
    training = np.concatenate([splits.forget, splits.retain])
    group_size = len(np.unique(person[splits.forget]))
    out_count = out.sum(0)  # (N,) number of OUT models of each photo
    rng = make_rng(seed, "reference null")
    between, within = [], []
    for model_shares, model_out in zip(shares, out, strict=True):
        photos = training[model_out[training] & (out_count[training] >= 2)]
        if not len(photos):
            continue
        others = out_count[photos] - 1
        other_sums = (shares[:, photos] * out[:, photos]).sum(0) - model_shares[photos]
        deviation = (model_shares[photos] - other_sums / others) * np.sqrt(others / (others + 1))
        _, index = np.unique(person[photos], return_inverse=True)
        total, count = np.bincount(index, deviation), np.bincount(index)
        order = rng.permuted(np.tile(np.arange(len(count)), (GROUPS, 1)), axis=1)[:, :group_size]
        group_means = total[order].sum(1) / count[order].sum(1)
        between.append(total.sum() / count.sum())
        within.append(((group_means - between[-1]) ** 2).mean())
    model_variance, group_variance = float(np.mean(np.square(between))), float(np.mean(within))
    variance = model_variance + group_variance
    oracle_factor = 1.0 + float((1.0 / out_count[splits.forget]).mean())
    freedom = math.inf if model_variance == 0 else (len(between) - 1) * (variance / model_variance) ** 2
    return math.sqrt(variance * oracle_factor), freedom


def rmia_scores(
    bank_losses: np.ndarray, out: np.ndarray, losses: np.ndarray, person: np.ndarray, splits: Splits
) -> tuple[np.ndarray, np.ndarray]:
    """RMIA (Zarifzadeh, Liu and Shokri, ICML 2024), offline, gamma = 1, with unseen people's photos as population.

    With ``ratio(x) = Pr(x | model) / Pr(x)``, the score of x is the share of population photos z with a smaller ratio
    (ties count half): how often x gains more from this model than a photo that no model was trained on.

    ``Pr(x)`` is the mean over models that saw x (IN) and models that did not (OUT). The offline attack uses OUT models
    only, and estimates the higher probability under IN models by ``Pr_IN = a Pr_OUT + 1 - a``. So
    ``Pr(x) = ((1 + a) Pr_OUT(x) + 1 - a) / 2``, with the paper's default a = 0.3. It is computed from ``1 - Pr``, in
    logarithms, so that probabilities next to 1 or 0 keep their order.

    A photo of an unseen person is scored against the photos of the other unseen people.

    Returns:
        Scores of the forget photos (n,) and of the photos of unseen people (m,), in [0, 1].
    """
    one_minus_p = -np.expm1(-bank_losses.astype(np.float64))  # (K, N) 1 - Pr under each model
    prior = np.log1p(-(1.0 + OFFLINE_A) / 2.0 * _mean_where(one_minus_p, out))  # (N,) log Pr(x)
    gain = -losses.astype(np.float64) - prior  # log ratio; NaN for people without an OUT model, who are not used
    population = gain[splits.unseen]
    unseen_scores = np.empty(len(population))
    owners = person[splits.unseen]
    for owner in np.unique(owners):
        mask = owners == owner
        unseen_scores[mask] = _rank_share(population[mask], np.sort(population[~mask]))
    return _rank_share(gain[splits.forget], np.sort(population)), unseen_scores


def _rank_share(values: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """Share of the sorted values ``ordered`` below each value; ties count half."""
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / (2 * len(ordered))


def _mean_where(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Mean over models: (K, n) -> (n,), for each photo over the models in the mask; NaN without such a model."""
    count = mask.sum(0)
    return np.divide((values * mask).sum(0), count, out=np.full(mask.shape[1], np.nan), where=count > 0)


def _two_sided(excess: float, spread: float, freedom: float) -> tuple[float, float]:
    """Half the width of the 95 % band, and the two-sided p-value.

    The p-value is at least ``SMALLEST_P``: smaller ones would come from the assumed distribution, not from the bank.
    Where all models agree (spread 0), any excess is significant.
    """
    from scipy.stats import norm, t

    distribution = norm() if math.isinf(freedom) else t(freedom)
    if spread == 0.0:
        return 0.0, 1.0 if excess == 0.0 else SMALLEST_P
    return float(distribution.ppf(0.975)) * spread, max(2.0 * float(distribution.sf(abs(excess) / spread)), SMALLEST_P)


def _clipped(low: float, high: float) -> Interval:
    """The interval clipped to [0, 1]."""
    return max(0.0, low), min(1.0, high)
