"""The receipt of a run as JSON: the request, the results, and all that is needed to repeat and check the run."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from dlfd_core.reports.follow_ups import follow_ups_json
from dlfd_core.reports.serialise import report_to_json
from dlfd_core.types import NO_FOLLOW_UPS, FollowUps, ForgetReport, KnobValue, finite_values, repeat_command, threads_of
from dlfd_core.unlearning import configured_method

#: Name and version of the document format; the version counts incompatible changes.
SCHEMA, VERSION = "dlfd-receipt", 1
#: Allowed differences of a score when the run is repeated. With the same weights only the precision of the forward pass
#: differs: between 32 bit and bfloat16 no score of the portraits' original differed by more than 0.004. Another number
#: of threads or another chip rounds sums differently, so that the weights differ and the difference grows: 5 people
#: (120 photos) forgotten by two epochs of fine-tuning in 32 bit and in bfloat16 gave accuracies up to 0.017 apart, MIA
#: accuracies 0.054 and NoMUS 0.061 apart, and other verdicts.
SAME_WEIGHTS, OTHER_WEIGHTS = 0.01, 0.1
TOLERANCE = {"same_weights": SAME_WEIGHTS, "other_weights": OTHER_WEIGHTS}


def settings_of(report: ForgetReport) -> dict[str, KnobValue]:
    """The value of every knob of the run, from its preset and its changes.

    Raises:
        DlfdError: the method is not installed.
    """
    return configured_method(report.request).settings()


def made_at() -> str:
    """The present time as text, ``2030-01-31 12:00:00 UTC``; it is never compared."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def receipt_document(report: ForgetReport, follow_ups: FollowUps = NO_FOLLOW_UPS) -> dict[str, Any]:
    """The receipt as JSON values, without the report's photos and map.

    ``relearn`` and ``sequence`` are in it only if they were run.
    """
    left_out = ("key", "points", "curve", "attacks")
    public = {name: value for name, value in report_to_json(report).items() if name not in left_out}
    document = {
        "schema": SCHEMA,
        "version": VERSION,
        "made": made_at(),
        "command": repeat_command(report, follow_ups),
        "threads": threads_of(report),
        "settings": settings_of(report),
        "tolerance": TOLERANCE,
    }
    data = {"name": report.request.data} | asdict(report.data)
    cleaned: dict[str, Any] = finite_values(document | public | {"data": data} | follow_ups_json(follow_ups))
    return cleaned


def receipt_json(report: ForgetReport, follow_ups: FollowUps = NO_FOLLOW_UPS) -> bytes:
    """The receipt as a JSON file."""
    text = json.dumps(receipt_document(report, follow_ups), ensure_ascii=False, indent=1, allow_nan=False)
    return (text + "\n").encode()
