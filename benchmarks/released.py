"""Reimplementation of the public code's computation, which ``benchmarks.speed`` measures as a reference.

It follows a description of github.com/Dasol-Choi/DLFD, first revision, and contains none of its text:

- in each of the K noise steps three batches pass the model: the noisy, the clean and the forget one. The transport is
  between the logits of the last two, so it is equal in every step and has no gradient with respect to the noise; a
  plain backward pass also computes the gradients of all weights, which are not used;
- Sinkhorn reads its error after every iteration and stops at a loose tolerance;
- the noise lowers the classification loss; normalised values are clamped to [0, 1];
- photos are in the order of the data set, unmirrored; a batch is skipped if the forget batch is shorter;
- after every batch the accuracy on all validation photos is measured, then the losses of all retain, forget and
  validation photos, and scikit-learn fits an attack with 10 splits. This leaves the model in eval mode;
- default memory format, float32.

Where this module differs from the public code it is faster: photos are in memory instead of in files, and batches have
64 photos as in this project instead of 32. The second revision measures 300 photos per set after a batch
(``monitored``).
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedShuffleSplit, cross_val_score
from torch import Tensor
from torch.nn import functional as F

from dlfd_core.backbones.base import PIXEL_MEAN, PIXEL_STD, Backbone
from dlfd_core.data.photos import PhotoSet, to_pixels
from dlfd_core.data.splits import Splits
from dlfd_core.models.optimizers import make_sgd
from dlfd_core.runs.prepared_original import PreparedOriginal
from dlfd_core.seeding import make_rng
from dlfd_core.unlearning.transport import cosine_cost


@dataclass(frozen=True)
class Settings:
    """Settings published for MUFAC age, with another batch size.

    Attributes:
        alpha: size of a noise step, in normalised units.
        tau: noise is made while the score is at least this; ``highest_kept``: largest score of a state that is kept.
        tolerance: Sinkhorn stops when the sum of the changes of a potential is below it.
        monitored: number of photos per set in the attack after each batch; 0 takes all, as the first revision does.
    """

    lr: float = 0.008
    lambda_f: float = 3.0
    lambda_r_start: float = 0.0
    lambda_r_end: float = 1.0
    steps: int = 15
    alpha: float = 0.4
    tau: float = 0.15
    highest_kept: float = 0.09
    batch_size: int = 64
    epsilon: float = 0.01
    tolerance: float = 0.1
    iterations: int = 50
    monitored: int = 0


@dataclass(frozen=True)
class BatchTimes:
    """Seconds of one batch, 0 for ``perturb`` without noise, and the forgetting score after the batch."""

    perturb: float
    train: float
    monitor: float
    score: float


@dataclass(frozen=True)
class ReleasedRun:
    """A run, or its first batches.

    Attributes:
        model: in the kept state: the best validation accuracy at a low score, else the last.
        batches: those that were run; total: their number in a whole run.
        diverged: the losses were not finite after the last batch; the public code would end with an error.
    """

    model: Backbone
    batches: list[BatchTimes]
    total: int
    diverged: bool = False

    @property
    def finished(self) -> bool:
        """Whether all batches were run."""
        return len(self.batches) == self.total

    @property
    def seconds(self) -> float:
        """Measured seconds of ``batches``."""
        return sum(batch.perturb + batch.train + batch.monitor for batch in self.batches)

    def extrapolated(self) -> tuple[float, float]:
        """Extrapolated seconds of a whole run: if no further batch has noise, and if every one has."""
        left, done = self.total - len(self.batches), len(self.batches)
        plain = sum(batch.train + batch.monitor for batch in self.batches) / done
        noisy = [batch.perturb for batch in self.batches if batch.perturb]
        perturb = sum(noisy) / len(noisy) if noisy else 0.0
        return self.seconds + left * plain, self.seconds + left * (plain + perturb)


def logits_of(model: Backbone, normalised: Tensor) -> Tensor:
    """(N, 3, S, S) normalised values -> (N, C) logits; the backbones of this project normalise pixels themselves."""
    return model(normalised * PIXEL_STD + PIXEL_MEAN)


def transport_term(retain: Tensor, forget: Tensor, settings: Settings) -> Tensor:
    """``<P, C>`` between two batches of logits, stopped early; differentiable through the iterations."""
    cost, epsilon = cosine_cost(retain, forget), settings.epsilon  # (N, M)
    n, m = cost.shape
    u, v = cost.new_zeros(n), cost.new_zeros(m)
    for _ in range(settings.iterations):
        before = u
        u = -epsilon * (torch.logsumexp((v - cost) / epsilon, dim=1) + np.log(n))
        v = -epsilon * (torch.logsumexp((u[:, None] - cost) / epsilon, dim=0) + np.log(m))
        if float((u - before).detach().abs().sum()) < settings.tolerance:
            break
    return (((u[:, None] + v - cost) / epsilon).exp() * cost).sum()


def perturb(
    model: Backbone, clean: Tensor, labels: Tensor, forget: Tensor, lambda_r: float, settings: Settings
) -> Tensor:
    """The retain batch with noise, in normalised values; gradients stay in the weights."""
    noise = torch.zeros_like(clean, requires_grad=True)
    for _ in range(settings.steps):
        loss = F.cross_entropy(logits_of(model, (clean + noise).clamp(0, 1)), labels)
        forget_logits, retain_logits = logits_of(model, forget), logits_of(model, clean)
        value = settings.lambda_f * transport_term(retain_logits, forget_logits, settings) - lambda_r * loss
        model.zero_grad()
        value.backward()
        assert noise.grad is not None
        with torch.no_grad():
            noise += settings.alpha * noise.grad.sign()
        noise.grad = None
    return (clean + noise).detach().clamp(0, 1)


@dataclass(frozen=True)
class _Sets:
    """Normalised photos in the default memory format."""

    retain: PhotoSet
    forget: PhotoSet
    validation: PhotoSet

    @staticmethod
    def of(prepared: PreparedOriginal, splits: Splits) -> _Sets:
        """The sets of a split."""

        def select(index: np.ndarray) -> PhotoSet:
            photos = prepared.photos.select(torch.from_numpy(index))
            return PhotoSet(((to_pixels(photos.images) - PIXEL_MEAN) / PIXEL_STD).contiguous(), photos.labels)

        return _Sets(select(splits.retain), select(splits.forget), select(splits.validation))


def paired_batches(retain: int, forget: int, size: int) -> Iterator[tuple[int, slice, slice]]:
    """Number of each batch, and the positions of its retain and forget photos; the forget photos start again."""
    starts = range(0, forget, size)
    for number, start in enumerate(range(0, retain, size)):
        retain_part, forget_start = slice(start, min(start + size, retain)), starts[number % len(starts)]
        if retain_part.stop - retain_part.start == min(forget_start + size, forget) - forget_start:
            yield number, retain_part, slice(forget_start, forget_start + size)


@torch.no_grad()
def monitor(model: Backbone, sets: _Sets, settings: Settings, rng: np.random.Generator) -> tuple[float, float]:
    """Validation accuracy and forgetting score, both NaN after divergence; the model stays in eval mode."""
    model.eval()

    def logits(photos: PhotoSet) -> Tensor:
        return torch.cat([logits_of(model, part) for part in photos.images.split(settings.batch_size)])

    def losses(photos: PhotoSet) -> np.ndarray:
        count = settings.monitored
        if count and len(photos) > count:
            photos = photos.select(torch.from_numpy(np.sort(rng.choice(len(photos), count, replace=False))))
        return F.cross_entropy(logits(photos), photos.labels, reduction="none").cpu().numpy()

    accuracy = float((logits(sets.validation).argmax(1) == sets.validation.labels).float().mean())
    retain, forget, validation = (losses(photos) for photos in (sets.retain, sets.forget, sets.validation))
    if not np.isfinite(np.concatenate([retain, forget, validation])).all():
        return float("nan"), float("nan")
    if not settings.monitored:  # the first revision also fits a model to all three sets and only prints it
        all_losses = np.concatenate([retain, forget, validation])[:, None]
        LogisticRegression().fit(all_losses, np.repeat([0, 1, 2], [len(retain), len(forget), len(validation)]))
    values = np.concatenate([validation, forget])[:, None]
    members = np.repeat([0, 1], [len(validation), len(forget)])
    splits = StratifiedShuffleSplit(n_splits=10, random_state=0)
    attack = cross_val_score(LogisticRegression(), values, members, cv=splits, scoring="accuracy")
    return accuracy, abs(float(attack.mean()) - 0.5)


def run_released(
    prepared: PreparedOriginal,
    splits: Splits,
    settings: Settings | None = None,
    *,
    seed: int = 0,
    limit: int | None = None,
) -> ReleasedRun:
    """Run one epoch, or its first ``limit`` batches, from the original and splits of this project."""
    settings = settings or Settings()
    sets, rng = _Sets.of(prepared, splits), make_rng(seed, "released monitor")
    model = copy.deepcopy(prepared.original.model).to(memory_format=torch.contiguous_format).train()
    optimizer = make_sgd(model)
    optimizer.param_groups[0]["lr"] = settings.lr
    pairs = list(paired_batches(len(sets.retain), len(sets.forget), settings.batch_size))
    if not pairs:
        raise ValueError(f"the public code skips every batch with fewer than {settings.batch_size} forget photos")
    last = -(-len(sets.retain) // settings.batch_size) - 1
    times: list[BatchTimes] = []
    best: tuple[float, dict[str, Tensor]] | None = None
    score = 0.5
    for number, retain_part, forget_part in pairs[:limit]:
        clean, labels = sets.retain.images[retain_part], sets.retain.labels[retain_part]
        share = number / max(1, last)
        lambda_r = settings.lambda_r_start + (settings.lambda_r_end - settings.lambda_r_start) * share
        clock = [_now()]
        noisy = score >= settings.tau
        images = perturb(model, clean, labels, sets.forget.images[forget_part], lambda_r, settings) if noisy else clean
        clock.append(_now())
        loss = F.cross_entropy(logits_of(model, images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        clock.append(_now())
        accuracy, score = monitor(model, sets, settings, rng)
        if score <= settings.highest_kept and (best is None or accuracy > best[0]):
            best = accuracy, copy.deepcopy(model.state_dict())
        clock.append(_now())
        seconds = np.diff(clock)
        times.append(BatchTimes(float(seconds[0]) if noisy else 0.0, float(seconds[1]), float(seconds[2]), score))
        if not np.isfinite(score):
            break
    if best is not None:
        model.load_state_dict(best[1])
    return ReleasedRun(model.eval(), times, len(pairs), diverged=not np.isfinite(score))


def _now() -> float:
    """The time when the GPU is idle."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()
