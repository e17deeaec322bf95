"""A report as plain values, ready for JSON files."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from dlfd_core.types.run import ForgetReport


def report_document(report: ForgetReport) -> dict[str, Any]:
    """Request, scores and everything they depend on. Without photos and map; without the curve,
    which only some files need."""
    return {
        "key": report.key,
        "request": asdict(report.request)
        | {"knobs": dict(report.request.knobs), "people": list(report.request.people)},
        "names": list(report.names),
        "classes": list(report.classes),
        "data": asdict(report.data),
        "verdict": asdict(report.verdict),
        "scores": {name: asdict(scores) for name, scores in report.scores.items()},
        "seconds": asdict(report.seconds),
        "caveats": list(report.caveats),
        "versions": report.versions,
        "hashes": report.hashes,
        "audits": {name: asdict(audit) for name, audit in report.audits.items()},
        "matrices": {
            name: {group: counts.tolist() for group, counts in sets.items()} for name, sets in report.matrices.items()
        },
        "impact": None if report.impact is None else asdict(report.impact),
    }
