"""How far a model that forgot request after request drifted from one that has to forget the same people at once."""

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
    """``|a - b| / |b|`` over all weights of the two models, running statistics left out."""
    with torch.no_grad():
        pairs = list(zip(model.parameters(), other.parameters(), strict=True))
        apart = sum(float((a - b).double().square().sum()) for a, b in pairs)
        return float(np.sqrt(apart / sum(float(b.double().square().sum()) for _, b in pairs)))


@dataclass(frozen=True)
class MeasuredModel:
    """A model with what it says about all photos, its scores, and the seconds it took to make it."""

    model: Backbone
    outputs: Outputs
    scores: Scores
    seconds: float


def drift_between(ours: MeasuredModel, other: MeasuredModel, splits: Splits) -> Drift:
    """What ``ours`` is less ``other``; answers are compared on unseen people's photos."""
    answers = [each.outputs.predictions()[splits.unseen] for each in (ours, other)]
    return Drift(
        utility=ours.scores.utility - other.scores.utility,
        forgetting_score=ours.scores.forgetting_score - other.scores.forgetting_score,
        nomus=ours.scores.nomus - other.scores.nomus,
        disagreement=float(np.mean(answers[0] != answers[1])),
        weights=weight_distance(ours.model, other.model),
    )


def describe_drift(request: SequenceRequest, steps: Sequence[SequenceStep]) -> str:
    """One sentence about the last of the steps."""
    last, people = steps[-1], len(request.so_far(len(steps) - 1))
    ours = last.scores["sequential"]
    if len(steps) == 1:
        return f"After the first request there is nothing to drift from yet: NoMUS {ours.nomus:.3f}."
    begin = f"Forgotten in {len(steps)} requests, these {people} people leave a NoMUS of {ours.nomus:.3f}"
    return f"{begin}{_against(last)}; {_return(steps)}."


def _against(step: SequenceStep) -> str:
    """How far it is from forgetting at once, and whether a single run can say so: half of a 95 % band is one standard
    deviation of the forgetting score by chance, and so of NoMUS."""
    if "one_shot" not in step.scores:
        return ", while forgetting them all at once diverged"
    gap, other = step.drift["one_shot"].nomus, step.scores["one_shot"]
    noise = max(SEED_SPREAD, other.null_band[1] / 2)
    size = "which chance alone can do" if abs(gap) < 2 * noise else "more than chance usually does"
    return f", forgotten all at once one of {other.nomus:.3f}: a drift of {gap:+.3f}, {size}"


def _return(steps: Sequence[SequenceStep]) -> str:
    """Which requests an attacker recognises at the end, by the signed AUC against its chance band, and which of them
    were not recognised right after their own step."""
    known = [i for i, scores in enumerate(steps[-1].groups) if _recognised(scores)]
    back = [i for i in known if not _recognised(steps[i].groups[i])]
    still = [i for i in known if i not in back]
    said = "nobody forgotten earlier comes back"
    if back:
        said = f"{_named(back)} {'comes' if len(back) == 1 else 'come'} back while the later ones are forgotten"
    if still:
        link = "and" if back else "but"
        said += f", {link} {_named(still)} {'is' if len(still) == 1 else 'are'} still recognised"
    return said


def _recognised(scores: Scores) -> bool:
    return scores.mia_auc > scores.auc_band[1]


def _named(numbers: Sequence[int]) -> str:
    words = [str(i + 1) for i in numbers]
    return f"request {words[0]}" if len(words) == 1 else f"requests {', '.join(words[:-1])} and {words[-1]}"
