"""Sequence of ``fakes.FakeService``: real events and reports whose numbers follow from the request."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from dlfd_core.errors import Diverged, InvalidRequest
from dlfd_core.types import (
    DataCounts,
    Drift,
    ForgetProgress,
    Scores,
    SequenceEvent,
    SequenceModel,
    SequenceReport,
    SequenceRequest,
    SequenceStep,
)
from tests.fake_race import make_scores


def fake_step(request: SequenceRequest, number: int, photos_each: int, names: int) -> SequenceStep:
    """A step of the sequence: the sequential model drifts a little further with each."""
    ours = make_scores(0.86 - 0.02 * number, 0.52 + 0.01 * number, 0.52 + 0.015 * number)
    scores: dict[SequenceModel, Scores] = {
        "original": make_scores(0.88, 0.71, 0.78, 0.99),
        "sequential": ours,
        "one_shot": ours if number == 0 else make_scores(0.86 - 0.005 * number, 0.52, 0.51),
    }
    if request.base.retrain:
        scores["retrained"] = make_scores(0.87 - 0.004 * number, 0.505, 0.5)
    drift = {
        name: Drift(
            ours.utility - other.utility,
            ours.forgetting_score - other.forgetting_score,
            ours.nomus - other.nomus,
            0.04 * number,
            0.06 * number,
        )
        for name, other in scores.items()
        if name not in ("original", "sequential")
    }
    groups = tuple(replace(ours, mia_auc=0.5 + 0.04 * (number - i), auc_band=(0.43, 0.57)) for i in range(number + 1))
    gone = len(request.so_far(number))
    people = {"retain": names - gone, "forget": gone, "validation": 4, "unseen": 6}
    counts = DataCounts(people, {name: count * photos_each for name, count in people.items()})
    seconds: dict[SequenceModel, float] = {name: 4.0 + number for name in scores if name != "original"}
    return SequenceStep(request.groups[number], counts, scores, groups, drift, seconds)


def fake_sequence(service: Any, request: SequenceRequest, should_stop: Callable[[], bool]) -> Iterator[SequenceEvent]:
    """Events of ``UnlearningService.sequence``: one step after another, a report after each."""
    from tests.fakes import CRASH_SEED, PHOTOS_EACH

    everybody = request.so_far(len(request.groups))
    if len(set(everybody)) < len(everybody):
        raise InvalidRequest("Somebody is in two requests; everybody is forgotten once.")
    service._check(replace(request.base, people=everybody))
    cards = service.catalog().data[0].people
    names = {person.id: person.name for person in cards}
    steps: list[SequenceStep] = []
    for number in range(len(request.groups)):
        for done in range(1, service.steps + 1):
            service._wait(should_stop)
            if request.base.seed == CRASH_SEED:
                raise RuntimeError("the path /secret/place is broken")
            message = f"Request {number + 1} of {len(request.groups)}: forgetting with DLFD"
            yield ForgetProgress("unlearn", done, service.steps, message, 12.0 - number)
        if request.base.method == "diverging" and number:
            raise Diverged(f"Request {number + 1}: the loss stopped being a number.")
        steps.append(fake_step(request, number, PHOTOS_EACH, len(cards)))
        yield SequenceReport(
            request,
            tuple(tuple(names[person] for person in group) for group in request.groups),
            tuple(steps),
            f"Forgotten in {len(steps)} requests, nobody forgotten earlier comes back.",
        )
