"""Tables of the studies: rows of mean scores over many runs as Markdown and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dlfd_core.benchmark.campaign import Campaign
from dlfd_core.benchmark.cells import Cell
from dlfd_core.benchmark.rows import passes
from dlfd_core.metrics.intervals import estimate, paired, signed, verdict
from dlfd_core.types import MEASURES, Estimate, Share

#: Scores that are averaged over the runs of a row.
STUDY_SCORES = ("nomus", "utility", "forgetting_score", "mia_auc", "forget_accuracy", "retain_accuracy")


@dataclass(frozen=True)
class Row:
    """Scores of one method over its runs.

    Attributes:
        measures: by the names of ``STUDY_SCORES``.
        inside: share of runs whose forgetting score lies in its null band.
        passed: share of runs that pass the strict verdict, see ``rows.passes``; None where no run has one.
        against: NoMUS minus that of the reference row, run by run; None in the reference row itself.
        diverged: number of runs without a model, which are in no mean.
    """

    name: str
    measures: dict[str, Estimate]
    inside: float
    seconds: float
    against: Estimate | None
    diverged: int
    passed: Share | None = None

    @property
    def comparison(self) -> str:
        """``ahead``, ``behind`` or ``open``; empty in the reference row."""
        return "" if self.against is None else verdict(self.against)


def summarise(campaign: Campaign, name: str, cells: Sequence[Cell], view: str, reference: Sequence[Cell] = ()) -> Row:
    """A row from finished cells; ``reference`` has the same picks and seeds in the same order."""
    results = [campaign[cell] for cell in cells]
    finished = [i for i, result in enumerate(results) if "diverged" not in result]
    scores = [results[i]["scores"][view] for i in finished]
    if not scores:
        raise ValueError(f"all runs of {name} diverged")
    against = None
    if reference:
        both = [i for i in finished if "diverged" not in campaign[reference[i]]]
        against = paired(
            [results[i]["scores"][view]["nomus"] for i in both],
            [campaign[reference[i]]["scores"][view]["nomus"] for i in both],
        )
    return Row(
        name=name,
        measures={measure: estimate([score[measure] for score in scores]) for measure in STUDY_SCORES},
        inside=sum(score["forgetting_score"] <= score["null_band"][1] for score in scores) / len(scores),
        seconds=estimate([results[i]["seconds"] for i in finished]).mean,
        against=against,
        diverged=len(results) - len(finished),
        passed=passes([results[i] for i in finished], view),
    )


def original_row(campaign: Campaign, cells: Sequence[Cell], view: str) -> Row:
    """A row of the original, from the same runs."""
    results = [campaign[cell] for cell in cells if "original" in campaign[cell]]
    scores = [result["original"][view] for result in results]
    inside = sum(score["forgetting_score"] <= score["null_band"][1] for score in scores) / len(scores)
    measures = {measure: estimate([score[measure] for score in scores]) for measure in STUDY_SCORES}
    return Row("original", measures, inside, 0.0, None, 0, passes(results, view, "original"))


def as_markdown(rows: Sequence[Row], reference: str) -> str:
    """The rows as a Markdown table: means with the half width of their 95 % interval."""
    nomus, utility, score, forget, seconds = (
        MEASURES[name].title for name in ("nomus", "utility", "forgetting_score", "forget_accuracy", "seconds")
    )
    header = ["", "passes the verdict", nomus, utility, score, "inside null band", forget]
    header += [f"{nomus} against {reference}", seconds]
    lines = ["| " + " | ".join(header) + " |", "| " + " | ".join(["---"] * len(header)) + " |"]
    for row in rows:
        measures = row.measures
        against = "" if row.against is None else signed(row.against)
        note = f" ({row.diverged} diverged)" if row.diverged else ""
        cells = [
            row.name + note, "" if row.passed is None else str(row.passed),
            str(measures["nomus"]), str(measures["utility"]), str(measures["forgetting_score"]),
            f"{row.inside:.0%}", str(measures["forget_accuracy"]), against, f"{row.seconds:.0f}" if row.seconds else "",
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """The rows as JSON values."""
    return [asdict(row) | {"says": row.comparison} for row in rows]


def save(path: Path, document: Any) -> None:
    """Write a JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
