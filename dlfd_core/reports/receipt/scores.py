"""The table of scores of a receipt: a row per score, a column per model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from dlfd_core.reports.receipt.blocks import Table, number, with_span
from dlfd_core.types import MEASURES, SCORES, Audit, Measure, Scores, interval_of

#: Of a model: those of a run, or those of a sequence.
Name = TypeVar("Name", bound=str)


def score_table(
    caption: str, titles: Mapping[Name, str], scores: Mapping[Name, Scores], audits: Mapping[Name, Audit] | None = None
) -> Table:
    """Scores by model, with intervals in brackets where its audit has some.

    Args:
        titles: of the models, by their names.
    """

    def cell(measure: Measure, name: Name) -> str:
        interval = interval_of(measure.name, (audits or {}).get(name))
        return with_span(getattr(scores[name], measure.name), interval)

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
    return f"{number(ends[0])} to {number(ends[1])}"
