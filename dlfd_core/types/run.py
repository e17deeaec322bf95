"""A request to forget people, and the report that comes out; its events are in ``run_events``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from dlfd_core.types.audit import Audit, Impact
from dlfd_core.types.cards import DEFAULT_BACKBONE, DEFAULT_PRESET, KnobValue, Sprite
from dlfd_core.types.feature_map import MapPoints
from dlfd_core.types.synthesis_look import SynthesisLook

Stage = Literal["load", "train", "unlearn", "retrain", "evaluate", "project", "control", "relearn"]
ModelName = Literal["original", "unlearned", "control", "retrained"]
VerdictLabel = Literal["not_distinguishable", "still_recognisable", "over_forgotten", "cannot_tell", "task_lost"]

#: All models of a report, in the order in which they are shown.
MODELS: tuple[ModelName, ...] = ("original", "unlearned", "control", "retrained")
MODEL_TITLES: dict[str, str] = {
    "original": "Original",
    "unlearned": "Unlearned",
    "control": "Control",
    "retrained": "Retrained",
}
VERDICT_TITLES: dict[VerdictLabel, str] = {
    "not_distinguishable": "Not told apart from unseen photos",
    "still_recognisable": "Still recognisable",
    "over_forgotten": "Over-forgotten",
    "cannot_tell": "Cannot tell",
    "task_lost": "Task lost",
}
#: The same in at most two words, for tables, from the best to the worst; a run that cannot be judged is the last.
VERDICT_WORDS: dict[VerdictLabel, str] = {
    "not_distinguishable": "Not told apart",
    "over_forgotten": "Over-forgotten",
    "still_recognisable": "Still recognisable",
    "task_lost": "Task lost",
    "cannot_tell": "Cannot tell",
}
#: Name of the task in which each person is a class.
IDENTITY = "identity"
#: Methods that have a control: the same schedule without the idea of the method.
CONTROLLED: tuple[str, ...] = ("dlfd",)
#: The four sets of people, in the order of ``MapPoints.group``.
SETS: tuple[str, ...] = ("forget", "retain", "validation", "unseen")
#: Titles of the sets as they stand inside a sentence; ``heading`` makes the first letter a capital.
SET_TITLES: dict[str, str] = {
    "forget": "forgotten people",
    "retain": "kept people",
    "validation": "validation people",
    "unseen": "unseen people",
}
#: Largest number of records of the synthesis that a run keeps, spread over the steps that synthesise.
MAX_LOOKS = 4
#: With fewer photos on one side of the attack there is no verdict: chance alone gives forgetting scores above 0.1.
MINIMUM_PHOTOS = 30
MAX_SEED = 2**31 - 1
#: Standard deviation of the difference between the NoMUS of DLFD and its control over picks and seeds, with 20 people
#: forgotten: 0.019 in the 15 runs of ``benchmarks/results/quality-portraits-emotion.json``.
SEED_SPREAD = 0.02


@dataclass(frozen=True)
class ForgetRequest:
    """A request to forget people: everything that determines a run. Hashable; equal requests share a cached report.

    Attributes:
        people: ids of the people to forget, sorted; at least one, and not all training people. Or only ``set:NAME``, a
            published forget set.
        seed: of all random numbers of the method, and of people drawn with ``random:N``.
        control: also run the control, which only the ``CONTROLLED`` methods have.
        preset: of the method; ``knobs`` are the settings that differ from it, sorted by name.
        weights: a safetensors file to use as the original model; None takes the shipped or cached one.
    """

    people: tuple[str, ...]
    data: str = "portraits"
    task: str = "emotion"
    backbone: str = DEFAULT_BACKBONE
    method: str = "dlfd"
    seed: int = 0
    retrain: bool = False
    knobs: tuple[tuple[str, KnobValue], ...] = ()
    device: str = "auto"
    weights: str | None = None
    preset: str = DEFAULT_PRESET
    control: bool = False


@dataclass(frozen=True)
class CurvePoint:
    """Point of the live curves: measurements after a step on a fixed subsample of forget, retain and validation people.

    Attributes:
        step: optimiser steps done, from 0 (the original model).
        forgetting_score: |attack accuracy - 0.5| of a logistic attack fitted on the subsample, in [0, 0.5].
        auc: signed AUC, P(loss of a validation photo > loss of a forget photo); above 0.5 the forget photos still look
            known, below 0.5 they are over-forgotten.
        phase: of the last step: ``forgetting`` (in DLFD: on synthesised images), ``retaining`` (only on retain images),
            another word of the method, or ``training`` where there are no phases.
        ot_cost: transport cost between synthesised and forget features, in [0, 2]; None outside forgetting.
        lambda_r: weight of the classification loss in the synthesis at this step; None where it has no meaning.
    """

    step: int
    forget_accuracy: float
    retain_accuracy: float
    validation_accuracy: float
    forgetting_score: float
    auc: float
    phase: str
    ot_cost: float | None = None
    lambda_r: float | None = None


@dataclass(frozen=True)
class Scores:
    """Scores of one model for one request. Formulas: ``dlfd_core.metrics``; titles and formats: ``MEASURES``.

    Attributes:
        utility: accuracy on unseen people, in [0, 1], higher is better.
        mia_accuracy: balanced accuracy of a logistic attack on the losses, forget against unseen; 0.5 is ideal.
        mia_auc: signed AUC, P(loss of an unseen photo > loss of a forget photo); above 0.5 the model still treats the
            forget photos as known, below 0.5 they are too unfamiliar (over-forgotten).
        forgetting_score: |mia_accuracy - 0.5|, in [0, 0.5], lower is better.
        null_band: (0, 95th percentile) of the forgetting score when the "forget" people are in truth unseen people.
        auc_band: 2.5th and 97.5th percentile of the signed AUC under the same null.
        nomus: (utility + 1 - 2 * forgetting_score) / 2, in [0, 1], higher is better.
    """

    retain_accuracy: float
    forget_accuracy: float
    validation_accuracy: float
    unseen_accuracy: float
    utility: float
    mia_accuracy: float
    mia_auc: float
    forgetting_score: float
    null_band: tuple[float, float]
    auc_band: tuple[float, float]
    nomus: float


@dataclass(frozen=True)
class Verdict:
    """The result of a run in words, made from its audit.

    Attributes:
        strict: whether it compares with a reference bank: models that never saw exactly these people.
        statistic: name of the statistic that decided, of ``STATISTIC_TITLES``; empty where none did.
    """

    label: VerdictLabel
    text: str
    strict: bool = False
    statistic: str = ""


@dataclass(frozen=True)
class Seconds:
    """Wall time of the parts of a request in seconds; 0 for parts that the request does not have.

    Attributes:
        retrain, control: time when these models were made, possibly for an earlier request.
        evaluate: time of measuring all models but the control.
    """

    load: float = 0.0
    unlearn: float = 0.0
    retrain: float = 0.0
    evaluate: float = 0.0
    project: float = 0.0
    total: float = 0.0
    control: float = 0.0


@dataclass(frozen=True)
class DataCounts:
    """Numbers of people and photos per set.

    Attributes:
        skipped: number of photos that could not be read.
        digest: ``FaceData.digest`` of the data set; empty where unknown.
    """

    people: dict[str, int]
    photos: dict[str, int]
    skipped: int = 0
    digest: str = ""


@dataclass(frozen=True)
class FacePrediction:
    """Predictions for one photo of a forgotten person by the original and by the unlearned model.

    Attributes:
        tile: index of the photo in ``ForgetReport.photos``.
        label: true class; before, after: predicted classes; confidences: their probabilities in [0, 1].
        loss_before, loss_after: cross-entropy of the true class in nats.
    """

    tile: int
    person: str
    label: int
    before: int
    after: int
    confidence_before: float
    confidence_after: float
    loss_before: float
    loss_after: float


@dataclass(frozen=True)
class ForgetReport:
    """The result of one request.

    Attributes:
        key: short hash of the request, for caches and file names.
        classes: class names of the task, in label order.
        scores: by model name in the order of ``MODELS``; ``control`` and ``retrained`` only where they were computed.
        losses: cross-entropy in nats per photo, ``losses[model][set]`` -> (n,) float32.
        points: None until the map is drawn.
        predictions: one per photo shown of the forgotten people; their pictures are ``photos``.
        caveats: sentences that the reader of the numbers should know.
        audits: intervals of the scores and other attacks, by model name as ``scores``.
        impact: change of accuracy on kept and unseen people, original against unlearned.
        hashes: sha256 of the weights, by model name.
        matrices: (C, C) numbers of photos by true class (row) and predicted class (column), ``matrices[model][set]``
            for the sets forget, retain and unseen; empty where there are too many classes.
        looks: records of the synthesis, at most ``MAX_LOOKS``, in order of their steps; none without synthesis.
        labels: the label of each model but the original, by the rule of the verdict; that of ``unlearned`` is the
            verdict's own.
    """

    key: str
    request: ForgetRequest
    names: tuple[str, ...]
    classes: tuple[str, ...]
    data: DataCounts
    scores: dict[str, Scores]
    verdict: Verdict
    losses: dict[str, dict[str, np.ndarray]]
    predictions: tuple[FacePrediction, ...]
    photos: Sprite | None
    curve: tuple[CurvePoint, ...]
    points: MapPoints | None
    seconds: Seconds
    caveats: tuple[str, ...]
    versions: dict[str, str]
    audits: dict[str, Audit] = field(default_factory=dict)
    impact: Impact | None = None
    hashes: dict[str, str] = field(default_factory=dict)
    looks: tuple[SynthesisLook, ...] = ()
    matrices: dict[str, dict[str, np.ndarray]] = field(default_factory=dict)
    labels: dict[str, VerdictLabel] = field(default_factory=dict)
