"""Reader of the race form: unchecked values to a request; and the finished example as a race."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import (
    MAX_RACE_SEEDS,
    RACE_MEASURES,
    RACE_REFERENCE,
    Estimate,
    ForgetReport,
    KnobValue,
    MethodCard,
    ModelName,
    RaceEntry,
    RaceReport,
    RaceRequest,
    RaceRow,
)

#: Methods chosen when the page opens, where the service has them.
FAVOURITES = ("dlfd", "control", "fine_tune", "neg_grad", RACE_REFERENCE)
#: Seeds and seconds when the page opens; with fewer than three seeds the interval is not useful.
SEEDS, BUDGET = 3, 10.0


@dataclass(frozen=True)
class RaceWishes:
    """Values of the form as the browser sent them, unchecked.

    Attributes:
        budgeted: whether ``budget`` is used.
    """

    people: Sequence[str]
    task: str
    methods: object
    seeds: object = SEEDS
    budgeted: object = False
    budget: object = None


def favourites(cards: Sequence[MethodCard]) -> list[str]:
    """The methods that are chosen when the page opens."""
    names = [card.name for card in cards]
    return [name for name in FAVOURITES if name in names] or names[:1]


def read_race(wishes: RaceWishes, data: str, backbone: str) -> RaceRequest:
    """The request in the form; the service checks names and ranges. Raises ``InvalidRequest``."""
    methods = wishes.methods
    if not isinstance(methods, list | tuple) or not all(isinstance(name, str) for name in methods):
        raise InvalidRequest("The methods must be a list of their names.")
    budget = read_number(wishes.budget, "The time budget must be a number of seconds.") if wishes.budgeted else None
    seeds = read_number(wishes.seeds, f"The number of seeds must be a whole number from 1 to {MAX_RACE_SEEDS}.")
    if seeds != int(seeds):
        raise InvalidRequest(f"The number of seeds must be a whole number from 1 to {MAX_RACE_SEEDS}.")
    people = tuple(sorted(set(wishes.people)))
    return RaceRequest(people, data, wishes.task, backbone, tuple(methods), int(seeds), budget)


def read_number(value: object, sentence: str) -> float:
    """The value as a float. Raises ``InvalidRequest`` with the sentence for anything but a finite number."""
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise InvalidRequest(sentence)


def example_race(report: ForgetReport, presets: Mapping[str, dict[str, KnobValue]]) -> RaceReport:
    """The race of one seed that a run, its control and its retrained model form.

    Args:
        presets: method -> a value for every knob.
    """
    lanes: tuple[tuple[ModelName, str, float], ...] = (
        ("unlearned", report.request.method, report.seconds.unlearn),
        ("control", "control", report.seconds.control),
        ("retrained", RACE_REFERENCE, report.seconds.retrain),
    )
    entries = tuple(
        RaceEntry(
            replace(report.request, method=method, retrain=False, control=False),
            tuple((presets[method] | (dict(report.request.knobs) if model == "unlearned" else {})).items()),
            report.scores[model],
            seconds,
            label=report.labels.get(model),
        )
        for model, method, seconds in lanes
        if model in report.scores and method in presets
    )
    run = report.request
    request = RaceRequest(run.people, run.data, run.task, run.backbone, tuple(entry.method for entry in entries))
    return RaceReport(request, entries, tuple(map(_row, entries)), report.scores["original"], report.data)


def _row(entry: RaceEntry) -> RaceRow:
    """The row of a method with one run, without intervals."""
    scores = entry.scores
    assert scores is not None  # every model of a report has scores
    values = {name: entry.seconds if name == "seconds" else float(getattr(scores, name)) for name in RACE_MEASURES}
    means = {name: Estimate(value) for name, value in values.items()}
    inside = float(scores.forgetting_score <= scores.null_band[1])
    labels = () if entry.label is None else (entry.label,)
    return RaceRow(entry.method, 1, means, scores.null_band[1], inside, entry.epochs, labels=labels)
