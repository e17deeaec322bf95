"""The relearn test: a few steps of ordinary training of each model of a run, and how fast the models know the forgotten
people again.

A model that truly forgot behaves like the retrained one; one that only hid the memory jumps back towards the original
(after "From Dormant to Deleted", arXiv 2505.22310). The measured photos are of the forgotten people and are not trained
on here. They are compared with photos of unseen people, which are not trained on either.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import torch

from dlfd_core.artifacts import weights_hash
from dlfd_core.backbones import Backbone
from dlfd_core.data.photos import Batch, PhotoSet, iterate_batches
from dlfd_core.data.relearn_photos import RelearnPhotos, choose_relearn_photos
from dlfd_core.data.splits import Splits, TaskData
from dlfd_core.models.optimizers import make_adamw
from dlfd_core.models.outputs import collect_outputs
from dlfd_core.models.training import StepLog, classification_loss, fit
from dlfd_core.reports.relearning import Measurement, summarise
from dlfd_core.runs.event_streams import mapped
from dlfd_core.runs.forget import ForgetRun
from dlfd_core.runs.keys import ModelKey
from dlfd_core.runs.prepared_original import PreparedOriginal
from dlfd_core.runs.workbench import Workbench
from dlfd_core.seeding import make_generator
from dlfd_core.types import (
    MODELS,
    RELEARN_SOURCES,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    ModelName,
    RelearnReport,
    RelearnSource,
    ReportReady,
)
from dlfd_core.unlearning import METHODS
from dlfd_core.unlearning.base import UnlearningMethod
from dlfd_core.unlearning.control import schedule_of
from dlfd_core.unlearning.last_layers import set_eval_first

#: AdamW, as the original was trained, at a constant rate, a twentieth of its peak. Tried on the portraits with
#: validation people as the unseen ones: at a quarter of the peak the first steps alone disturb even the original, whose
#: accuracy on the measured photos falls from 1.00 to 0.91.
STEPS, MEASURE_EVERY, LR, BATCH = 30, 5, 0.0001, 64
TRAINING: dict[RelearnSource, str] = {
    "retain": "Training on kept people only",
    "shown": "Training on a few of their photos",
}

Measurements = dict[RelearnSource, dict[ModelName, list[Measurement]]]

# ---- training and measuring ------------------------------------------------------------------------------------------


@dataclass
class Trainer:
    """Trains copies of models by the same steps on the same batches, and measures them every few steps.

    Args:
        task: of the labels. seed: of the order of the batches.
    """

    task: TaskData
    prepared: PreparedOriginal
    splits: Splits
    photos: RelearnPhotos
    seed: int
    raise_if_cancelled: Callable[[], None]
    _index: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self._index = np.concatenate([self.photos.measured, self.photos.non_members])
        self._images = self.prepared.photos.images[torch.from_numpy(self._index).to(self._device)]

    @property
    def _device(self) -> torch.device:
        return self.prepared.photos.images.device

    def measure(self, model: Backbone, step: int) -> Measurement:
        outputs = collect_outputs(
            model, self._images, self.prepared.spec.compute, raise_if_cancelled=self.raise_if_cancelled
        )
        labels, count = self.task.labels[self._index], len(self.photos.measured)
        losses, correct = outputs.losses(labels), outputs.correctness(labels)
        return Measurement(step, float(correct[:count].mean()), losses[:count], losses[count:])

    def batches(self, source: RelearnSource) -> Iterator[Batch]:
        """Endless batches from a fresh generator, so that each model sees the same ones in the same order."""
        index = self.splits.retain if source == "retain" else self.photos.shown
        photos: PhotoSet = self.prepared.photos.select(torch.from_numpy(index))
        return iterate_batches(
            photos,
            batch_size=BATCH,
            generator=make_generator(self.seed, f"relearn {source}"),
            augmentation=self.prepared.original.recipe.augmentation,
            cycles=None,
        )

    def steps(self, model: Backbone, source: RelearnSource) -> Iterator[StepLog]:
        """Train ``model`` in place. Batch norm keeps its running statistics: those of a few photos would change every
        prediction for a reason that is not memory."""
        optimizer = make_adamw(model, weight_decay=0.0)
        yield from fit(
            model,
            set_eval_first([model], self.batches(source)),
            classification_loss(model, self.prepared.spec.compute),
            optimizer=optimizer,
            schedule=lambda step: LR,
            total=STEPS,
        )

    def relearn(
        self, model: Backbone, source: RelearnSource, first: Measurement
    ) -> Generator[int, None, list[Measurement]]:
        """Train a copy of ``model`` and measure it; yields the steps done.

        Args:
            first: the measurement of ``model`` before the first step.
        """
        measurements, trained = [first], copy.deepcopy(model)
        for log in self.steps(trained, source):
            self.raise_if_cancelled()
            if log.step % MEASURE_EVERY == 0 or log.step == STEPS:
                measurements.append(self.measure(trained, log.step))
            yield log.step
        return measurements


@dataclass
class _Clock:
    """Progress over the steps of all models in both sources."""

    total: int
    done: int = 0
    started: float = field(default_factory=time.monotonic)

    def seconds(self) -> float:
        return time.monotonic() - self.started

    def event(self, message: str) -> ForgetProgress:
        left = self.seconds() / self.done * (self.total - self.done) if self.done >= MEASURE_EVERY else None
        return ForgetProgress("relearn", self.done, self.total, message, left)

    def stepped(self, message: str, _step: int) -> ForgetProgress:
        self.done += 1
        return self.event(message)


# ---- the test of a run -----------------------------------------------------------------------------------------------


@dataclass
class RelearnTest:
    """Carries out the relearn test of one request.

    Args:
        request: validated.
        photos: number of photos to show of each forgotten person, 1 to 5.

    Raises:
        InvalidRequest: nobody has two photos.
    """

    bench: Workbench
    request: ForgetRequest
    task: TaskData
    photos: int
    raise_if_cancelled: Callable[[], None]

    def __post_init__(self) -> None:
        self.run = ForgetRun(self.bench, self.request, self.task, self.raise_if_cancelled)
        self.relearn_photos = choose_relearn_photos(self.task, self.run.splits, self.photos, self.request.seed)

    def events(
        self, report: ForgetReport | None
    ) -> Generator[ForgetProgress | ReportReady | RelearnReport, None, None]:
        """Yields progress, then the relearn report. Where the run's models are no longer in memory, the run is carried
        out first, and its last event, with its complete report, is yielded as well.

        Args:
            report: the report of the run, where it is cached; it lists the models of the run.
        """
        prepared = yield from self.bench.prepare(self.request, self.raise_if_cancelled)
        models = self._models(prepared, report)
        if models is None:
            last: ReportReady | None = None
            for event in self.run.events():
                if isinstance(event, ReportReady):
                    last = event
                else:
                    yield event
            assert last is not None  # a run that does not raise ends with its report
            yield last
            models = self._models(prepared, last.report)
            assert models is not None  # made a moment ago, and the workbench holds many
        yield from self._test(prepared, models)

    def _models(self, prepared: PreparedOriginal, report: ForgetReport | None) -> dict[ModelName, Backbone] | None:
        """The models of the report; None where one is no longer in memory."""
        if report is None:
            return None
        methods: dict[str, UnlearningMethod[Any]] = {
            "unlearned": self.run.method,
            "retrained": METHODS.get("retrain")(),
        }
        if "control" in report.scores:
            methods["control"] = METHODS.get("control")(schedule_of(self.run.method.settings()))
        models: dict[ModelName, Backbone] = {"original": prepared.original.model}
        for name in MODELS[1:]:
            if name in report.scores:
                result = self.bench.method_results.get(ModelKey.of(self.request, methods[name]))
                if result is None:
                    return None
                models[name] = result.model
        return models

    def _test(
        self, prepared: PreparedOriginal, models: dict[ModelName, Backbone]
    ) -> Iterator[ForgetProgress | RelearnReport]:
        trainer = Trainer(
            self.task, prepared, self.run.splits, self.relearn_photos, self.request.seed, self.raise_if_cancelled
        )
        clock = _Clock(STEPS * len(models) * len(RELEARN_SOURCES))
        yield clock.event("Measuring before the first step")
        firsts = {name: trainer.measure(model, 0) for name, model in models.items()}
        measurements: Measurements = {source: {} for source in RELEARN_SOURCES}
        for source in RELEARN_SOURCES:
            for name, model in models.items():
                stepped = partial(clock.stepped, f"{TRAINING[source]}: the {name} model")
                measurements[source][name] = yield from mapped(trainer.relearn(model, source, firsts[name]), stepped)
        hashes = {name: weights_hash(model.state_dict()) for name, model in models.items()}
        yield self._report(measurements, hashes, clock.seconds())

    def _report(self, measurements: Measurements, hashes: dict[ModelName, str], seconds: float) -> RelearnReport:
        person, photos = self.task.data.person, self.relearn_photos
        groups = person[photos.measured], person[photos.non_members]
        count = f"{self.photos} photos" if self.photos > 1 else "1 photo"
        shown: dict[RelearnSource, str] = {
            "retain": "people who are kept",
            "shown": f"{count} of each forgotten person",
        }
        sides = tuple(
            summarise(source, measurements[source], groups, shown=shown[source]) for source in RELEARN_SOURCES
        )
        sizes = (len(photos.shown), len(photos.measured), len(photos.non_members))
        return RelearnReport(
            self.request, self.photos, photos.people, photos.left_out, *sizes, self.run.splits.by_person,
            STEPS, LR, BATCH, sides, seconds, hashes,
        )  # fmt: skip
