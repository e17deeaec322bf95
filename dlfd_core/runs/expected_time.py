"""Expected seconds of a run before it starts, from optimiser steps measured on this machine."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import replace
from itertools import islice
from typing import cast

from dlfd_core.data.people import draw_people
from dlfd_core.data.splits import TaskData, split_for
from dlfd_core.models.training import StepLog
from dlfd_core.runs.keys import ModelKey
from dlfd_core.runs.prepared_original import PreparedOriginal
from dlfd_core.runs.workbench import Workbench
from dlfd_core.types import ForgetRequest
from dlfd_core.unlearning import METHODS, configured_method

#: Optimiser steps that are timed, after those at the start that prepare the rest and take longer.
TIMED_STEPS, SKIPPED_STEPS = 8, 3
#: Number of people in a first estimate.
PEOPLE = 20


def expected_seconds(bench: Workbench, request: ForgetRequest, task: TaskData) -> float | None:
    """Seconds until the scores of a validated request that is not cached; None where something was never measured."""
    splits = split_for(task, request.people)
    methods = [configured_method(request)] + ([METHODS.get("retrain")()] if request.retrain else [])
    total = bench.stage_times.ahead(["evaluate"])
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
    """Run and time the first optimiser steps of the default method, for a first estimate; the model is dropped.

    Args:
        original: a request without people that names the data, task and network of ``prepared``.
    """
    task = prepared.spec.task
    people = usual_people(task)
    request = replace(original, people=people)
    method, context = configured_method(request), prepared.context(split_for(task, people), 0, lambda: None)
    logs = cast(Generator[StepLog, None, None], method.run(context))
    for _ in islice(logs, SKIPPED_STEPS):
        pass
    started = time.monotonic()
    steps = sum(1 for _ in islice(logs, TIMED_STEPS))
    bench.step_seconds.note(ModelKey.of(request, method), len(context.retain), steps, time.monotonic() - started)
    logs.close()
