"""Scores and race of ``fakes.FakeService``: real events and rows, from runs that train nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from dlfd_core.errors import Diverged, InvalidRequest, UnknownName
from dlfd_core.types import (
    RACE_MEASURES,
    RACE_REFERENCE,
    CachedReport,
    Estimate,
    ForgetEvent,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    RaceEntry,
    RaceEvent,
    RaceProgress,
    RaceReport,
    RaceRequest,
    RaceRow,
    ReportReady,
    Scores,
)

#: Method -> utility and MIA accuracy after unlearning.
TRACK = {
    "dlfd": (0.86, 0.52), "control": (0.84, 0.57), "retrain": (0.87, 0.51), "fine_tune": (0.855, 0.535),
    "neg_grad": (0.78, 0.61), "neg_grad_plus": (0.83, 0.545), "random_labels": (0.815, 0.44), "cf-k": (0.865, 0.64),
    "eu-k": (0.85, 0.63), "unsir": (0.825, 0.55), "bad_teacher": (0.84, 0.46), "scrub": (0.858, 0.528),
}  # fmt: skip


def make_scores(utility: float, mia: float, auc: float, forget: float = 0.9) -> Scores:
    score = abs(mia - 0.5)
    return Scores(
        retain_accuracy=0.99, forget_accuracy=forget, validation_accuracy=0.87, unseen_accuracy=utility,
        utility=utility, mia_accuracy=mia, mia_auc=auc, forgetting_score=score, null_band=(0.0, 0.06),
        auc_band=(0.44, 0.56), nomus=(utility + 1 - 2 * score) / 2,
    )  # fmt: skip


def track_scores(method: str, seed: int) -> Scores:
    """Scores of a method: those of ``TRACK`` for seed 0, close to them for other seeds."""
    utility, mia = TRACK.get(method, TRACK["dlfd"])
    if seed:
        jitter = np.random.default_rng((seed, len(method))).normal(0, 0.008, 2)
        utility, mia = utility + float(jitter[0]), mia + float(jitter[1])
    return make_scores(utility, mia, (1 + mia) / 3 + 0.003, 0.6 + mia / 2)


def fake_race(service: Any, request: RaceRequest, should_stop: Callable[[], bool]) -> Iterator[RaceEvent]:
    """Events of a race as ``UnlearningService.race`` yields them: one run after another, a report after each."""
    if not request.methods:
        raise InvalidRequest("No method is chosen; choose at least one.")
    known = [card.name for card in service.catalog().methods]
    for name in request.methods:
        if name not in known:
            raise UnknownName("method", name, known)
    service._check(ForgetRequest(request.people, task=request.task))
    entries: list[RaceEntry] = []
    last: ForgetReport | None = None
    for number, (method, seed) in enumerate(request.runs):
        epochs = 3 if request.budget is not None and method != RACE_REFERENCE else None
        said = RaceProgress(method, seed, number, ForgetProgress("load", 0, 1, "Starting"), epochs=epochs)
        yield said
        knobs: tuple[tuple[str, Any], ...] = () if epochs is None else (("epochs", epochs),)
        run = ForgetRequest(request.people, request.data, request.task, method=method, seed=seed, knobs=knobs)
        events: Iterator[ForgetEvent] = iter([CachedReport(service.memory[run])] if run in service.memory else ())
        if run not in service.memory:
            events = service.forget(run, should_stop)
        try:
            for event in events:
                if isinstance(event, ReportReady):
                    last = event.report
                    continue
                left = None if event.seconds_left is None else event.seconds_left + 2.0
                trial = epochs is not None and seed == 0 and event.done < 3
                yield RaceProgress(method, seed, number, event, trial, epochs, left)
        except Diverged as error:
            entries.append(RaceEntry(run, (("epochs", epochs or 1),), None, failure=str(error)))
        else:
            assert last is not None
            scores = last.scores["unlearned"]
            spent, label = 4.0 + seed / 10 + len(method) / 4, last.labels["unlearned"]
            entries.append(RaceEntry(run, (("epochs", epochs or 1),), scores, spent, label=label))
        original, data = (None, None) if last is None else (last.scores["original"], last.data)
        yield RaceReport(request, tuple(entries), fake_rows(request, entries), original, data)


def fake_rows(request: RaceRequest, entries: Sequence[RaceEntry]) -> tuple[RaceRow, ...]:
    """Means over seeds, with twice the standard deviation as half width of the interval."""
    rows = []
    for method in dict.fromkeys(method for method, _ in request.runs):
        mine = [entry for entry in entries if entry.method == method]
        scored = [(entry.scores, entry.seconds) for entry in mine if entry.scores is not None]
        failures = tuple(entry.failure for entry in mine if entry.failure)
        if not mine:
            continue
        if not scored:
            rows.append(RaceRow(method, 0, {}, epochs=mine[0].epochs, failures=failures))
            continue
        means = {}
        for measure in RACE_MEASURES:
            values = [spent if measure == "seconds" else getattr(scores, measure) for scores, spent in scored]
            mean, half = float(np.mean(values)), 2 * float(np.std(values))
            several = len(values) > 1
            means[measure] = Estimate(mean, mean - half, mean + half, len(values)) if several else Estimate(mean)
        inside = float(np.mean([scores.forgetting_score <= scores.null_band[1] for scores, _ in scored]))
        band = float(np.mean([scores.null_band[1] for scores, _ in scored]))
        labels = tuple(entry.label for entry in mine if entry.label is not None)
        rows.append(RaceRow(method, len(scored), means, band, inside, mine[0].epochs, failures, labels))
    return tuple(rows)
