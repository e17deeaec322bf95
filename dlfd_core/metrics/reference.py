"""What the reference bank says about a pick: K models of which each person's K/2 are known never to have seen him.

Everything is computed from per-photo losses. ``u(x)``, the share of unseen people's photos with a larger loss than x,
is one model's view of one photo; its mean over the forget photos is the signed AUC, so the AUC falls apart by photo,
and what the OUT models see of each photo is what the AUC of a model that never saw these people should be.

The models of the bank learned from half of the people, a retrained model learns from nearly all. That this makes
little difference is not a matter of course: hold the excess of a retrained model against the band where there is one.

Membership in the bank goes by person. A published forget set that holds some photos of a person only is consulted in
the same way: the models that are OUT of the person saw none of his photos.
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

#: Groups of people drawn per bank model for the null distribution.
GROUPS = 250
#: No p-value below it: the null distribution rests on 8 models and 250 groups each.
SMALLEST_P = 1.0 / 2000
#: RMIA's slope of the IN probability against the OUT one (the paper's default where it cannot be fitted).
OFFLINE_A = 0.3


@dataclass(frozen=True)
class PersonResult:
    """One forgotten person; see ``PersonLeak``.

    Attributes:
        completeness: None where the original knows no photo of him better than models that never saw him.
    """

    rmia: float
    completeness: float | None
    expected: float


@dataclass(frozen=True)
class Consultation:
    """Attributes:
    rmia_non_members: (m,) RMIA scores of ``splits.unseen``, for an attack of ``reference.rmia`` against them.
    people: by index into ``FaceData.people``.
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
    """Ask the bank about one model and one pick.

    Args:
        bank_losses: (K, N) nats. members: (K, P) bool. person: (N,) index of a photo's person.
        losses, original: (N,) of the model asked about and of the original, in nats.
        seed: of the groups of the null distribution.

    Raises:
        InvalidRequest: somebody in the pick was left out by fewer than two models of the bank, or there are fewer than
            two unseen people.
    """
    out = ~members.astype(bool)[:, person]  # (K, N) model k never saw the person of photo n
    if out[:, splits.forget].sum(0).min() < 2:
        raise InvalidRequest(
            "The reference bank has fewer than two models that never saw one of these people; build a larger bank."
        )
    if len(np.unique(person[splits.unseen])) < 2:
        raise InvalidRequest("The reference bank compares with unseen people; the data set needs at least two of them.")
    views = np.stack([exceeded_share(row, row[splits.unseen]) for row in bank_losses])  # (K, N)
    forget, out_forget = splits.forget, out[:, splits.forget]
    expected = _mean_where(views[:, forget], out_forget)  # (n,)
    oracle = float(expected.mean())
    excess = float(exceeded_share(losses[forget], losses[splits.unseen]).mean()) - oracle
    spread, freedom = null_spread(views, out, person, splits, seed)
    rmia, strangers = rmia_scores(bank_losses, out, losses, person, splits)
    half, p_value = _two_sided(excess, spread, freedom)
    signals = (iam_signal(losses[forget]), iam_signal(original[forget]), iam_signal(bank_losses[:, forget]))
    completeness, gap = iam_scores(*signals, out_forget)
    reference = Reference(
        models=len(bank_losses),
        oracle_auc=oracle,
        oracle_band=_clipped(oracle - half, oracle + half),
        excess=excess,
        excess_band=(-half, half),
        p_value=p_value,
        completeness=1.0 if (mean := mean_completeness(completeness, gap)) is None else mean,
        rmia=tuple(rmia.tolist()),
    )
    people = {}
    for who in np.unique(person[forget]).tolist():
        of = person[forget] == who
        complete = mean_completeness(completeness[of], gap[of])
        people[who] = PersonResult(float(rmia[of].mean()), complete, float(expected[of].mean()))
    return Consultation(reference, strangers, people)


def exceeded_share(losses: np.ndarray, strangers: np.ndarray) -> np.ndarray:
    """(n,), (m,) -> (n,): the share of strangers with a larger loss, ties half. Its mean is the signed AUC."""
    return 1.0 - _rank_share(losses, np.sort(strangers))


def null_spread(
    views: np.ndarray, out: np.ndarray, person: np.ndarray, splits: Splits, seed: int = 0
) -> tuple[float, float]:
    """Standard deviation and degrees of freedom of the excess of a model that never saw the pick.

    Each bank model j is left out in turn and scored as if it were audited: for groups of as many people as the pick,
    drawn from those it never saw, the mean of ``u_j(x)`` less the mean u of the *other* models that are OUT of x.

    These values add up to zero over the models by construction, so the null is centred at zero. Their variance has two
    parts. Groups within a model: from thousands of draws. Models: all photos share model j, and there are only K of
    them, so quantiles of the pooled values would be far too narrow in the tails. Hence Student's t, with the degrees
    of freedom of Satterthwaite (Biometrics Bulletin 1946): K-1 for the second part, no limit for the first.

    An oracle of M models that is independent of the audited one has 1 + 1/M times a model's variance. Left out, a
    photo has one OUT model fewer than in the audit; the values are therefore scaled to one model's variance, photo by
    photo, and back with the pick's own M.

    Args:
        views: (K, N) u per bank model. out: (K, N) bool.
    """
    everybody = np.concatenate([splits.forget, splits.retain])
    wanted = len(np.unique(person[splits.forget]))
    left_out = out.sum(0)  # (N,)
    rng = make_rng(seed, "reference null")
    between, within = [], []
    for view, mine in zip(views, out, strict=True):
        photos = everybody[mine[everybody] & (left_out[everybody] >= 2)]
        if not len(photos):
            continue
        others = left_out[photos] - 1
        sums = (views[:, photos] * out[:, photos]).sum(0) - view[photos]
        deviation = (view[photos] - sums / others) * np.sqrt(others / (others + 1))
        _, index = np.unique(person[photos], return_inverse=True)
        total, count = np.bincount(index, deviation), np.bincount(index)
        order = rng.permuted(np.tile(np.arange(len(count)), (GROUPS, 1)), axis=1)[:, :wanted]
        groups = total[order].sum(1) / count[order].sum(1)
        between.append(total.sum() / count.sum())
        within.append(((groups - between[-1]) ** 2).mean())
    models, draws = float(np.mean(np.square(between))), float(np.mean(within))
    widened = 1.0 + float((1.0 / left_out[splits.forget]).mean())
    freedom = math.inf if models == 0 else (len(between) - 1) * ((models + draws) / models) ** 2
    return math.sqrt((models + draws) * widened), freedom


def rmia_scores(
    bank_losses: np.ndarray, out: np.ndarray, losses: np.ndarray, person: np.ndarray, splits: Splits
) -> tuple[np.ndarray, np.ndarray]:
    """RMIA (Zarifzadeh, Liu and Shokri, ICML 2024), offline, gamma = 1, with unseen people's photos as population.

    ``ratio(x) = Pr(x | model) / Pr(x)``, and the score of x is the share of population photos z with a smaller ratio
    (ties half): how often x gains more from this model than a photo nobody trained on.

    ``Pr(x)`` is the mean over models that saw x and models that did not. Offline only the latter are asked; that a
    model trained on x would be surer of it is put in by ``Pr_IN = a Pr_OUT + 1 - a``, so
    ``Pr(x) = ((1 + a) Pr_OUT(x) + 1 - a) / 2`` with their default a = 0.3. It is computed from ``1 - Pr``, in
    logarithms, so that probabilities next to 1 or 0 keep their order.

    A stranger is scored against the photos of the other strangers.

    Returns:
        Scores of the forget photos (n,) and of the unseen people's (m,), in [0, 1].
    """
    doubt = -np.expm1(-bank_losses.astype(np.float64))  # (K, N) 1 - Pr under each model
    prior = np.log1p(-(1.0 + OFFLINE_A) / 2.0 * _mean_where(doubt, out))  # (N,) log Pr(x)
    gain = -losses.astype(np.float64) - prior  # log ratio; NaN for those whom every model saw, who are not asked for
    population = gain[splits.unseen]
    strangers = np.empty(len(population))
    owners = person[splits.unseen]
    for who in np.unique(owners):
        own = owners == who
        strangers[own] = _rank_share(population[own], np.sort(population[~own]))
    return _rank_share(gain[splits.forget], np.sort(population)), strangers


def _rank_share(values: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """The share of ``ordered`` below each value, ties half."""
    return (np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")) / (2 * len(ordered))


def _mean_where(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """(K, n) -> (n,) mean over the models in the mask; NaN where there is none."""
    count = mask.sum(0)
    return np.divide((values * mask).sum(0), count, out=np.full(mask.shape[1], np.nan), where=count > 0)


def _two_sided(excess: float, spread: float, freedom: float) -> tuple[float, float]:
    """Half the width of the 95 % band, and the p-value.

    Below ``SMALLEST_P`` the tail is the law's, not the bank's. Where all models agree every other answer is an alarm.
    """
    from scipy.stats import norm, t

    law = norm() if math.isinf(freedom) else t(freedom)
    if spread == 0.0:
        return 0.0, 1.0 if excess == 0.0 else SMALLEST_P
    return float(law.ppf(0.975)) * spread, max(2.0 * float(law.sf(abs(excess) / spread)), SMALLEST_P)


def _clipped(low: float, high: float) -> Interval:
    return max(0.0, low), min(1.0, high)
