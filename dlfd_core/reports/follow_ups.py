"""The relearn test and the sequence of a run as JSON, for its report and its receipt."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from dlfd_core.types import FollowUps, RelearnReport, SequenceReport


def relearn_json(report: RelearnReport) -> dict[str, Any]:
    """The whole test, without the request and the hashes, which stand in the report around it."""
    found = asdict(report)
    del found["request"], found["hashes"]
    return found


def sequence_to_json(report: SequenceReport) -> dict[str, Any]:
    """Numbers only: groups, steps and the finding; what the first request was stands in the report around it, except
    whether each step was retrained: on the page that is asked for apart."""
    return {
        "groups": [list(group) for group in report.request.groups],
        "retrain": report.request.base.retrain,
        "names": [list(group) for group in report.names],
        "finding": report.finding,
        "steps": [asdict(step) for step in report.steps],
    }


def afterwards_json(after: FollowUps) -> dict[str, Any]:
    """``relearn`` and ``sequence``, each only where it was done."""
    found = {} if after.relearn is None else {"relearn": relearn_json(after.relearn)}
    return found | ({} if after.sequence is None else {"sequence": sequence_to_json(after.sequence)})
