"""One request being carried out: load, unlearn, retrain where asked, measure, draw the map, run the control."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, get_args

from dlfd_core.artifacts import weights_hash
from dlfd_core.backbones import Backbone
from dlfd_core.data.forget_sets import shown_names
from dlfd_core.data.splits import Splits, TaskData, split_for
from dlfd_core.errors import Diverged, InvalidRequest
from dlfd_core.feature_map.points import map_points
from dlfd_core.metrics.audit import Auditor, layer_sample
from dlfd_core.metrics.classes import set_matrices
from dlfd_core.metrics.evaluate import evaluate
from dlfd_core.metrics.verdict import decide
from dlfd_core.models.outputs import Outputs
from dlfd_core.reports.build import (
    caveats_of,
    listed_predictions,
    request_key,
    set_losses,
    software_versions,
)
from dlfd_core.runs.prepared_original import PreparedOriginal
from dlfd_core.runs.progress import StageClock
from dlfd_core.runs.workbench import Made, Workbench
from dlfd_core.types import (
    MODELS,
    Audit,
    CurvePoint,
    ForgetEvent,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    MappedModel,
    MapPoints,
    ModelName,
    Scores,
    Seconds,
    Stage,
)
from dlfd_core.unlearning import METHODS, UnlearningContext, UnlearningMethod
from dlfd_core.unlearning.control import schedule_of
from dlfd_core.unlearning.recorder import Recorder, Recording


def method_of(request: ForgetRequest) -> UnlearningMethod[Any]:
    """The method with the settings a request asks for. Raises ``DlfdError`` for bad ones."""
    method = METHODS.get(request.method)
    return method(method.preset(request.preset, request.data, request.task) | dict(request.knobs))


def made_key(request: ForgetRequest, method: UnlearningMethod[Any]) -> tuple[object, ...]:
    """What determines a model that a method makes for a request."""
    where = (request.data, request.task, request.backbone, request.weights, request.device)
    return (*where, request.people, request.seed, type(method), method.config)


def make(
    bench: Workbench,
    key: object,
    method: UnlearningMethod[Any],
    begin: Callable[[], UnlearningContext],
    clock: StageClock,
) -> Generator[ForgetProgress, None, Made]:
    """The model a method makes: once per key, then known.

    Args:
        begin: gives what the method starts from; not asked where the model is known.
    """
    known = bench.made.get(key)
    if known is not None:
        return known
    context, curve = begin(), list[CurvePoint]()
    context.recorder = recorder = Recorder()
    for log in method.run(context):
        event = clock.event(log)
        if event.point is not None:
            curve.append(event.point)
        yield event
    model = context.model.eval()
    model.zero_grad(set_to_none=True)  # a model that is kept for others would hold the last step's as well
    return bench.made.put(key, Made(model, clock.close(), tuple(curve), recorder.recording()))


class ForgetRun:
    """Carries out a request step by step; everything it needs from other requests is on the workbench.

    Args:
        request: in canonical form.
    """

    def __init__(
        self, bench: Workbench, request: ForgetRequest, task: TaskData, raise_if_cancelled: Callable[[], None]
    ):
        self.bench, self.request, self.task, self.raise_if_cancelled = bench, request, task, raise_if_cancelled
        self.splits: Splits = split_for(task, request.people)
        self.method = method_of(request)
        self.seconds = Seconds()
        self.curve: tuple[CurvePoint, ...] = ()
        self.recording = Recording()

    def events(self) -> Generator[ForgetEvent, None, None]:
        started = time.monotonic()
        prepared = yield from self.bench.open(self.request, self.raise_if_cancelled)
        self.seconds = replace(self.seconds, load=time.monotonic() - started)
        self.auditor = Auditor(self.task, self.splits, prepared.outputs, prepared.bank)
        self.before = self._scores(prepared.outputs)
        yield ForgetProgress("load", 1, 1, "The original is ready", chance=self.before.null_band[1])

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
        yield report
        self.raise_if_cancelled()

        clock = self._clock("project", "Drawing the map", [])
        points = self._map(prepared, outputs)
        self.seconds = replace(self.seconds, project=clock.close(), total=time.monotonic() - started)
        report = replace(report, points=points, seconds=self.seconds)
        yield report
        if self.request.control:
            self.raise_if_cancelled()
            report = yield from self._with_control(prepared, report)
            self.seconds = replace(self.seconds, total=time.monotonic() - started)
            yield replace(report, seconds=self.seconds)

    def _map(self, prepared: PreparedOriginal, outputs: Mapping[ModelName, Outputs]) -> MapPoints:
        drawn = {name: outputs[name] for name in get_args(MappedModel) if name in outputs}
        kept_last = getattr(self.method.config, "keep", "last") == "last"
        return map_points(
            self.task, self.splits, drawn, prepared.projection, prepared.sample, self.recording, kept_last=kept_last
        )

    def _clock(self, stage: Stage, message: str, after: list[Stage]) -> StageClock:
        return StageClock(stage, message, self.bench.typical, after)

    def _unlearn(self, prepared: PreparedOriginal, models: dict[ModelName, Backbone]) -> Iterator[ForgetEvent]:
        after: list[Stage] = ["retrain", "evaluate", "project"] if self.request.retrain else ["evaluate", "project"]
        clock = self._clock("unlearn", f"Forgetting with {self.method.title}", after)
        made = yield from self._make(self.method, prepared, clock)
        models["unlearned"], self.curve, self.recording = made.model, made.curve, made.recording
        self.seconds = replace(self.seconds, unlearn=made.seconds)

    def _retrain(self, prepared: PreparedOriginal, models: dict[ModelName, Backbone]) -> Iterator[ForgetEvent]:
        """The gold reference; the same people and seed need it only once, whatever the method."""
        clock = self._clock("retrain", "Retraining without them, as the reference", ["evaluate", "project"])
        made = yield from self._make(METHODS.get("retrain")(), prepared, clock)
        models["retrained"] = made.model
        self.seconds = replace(self.seconds, retrain=made.seconds)

    def _with_control(
        self, prepared: PreparedOriginal, report: ForgetReport
    ) -> Generator[ForgetProgress, None, ForgetReport]:
        """The report with the control beside the others; with a caveat instead where the control diverges."""
        method = METHODS.get("control")(schedule_of(self.method.settings()))
        clock = self._clock("control", "The same schedule without synthesised photos", [])
        try:
            made = yield from self._make(method, prepared, clock)
        except Diverged as error:
            return replace(report, caveats=(*report.caveats, f"There is no control beside this run: {error}"))
        self.seconds = replace(self.seconds, control=made.seconds)
        outputs = prepared.outputs_of(made.model, self.raise_if_cancelled)
        scores = report.scores | {"control": self._scores(outputs)}
        audits = report.audits | self._audits(prepared, {"control": outputs}, {"control": made.model})[0]
        losses = report.losses | {"control": set_losses(outputs, self.task, self.splits)}
        matrices = report.matrices | {"control": set_matrices(outputs, self.task, self.splits)}
        return replace(
            report,
            scores={name: scores[name] for name in MODELS if name in scores},
            losses={name: losses[name] for name in MODELS if name in losses},
            audits={name: audits[name] for name in MODELS if name in audits},
            matrices={name: matrices[name] for name in MODELS if name in matrices},
            hashes=report.hashes | {"control": weights_hash(made.model.state_dict())},
        )

    def _make(
        self, method: UnlearningMethod[Any], prepared: PreparedOriginal, clock: StageClock
    ) -> Generator[ForgetProgress, None, Made]:
        """A copy of the original after a method: run once per people, seed and settings, then known."""
        begin = partial(prepared.context, self.splits, self.request.seed, self.raise_if_cancelled)
        return (yield from make(self.bench, made_key(self.request, method), method, begin, clock))

    def _scores(self, outputs: Outputs) -> Scores:
        return evaluate(outputs, self.task.labels, self.task.data.person, self.splits)

    def _audits(
        self, prepared: PreparedOriginal, outputs: Mapping[ModelName, Outputs], models: dict[ModelName, Backbone]
    ) -> tuple[dict[str, Audit], tuple[str, ...]]:
        """Of each model; none, and a caveat, where no attack can be trained on these sets."""
        index = layer_sample(self.splits)
        self.auditor.layers.update({name: prepared.layers_of(model, index) for name, model in models.items()})
        try:
            return {name: self.auditor.audit(name, said) for name, said in outputs.items()}, ()
        except InvalidRequest as error:
            return {}, (f"Only the published scores could be measured: {error}",)

    def _report(
        self, prepared: PreparedOriginal, outputs: Mapping[ModelName, Outputs], models: dict[ModelName, Backbone]
    ) -> ForgetReport:
        task, splits, request = self.task, self.splits, self.request
        counts = splits.counts(task.data)
        scores: dict[str, Scores] = {
            name: self.before if name == "original" else self._scores(said) for name, said in outputs.items()
        }
        audits, unaudited = self._audits(prepared, outputs, models)
        rows, photos = listed_predictions(task, splits, outputs["original"], outputs["unlearned"])
        return ForgetReport(
            key=request_key(request, task.data.digest),
            request=request,
            names=shown_names(task.data, request.people),
            classes=task.classes,
            data=counts,
            scores=scores,
            verdict=decide(scores, counts, audits),
            losses={name: set_losses(said, task, splits) for name, said in outputs.items()},
            predictions=rows,
            photos=photos,
            curve=self.curve,
            points=None,
            seconds=self.seconds,
            caveats=caveats_of(task, request.method, scores, splits) + unaudited,
            versions=software_versions()
            | {"device": prepared.spec.compute.describe(), "weights": prepared.original.source},
            audits=audits,
            impact=self.auditor.impact(outputs["unlearned"]),
            hashes={name: weights_hash(model.state_dict()) for name, model in models.items()},
            matrices={name: set_matrices(said, task, splits) for name, said in outputs.items()},
            looks=self.recording.looks,
        )
