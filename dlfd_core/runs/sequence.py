"""A sequence: requests carried out one after another, each on the unlearned model of the one before.

Later steps use no photos of people forgotten earlier: these are neither in the retain set nor in the forget set. So
nothing prevents the model from recognising them again while others are forgotten. Each step is therefore compared with
forgetting everybody so far at once, and where the request says so with retraining without them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from dlfd_core.artifacts import weights_hash
from dlfd_core.backbones import Backbone
from dlfd_core.data.forget_sets import display_names
from dlfd_core.data.splits import Splits, TaskData, split_for
from dlfd_core.errors import Diverged
from dlfd_core.metrics.drift import MeasuredModel, describe_drift, drift_between
from dlfd_core.metrics.evaluate import evaluate
from dlfd_core.models.outputs import Outputs
from dlfd_core.runs.event_streams import mapped
from dlfd_core.runs.forget import run_method
from dlfd_core.runs.keys import ModelKey
from dlfd_core.runs.prepared_original import PreparedOriginal
from dlfd_core.runs.progress import StageClock
from dlfd_core.runs.workbench import MethodResult, Workbench
from dlfd_core.types import (
    ForgetProgress,
    Scores,
    SequenceEvent,
    SequenceModel,
    SequenceReport,
    SequenceRequest,
    SequenceStep,
)
from dlfd_core.unlearning import METHODS, UnlearningMethod, configured_method


@dataclass(frozen=True)
class _Job:
    """One model to be made.

    Attributes:
        number: of the request after which it is made, from 0.
    """

    number: int
    model: SequenceModel


class SequenceRun:
    """Carries out a sequence step by step; models shared with other requests are in the workbench's cache.

    Args:
        request: as ``validated_sequence`` returns it, with a validated base.
        raise_if_cancelled: called at every step; raises ``RunCancelled`` when the visitor has cancelled.

    Attributes:
        jobs: all models to be made, in order.
        took: seconds that the last run of each method took, by its name.
        measuring: seconds that measuring a model takes, a guess until the first was measured.
    """

    def __init__(
        self, bench: Workbench, request: SequenceRequest, task: TaskData, raise_if_cancelled: Callable[[], None]
    ):
        self.bench, self.request, self.task, self.raise_if_cancelled = bench, request, task, raise_if_cancelled
        base = request.base
        self.method: UnlearningMethod[Any] = configured_method(base)
        self.reference: UnlearningMethod[Any] = METHODS.get("retrain")()
        kinds: list[SequenceModel] = ["sequential", "one_shot"]
        if base.retrain:
            kinds.append("retrained")
        numbers = range(len(request.groups))
        # the first one-shot model is the sequential one: both forget the same people from the original
        self.jobs = [_Job(i, kind) for i in numbers for kind in kinds if (i, kind) != (0, "one_shot")]
        self.took: dict[str, float] = {}
        self.measuring = 2.0

    def events(self) -> Generator[SequenceEvent, None, None]:
        """Yields progress, and a report after every step. Raises ``Diverged`` where the sequential model diverges: no
        later step can start from it."""
        prepared = yield from self.bench.prepare(self.request.base, self.raise_if_cancelled)
        names = tuple(display_names(self.task.data, group) for group in self.request.groups)
        steps: list[SequenceStep] = []
        model: Backbone | None = None
        first_hash = ""
        for number in range(len(self.request.groups)):
            step, model = yield from self._step(prepared, number, model)
            steps.append(step)
            first_hash = first_hash or weights_hash(model.state_dict())
            yield SequenceReport(self.request, names, tuple(steps), describe_drift(self.request, steps), first_hash)
            self.raise_if_cancelled()

    # ---- a step ----

    def _step(
        self, prepared: PreparedOriginal, number: int, start: Backbone | None
    ) -> Generator[ForgetProgress, None, tuple[SequenceStep, Backbone]]:
        splits = split_for(self.task, self.request.so_far(number))
        measured: dict[SequenceModel, MeasuredModel] = {}
        missing: dict[SequenceModel, str] = {}
        for job in (job for job in self.jobs if job.number == number):
            try:
                result = yield from self._make(prepared, job, start)
            except Diverged as error:
                if job.model == "sequential":
                    raise Diverged(f"Request {number + 1}: {error}") from error
                missing[job.model] = str(error)
                continue
            measured[job.model] = yield from self._measure(prepared, job, result, splits)
            if number == 0 and job.model == "sequential":
                measured["one_shot"] = measured["sequential"]
        sequential = measured["sequential"]
        scores: dict[SequenceModel, Scores] = {"original": self._scores(prepared.outputs, splits)}
        step = SequenceStep(
            people=self.request.groups[number],
            data=splits.counts(self.task.data),
            scores=scores | {name: model.scores for name, model in measured.items()},
            groups=tuple(self._scores(sequential.outputs, self._split(i, splits)) for i in range(number + 1)),
            drift={
                name: drift_between(sequential, model, splits)
                for name, model in measured.items()
                if name != "sequential"
            },
            seconds={name: model.seconds for name, model in measured.items()},
            missing=missing,
        )
        return step, sequential.model

    def _split(self, number: int, so_far: Splits) -> Splits:
        """The splits with one group as the forget set; the other people forgotten so far are in no set."""
        alone = split_for(self.task, self.request.groups[number])
        return replace(alone, retain=so_far.retain, validation=so_far.validation, unseen=so_far.unseen)

    def _scores(self, outputs: Outputs, splits: Splits) -> Scores:
        return evaluate(outputs, self.task.labels, self.task.data.person, splits)

    def _measure(
        self, prepared: PreparedOriginal, job: _Job, result: MethodResult, splits: Splits
    ) -> Generator[ForgetProgress, None, MeasuredModel]:
        left = self._left(job, self.measuring)
        yield ForgetProgress("evaluate", 0, 1, f"{self._title(job)}: measuring", left)
        started = time.monotonic()
        outputs = prepared.outputs_of(result.model, self.raise_if_cancelled)
        model = MeasuredModel(result.model, outputs, self._scores(outputs, splits), result.seconds)
        self.measuring = time.monotonic() - started
        return model

    # ---- making models ----

    def _make(
        self, prepared: PreparedOriginal, job: _Job, start: Backbone | None
    ) -> Generator[ForgetProgress, None, MethodResult]:
        """The model of a job, made once per people, seed, settings and earlier requests, and then cached."""
        so_far = split_for(self.task, self.request.so_far(job.number))
        sequential = job.model == "sequential"
        splits = self._split(job.number, so_far) if sequential else so_far
        make_context = partial(
            prepared.context, splits, self.request.base.seed, self.raise_if_cancelled, start if sequential else None
        )
        clock = StageClock(
            "retrain" if job.model == "retrained" else "unlearn", self._title(job), self.bench.stage_times, []
        )
        started = time.monotonic()

        def with_total(event: ForgetProgress) -> ForgetProgress:
            return replace(event, seconds_left=self._left(job, event.seconds_left, time.monotonic() - started))

        method = self._method(job)
        result = yield from mapped(run_method(self.bench, self._key(job), method, make_context, clock), with_total)
        self.took[method.name] = result.seconds
        return result

    def _method(self, job: _Job) -> UnlearningMethod[Any]:
        return self.reference if job.model == "retrained" else self.method

    def _key(self, job: _Job) -> ModelKey:
        """The key of an ordinary run of these people, so that each finds the other's model in the cache; a later
        sequential model also depends on what was forgotten before, and in which order."""
        later = job.model == "sequential" and job.number > 0
        people = self.request.groups[job.number] if later else self.request.so_far(job.number)
        before = self.request.groups[: job.number] if later else ()
        return ModelKey.of(replace(self.request.base, people=people), self._method(job), before)

    def _title(self, job: _Job) -> str:
        count = len(self.request.groups)
        if job.model == "sequential":
            return f"Request {job.number + 1} of {count}: forgetting with {self.method.title}"
        so_far = "Request 1" if job.number == 0 else f"Requests 1 to {job.number + 1}"
        how = "retraining without them" if job.model == "retrained" else "all at once, to compare"
        return f"{so_far} of {count}: {how}"

    def _left(self, job: _Job, left_of_job: float | None, spent: float = 0.0) -> float | None:
        """Seconds until the end of the sequence; None until it is known how long each kind of model takes.

        Args:
            left_of_job: seconds left of this job. spent: seconds spent on it, which predict jobs of the same kind.
        """
        if left_of_job is None:
            return None
        took = {self._method(job).name: spent + left_of_job} if spent else {}
        took = took | self.took
        left = left_of_job + (self.measuring if spent else 0.0)
        for ahead in self.jobs[self.jobs.index(job) + 1 :]:
            cached = self.bench.method_results.get(self._key(ahead)) is not None
            seconds = 0.0 if cached else took.get(self._method(ahead).name)
            if seconds is None:
                return None
            left += seconds + self.measuring
        return left
