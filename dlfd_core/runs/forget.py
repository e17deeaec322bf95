"""One forget request carried out: load, unlearn, retrain where requested, measure, draw the map, run the control."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, get_args

from dlfd_core.artifacts import weights_hash
from dlfd_core.backbones import Backbone
from dlfd_core.data.forget_sets import class_names, display_names
from dlfd_core.data.splits import Splits, TaskData, split_for
from dlfd_core.device import one_cpu_thread
from dlfd_core.errors import Diverged, DlfdError, InvalidRequest
from dlfd_core.feature_map.live import LiveFilm
from dlfd_core.feature_map.points import map_points
from dlfd_core.metrics.audit import Auditor
from dlfd_core.metrics.classes import confusion_by_set
from dlfd_core.metrics.evaluate import evaluate
from dlfd_core.metrics.verdict import Words, decide, labels_of
from dlfd_core.models.outputs import Outputs
from dlfd_core.reports.build import (
    caveats_of,
    listed_predictions,
    request_key,
    set_losses,
    software_versions,
)
from dlfd_core.runs.keys import ModelKey
from dlfd_core.runs.prepared_original import BeforeForgetting, PreparedOriginal
from dlfd_core.runs.progress import StageClock
from dlfd_core.runs.workbench import MethodResult, Workbench
from dlfd_core.types import (
    MODELS,
    Audit,
    ControlReady,
    CurvePoint,
    ForgetEvent,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    MappedModel,
    MapPoints,
    MapReady,
    ModelName,
    Scores,
    ScoresReady,
    Seconds,
    Stage,
    bank_command,
)
from dlfd_core.unlearning import METHODS, UnlearningContext, UnlearningMethod, configured_method
from dlfd_core.unlearning.control import schedule_of
from dlfd_core.unlearning.recorder import Recorder, Recording

log = logging.getLogger(__name__)

NO_MAP = "There is no map of this run: it could not be drawn on this machine; the details are in the log."


def run_method(
    bench: Workbench,
    key: ModelKey,
    method: UnlearningMethod[Any],
    make_context: Callable[[], UnlearningContext],
    clock: StageClock,
    film: LiveFilm | None = None,
) -> Generator[ForgetProgress, None, MethodResult]:
    """Run a method with its live curve and recording; a result in memory is returned at once.

    Args:
        make_context: makes what the method starts from; not called where the result is in memory.
        film: places the recorded frames on the map while the method runs.
    """
    cached = bench.method_results.get(key)
    if cached is not None:
        return cached
    context, curve = make_context(), list[CurvePoint]()
    context.recorder = recorder = Recorder()
    steps = 0
    for log in method.run(context):
        event, steps = clock.event(log), log.total
        if event.point is not None:
            curve.append(event.point)
            if film is not None:
                with one_cpu_thread():
                    event = replace(event, map_start=film.start(recorder), map_frame=film.frame(recorder))
        yield event
    model = context.model.eval()
    model.zero_grad(set_to_none=True)  # a cached model would hold the gradients of its last step as well
    seconds = clock.close()
    bench.step_seconds.note(key, len(context.retain), steps, seconds)
    return bench.method_results.put(key, MethodResult(model, seconds, tuple(curve), recorder.recording()))


class ForgetRun:
    """Carries out a forget request step by step; what other requests left for it is in the workbench's caches.

    Args:
        request: validated.

    Attributes:
        before: what was measured of the original.
    """

    def __init__(
        self, bench: Workbench, request: ForgetRequest, task: TaskData, raise_if_cancelled: Callable[[], None]
    ):
        self.bench, self.request, self.task, self.raise_if_cancelled = bench, request, task, raise_if_cancelled
        self.splits: Splits = split_for(task, request.people)
        self.method = configured_method(request)
        self.seconds = Seconds()
        self.curve: tuple[CurvePoint, ...] = ()
        self.recording = Recording()

    def events(self) -> Generator[ForgetEvent, None, None]:
        started = time.monotonic()
        prepared = yield from self.bench.prepare(self.request, self.raise_if_cancelled)
        self.seconds = replace(self.seconds, load=time.monotonic() - started)
        self.auditor = Auditor(self.task, self.splits, prepared.outputs, prepared.bank)
        self.before = self._before(prepared)
        yield ForgetProgress("load", 1, 1, "The original is ready", chance=self.before.scores.null_band[1])

        models: dict[ModelName, Backbone] = {"original": prepared.original.model}
        yield from self._unlearn(prepared, models)
        if self.request.retrain:
            yield from self._retrain(prepared, models)
        clock = self._clock("evaluate", "Measuring", ["project"])
        yield ForgetProgress("evaluate", 0, len(models), "Measuring accuracy and membership inference")
        outputs: dict[ModelName, Outputs] = {"original": prepared.outputs}
        outputs |= {
            name: prepared.outputs_of(model, self.raise_if_cancelled)
            for name, model in models.items()
            if name != "original"
        }
        report = self._report(prepared, outputs, models)
        self.seconds = replace(self.seconds, evaluate=clock.close(), total=time.monotonic() - started)
        report = replace(report, seconds=self.seconds)
        yield ScoresReady(report)
        self.raise_if_cancelled()

        clock = self._clock("project", "Drawing the map", [])
        points, note = self._map_or_note(prepared, outputs)
        self.seconds = replace(self.seconds, project=clock.close(), total=time.monotonic() - started)
        report = replace(report, points=points, seconds=self.seconds, caveats=(*report.caveats, *note))
        yield MapReady(report)
        if self.request.control:
            self.raise_if_cancelled()
            report = yield from self._with_control(prepared, report)
            self.seconds = replace(self.seconds, total=time.monotonic() - started)
            yield ControlReady(replace(report, seconds=self.seconds))

    def _map_or_note(
        self, prepared: PreparedOriginal, outputs: Mapping[ModelName, Outputs]
    ) -> tuple[MapPoints | None, tuple[str, ...]]:
        """The map; or None and a caveat: the scores do not need it."""
        try:
            return self._map(prepared, outputs), ()
        except (DlfdError, MemoryError):
            raise
        except Exception:
            log.exception("A map could not be drawn")
            return None, (NO_MAP,)

    def _map(self, prepared: PreparedOriginal, outputs: Mapping[ModelName, Outputs]) -> MapPoints:
        on_map = {name: outputs[name] for name in get_args(MappedModel) if name in outputs}
        with one_cpu_thread():
            return map_points(self.task, self.splits, on_map, prepared.projection, prepared.sample, self.recording)

    def _clock(self, stage: Stage, message: str, after: list[Stage]) -> StageClock:
        return StageClock(stage, message, self.bench.times_of(self.request), after)

    def _unlearn(self, prepared: PreparedOriginal, models: dict[ModelName, Backbone]) -> Iterator[ForgetEvent]:
        after: list[Stage] = ["retrain", "evaluate", "project"] if self.request.retrain else ["evaluate", "project"]
        clock = self._clock("unlearn", f"Forgetting with {self.method.title}", after)
        result = yield from self._run_method(self.method, prepared, clock, self._live_film(prepared))
        models["unlearned"], self.curve, self.recording = result.model, result.curve, result.recording
        self.seconds = replace(self.seconds, unlearn=result.seconds)

    def _retrain(self, prepared: PreparedOriginal, models: dict[ModelName, Backbone]) -> Iterator[ForgetEvent]:
        """Make the retrained model; the same people and seed need it only once, whatever the method."""
        clock = self._clock("retrain", "Retraining without them, as the reference", ["evaluate", "project"])
        result = yield from self._run_method(METHODS.get("retrain")(), prepared, clock)
        models["retrained"] = result.model
        self.seconds = replace(self.seconds, retrain=result.seconds)

    def _with_control(
        self, prepared: PreparedOriginal, report: ForgetReport
    ) -> Generator[ForgetProgress, None, ForgetReport]:
        """The report with the control model added; or with a caveat where the control diverges."""
        method = METHODS.get("control")(schedule_of(self.method.settings()))
        clock = self._clock("control", "The same schedule without synthesised photos", [])
        try:
            result = yield from self._run_method(method, prepared, clock)
        except Diverged as error:
            return replace(report, caveats=(*report.caveats, f"There is no control beside this run: {error}"))
        self.seconds = replace(self.seconds, control=result.seconds)
        outputs = prepared.outputs_of(result.model, self.raise_if_cancelled)
        scores = report.scores | {"control": self._scores(outputs)}
        audits = report.audits | self._audits(prepared, {"control": outputs}, {"control": result.model})[0]
        losses = report.losses | {"control": set_losses(outputs, self.task, self.splits)}
        matrices = report.matrices | {"control": confusion_by_set(outputs, self.task, self.splits)}
        return replace(
            report,
            scores={name: scores[name] for name in MODELS if name in scores},
            losses={name: losses[name] for name in MODELS if name in losses},
            audits={name: audits[name] for name in MODELS if name in audits},
            matrices={name: matrices[name] for name in MODELS if name in matrices},
            hashes=report.hashes | {"control": weights_hash(result.model.state_dict())},
        )

    def _live_film(self, prepared: PreparedOriginal) -> LiveFilm | None:
        """None where the projection is not fitted yet: the run does not wait for it."""
        if not prepared.can_project:
            return None
        return LiveFilm(self.task, self.splits, prepared.outputs, prepared.projection, prepared.sample)

    def _run_method(
        self,
        method: UnlearningMethod[Any],
        prepared: PreparedOriginal,
        clock: StageClock,
        film: LiveFilm | None = None,
    ) -> Generator[ForgetProgress, None, MethodResult]:
        """The model of a method that starts from a copy of the original: made once per people, seed and settings."""
        make_context = partial(prepared.context, self.splits, self.request.seed, self.raise_if_cancelled)
        return (yield from run_method(self.bench, ModelKey.of(self.request, method), method, make_context, clock, film))

    def _before(self, prepared: PreparedOriginal) -> BeforeForgetting:
        """What is known of the original from an earlier run with this pick, or its scores alone."""
        pick = (self.request.people, self.auditor.bank is not None)
        return prepared.before.get(pick) or prepared.before.put(pick, BeforeForgetting(self._scores(prepared.outputs)))

    def _scores(self, outputs: Outputs) -> Scores:
        return evaluate(outputs, self.task.labels, self.task.data.person, self.splits)

    def _audits(
        self, prepared: PreparedOriginal, outputs: Mapping[ModelName, Outputs], models: dict[ModelName, Backbone]
    ) -> tuple[dict[str, Audit], tuple[str, ...]]:
        """The audit of each model; none, and a caveat, where no attack can be trained on these sets."""
        auditor, before = self.auditor, self.before
        if before.layers is None:
            before.layers = prepared.layers_of(prepared.original.model, auditor.layer_sample)
        auditor.layers["original"] = before.layers
        for name, model in models.items():
            if name not in auditor.layers:
                auditor.layers[name] = prepared.layers_of(model, auditor.layer_sample)
        try:
            with one_cpu_thread():
                if before.audit is None:
                    before.audit = auditor.audit("original", prepared.outputs)
                original = replace(before.audit, cka=auditor.cka("original"))  # depends on the models of this run
                others = {name: auditor.audit(name, each) for name, each in outputs.items() if name != "original"}
                return {"original": original} | others, ()
        except InvalidRequest as error:
            return {}, (f"Only the published scores could be measured: {error}",)

    def _words(self) -> Words:
        """What the verdict's sentences depend on besides the numbers."""
        names = {person.id: person.name for person in self.task.data.people}
        return Words(self.splits.by_person, bank_command(self.request), names)

    def _report(
        self, prepared: PreparedOriginal, outputs: Mapping[ModelName, Outputs], models: dict[ModelName, Backbone]
    ) -> ForgetReport:
        task, splits, request = self.task, self.splits, self.request
        counts = splits.counts(task.data)
        scores: dict[str, Scores] = {
            name: self.before.scores if name == "original" else self._scores(each) for name, each in outputs.items()
        }
        audits, audit_caveats = self._audits(prepared, outputs, models)
        rows, photos = listed_predictions(task, splits, outputs["original"], outputs["unlearned"])
        return ForgetReport(
            key=request_key(request, task.data.digest),
            request=request,
            names=display_names(task.data, request.people),
            classes=class_names(task.data, request.task, task.classes),
            data=counts,
            scores=scores,
            verdict=decide(scores, counts, audits, self._words()),
            losses={name: set_losses(each, task, splits) for name, each in outputs.items()},
            predictions=rows,
            photos=photos,
            curve=self.curve,
            points=None,
            seconds=self.seconds,
            caveats=caveats_of(task, request.method, scores, splits, strict=prepared.bank is not None) + audit_caveats,
            versions=software_versions()
            | {"device": prepared.spec.compute.describe(), "weights": prepared.original.source},
            audits=audits,
            impact=self.auditor.impact(outputs["unlearned"]),
            hashes={name: weights_hash(model.state_dict()) for name, model in models.items()},
            matrices={name: confusion_by_set(each, task, splits) for name, each in outputs.items()},
            looks=self.recording.looks,
            labels=labels_of(scores, counts, audits),
        )
