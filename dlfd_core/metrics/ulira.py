"""U-LiRA: likelihood-ratio attack on unlearning with shadow models (Hayes et al., arXiv 2403.01218).

The attacker has M models that were trained on a photo and then forgot it, and K models that never saw it. For each
photo a normal distribution is fitted to the scaled confidences of each kind (Carlini et al., arXiv 2112.03570). The
score of a photo under a target model is the log ratio of the two densities: high where the model looks as if it forgot
the photo, low where it looks as if it never saw the photo. The score of a person is the sum over the person's photos.

Every shadow model is in turn a target that the attacker has not seen. One unlearned model and one never-saw model are
left out together, and both get scores from distributions fitted on the others; the AUC is the mean over all pairs
(leave-pair-out, Airola et al., Computational Statistics & Data Analysis 2011). If both kinds of models have the same
distribution, the two models of a pair can be exchanged, so the AUC is 0.5 in the mean. Leaving out one model at a time
would not give this: its own kind then loses a model and the other kind does not, and the AUC falls below 0.5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from dlfd_core.metrics.rmia import Prior
from dlfd_core.metrics.roc import LEVEL, rule_of_three
from dlfd_core.types import Interval

#: Scores of pairs of target models, from scaled confidences (M, n) of unlearned and (K, n) of never-saw models:
#: (M, K, n) of the unlearned model of each pair, and (M, K, n) of its never-saw model. Higher means unlearned.
Attack = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]

#: Smallest number of models of each kind: less a pair and one more for the interval, two are left for a variance.
LEAST_MODELS = 4
#: With fewer models than this left of both kinds, all photos share one variance per kind: a variance per photo is too
#: noisy then (Carlini et al., arXiv 2112.03570, section VI).
OWN_VARIANCE = 64
#: False-positive rates at which a TPR is given, where there are enough scores: 1 / rate.
RATES = (0.01, 0.05)
#: Largest number of groups of models that are left out in turn for an interval.
JACKKNIFE = 16


@dataclass(frozen=True)
class Found:
    """Result of an attack.

    Attributes:
        auc: P(score of a photo or person under an unlearned model > under a never-saw model), ties half; 0.5 means that
            nothing is found. interval: its 95 % interval over other models of the same people.
        tpr: by false-positive rate, share of the scores of unlearned models above the threshold, with its interval.
        models: M and K.
    """

    auc: float
    interval: Interval
    tpr: dict[float, tuple[float, Interval]]
    models: tuple[int, int]


def scaled_confidence(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Logit of the probability of the label, ``log(p_y / (1 - p_y)) = z_y - logsumexp(other z)``, in nats.

    It never takes the logarithm of a rounded zero. EasyDUB calls it the margin.

    Args:
        logits: (N, C) with C >= 2. labels: (N,) integers in [0, C).

    Returns:
        (N,) float64, unbounded.

    Raises:
        ValueError: other shapes, or a label out of range.
    """
    if logits.ndim != 2 or logits.shape[1] < 2 or labels.shape != logits.shape[:1]:
        raise ValueError(f"logits (N, C >= 2) and labels (N,) are needed, not {logits.shape} and {labels.shape}")
    if len(labels) and not (labels.min() >= 0 and labels.max() < logits.shape[1]):
        raise ValueError(f"labels are not all in [0, {logits.shape[1]})")
    others = logits.astype(np.float64)
    rows = np.arange(len(labels))
    own = others[rows, labels]
    others[rows, labels] = -np.inf
    largest = others.max(1)
    return own - largest - np.log(np.exp(others - largest[:, None]).sum(1))


def likelihood_ratios(
    unlearned: np.ndarray, never: np.ndarray, shared: bool | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """U-LiRA's scores of each pair, see ``Attack``: log density ratios in nats.

    Args:
        shared: one variance per kind of model for all photos, else one per photo; None decides by ``OWN_VARIANCE``.
    """
    shared = len(unlearned) + len(never) - 2 < OWN_VARIANCE if shared is None else shared
    theirs = _without_each(unlearned, shared)  # mean and variance, (M, n) each
    others = _without_each(never, shared)  # (K, n) each
    positive = _log_density(unlearned, *theirs)[:, None] - _log_density(unlearned[:, None], *others)
    negative = _log_density(never, *(part[:, None] for part in theirs)) - _log_density(never, *others)
    return positive, negative


def _without_each(values: np.ndarray, shared: bool) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of each photo over all models but one, (M, n) each; row m is without model m."""
    count = len(values)
    deviation = values - values.mean(0)
    mean = values.mean(0) - deviation / (count - 1)
    squares = np.square(deviation).sum(0) - np.square(deviation) * count / (count - 1)
    variance = np.maximum(squares / (count - 2), 1e-12)
    if shared:
        variance = np.broadcast_to(variance.mean(1, keepdims=True), values.shape)
    return mean, variance


def _log_density(values: np.ndarray, mean: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """Log density of the normal distribution, without its constant."""
    density: np.ndarray = -0.5 * (np.square(values - mean) / variance + np.log(variance))
    return density


def confidences(unlearned: np.ndarray, never: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the loss attack, see ``Attack``: a model that is surer of a photo has seen it."""
    shape = (len(unlearned), *never.shape)
    return np.broadcast_to(unlearned[:, None], shape), np.broadcast_to(never, shape)


def rmia(population: int) -> Attack:
    """RMIA's scores (``dlfd_core.metrics.rmia``) with the other never-saw models as references.

    Args:
        population: number of photos z, which are the last columns of the confidences; the scores are of the others.
    """
    return partial(_rmia, population)


def _rmia(population: int, unlearned: np.ndarray, never: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    losses, reference = np.logaddexp(0.0, -unlearned), np.logaddexp(0.0, -never)
    prior = Prior.of(reference, np.ones(reference.shape, dtype=bool))
    shape = (len(unlearned), len(never), unlearned.shape[1] - population)
    positive, negative = np.empty(shape), np.empty(shape)
    for k in range(len(never)):
        without = prior.without(k)
        negative[:, k] = _share_below(without.gain(reference[k]), population)
        for m in range(len(unlearned)):
            positive[m, k] = _share_below(without.gain(losses[m]), population)
    return positive, negative


def _share_below(gain: np.ndarray, population: int) -> np.ndarray:
    """Share of the population photos, the last ones, with a smaller gain than each other photo; ties count half."""
    photos, ordered = gain[:-population], np.sort(gain[-population:])
    sides = np.searchsorted(ordered, photos, "left") + np.searchsorted(ordered, photos, "right")
    return sides / (2.0 * population)


def attack_models(
    attack: Attack, unlearned: np.ndarray, never: np.ndarray, levels: dict[str, np.ndarray], *, mean: bool = False
) -> dict[str, Found]:
    """Carry out an attack on all pairs of models, at several levels, with intervals.

    The models are the units of the intervals, since photos under one model are not independent: groups of models are
    left out in turn (jackknife), with new fits each time. The interval is symmetric in the logit. It covers other
    models with these people, not other people. The memory needed is about 100 M K n bytes.

    Args:
        unlearned: (M, n). never: (K, n). Scaled confidences.
        levels: by name, the group (a photo, a person ...) of each scored photo, any integers.
        mean: the score of a group is the mean over its photos instead of the sum.

    Raises:
        ValueError: other shapes, a value that is not finite, or fewer than ``LEAST_MODELS`` models of a kind.
    """
    if unlearned.ndim != 2 or never.ndim != 2 or unlearned.shape[1] != never.shape[1]:
        raise ValueError(f"confidences (M, n) and (K, n) are needed, not {unlearned.shape} and {never.shape}")
    if min(len(unlearned), len(never)) < LEAST_MODELS:
        raise ValueError(f"an attack takes at least {LEAST_MODELS} models of each kind")
    if not (np.isfinite(unlearned).all() and np.isfinite(never).all()):
        raise ValueError("a confidence is not a finite number")
    unlearned, never = unlearned.astype(np.float64), never.astype(np.float64)
    weights = {name: _weights(groups, mean) for name, groups in levels.items()}
    whole = _statistics(attack, unlearned, never, weights)
    left_out = [
        np.array([_statistics(attack, *parts, weights, whole) for parts in side])
        for side in (
            [(part, never) for part in _left_out(unlearned)],
            [(unlearned, part) for part in _left_out(never)],
        )
    ]
    units = min(len(unlearned), len(never))
    models = (len(unlearned), len(never))
    found = {}
    for i, name in enumerate(levels):
        auc, *rates = (
            (float(value), _jackknife_interval(float(value), [side[:, i, j] for side in left_out], units))
            for j, value in enumerate(whole[i])
        )
        tpr = {rate: each for rate, each in zip(RATES, rates, strict=True) if not math.isnan(each[0])}
        found[name] = Found(*auc, tpr, models)
    return found


def _weights(groups: np.ndarray, mean: bool) -> np.ndarray:
    """(n, G): multiplied by it, scores of photos become those of their groups."""
    _, group = np.unique(groups, return_inverse=True)
    weights: np.ndarray = (group[:, None] == np.arange(group.max() + 1)).astype(np.float64)
    return weights / weights.sum(0) if mean else weights


def _left_out(models: np.ndarray) -> Iterator[np.ndarray]:
    """The models without one group of them, for each group."""
    for group in np.array_split(np.arange(len(models)), min(len(models), JACKKNIFE)):
        yield np.delete(models, group, 0)


def _statistics(
    attack: Attack,
    unlearned: np.ndarray,
    never: np.ndarray,
    weights: dict[str, np.ndarray],
    like: np.ndarray | None = None,
) -> np.ndarray:
    """AUC and the TPR at each of ``RATES``, by level, (L, 1 + R); NaN for a rate with too few scores.

    Args:
        like: statistics of all models; where they have no TPR, none is computed.
    """
    positive, negative = attack(unlearned, never)
    rows = []
    for i, weight in enumerate(weights.values()):
        first, second = positive @ weight, negative @ weight  # (M, K, G)
        scores = len(never) * weight.shape[1]  # different negative ones; each is in M pairs
        row = [_pairwise_auc(first, second)]
        for j, rate in enumerate(RATES, start=1):
            known = scores >= 1.0 / rate if like is None else not np.isnan(like[i, j])
            row.append(_found_share(first, second, rate) if known else math.nan)
        rows.append(row)
    return np.array(rows)


def _pairwise_auc(positive: np.ndarray, negative: np.ndarray) -> float:
    """Mean over pairs of the AUC between the scores (M, K, G) of the two models of a pair; ties count half."""
    from scipy.stats import rankdata

    count = positive.shape[2]
    ranks = rankdata(np.concatenate([positive, negative], axis=2), axis=2)[:, :, :count]
    return float((ranks.sum(2) - count * (count + 1) / 2).mean() / count**2)


def _found_share(positive: np.ndarray, negative: np.ndarray, rate: float) -> float:
    """Share of positive scores above the threshold that at most ``rate`` of the negative ones exceed; of all pairs."""
    allowed = math.floor(rate * negative.size + 1e-9)
    place = negative.size - 1 - allowed
    threshold = np.partition(negative, place, axis=None)[place]
    return float((positive > threshold).mean())


def _jackknife_interval(value: float, left_out: list[np.ndarray], units: int) -> Interval:
    """The 95 % interval of a share, from its values without groups of models of each kind.

    Args:
        units: number of models of the rarer kind; decides where the share does not vary.
    """
    if math.isnan(value):
        return math.nan, math.nan
    parts = [np.square(side - side.mean()).sum() * (len(side) - 1) / len(side) for side in left_out]
    variance = float(sum(parts))
    if variance < 1e-15 or not 0.0 < value < 1.0:
        return rule_of_three(value, units)
    from scipy.special import expit, logit, stdtrit

    freedom = variance**2 / sum(part**2 / (len(side) - 1) for part, side in zip(parts, left_out, strict=True))
    half_width = float(stdtrit(freedom, (1.0 + LEVEL) / 2)) * math.sqrt(variance) / (value * (1.0 - value))
    centre = float(logit(value))
    return float(expit(centre - half_width)), float(expit(centre + half_width))
