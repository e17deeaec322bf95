"""Drift: how much a model that forgot in several requests differs from one that forgot the same people at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.splits import Splits
from dlfd_core.models.outputs import Outputs
from dlfd_core.types import SEED_SPREAD, Drift, Scores, SequenceRequest, SequenceStep


def weight_distance(model: Backbone, other: Backbone) -> float:
    """Relative distance ``|a - b| / |b|`` of all weights of two models, without running statistics."""
    with torch.no_grad():
        pairs = list(zip(model.parameters(), other.parameters(), strict=True))
        squared = sum(float((a - b).double().square().sum()) for a, b in pairs)
        return float(np.sqrt(squared / sum(float(b.double().square().sum()) for _, b in pairs)))


@dataclass(frozen=True)
class MeasuredModel:
    """A model with its outputs on all photos, its scores, and the seconds it took to make it."""

    model: Backbone
    outputs: Outputs
    scores: Scores
    seconds: float


def drift_between(model: MeasuredModel, other: MeasuredModel, splits: Splits) -> Drift:
    """Scores of ``model`` less those of ``other``; predictions are compared on photos of unseen people."""
    predictions = [measured.outputs.predictions()[splits.unseen] for measured in (model, other)]
    return Drift(
        utility=model.scores.utility - other.scores.utility,
        forgetting_score=model.scores.forgetting_score - other.scores.forgetting_score,
        nomus=model.scores.nomus - other.scores.nomus,
        disagreement=float(np.mean(predictions[0] != predictions[1])),
        weights=weight_distance(model.model, other.model),
    )


def describe_drift(request: SequenceRequest, steps: Sequence[SequenceStep]) -> str:
    """Two sentences on the last step, one on the first, for the page and the reports."""
    last, people = steps[-1], len(request.so_far(len(steps) - 1))
    scores = last.scores["sequential"]
    if len(steps) == 1:
        return f"After the first request there can be no drift yet: NoMUS {scores.nomus:.3f}."
    beginning = f"These {people} people were forgotten in {len(steps)} requests: NoMUS {scores.nomus:.3f}."
    return f"{beginning} {_compared_with_one_shot(last)}; {_recognised_groups(steps)}."


def _compared_with_one_shot(step: SequenceStep) -> str:
    """The difference in NoMUS to forgetting all at once, and whether chance can explain it.

    Half of the 95 % null band is taken as one standard deviation of the forgetting score, and so of NoMUS, by chance.
    """
    if "one_shot" not in step.scores:
        return "Forgetting them all at once diverged"
    difference, one_shot = step.drift["one_shot"].nomus, step.scores["one_shot"]
    noise = max(SEED_SPREAD, one_shot.null_band[1] / 2)
    size = "which chance alone can do" if abs(difference) < 2 * noise else "more than chance usually does"
    return f"Forgotten all at once: NoMUS {one_shot.nomus:.3f}, a drift of {difference:+.3f}, {size}"


def _recognised_groups(steps: Sequence[SequenceStep]) -> str:
    """Which requests an attacker recognises at the end, and which of these were not recognised right after their step.

    A group of people is recognised where its signed AUC is above its chance band.
    """
    recognised = [i for i, scores in enumerate(steps[-1].groups) if _recognised(scores)]
    back = [i for i in recognised if not _recognised(steps[i].groups[i])]
    still = [i for i in recognised if i not in back]
    text = "nobody forgotten earlier comes back"
    if back:
        text = f"{_list_requests(back)} {'comes' if len(back) == 1 else 'come'} back while the later ones are forgotten"
    if still:
        link = "and" if back else "but"
        text += f", {link} {_list_requests(still)} {'is' if len(still) == 1 else 'are'} still recognised"
    return text


def _recognised(scores: Scores) -> bool:
    return scores.mia_auc > scores.auc_band[1]


def _list_requests(indices: Sequence[int]) -> str:
    """``request 1``, or ``requests 1, 2 and 3``."""
    numbers = [str(i + 1) for i in indices]
    return f"request {numbers[0]}" if len(numbers) == 1 else f"requests {', '.join(numbers[:-1])} and {numbers[-1]}"
