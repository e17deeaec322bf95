"""A request, what happens while it is worked on, and what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from dlfd_core.types.cards import KnobValue, Sprite

Stage = Literal["load", "train", "unlearn", "retrain", "evaluate", "project"]
ModelName = Literal["original", "unlearned", "retrained"]
VerdictLabel = Literal["not_distinguishable", "still_recognisable", "over_forgotten", "cannot_tell"]

#: The four sets of people, in the order of ``MapPoints.group``.
SETS: tuple[str, ...] = ("forget", "retain", "validation", "unseen")
#: Below this many forget photos chance alone produces forgetting scores above 0.1: no verdict is given.
MINIMUM_PHOTOS = 30
MAX_SEED = 2**31 - 1


@dataclass(frozen=True)
class ForgetRequest:
    """Everything that determines a run. Hashable: equal requests share one cached report.

    Attributes:
        people: identities to forget, sorted; at least one, not all of the training people.
        seed: drives the method, and the picks made with ``random:N``.
        knobs: settings that differ from the method's preset, sorted by name.
        weights: a safetensors file to use as the original model; None takes the shipped or cached one.
    """

    people: tuple[str, ...]
    data: str = "portraits"
    task: str = "emotion"
    backbone: str = "slim_resnet"
    method: str = "dlfd"
    seed: int = 0
    retrain: bool = False
    knobs: tuple[tuple[str, KnobValue], ...] = ()
    device: str = "auto"
    weights: str | None = None


@dataclass(frozen=True)
class CurvePoint:
    """What the monitor saw after a step, on its fixed subsample (forget, retain and validation people).

    Attributes:
        step: optimiser steps done, from 0 (the original model).
        forgetting_score: |attack accuracy - 0.5| of a logistic attack fitted on the subsample, in [0, 0.5].
        auc: signed, P(loss of a validation photo > loss of a forget photo): > 0.5 under-, < 0.5 over-forgotten.
        phase: ``forgetting`` while images are synthesised, ``retaining`` on clean ones, ``training`` elsewhere.
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
class ForgetProgress:
    """Sent while a request is worked on.

    Attributes:
        done, total: units of work of this stage (optimiser steps, photos ...), ``0 <= done <= total``.
        seconds_left: of the whole request, estimated from the work done; None while unknown.
        point: a new point of the live curves, or None.
    """

    stage: Stage
    done: int
    total: int
    message: str
    seconds_left: float | None = None
    point: CurvePoint | None = None


@dataclass(frozen=True)
class Scores:
    """How one model does on one request. Formulas: ``dlfd_core.metrics``.

    Attributes:
        utility: accuracy on unseen people, in [0, 1], higher is better.
        mia_accuracy: balanced accuracy of a logistic attack on the losses, forget against unseen; 0.5 is ideal.
        mia_auc: signed, P(loss of an unseen photo > loss of a forget photo): > 0.5 the model still treats the
            forget photos as known, < 0.5 they stand out as too unfamiliar (over-forgotten).
        forgetting_score: |mia_accuracy - 0.5|, in [0, 0.5], lower is better.
        null_band: (0, 95th percentile) of the forgetting score when the "forget" people are really unseen ones.
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
    """The result in words, made from the numbers."""

    label: VerdictLabel
    text: str


@dataclass(frozen=True)
class Seconds:
    """Wall time of the parts of a request; ``retrain`` and ``project`` are 0 when not asked for."""

    load: float = 0.0
    unlearn: float = 0.0
    retrain: float = 0.0
    evaluate: float = 0.0
    project: float = 0.0
    total: float = 0.0


@dataclass(frozen=True)
class DataCounts:
    """People and photos per set; ``skipped`` photos could not be read."""

    people: dict[str, int]
    photos: dict[str, int]
    skipped: int = 0


@dataclass(frozen=True)
class MapPoints:
    """The photos on the map, before and after, in one projection.

    Attributes:
        before, after: (n, 2) float32 coordinates.
        group: (n,) index into ``SETS``.
        label: (n,) true class; predicted_before, predicted_after: (n,) predicted classes.
        person: (n,) index into ``people``.
        people: (id, name) of everyone on the map.
        faces: n pictures in the same order, or None.
    """

    before: np.ndarray
    after: np.ndarray
    group: np.ndarray
    label: np.ndarray
    predicted_before: np.ndarray
    predicted_after: np.ndarray
    person: np.ndarray
    people: tuple[tuple[str, str], ...]
    faces: Sprite | None = None


@dataclass(frozen=True)
class FacePrediction:
    """What the model says about one photo of a forgotten person, before and after.

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
    """The outcome of one request.

    Attributes:
        key: short hash of the request, for caches and file names.
        classes: class names of the task, in label order.
        scores: by model name; ``retrained`` only where it was computed.
        losses: cross-entropy in nats per photo, ``losses[model][set]`` -> (n,) float32.
        points: None until the map has arrived.
        predictions: one per photo shown of the forgotten people; their pictures are ``photos``.
        caveats: sentences the reader of the numbers should know.
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


#: What ``forget`` yields: any number of progress events, then the report without and at last with its map.
ForgetEvent = ForgetProgress | ForgetReport
