"""Schema of the relearn test and the sequence of a receipt: the checked fields, with their types and sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field, field_validator

from dlfd_core.errors import InvalidRequest
from dlfd_core.reports.follow_ups import relearn_json, sequence_json
from dlfd_core.types import (
    MAX_REQUESTS,
    MIN_REQUESTS,
    RELEARN_PHOTOS,
    RELEARN_SOURCES,
    ForgetRequest,
    ModelName,
    RelearnOutcome,
    RelearnReport,
    RelearnSource,
    SequenceModel,
    SequenceReport,
    SequenceRequest,
    finite_values,
)
from dlfd_core.verify.fields import Count, Name, Part, ReceiptScores, Score, Values

#: Largest number of measurements of a model while it relearns; the test itself takes seven.
MOST_MEASUREMENTS = 100

Group = Annotated[list[Name], Field(min_length=1, max_length=100_000)]


class _Point(Part):
    step: Count
    accuracy: Score
    auc: Score


class _Curve(Part):
    points: Annotated[list[_Point], Field(min_length=1, max_length=MOST_MEASUREMENTS)]

    @field_validator("points")
    @classmethod
    def _in_order(cls, points: list[_Point]) -> list[_Point]:
        """Refuse two points at the same step: only one of them would be compared."""
        steps = [point.step for point in points]
        if steps != sorted(set(steps)):
            raise ValueError("the steps do not go up")
        return points


class _Side(Part):
    source: RelearnSource
    curves: dict[ModelName, _Curve]
    outcome: RelearnOutcome


class ReceiptRelearn(Part):
    """The relearn test. Its findings, and values computed from the curves, are for human readers and are ignored."""

    photos: Annotated[int, Field(ge=RELEARN_PHOTOS[0], le=RELEARN_PHOTOS[1])]
    people: Count
    left_out: Count
    shown: Count
    measured: Count
    strangers: Count
    sides: Annotated[list[_Side], Field(min_length=1, max_length=len(RELEARN_SOURCES))]

    @field_validator("sides")
    @classmethod
    def _once(cls, sides: list[_Side]) -> list[_Side]:
        if len({side.source for side in sides}) < len(sides):
            raise ValueError("a source is there twice")
        return sides

    @classmethod
    def of(cls, report: RelearnReport) -> ReceiptRelearn:
        return cls.model_validate(finite_values(relearn_json(report)))

    def values(self) -> Values:
        """Signed AUC and accuracy by source, model and step."""
        values: Values = {}
        for side in self.sides:
            for name, curve in side.curves.items():
                for point in curve.points:
                    prefix = f"relearn {side.source}, {name}, step {point.step}"
                    values |= {f"{prefix}, auc": point.auc, f"{prefix}, accuracy": point.accuracy}
        return values

    def labels(self) -> dict[str, str]:
        """Values that must be exactly equal: the outcome by source, and the numbers of people and photos."""
        counts = ("people", "left_out", "shown", "measured", "strangers")
        labels = {f"relearn, {name}": str(getattr(self, name)) for name in counts}
        return labels | {f"relearn {side.source}, outcome": side.outcome for side in self.sides}


class _Step(Part):
    scores: dict[SequenceModel, ReceiptScores]
    groups: Annotated[list[ReceiptScores], Field(max_length=MAX_REQUESTS)]


class ReceiptSequence(Part):
    """The sequence. Its drift and its finding are for human readers and are ignored."""

    groups: Annotated[list[Group], Field(min_length=MIN_REQUESTS, max_length=MAX_REQUESTS)]
    retrain: bool
    steps: Annotated[list[_Step], Field(max_length=MAX_REQUESTS)]

    @classmethod
    def of(cls, report: SequenceReport) -> ReceiptSequence:
        return cls.model_validate(finite_values(sequence_json(report)))

    def request(self, run: ForgetRequest) -> SequenceRequest:
        """The sequence of a run, not yet validated. Raises ``InvalidRequest`` where it begins with other people.

        Args:
            run: validated.
        """
        first, *then = (tuple(sorted(set(group))) for group in self.groups)
        if first != run.people:
            raise InvalidRequest("The receipt's sequence does not begin with the people of its run.")
        return SequenceRequest(replace(run, retrain=self.retrain, control=False), tuple(then))

    def values(self) -> Values:
        """Scores after each request by model, and those of each request by itself."""
        values: Values = {}
        for number, step in enumerate(self.steps, 1):
            alone = [(f"request {i}", scores) for i, scores in enumerate(step.groups, 1)]
            for name, scores in [*step.scores.items(), *alone]:
                prefix = f"after request {number}, {name}"
                values |= {f"{prefix}, {field}": value for field, value in scores.flat().items()}
        return values
