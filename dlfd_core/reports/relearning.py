"""Summary of the relearn test: curves, numbers and a finding from the measurements of each model."""

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
class Measurement:
    """Measurement of one model after a step.

    Attributes:
        accuracy: on the measured photos.
        members, strangers: (m,), (n,) cross-entropy in nats on the measured photos of forgotten people, and on photos
            of unseen people; the same photos in every measurement.
    """

    step: int
    accuracy: float
    members: np.ndarray
    strangers: np.ndarray

    @property
    def scores(self) -> tuple[np.ndarray, np.ndarray]:
        """Attack scores of members and strangers: higher is more like a training photo."""
        return -self.members, -self.strangers


Groups = tuple[np.ndarray, np.ndarray]


def summarise(
    source: RelearnSource, measurements: dict[ModelName, list[Measurement]], groups: Groups, *, shown: str
) -> RelearnSide:
    """Summarise one source: the curves of all models and the outcome for the unlearned model.

    Args:
        measurements: by model, the original among them, all at the same steps.
        groups: (m,), (n,) numbers of the people of the measured photos, and of the photos of unseen people.
        shown: the training photos in words, as in "training on ...".
    """
    curves = {name: _curve(each, groups) for name, each in measurements.items()}
    original = curves["original"].points[0].auc
    for name, curve in curves.items():
        points = curve.points
        curves[name] = replace(curve, recovery=recovery(points[0].auc, points[-1].auc, original))
    if "retrained" in measurements:
        retrained = curves["retrained"]
        curves = {
            name: _with_lead(curve, retrained, measurements[name], measurements["retrained"], groups)
            for name, curve in curves.items()
        }
    ordered = {name: curves[name] for name in MODELS if name in curves}
    outcome = _outcome(ordered)
    return RelearnSide(source, ordered, outcome, _finding(outcome, ordered, shown))


def _curve(measurements: Sequence[Measurement], groups: Groups) -> RelearnCurve:
    """The curve of one model, without its lead over the retrained one."""
    aucs = [auc_interval(*each.scores, *groups) for each in measurements]
    points = tuple(
        RelearnPoint(each.step, each.accuracy, float(each.members.mean(dtype=np.float64)), auc)
        for each, (auc, _) in zip(measurements, aucs, strict=True)
    )
    gain, interval = auc_difference(measurements[-1].scores, measurements[0].scores, *groups)
    return RelearnCurve(points, aucs[-1][1], gain, interval, None)


def _with_lead(
    curve: RelearnCurve,
    retrained: RelearnCurve,
    measurements: Sequence[Measurement],
    reference: Sequence[Measurement],
    groups: Groups,
) -> RelearnCurve:
    """The curve with its lead over the retrained model's."""
    before, last = (auc_difference(measurements[i].scores, reference[i].scores, *groups) for i in (0, -1))
    aucs, retrained_aucs = ([point.auc for point in each.points] for each in (curve, retrained))
    area = area_between([each.step for each in measurements], aucs, retrained_aucs)
    return replace(
        curve,
        lead_before=before[0], lead_before_interval=before[1], lead=last[0], lead_interval=last[1], area=area,
    )  # fmt: skip


def _outcome(curves: dict[ModelName, RelearnCurve]) -> RelearnOutcome:
    """Classify the unlearned model by the intervals of its lead over the retrained model."""
    unlearned, original_interval = curves["unlearned"], curves["original"].lead_before_interval
    if unlearned.lead_interval is None or unlearned.lead_before_interval is None or original_interval is None:
        return "no_reference"
    if original_interval[0] <= 0:
        return "cannot_tell"
    if unlearned.lead_interval[0] > 0:
        return "never_left" if unlearned.lead_before_interval[0] > 0 else "came_back"
    return "below" if unlearned.lead_interval[1] < 0 else "stays_away"


def _range(interval: Interval | None) -> str:
    """An interval as text."""
    assert interval is not None  # because there is a reference
    return f"95 % interval {interval[0]:+.2f} to {interval[1]:+.2f}"


def _finding(outcome: RelearnOutcome, curves: dict[ModelName, RelearnCurve], shown: str) -> str:
    """The outcome in a sentence, with its uncertainty."""
    unlearned, original = curves["unlearned"], curves["original"].points[0].auc
    before, after, steps = unlearned.points[0].auc, unlearned.points[-1].auc, unlearned.points[-1].step
    trained = f"After {steps} steps on {shown}"
    if outcome == "no_reference":
        moved = f"{trained}, the AUC on their other photos moved from {before:.2f} to {after:.2f}"
        back = (
            f", {unlearned.recovery:.0%} of the way back to the original's {original:.2f}"
            if unlearned.recovery is not None
            else ""
        )
        return (
            f"{moved}{back} (change {unlearned.gain:+.2f}, {_range(unlearned.gain_interval)}). Without a retrained "
            "model it is unknown how much of that is memory and how much any model would learn."
        )
    retrained = curves["retrained"].points[-1].auc
    interval = _range(unlearned.lead_interval)
    numbers = f"AUC {after:.2f} against {retrained:.2f}, difference {unlearned.lead:+.2f}, {interval}"
    words = {
        "came_back": "the unlearned model knows their other photos better than one that never saw them",
        "never_left": "the unlearned model still knows their other photos better than one that never saw them",
        "stays_away": "the unlearned model cannot be told from one that never saw them",
        "below": "their other photos are less familiar to the unlearned model than to one that never saw them",
    }
    if outcome == "cannot_tell":
        return (
            "Cannot tell: on these photos even the original was not ahead of the retrained model by more than chance, "
            f"so there is no memory that could come back. {trained}: {numbers}."
        )
    verdict = {
        "came_back": "The memory came back. ", "never_left": "The memory was never gone. ",
        "stays_away": "No sign that it came back. ", "below": "It did not come back. ",
    }[outcome]  # fmt: skip
    earlier = f"; before, the difference was {unlearned.lead_before:+.2f} ({_range(unlearned.lead_before_interval)})"
    return f"{verdict}{trained}, {words[outcome]} ({numbers}){earlier if outcome != 'stays_away' else ''}."
