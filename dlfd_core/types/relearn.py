"""The relearn test: does the memory of forgotten people come back when a model is trained a little further?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dlfd_core.types.audit import Interval
from dlfd_core.types.run import ForgetReport, ForgetRequest, ModelName
from dlfd_core.types.run_events import ForgetProgress

#: What is trained on: ``retain``, photos of people who are kept; ``shown``, a few photos of each forgotten person and
#: nothing else.
RelearnSource = Literal["retain", "shown"]
RELEARN_SOURCES: tuple[RelearnSource, ...] = ("retain", "shown")
RELEARN_SOURCE_TITLES: dict[RelearnSource, str] = {
    "retain": "Relearning on people who are kept",
    "shown": "Relearning on a few of their photos",
}
#: The unlearned model after relearning, against the retrained one. ``came_back``: it knows them better, and did not
#: before; ``never_left``: it knows them better, as before; ``stays_away``: no difference outside chance; ``below``:
#: they look stranger to it than to the retrained one; ``cannot_tell``: not even the original was ahead of that;
#: ``no_reference``: no retrained model to compare with.
RelearnOutcome = Literal["came_back", "never_left", "stays_away", "below", "cannot_tell", "no_reference"]

#: Photos of each forgotten person that can be shown, and how many unless asked otherwise.
RELEARN_PHOTOS = (1, 5)
DEFAULT_RELEARN_PHOTOS = 3


@dataclass(frozen=True)
class RelearnPoint:
    """One look at a model, on photos of the forgotten people that it is not shown in either source.

    Attributes:
        step: optimiser steps done, from 0 (the model of the run).
        accuracy: on those photos, in [0, 1].
        loss: their mean cross-entropy in nats.
        auc: signed, P(a stranger's loss > the loss of one of those photos): above 0.5 they look known.
    """

    step: int
    accuracy: float
    loss: float
    auc: float


@dataclass(frozen=True)
class RelearnCurve:
    """One model over the steps of one source.

    Attributes:
        interval: 95 % interval of the last AUC, with whole people as units.
        gain: last AUC less the first, in [-1, 1]; ``gain_interval`` holds 95 %, paired photo by photo.
        recovery: ``gain`` over the distance of the original's first AUC from this model's first, cut to [0, 1]: the
            share of the way back. None where that distance is below 0.05: there is no way to go.
        lead_before, lead: first and last AUC less the retrained model's, in [-1, 1]; intervals as ``gain_interval``.
            None without a retrained model.
        area: mean over the steps of AUC less the retrained model's (trapezoids), in [-1, 1]; None as ``lead``.
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
    """What one source brings back; ``curves`` by model in the order of ``MODELS``, ``finding`` in one or two
    sentences about the unlearned model."""

    source: RelearnSource
    curves: dict[ModelName, RelearnCurve]
    outcome: RelearnOutcome
    finding: str


@dataclass(frozen=True)
class RelearnReport:
    """The relearn test of one run.

    Attributes:
        photos: of each forgotten person that are shown at most.
        people: forgotten people who take part; ``left_out`` have a single photo, so nothing is left to measure on.
        shown, measured, strangers: photos trained on in ``shown``, photos measured on in both sources, and photos
            compared with.
        by_person: strangers are other people; False: other photos of the same people (task ``identity``).
        steps, lr, batch_size: the same for each model and source.
        seconds: wall time of training and measuring, without a run that had to come first.
        hashes: sha256 of the weights that the models started from, by model name.
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
        """Whether the very models of a run were tested. The finished example's request may have been carried out again
        on another machine: it has other weights there.

        Args:
            run: the report of a validated request.
        """
        alike = all(run.hashes.get(name, "") == found for name, found in self.hashes.items())
        return alike and self.request == run.request


#: What ``relearn`` yields: any number of progress events, then the report.
RelearnEvent = ForgetProgress | RelearnReport
