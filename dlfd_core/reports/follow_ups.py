"""The relearn test and the sequence of a run as JSON, for its report and its receipt."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from dlfd_core.types import FollowUps, RelearnReport, SequenceReport


def relearn_json(report: RelearnReport) -> dict[str, Any]:
    """The whole test without request and hashes, which are in the report that contains it."""
    values = asdict(report)
    del values["request"], values["hashes"]
    return values


def sequence_json(report: SequenceReport) -> dict[str, Any]:
    """The sequence as numbers: groups, steps and the finding.

    The first request is in the report that contains it, except ``retrain``, which is a separate field on the page.
    """
    return {
        "groups": [list(group) for group in report.request.groups],
        "retrain": report.request.base.retrain,
        "names": [list(group) for group in report.names],
        "finding": report.finding,
        "steps": [asdict(step) for step in report.steps],
    }


def follow_ups_json(follow_ups: FollowUps) -> dict[str, Any]:
    """``relearn`` and ``sequence``, each only if it was run."""
    values = {} if follow_ups.relearn is None else {"relearn": relearn_json(follow_ups.relearn)}
    return values | ({} if follow_ups.sequence is None else {"sequence": sequence_json(follow_ups.sequence)})
