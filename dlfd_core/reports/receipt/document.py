"""The receipt of a run as JSON: what was asked for, what came out, and what it takes to check both again."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from dlfd_core.reports.follow_ups import afterwards_json
from dlfd_core.reports.serialise import report_to_json
from dlfd_core.types import NO_FOLLOW_UPS, FollowUps, ForgetReport, KnobValue, finite_values, repeat_command, threads_of
from dlfd_core.unlearning import configured_method

#: Name and version of the document's form; the version counts changes a reader would have to know of.
SCHEMA, VERSION = "dlfd-receipt", 1
#: How far a score may be off when the run is repeated. With the same weights only the precision of the forward pass
#: differs: 32 bit against bfloat16 moved no score of the portraits' original by more than 0.004. Other weights come of
#: another number of threads or another chip, whose sums end in other digits, and from there two runs part: 5 people
#: (120 photos) forgotten by two epochs of fine-tuning in 32 bit and in bfloat16 gave accuracies up to 0.017 apart, MIA
#: accuracies 0.054 and NoMUS 0.061 apart, and other verdicts.
SAME_WEIGHTS, OTHER_WEIGHTS = 0.01, 0.1
TOLERANCE = {"same_weights": SAME_WEIGHTS, "other_weights": OTHER_WEIGHTS}


def settings_of(report: ForgetReport) -> dict[str, KnobValue]:
    """The value of every knob of the run: its preset's, and what was changed. Raises ``DlfdError`` where the method is
    not known here."""
    return configured_method(report.request).settings()


def made_at() -> str:
    """The time of making, which is never compared: ``2030-01-31 12:00:00 UTC``."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def receipt_document(report: ForgetReport, after: FollowUps = NO_FOLLOW_UPS) -> dict[str, Any]:
    """The receipt as plain values. No photos, no map: those are the report's. ``relearn`` and ``sequence`` only where
    they were done."""
    left_out = ("key", "points", "curve", "attacks")
    public = {name: value for name, value in report_to_json(report).items() if name not in left_out}
    document = {
        "schema": SCHEMA,
        "version": VERSION,
        "made": made_at(),
        "command": repeat_command(report, after),
        "threads": threads_of(report),
        "settings": settings_of(report),
        "tolerance": TOLERANCE,
    }
    data = {"name": report.request.data} | asdict(report.data)
    cleaned: dict[str, Any] = finite_values(document | public | {"data": data} | afterwards_json(after))
    return cleaned


def receipt_json(report: ForgetReport, after: FollowUps = NO_FOLLOW_UPS) -> bytes:
    text = json.dumps(receipt_document(report, after), ensure_ascii=False, indent=1, allow_nan=False)
    return (text + "\n").encode()
