"""From looks at models that relearn to curves, numbers and a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dlfd_core.metrics.recovery import area_between, auc_difference, recovery
from dlfd_core.metrics.roc import auc_interval
from dlfd_core.types import (
    MODELS,
    Interval,
    ModelName,
    RelearnCurve,
    RelearnOutcome,
    RelearnPoint,
    RelearnSide,
    RelearnSource,
)


@dataclass(frozen=True)
class Look:
    """What one model said after a step.

    Attributes:
        accuracy: on the measured photos. members, strangers: (m,), (n,) cross-entropy in nats of measured photos and of
            strangers', the same photos in every look.
    """

    step: int
    accuracy: float
    members: np.ndarray
    strangers: np.ndarray

    @property
    def scores(self) -> tuple[np.ndarray, np.ndarray]:
        """Higher is more like a training photo."""
        return -self.members, -self.strangers


Groups = tuple[np.ndarray, np.ndarray]


def summarise(source: RelearnSource, looks: dict[ModelName, list[Look]], groups: Groups, *, shown: str) -> RelearnSide:
    """All curves of a source, and what they say about the unlearned model.

    Args:
        looks: by model, the original among them, each at the same steps.
        groups: (m,), (n,) whose photos those measured and those of strangers are.
        shown: what was trained on, in words, as in "training on ...".
    """
    curves = {name: _curve(found, groups) for name, found in looks.items()}
    original = curves["original"].points[0].auc
    for name, curve in curves.items():
        points = curve.points
        curves[name] = replace(curve, recovery=recovery(points[0].auc, points[-1].auc, original))
    if "retrained" in looks:
        theirs = curves["retrained"]
        curves = {
            name: _beside(curve, theirs, looks[name], looks["retrained"], groups) for name, curve in curves.items()
        }
    ordered = {name: curves[name] for name in MODELS if name in curves}
    outcome = _outcome(ordered)
    return RelearnSide(source, ordered, outcome, _finding(outcome, ordered, shown))


def _curve(looks: Sequence[Look], groups: Groups) -> RelearnCurve:
    found = [auc_interval(*look.scores, *groups) for look in looks]
    points = tuple(
        RelearnPoint(look.step, look.accuracy, float(look.members.mean(dtype=np.float64)), auc)
        for look, (auc, _) in zip(looks, found, strict=True)
    )
    gain, interval = auc_difference(looks[-1].scores, looks[0].scores, *groups)
    return RelearnCurve(points, found[-1][1], gain, interval, None)


def _beside(
    curve: RelearnCurve, theirs: RelearnCurve, looks: Sequence[Look], reference: Sequence[Look], groups: Groups
) -> RelearnCurve:
    """The curve with what sets it apart from the retrained model's."""
    before, last = (auc_difference(looks[i].scores, reference[i].scores, *groups) for i in (0, -1))
    ours, others = ([point.auc for point in one.points] for one in (curve, theirs))
    area = area_between([look.step for look in looks], ours, others)
    return replace(
        curve,
        lead_before=before[0], lead_before_interval=before[1], lead=last[0], lead_interval=last[1], area=area,
    )  # fmt: skip


def _outcome(curves: dict[ModelName, RelearnCurve]) -> RelearnOutcome:
    ours, known = curves["unlearned"], curves["original"].lead_before_interval
    if ours.lead_interval is None or ours.lead_before_interval is None or known is None:
        return "no_reference"
    if known[0] <= 0:
        return "cannot_tell"
    if ours.lead_interval[0] > 0:
        return "never_left" if ours.lead_before_interval[0] > 0 else "came_back"
    return "below" if ours.lead_interval[1] < 0 else "stays_away"


def _range(interval: Interval | None) -> str:
    assert interval is not None  # asked for only where there is a reference
    return f"95 % interval {interval[0]:+.2f} to {interval[1]:+.2f}"


def _finding(outcome: RelearnOutcome, curves: dict[ModelName, RelearnCurve], shown: str) -> str:
    """What the outcome means, with its uncertainty."""
    ours, first = curves["unlearned"], curves["original"].points[0].auc
    before, after, steps = ours.points[0].auc, ours.points[-1].auc, ours.points[-1].step
    trained = f"After {steps} steps on {shown}"
    if outcome == "no_reference":
        moved = f"{trained}, the AUC on their other photos moved from {before:.2f} to {after:.2f}"
        back = "" if ours.recovery is None else f", {ours.recovery:.0%} of the way back to the original's {first:.2f}"
        return (
            f"{moved}{back} (change {ours.gain:+.2f}, {_range(ours.gain_interval)}). Without a retrained model nobody "
            "can say how much of that is memory and how much any model would learn."
        )
    theirs = curves["retrained"].points[-1].auc
    numbers = f"AUC {after:.2f} against {theirs:.2f}, difference {ours.lead:+.2f}, {_range(ours.lead_interval)}"
    words = {
        "came_back": "the unlearned model knows their other photos better than one that never saw them",
        "never_left": "the unlearned model still knows their other photos better than one that never saw them",
        "stays_away": "the unlearned model cannot be told from one that never saw them",
        "below": "their other photos look stranger to the unlearned model than to one that never saw them",
    }
    if outcome == "cannot_tell":
        return (
            "Cannot tell: on these photos even the original was not ahead of the retrained model by more than chance, "
            f"so there is no memory to see return. {trained}: {numbers}."
        )
    verdict = {
        "came_back": "The memory came back. ", "never_left": "The memory was never gone. ",
        "stays_away": "No sign that it came back. ", "below": "It did not come back. ",
    }[outcome]  # fmt: skip
    told = f"; before, the difference was {ours.lead_before:+.2f} ({_range(ours.lead_before_interval)})"
    return f"{verdict}{trained}, {words[outcome]} ({numbers}){told if outcome != 'stays_away' else ''}."
