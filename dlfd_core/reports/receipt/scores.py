"""The table of scores of a receipt: a row per score, a column per model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from dlfd_core.reports.receipt.blocks import Table, number, span
from dlfd_core.types import Audit, Scores

#: Of a model: those of a run, or those of a sequence.
Name = TypeVar("Name", bound=str)
#: (title, field of ``Scores``, field of ``Audit`` with its interval)
ROWS = (
    ("utility (accuracy on unseen people)", "utility", "utility_interval"),
    ("accuracy, kept people", "retain_accuracy", ""),
    ("accuracy, forgotten people", "forget_accuracy", ""),
    ("accuracy, validation people", "validation_accuracy", ""),
    ("MIA accuracy (0.5 is a guess)", "mia_accuracy", ""),
    ("forgetting score (lower is better)", "forgetting_score", "forgetting_score_interval"),
    ("signed AUC (0.5 is no trace)", "mia_auc", ""),
    ("NoMUS (higher is better)", "nomus", "nomus_interval"),
)
#: (title, field) of the bands that chance alone fills.
BANDS = (("forgetting score by chance", "null_band"), ("signed AUC by chance", "auc_band"))


def score_table(
    caption: str, titles: Mapping[Name, str], scores: Mapping[Name, Scores], audits: Mapping[Name, Audit] | None = None
) -> Table:
    """Scores by model, with intervals in brackets where its audit has some.

    Args:
        titles: of the models, by their names.
    """

    def cell(name: Name, field: str, interval: str) -> str:
        audit = (audits or {}).get(name)
        more = span(getattr(audit, interval)) if audit is not None and interval else ""
        return f"{number(getattr(scores[name], field))} {more}".strip()

    rows = [(title, *(cell(name, field, interval) for name in scores)) for title, field, interval in ROWS]
    rows += [(title, *(band(getattr(scores[name], field)) for name in scores)) for title, field in BANDS]
    return Table(caption, ("score", *(titles[name] for name in scores)), tuple(rows))


def band(ends: tuple[float, float]) -> str:
    return f"{number(ends[0])} to {number(ends[1])}"
