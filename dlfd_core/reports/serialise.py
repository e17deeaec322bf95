"""Reports as JSON, for ``--json`` and for the finished example on the page."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from dlfd_core.metrics.verdict import labels_of
from dlfd_core.reports.archive import packed, unpacked
from dlfd_core.types import (
    SETS,
    Audit,
    CurvePoint,
    DataCounts,
    FacePrediction,
    ForgetReport,
    ForgetRequest,
    Impact,
    MapPoints,
    Scores,
    Seconds,
    Sprite,
    SynthesisLook,
    Verdict,
    report_document,
)


def _points_to_json(points: MapPoints, classes: tuple[str, ...]) -> dict[str, Any]:
    """The map: ``before`` and ``after`` as [x, y] pairs; ``set``, ``label`` and ``identity`` as names of each photo."""
    return {
        "before": np.round(points.before, 3).tolist(),
        "after": np.round(points.after, 3).tolist(),
        "set": [SETS[i] for i in points.group],
        "label": [classes[i] if i >= 0 else None for i in points.label],
        "identity": [points.people[i][0] for i in points.person],
        "predicted_before": [classes[i] for i in points.predicted_before],
        "predicted_after": [classes[i] for i in points.predicted_after],
    }


def report_to_json(report: ForgetReport, *, curve: bool = True) -> dict[str, Any]:
    """The public report: numbers and names, without photos."""
    document = report_document(report) | {
        "attacks": asdict(report.audits["unlearned"])["attacks"] if "unlearned" in report.audits else {},
        "points": None if report.points is None else _points_to_json(report.points, report.classes),
    }
    if curve:
        document["curve"] = [asdict(point) for point in report.curve]
    return document


def archive_report(report: ForgetReport) -> dict[str, Any]:
    """The complete report with photos, from which ``restore_report`` makes an equal report (floats rounded)."""
    return report_to_json(report) | {
        "losses": packed(report.losses),
        "predictions": [asdict(prediction) for prediction in report.predictions],
        "photos": packed(report.photos),
        "points": packed(report.points, 3),
        "looks": packed(report.looks, 8),
    }


def restore_report(document: dict[str, Any]) -> ForgetReport:
    """Make a report from ``archive_report``'s values. Raises KeyError or TypeError for a document of another shape."""
    request = document["request"]
    scores = {
        name: Scores(**(value | {"null_band": tuple(value["null_band"]), "auc_band": tuple(value["auc_band"])}))
        for name, value in document["scores"].items()
    }
    data = DataCounts(**document["data"])
    audits = {name: TypeAdapter(Audit).validate_python(audit) for name, audit in document.get("audits", {}).items()}
    return ForgetReport(
        key=document["key"],
        request=ForgetRequest(
            **(request | {"people": tuple(request["people"]), "knobs": tuple(sorted(request["knobs"].items()))})
        ),
        names=tuple(document["names"]),
        classes=tuple(document["classes"]),
        data=data,
        scores=scores,
        verdict=Verdict(**document["verdict"]),
        losses=unpacked(dict[str, dict[str, np.ndarray]], document["losses"]),
        predictions=tuple(FacePrediction(**row) for row in document["predictions"]),
        photos=unpacked(Sprite | None, document["photos"]),
        curve=tuple(CurvePoint(**point) for point in document["curve"]),
        points=unpacked(MapPoints | None, document["points"]),
        seconds=Seconds(**document["seconds"]),
        caveats=tuple(document["caveats"]),
        versions=document["versions"],
        audits=audits,
        impact=TypeAdapter(Impact | None).validate_python(document.get("impact")),
        hashes=document.get("hashes", {}),
        matrices=unpacked(dict[str, dict[str, np.ndarray]], document.get("matrices", {})),
        looks=unpacked(tuple[SynthesisLook, ...], document.get("looks", [])),
        labels=labels_of(scores, data, audits),
    )
