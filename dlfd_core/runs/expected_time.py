"""Expected seconds of a run before it starts, from optimiser steps measured on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median

from dlfd_core.data.people import draw_people
from dlfd_core.data.splits import TaskData, split_for
from dlfd_core.models.training import Phase, StepLog
from dlfd_core.runs.keys import ModelKey
from dlfd_core.runs.prepared_original import PreparedOriginal
from dlfd_core.runs.workbench import Workbench
from dlfd_core.types import MAX_LOOKS, ForgetRequest
from dlfd_core.unlearning import METHODS, UnlearningContext, configured_method
from dlfd_core.unlearning.recorder import Recorder

#: Optimiser steps that are timed, after those at the start that prepare the rest and take longer.
TIMED_STEPS, SKIPPED_STEPS = 8, 3
#: Inspections of the synthesis that are timed, each at a step of its own.
TIMED_LOOKS = 2
#: Live scores that are timed.
TIMED_SCORES = 2
#: Number of people in a first estimate.
PEOPLE = 20


@dataclass(frozen=True)
class Measured:
    """Seconds of the parts of a run.

    Attributes:
        step: one optimiser step alone. score: one live score.
        look: one inspection of the synthesis; 0 for a method without synthesis.
    """

    step: float
    score: float
    look: float

    def run(self, total: int, interval: int) -> float:
        """Seconds of a run of ``total`` steps, with a live score before it, every ``interval`` steps and at its end."""
        scores = 1 + -(-total // interval)
        return total * self.step + scores * self.score + min(MAX_LOOKS, total) * self.look


def expected_seconds(bench: Workbench, request: ForgetRequest, task: TaskData) -> float | None:
    """Seconds until the scores of a validated request that is not cached; None where something was never measured."""
    splits = split_for(task, request.people)
    methods = [configured_method(request)] + ([METHODS.get("retrain")()] if request.retrain else [])
    total = bench.times_of(request).ahead(["evaluate"])
    for method in methods:
        key = ModelKey.of(request, method)
        seconds = 0.0 if bench.method_results.get(key) else bench.step_seconds.expected(key, method, splits)
        if seconds is None or total is None:
            return None
        total += seconds
    return total


def usual_people(task: TaskData) -> tuple[str, ...]:
    """Ids of the people of a first estimate: ``PEOPLE``, or half of those who can be forgotten where they are fewer."""
    return draw_people(task, max(1, min(PEOPLE, len(task.training_people()) // 2)), seed=0)


def time_first_steps(bench: Workbench, prepared: PreparedOriginal, original: ForgetRequest) -> None:
    """Time the parts of a run of the default method at its first steps, for a first estimate; the model is dropped.

    Args:
        original: a request without people that names the data, task and network of ``prepared``.
    """
    task = prepared.spec.task
    request = replace(original, people=usual_people(task))
    splits, method = split_for(task, request.people), configured_method(request)
    total = method.planned_steps(len(splits.retain), len(splits.forget))
    assert total is not None  # the default method knows it
    context = prepared.context(splits, 0, lambda: None)
    parts = measure(context, method.run(context))
    seconds = parts.run(total, method.monitor_interval(total))
    bench.step_seconds.note(ModelKey.of(request, method), len(context.retain), total, seconds)


def measure(context: UnlearningContext, logs: Iterator[StepLog]) -> Measured:
    """Time the parts of a run at its first steps.

    How many steps of a run of DLFD synthesise photos depends on its live scores. Here they are set, so that half of the
    steps do so on any data.

    Args:
        logs: of the run on ``context``, which has not begun; it is not ended here.
    """
    first = _seconds_each(context, logs, SKIPPED_STEPS, forgotten=False)
    with_look, looks = [], 0
    for _ in range(TIMED_LOOKS):
        context.recorder = recorder = Recorder()  # with a new one the method inspects its synthesis at the next step
        recorder.watch(context.monitor.positions)
        with_look += _seconds_each(context, logs, 1, forgotten=False)
        looks += len(recorder.recording().looks)
    context.recorder = None
    # the median leaves out a step with a live score
    steps = [
        median(_seconds_each(context, logs, TIMED_STEPS // 2, forgotten=forgotten) or first or [0.0])
        for forgotten in (False, True)
    ]
    look = max(0.0, min(with_look) - steps[0]) if looks else 0.0  # the first one also loads what all need
    return Measured(sum(steps) / 2, min(_score_seconds(context) for _ in range(TIMED_SCORES)), look)


def _seconds_each(context: UnlearningContext, logs: Iterator[StepLog], count: int, *, forgotten: bool) -> list[float]:
    """Seconds of each of the next ``count`` steps; fewer where the run ends before.

    Args:
        forgotten: whether the live score says that an attacker cannot tell any more.
    """
    seconds = []
    for _ in range(count):
        point = context.monitor.latest
        if point is not None:
            context.monitor.latest = replace(point, forgetting_score=0.0 if forgotten else 0.5, auc=1.0)
        started = time.monotonic()
        if next(logs, None) is None:
            break
        seconds.append(time.monotonic() - started)
    return seconds


def _score_seconds(context: UnlearningContext) -> float:
    started = time.monotonic()
    context.monitor.observe(context.model, 0, Phase("original"))
    return time.monotonic() - started
