"""The relearn test: whether a model recognises the forgotten people again after a little further training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dlfd_core.types.audit import Interval
from dlfd_core.types.run import ForgetReport, ForgetRequest, ModelName
from dlfd_core.types.run_events import ForgetProgress

#: Training photos of the test: ``retain``: of kept people; ``shown``: only a few of each forgotten person.
RelearnSource = Literal["retain", "shown"]
RELEARN_SOURCES: tuple[RelearnSource, ...] = ("retain", "shown")
RELEARN_SOURCE_TITLES: dict[RelearnSource, str] = {
    "retain": "Relearning on people who are kept",
    "shown": "Relearning on a few of their photos",
}
#: Comparison of the unlearned model with the retrained model after relearning. ``came_back``: it recognises the
#: forgotten people better than the retrained model, and did not before; ``never_left``: better, as before;
#: ``stays_away``: no difference beyond chance; ``below``: they look less familiar to it than to the retrained model;
#: ``cannot_tell``: not even the original recognised them better than that; ``no_reference``: no retrained model to
#: compare with.
RelearnOutcome = Literal["came_back", "never_left", "stays_away", "below", "cannot_tell", "no_reference"]

#: Smallest and largest number of photos shown of each forgotten person, and the default.
RELEARN_PHOTOS = (1, 5)
DEFAULT_RELEARN_PHOTOS = 3


@dataclass(frozen=True)
class RelearnPoint:
    """Measurement of a model on photos of the forgotten people that are not in the training photos of either source.

    Attributes:
        step: optimiser steps done, from 0 (the model of the run).
        accuracy: on these photos, in [0, 1].
        loss: their mean cross-entropy in nats.
        auc: signed AUC, P(loss of a comparison photo > loss of one of these photos); above 0.5 they look known.
    """

    step: int
    accuracy: float
    loss: float
    auc: float


@dataclass(frozen=True)
class RelearnCurve:
    """Measurements of one model over the training steps of one source.

    Attributes:
        interval: 95 % interval of the last AUC, with whole people as units.
        gain: last AUC less the first, in [-1, 1]; ``gain_interval`` holds 95 %, paired photo by photo.
        recovery: ``gain`` divided by the distance of the original's first AUC from this model's first AUC, clipped to
            [0, 1]: the share of the way back. None where that distance is below 0.05: there is no way back to measure.
        lead_before, lead: first and last AUC less the retrained model's, in [-1, 1]; intervals as ``gain_interval``.
            None without a retrained model.
        area: mean over the steps of the AUC less the retrained model's (trapezoidal rule), in [-1, 1]; None as
            ``lead``.
    """

    points: tuple[RelearnPoint, ...]
    interval: Interval
    gain: float
    gain_interval: Interval
    recovery: float | None
    lead_before: float | None = None
    lead_before_interval: Interval | None = None
    lead: float | None = None
    lead_interval: Interval | None = None
    area: float | None = None


@dataclass(frozen=True)
class RelearnSide:
    """Result for one source.

    Attributes:
        curves: by model, in the order of ``MODELS``.
        finding: one or two sentences about the unlearned model.
    """

    source: RelearnSource
    curves: dict[ModelName, RelearnCurve]
    outcome: RelearnOutcome
    finding: str


@dataclass(frozen=True)
class RelearnReport:
    """The relearn test of one run.

    Attributes:
        photos: largest number of photos shown of each forgotten person.
        people: number of forgotten people who take part; ``left_out`` people have a single photo, so none is left to
            measure on.
        shown, measured, strangers: numbers of photos: trained on in the source ``shown``, measured on in both sources,
            and compared with.
        by_person: the comparison photos are of other people; False: of the same people (task ``identity``).
        steps, lr, batch_size: of the training, equal for each model and source.
        seconds: wall time of training and measuring, without a run that had to be done first.
        hashes: sha256 of the weights before relearning, by model name.
    """

    request: ForgetRequest
    photos: int
    people: int
    left_out: int
    shown: int
    measured: int
    strangers: int
    by_person: bool
    steps: int
    lr: float
    batch_size: int
    sides: tuple[RelearnSide, ...]
    seconds: float
    hashes: dict[ModelName, str] = field(default_factory=dict)

    def follows(self, run: ForgetReport) -> bool:
        """Whether exactly the models of a run were tested. An equal request is not enough: carried out again on another
        machine, as the request of the finished example may be, it gives other weights.

        Args:
            run: the report of a validated request.
        """
        same_weights = all(run.hashes.get(name, "") == sha256 for name, sha256 in self.hashes.items())
        return same_weights and self.request == run.request


#: What ``relearn`` yields: any number of progress events, then the report.
RelearnEvent = ForgetProgress | RelearnReport
