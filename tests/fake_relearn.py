"""Relearn test of ``fakes.FakeService``: curves as of a model that only hid what it had memorised."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dlfd_core.errors import RunCancelled
from dlfd_core.types import (
    MODELS,
    RELEARN_SOURCES,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    ModelName,
    RelearnCurve,
    RelearnEvent,
    RelearnPoint,
    RelearnReport,
    RelearnSide,
    ReportReady,
)

STEPS, EVERY = 40, 10
#: Model -> signed AUC before and after relearning.
MOVES: dict[ModelName, tuple[float, float]] = {
    "original": (0.81, 0.82), "unlearned": (0.53, 0.71), "control": (0.58, 0.6), "retrained": (0.5, 0.55),
}  # fmt: skip


def make_curve(name: ModelName, lift: float, *, reference: bool) -> RelearnCurve:
    before, after = MOVES[name]
    after = min(1.0, after + lift)
    points = tuple(
        RelearnPoint(step, 0.6 + 0.005 * step, 0.9 - 0.01 * step, before + (after - before) * step / STEPS)
        for step in range(0, STEPS + 1, EVERY)
    )
    back = None if name == "original" else (after - before) / (MOVES["original"][0] - before)
    curve = RelearnCurve(points, (after - 0.06, after + 0.06), after - before, (0.1, 0.2), back)
    if not reference:
        return curve
    first, last = MOVES["retrained"]
    lead = after - last - lift
    return RelearnCurve(
        points, curve.interval, curve.gain, curve.gain_interval, back, before - first, (-0.02, 0.08), lead,
        (lead - 0.05, lead + 0.05), (before - first + lead) / 2,
    )  # fmt: skip


def make_relearn(report: ForgetReport, photos: int) -> RelearnReport:
    """A report whose every number follows from the run and the number of photos."""
    reference = "retrained" in report.scores
    sides = tuple(
        RelearnSide(
            source,
            {
                name: make_curve(name, 0.01 * i * photos, reference=reference)
                for name in MODELS
                if name in report.scores
            },
            "came_back" if reference else "no_reference",
            f"The memory <came> back, by {source}.",
        )
        for i, source in enumerate(RELEARN_SOURCES)
    )
    people = len(report.request.people)
    return RelearnReport(
        report.request, photos, people, 0, people * photos, people * (12 - photos), 80, True, STEPS, 0.0005, 64, sides,
        3.2,
    )  # fmt: skip


def fake_relearn(
    service: Any, request: ForgetRequest, photos: int, should_stop: Callable[[], bool]
) -> Iterator[RelearnEvent]:
    """Events of ``UnlearningService.relearn``: a run that is not cached is carried out first."""
    report: ForgetReport | None = service.cached_report(request)
    if report is None:
        for event in service.forget(request, should_stop):
            if isinstance(event, ReportReady):
                report = event.report
            else:
                yield event
    assert report is not None
    yield ForgetProgress("relearn", 0, service.steps, "Measuring before the first step")
    for step in range(1, service.steps + 1):
        service._wait(should_stop)
        if should_stop():
            raise RunCancelled("Cancelled.")
        yield ForgetProgress("relearn", step, service.steps, "Training on kept people only: the original model", 1.0)
    yield make_relearn(report, photos)
