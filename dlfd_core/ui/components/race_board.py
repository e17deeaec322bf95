"""Results of a race: the plane of utility and forgetting, and a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dlfd_core.types import (
    MEASURES,
    RACE_MEASURES,
    RACE_REFERENCE,
    VERDICT_WORDS,
    Estimate,
    MethodCard,
    RaceMeasure,
    RaceReport,
    RaceRow,
    Scores,
    VerdictLabel,
    better,
    format_score,
    heading,
)
from dlfd_core.ui.components.assets import script, templates
from dlfd_core.ui.components.base import Drawing
from dlfd_core.ui.components.race_marks import ORIGINAL, Mark, marks_of

EMPTY = "The results of a race will appear here: each method as a point, and as a row of numbers."

#: Column key -> cell.
Cells = dict[str, dict[str, Any]]


class RaceBoard(Drawing):
    """The component. Value: see ``board_value``; ``{}`` is empty."""

    def __init__(self, value: dict[str, Any] | None = None, **kwargs: Any):
        super().__init__(
            value=value or {},
            js_on_load=script("race_marks", "race_plane_labels", "race_plane", "race_table", "race_board", empty=EMPTY),
            **templates("race_board", "race_marks"),
            **kwargs,
        )


@dataclass(frozen=True)
class _Column:
    """Attributes:
    down: whether the first click sorts the largest to the top.
    note: small words below the title; by default the measure's goal.
    marked: whether the best mean of the methods is marked.
    """

    measure: RaceMeasure
    down: bool
    note: str = ""
    marked: bool = False

    def head(self) -> dict[str, Any]:
        """The head of the column, as the table's script takes it."""
        measure = MEASURES[self.measure]
        return {
            "key": self.measure,
            "title": heading(measure.title),
            "note": self.note or measure.goal(),
            "down": self.down,
        }


COLUMNS = (
    _Column("nomus", True, marked=True),
    _Column("utility", True, marked=True),
    _Column("forgetting_score", False, marked=True),
    _Column("mia_auc", True),
    _Column("forget_accuracy", False),
    _Column("seconds", False, "of forgetting"),
)
#: First column: the verdict, by which the table is sorted at first.
VERDICT = {"key": "verdict", "title": "Verdict", "note": "over all attacks", "down": True}
#: Column after the forgetting score: number of runs whose score is inside their null band. The published evaluation
#: knows no other test; the verdict is stricter.
INSIDE = {"key": "inside", "title": "Inside published band", "note": "of the forgetting score", "down": True}
EPOCHS = {"key": "epochs", "title": "Epochs", "note": "how often every photo is used", "down": False}


def board_value(report: RaceReport, cards: Sequence[MethodCard]) -> dict[str, Any]:
    """Value of ``RaceBoard`` for a race."""
    marks, titles = marks_of(cards), {card.name: card.title for card in cards}
    rows = [_row(row, report, titles.get(row.method, row.method), marks[row.method]) for row in report.rows]
    if report.original is not None and rows:
        rows.append(_original(report.original, marks[ORIGINAL]))
    _mark_best(rows)
    points = [_point(row, entry_points(report, row["method"])) for row in rows if row["cells"]]
    bands = [row.null_band for row in report.rows if row.null_band is not None]
    heads = [column.head() for column in COLUMNS]
    return {
        "columns": [VERDICT, *heads[:3], INSIDE, *heads[3:], EPOCHS],
        "rows": rows,
        "points": points,
        "band": sum(bands) / len(bands) if bands else None,
        "summary": " ".join(point["text"] for point in points),
    }


def entry_points(report: RaceReport, method: str) -> list[tuple[float, float]]:
    """(forgetting score, utility) of each run of a method, where there are several."""
    scored = [entry.scores for entry in report.entries if entry.method == method and entry.scores is not None]
    return [(scores.forgetting_score, scores.utility) for scores in scored] if len(scored) > 1 else []


def _cell(value: float, text: str, more: str = "") -> dict[str, Any]:
    """A cell: rows are sorted by ``value``; ``more`` is small print below the text."""
    return {"value": value, "text": text, "more": more}


def _estimate(name: RaceMeasure, estimate: Estimate) -> dict[str, Any]:
    more = "" if estimate.half_width is None else f"± {MEASURES[name].number(estimate.half_width)}"
    return _cell(estimate.mean, format_score(name, estimate.mean), more) | {"half": estimate.half_width}


def _row(row: RaceRow, report: RaceReport, title: str, mark: Mark) -> dict[str, Any]:
    cells: Cells = {name: _estimate(name, row.means[name]) for name in RACE_MEASURES if row.means}
    if row.inside is not None and row.null_band is not None:
        inside = round(row.inside * row.runs)
        if row.labels:
            cells["verdict"] = _verdict(row.labels)
        cells |= {"inside": _cell(row.inside, f"{inside} of {row.runs}", f"up to {row.null_band:.3f}")}
        whose = "as the original" if row.method == RACE_REFERENCE else "–"
        cells |= {"epochs": _cell(row.epochs or 0, str(row.epochs or whose))}
        budget, spent = report.request.budget, cells["seconds"]
        if budget is not None and row.method != RACE_REFERENCE and spent["value"] > 1.1 * budget:
            spent["more"] = ", ".join(filter(None, (spent["more"], "over budget")))
    return {
        "method": row.method,
        "kind": "reference" if row.method == RACE_REFERENCE else "method",
        "title": title,
        "mark": mark,
        "n": "1 seed" if row.runs == 1 else f"{row.runs} seeds",
        "cells": cells,
        "failure": _failure(row),
    }


def _verdict(labels: Sequence[VerdictLabel]) -> dict[str, Any]:
    """The most frequent verdict of the runs, the worse one of two; sorted by the share of runs that pass, then by how
    good the others are."""
    order = list(VERDICT_WORDS)
    common = max(order, key=lambda label: (labels.count(label), order.index(label)))
    passed = labels.count("not_distinguishable") / len(labels)
    rank = sum(map(order.index, labels)) / len(labels)
    more = "" if len(labels) == 1 else f"in {labels.count(common)} of {len(labels)} runs"
    others = [f"{VERDICT_WORDS[each]}: {labels.count(each)}" for each in order if each in labels and each != common]
    text = "; ".join([more, *others])
    return _cell(len(order) * passed - rank, VERDICT_WORDS[common], text) | {"label": common}


def _failure(row: RaceRow) -> str:
    """Sentence on failed runs, with each reason once."""
    if not row.failures:
        return ""
    reasons = " ".join(dict.fromkeys(row.failures))
    return f"{len(row.failures)} of {row.runs + len(row.failures)} runs failed. {reasons}"


def _original(scores: Scores, mark: Mark) -> dict[str, Any]:
    measured = [name for name in RACE_MEASURES if name != "seconds"]
    cells: Cells = {name: _estimate(name, Estimate(float(getattr(scores, name)))) for name in measured}
    band = scores.null_band[1]
    inside = scores.forgetting_score <= band
    cells["inside"] = _cell(float(inside), "yes" if inside else "no", f"up to {band:.3f}")
    return {
        "method": ORIGINAL,
        "kind": "original",
        "title": "Original",
        "mark": mark,
        "n": "before forgetting",
        "cells": cells,
        "failure": "",
    }


def _mark_best(rows: list[dict[str, Any]]) -> None:
    """Mark the best mean of each column among the methods; the reference and the original do not count."""
    for column in COLUMNS:
        cells = [row["cells"][column.measure] for row in rows if row["kind"] == "method" and row["cells"]]
        if column.marked and len(cells) > 1:
            for cell in cells:
                cell["best"] = not any(better(column.measure, other["value"], cell["value"]) for other in cells)


def _point(row: dict[str, Any], runs: list[tuple[float, float]]) -> dict[str, Any]:
    across, up = row["cells"]["forgetting_score"], row["cells"]["utility"]
    numbers = ", ".join(
        f"{MEASURES[name].title} {cell['text']}" + (f" {cell['more']}" if cell["half"] is not None else "")
        for name, cell in [("forgetting_score", across), ("utility", up), ("nomus", row["cells"]["nomus"])]
    )
    return {
        "method": row["method"],
        "kind": row["kind"],
        "title": row["title"],
        "mark": row["mark"],
        "x": across["value"],
        "y": up["value"],
        "dx": across["half"],
        "dy": up["half"],
        "runs": runs,
        "text": f"{row['title']}, {row['n']}: {numbers}.",
    }
