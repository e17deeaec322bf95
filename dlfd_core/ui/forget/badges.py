"""The two answers of a run: whether a trace of the forgotten people is left, and whether the model is still useful."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dlfd_core.types import Audit, ForgetReport, Interval

TraceLevel = Literal["untouched", "partly_gone", "gone", "overdone", "cannot_tell"]
UseLevel = Literal["kept", "hurt", "lost"]

#: Of a trace that is still there: with less than this share of it gone, it counts as untouched.
TOUCHED = 0.25
#: The model is as useful as before if it keeps this share of its accuracy on unseen people.
KEPT = 0.95


@dataclass(frozen=True)
class Trace:
    """What an attacker finds of the forgotten people.

    Attributes:
        before, after: signed AUC of the original and of the unlearned model, see ``Scores.mia_auc``.
        reference: of models that never saw these people, 0.5 where none is known.
        leaning: whether the 95 % interval meets the band of models that never saw the people: the level is uncertain.
    """

    level: TraceLevel
    before: float
    after: float
    reference: float
    leaning: bool = False


@dataclass(frozen=True)
class Use:
    """How useful the model still is: accuracy on unseen people, in [0, 1], before and after."""

    level: UseLevel
    before: float
    after: float


def trace_of(report: ForgetReport) -> Trace:
    """The trace, by the verdict of the report."""
    before, after = (report.scores[name].mia_auc for name in ("original", "unlearned"))
    audit = report.audits.get("unlearned")
    known = None if audit is None else audit.reference
    reference = 0.5 if known is None else known.oracle_auc
    band = report.scores["unlearned"].auc_band if known is None else known.oracle_band
    level = _level(report, before, after, reference)
    leaning = level in ("untouched", "partly_gone", "overdone") and _meets(_interval(audit), band)
    return Trace(level, before, after, reference, leaning)


def _level(report: ForgetReport, before: float, after: float, reference: float) -> TraceLevel:
    label = report.verdict.label
    if label == "not_distinguishable":
        return "gone"
    if label == "over_forgotten":
        return "overdone"
    if label == "still_recognisable":
        gone = (before - after) / (before - reference) if before > reference else 0.0
        return "partly_gone" if gone >= TOUCHED else "untouched"
    return "cannot_tell"


def _interval(audit: Audit | None) -> Interval | None:
    attack = None if audit is None else audit.attacks.get("loss")
    return None if attack is None else attack.auc_interval


def _meets(interval: Interval | None, band: Interval) -> bool:
    """Whether the two have a value in common."""
    return interval is not None and interval[0] <= band[1] and interval[1] >= band[0]


def use_of(report: ForgetReport) -> Use:
    """The usefulness: lost where the verdict says so, and else by the accuracy on unseen people."""
    before, after = (report.scores[name].utility for name in ("original", "unlearned"))
    if report.verdict.label == "task_lost":
        return Use("lost", before, after)
    return Use("kept" if after >= KEPT * before else "hurt", before, after)
