"""Comparison of a receipt with the repeated run: scores within a tolerance, labels exactly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from dlfd_core.reports.receipt.document import OTHER_WEIGHTS, SAME_WEIGHTS
from dlfd_core.types import NO_FOLLOW_UPS, FollowUps, ForgetReport
from dlfd_core.verify.fields import ReceiptScores, Values
from dlfd_core.verify.follow_ups import ReceiptRelearn, ReceiptSequence
from dlfd_core.verify.schema import Receipt, ReceiptVerdict

#: Whether weights are the receipt's; the tolerance of a score depends on it.
Weights = Literal["identical", "different"]
THERE, NOT_THERE = "there", "not there"


@dataclass(frozen=True)
class Difference:
    """One value that differs from the receipt's.

    Attributes:
        name: model and score, or the name of a label.
        receipt, here: the two values as text.
        allowed: the tolerance of a score.
    """

    name: str
    receipt: str
    here: str
    allowed: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """Outcome of a verification.

    Attributes:
        report: of the new run.
        identical: models whose weights have the receipt's hash.
        different: models whose weights have another hash.
        widest: largest difference of a score from the receipt's, for each of the two groups.
    """

    report: ForgetReport
    differences: tuple[Difference, ...]
    identical: tuple[str, ...]
    different: tuple[str, ...]
    widest: dict[str, float]

    @property
    def bit_for_bit(self) -> bool:
        return "unlearned" in self.identical

    @property
    def same(self) -> bool:
        return not self.differences


@dataclass
class _Comparison:
    """Collects differences.

    Attributes:
        allowed: tolerance of a score. widest: largest difference of a score.
    """

    allowed: dict[Weights, float]
    differences: list[Difference] = field(default_factory=list)
    widest: dict[str, float] = field(default_factory=lambda: {"identical": 0.0, "different": 0.0})

    def values(self, weights: Weights, receipt: Values, here: Values) -> None:
        """Compare scores by name; a score that only one side has is a difference."""
        for name, value in receipt.items():
            if name not in here:
                self.differences.append(Difference(name, THERE, NOT_THERE))
                continue
            distance = _distance(value, here[name])
            self.widest[weights] = max(self.widest[weights], distance if math.isfinite(distance) else 0.0)
            if distance > self.allowed[weights]:
                self.differences.append(Difference(name, _number(value), _number(here[name]), self.allowed[weights]))
        self.differences += [Difference(name, NOT_THERE, THERE) for name in here if name not in receipt]

    def labels(self, receipt: Mapping[str, str], here: Mapping[str, str]) -> None:
        """Compare values that must be exactly equal."""
        for name in dict.fromkeys([*receipt, *here]):
            if receipt.get(name) != here.get(name):
                self.differences.append(Difference(name, receipt.get(name, NOT_THERE), here.get(name, NOT_THERE)))


def compare(receipt: Receipt, report: ForgetReport, follow_ups: FollowUps = NO_FOLLOW_UPS) -> Outcome:
    """Compare every score of every model of the receipt, and the verdict's label, with the new report; and the relearn
    test and the later requests, where both sides have them. The verdict of an earlier version is not compared.

    Follow-ups start from the unlearned model, so their scores have that model's tolerance.
    """
    identical = tuple(name for name, sha256 in receipt.hashes.items() if report.hashes.get(name) == sha256)
    different = tuple(name for name in receipt.scores if name not in identical)
    comparison = _Comparison(
        {
            "identical": min(SAME_WEIGHTS, receipt.tolerance.same_weights),
            "different": min(OTHER_WEIGHTS, receipt.tolerance.other_weights),
        }
    )
    for name in sorted({*receipt.scores, *report.scores}):
        if name not in receipt.scores or name not in report.scores:
            there, here = (THERE if name in scores else NOT_THERE for scores in (receipt.scores, report.scores))
            comparison.differences.append(Difference(f"{name} model", there, here))
            continue
        values = [scores.flat() for scores in (receipt.scores[name], ReceiptScores.of(report.scores[name]))]
        named = [{f"{name}, {field}": value for field, value in flat.items()} for flat in values]
        comparison.values("identical" if name in identical else "different", *named)
    verdict = ReceiptVerdict(label=report.verdict.label, strict=report.verdict.strict)
    comparison.labels(receipt.verdict.labels(), verdict.labels() if receipt.verdict.labels() else {})
    weights: Weights = "identical" if "unlearned" in identical else "different"
    if receipt.relearn is not None and follow_ups.relearn is not None:
        relearn = ReceiptRelearn.of(follow_ups.relearn)
        comparison.values(weights, receipt.relearn.values(), relearn.values())
        comparison.labels(receipt.relearn.labels(), relearn.labels())
    if receipt.sequence is not None and follow_ups.sequence is not None:
        comparison.values(weights, receipt.sequence.values(), ReceiptSequence.of(follow_ups.sequence).values())
    return Outcome(report, tuple(comparison.differences), identical, different, comparison.widest)


def _distance(receipt: float | None, here: float | None) -> float:
    """Infinite where only one of the two is a number. 1e-9 is subtracted for the rounding of written decimals."""
    if receipt is None or here is None:
        return 0.0 if receipt is here else math.inf
    return max(0.0, abs(receipt - here) - 1e-9)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"
