"""The results of a race: the plane of utility and forgetting, and the table beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from dlfd_core.types import RACE_REFERENCE, Estimate, Measure, MethodCard, RaceReport, RaceRow, Scores
from dlfd_core.ui.components.assets import script, templates
from dlfd_core.ui.components.base import Drawing
from dlfd_core.ui.components.race_marks import ORIGINAL, Mark, marks_of

EMPTY = "The results of a race stand here: each method as a point, and as a row of numbers."

#: By the key of its column.
Cells = dict[str, dict[str, Any]]


class RaceBoard(Drawing):
    """Value: what ``board_value`` makes; ``{}`` is empty."""

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
    show, spread: a mean, and a half width, as text.
    best: which of the methods' means is marked, if any.
    """

    measure: Measure
    title: str
    note: str
    down: bool
    show: Callable[[float], str]
    spread: Callable[[float], str]
    best: Callable[[list[float]], float] | None = None


def _decimal(value: float) -> str:
    return f"{value:.3f}"


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def _points(value: float) -> str:
    return f"{100 * value:.1f}"


def _seconds(value: float) -> str:
    return f"{value:.1f} s" if value < 100 else f"{value:.0f} s"


COLUMNS = (
    _Column("nomus", "NoMUS", "higher is better", True, _decimal, _decimal, max),
    _Column("utility", "Utility", "higher is better", True, _percent, _points, max),
    _Column("forgetting_score", "Forgetting score", "lower is better", False, _decimal, _decimal, min),
    _Column("mia_auc", "Signed AUC", "0.5 is ideal", True, _decimal, _decimal),
    _Column("forget_accuracy", "Forget accuracy", "as on strangers", False, _percent, _points),
    _Column("seconds", "Seconds", "of forgetting", False, _seconds, lambda half: f"{half:.1f}"),
)
#: Shown after the forgetting score, of whose runs it counts those inside their null band.
INSIDE = {"key": "inside", "title": "Inside chance", "note": "runs within their band", "down": True}
EPOCHS = {"key": "epochs", "title": "Epochs", "note": "passes over the photos", "down": False}


def board_value(report: RaceReport, cards: Sequence[MethodCard]) -> dict[str, Any]:
    """What ``RaceBoard`` shows of a race."""
    marks, titles = marks_of(cards), {card.name: card.title for card in cards}
    rows = [_row(row, report, titles.get(row.method, row.method), marks[row.method]) for row in report.rows]
    if report.original is not None and rows:
        rows.append(_original(report.original, marks[ORIGINAL]))
    _mark_best(rows)
    points = [_point(row, entry_points(report, row["method"])) for row in rows if row["cells"]]
    bands = [row.null_band for row in report.rows if row.null_band is not None]
    heads = [{"key": each.measure, "title": each.title, "note": each.note, "down": each.down} for each in COLUMNS]
    return {
        "columns": [*heads[:3], INSIDE, *heads[3:], EPOCHS],
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
    """``value`` is what is sorted by; ``more`` stands small below the text."""
    return {"value": value, "text": text, "more": more}


def _estimate(column: _Column, found: Estimate) -> dict[str, Any]:
    more = "" if found.half_width is None else f"± {column.spread(found.half_width)}"
    return _cell(found.mean, column.show(found.mean), more) | {"half": found.half_width}


def _row(row: RaceRow, report: RaceReport, title: str, mark: Mark) -> dict[str, Any]:
    cells: Cells = {column.measure: _estimate(column, row.means[column.measure]) for column in COLUMNS if row.means}
    if row.inside is not None and row.null_band is not None:
        inside = round(row.inside * row.runs)
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


def _failure(row: RaceRow) -> str:
    """Why there are fewer runs than seeds; each reason once."""
    if not row.failures:
        return ""
    reasons = " ".join(dict.fromkeys(row.failures))
    return f"{len(row.failures)} of {row.runs + len(row.failures)} runs failed. {reasons}"


def _original(scores: Scores, mark: Mark) -> dict[str, Any]:
    measured = [column for column in COLUMNS if column.measure != "seconds"]
    values = [(column, float(getattr(scores, column.measure))) for column in measured]
    cells: Cells = {column.measure: _estimate(column, Estimate(value)) for column, value in values}
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
    """The best mean of the methods alone; the reference and the original take no part."""
    for column in COLUMNS:
        cells = [row["cells"][column.measure] for row in rows if row["kind"] == "method" and row["cells"]]
        if column.best is not None and len(cells) > 1:
            first = column.best([cell["value"] for cell in cells])
            for cell in cells:
                cell["best"] = cell["value"] == first


def _point(row: dict[str, Any], runs: list[tuple[float, float]]) -> dict[str, Any]:
    across, up = row["cells"]["forgetting_score"], row["cells"]["utility"]
    said = ", ".join(
        f"{name} {cell['text']}" + (f" {cell['more']}" if cell["half"] is not None else "")
        for name, cell in [("forgetting score", across), ("utility", up), ("NoMUS", row["cells"]["nomus"])]
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
        "text": f"{row['title']}, {row['n']}: {said}.",
    }
