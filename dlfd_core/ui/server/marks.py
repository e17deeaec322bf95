"""Digests by which the page and the server tell reports apart."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace
from typing import Any

from dlfd_core.types import FollowUpReport, ForgetReport, RelearnReport


def mark(report: ForgetReport) -> str:
    """Digest of a report's scores. Two reports of one request can differ, such as the finished example and a run with
    another number of threads."""
    return _digest({name: asdict(scores) for name, scores in report.scores.items()})


def after_mark(report: FollowUpReport) -> str:
    """Digest of a relearn test or a sequence without its times, so that repeating it on the same run gives the same
    digest."""
    if isinstance(report, RelearnReport):
        return _digest(asdict(replace(report, seconds=0.0)))
    return _digest(asdict(replace(report, steps=tuple(replace(step, seconds={}) for step in report.steps))))


def _digest(values: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]
