"""Score table of the receipt: a row per score, a column per model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from dlfd_core.reports.receipt.blocks import Table, number, with_interval
from dlfd_core.types import MEASURES, SCORES, Audit, Measure, Scores, interval_of

#: Name of a model of a run or of a sequence.
Name = TypeVar("Name", bound=str)


def score_table(
    caption: str, titles: Mapping[Name, str], scores: Mapping[Name, Scores], audits: Mapping[Name, Audit] | None = None
) -> Table:
    """Scores by model, with intervals in brackets if the model has an audit.

    Args:
        titles: of the models, by their names.
    """

    def cell(measure: Measure, name: Name) -> str:
        interval = interval_of(measure.name, (audits or {}).get(name))
        return with_interval(getattr(scores[name], measure.name), interval)

    measures = [MEASURES[name] for name in SCORES]
    rows = [(_row_title(measure), *(cell(measure, name) for name in scores)) for measure in measures]
    rows += [
        (f"{measure.title} by chance", *(band(getattr(scores[name], measure.band)) for name in scores))
        for measure in measures
        if measure.band
    ]
    return Table(caption, ("score", *(titles[name] for name in scores)), tuple(rows))


def _row_title(measure: Measure) -> str:
    """The title and, for readers without the page's glossary, what it is or which values are good."""
    return f"{measure.title} ({measure.explanation or measure.goal(fraction=True)})"


def band(ends: tuple[float, float]) -> str:
    """A range as text, ``0.412 to 0.538``."""
    return f"{number(ends[0])} to {number(ends[1])}"
