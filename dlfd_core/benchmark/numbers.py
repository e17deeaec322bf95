"""All numbers of a benchmark: the runs as CSV, and the rows of the tables as JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from dlfd_core.benchmark.campaign import Campaign
from dlfd_core.benchmark.plan import Plan
from dlfd_core.benchmark.published import SOURCE
from dlfd_core.benchmark.rows import ORIGINAL, ROW_SCORES, Line, originals
from dlfd_core.metrics.intervals import verdict
from dlfd_core.reports.build import software_versions
from dlfd_core.types import MEASURES, Estimate

_SCORES = (*ROW_SCORES, "unseen_accuracy")
_BANDS = tuple(MEASURES[name].band for name in _SCORES if MEASURES[name].band)
COLUMNS = (
    "data", "task", "backbone", "method", "preset", "people", "original", "pick", "seed", *_SCORES,
    *(f"{band}_{end}" for band in _BANDS for end in ("low", "high")), "seconds", "diverged", "verdict", "strict",
)  # fmt: skip


def as_csv(plan: Plan, campaign: Campaign) -> str:
    """The runs as CSV: one line per run, and one per pick for each original, which has no seed of a run."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    table.writeheader()
    table.writerows(_runs(plan, campaign))
    return text.getvalue()


def _runs(plan: Plan, campaign: Campaign) -> Iterator[dict[str, Any]]:
    """Values of each line of the CSV by column."""
    request = plan.request
    for backbone, entries in plan.entries.items():
        shared = {"data": request.data, "task": request.task, "backbone": backbone, "people": request.people}
        for (original, pick), measured in originals(campaign, entries).items():
            which = {"method": ORIGINAL, "original": original, "pick": pick}
            yield shared | which | _flat(measured["original"]["unseen"])
        for entry in entries:
            for cell in entry.cells:
                result = campaign[cell]
                run = {"method": entry.method, "preset": entry.preset, "original": cell.setting.original}
                run |= {"pick": cell.pick, "seed": cell.seed}
                outcome = {"seconds": result.get("seconds", ""), "diverged": result.get("diverged", "")}
                if "verdict" in result:
                    found = result["verdict"]["unseen"]
                    outcome |= {"verdict": found["label"], "strict": "yes" if found["strict"] else "no"}
                yield shared | run | _flat(result["scores"]["unseen"] if "scores" in result else {}) | outcome


def _flat(scores: Mapping[str, Any]) -> dict[str, float]:
    """Scores by column, with both ends of each band; empty without scores."""
    if not scores:
        return {}
    bands = {f"{band}_{end}": scores[band][i] for band in _BANDS for i, end in enumerate(("low", "high"))}
    return {name: scores[name] for name in _SCORES} | bands


def as_json(plan: Plan, campaign: Campaign, lines: Mapping[str, Sequence[Line]], notes: Sequence[str]) -> str:
    """The rows by backbone as JSON, with everything that they depend on."""
    request = plan.request
    document = {
        "settings": asdict(request) | {"out": str(request.out), "plugins": request.plugins and str(request.plugins)},
        "data": asdict(plan.about),
        "devices": sorted({campaign[cell]["device"] for cell in plan.cells() if "device" in campaign[cell]}),
        "versions": software_versions(),
        "notes": list(notes),
        "published": SOURCE if any(line.published for rows in lines.values() for line in rows) else None,
        "rows": {backbone: [_row(line) for line in rows] for backbone, rows in lines.items()},
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _row(line: Line) -> dict[str, Any]:
    """A row as JSON values."""
    differences = {
        name: {score: _estimate(estimate) | {"says": verdict(estimate)} for score, estimate in scores.items()}
        for name, scores in line.against.items()
    }
    return {
        "title": line.title,
        "method": line.method,
        "preset": line.preset,
        "knobs": dict(line.knobs),
        "runs": line.runs,
        "diverged": line.diverged,
        "scores": {name: _estimate(estimate) for name, estimate in line.scores.items()},
        "due_to_original": dict(line.due_to_original),
        "inside_null_band": line.inside,
        "passed": asdict(line.passed) if line.passed else None,
        "seconds": _estimate(line.seconds) if line.seconds else None,
        "against": differences,
        "published": asdict(line.published) if line.published else None,
    }


def _estimate(estimate: Estimate) -> dict[str, float | int | None]:
    """An estimate as JSON values; without an interval for a single run, because JSON has no infinity."""
    low, high = (value if math.isfinite(value) else None for value in (estimate.low, estimate.high))
    return {"mean": estimate.mean, "low": low, "high": high, "n": estimate.count}
