"""What a receipt says beside what came out here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from dlfd_core.reports.receipt.document import OTHER_WEIGHTS, SAME_WEIGHTS
from dlfd_core.types import NO_FOLLOW_UPS, FollowUps, ForgetReport
from dlfd_core.verify.fields import ReceiptScores, Values
from dlfd_core.verify.follow_ups import ReceiptRelearn, ReceiptSequence
from dlfd_core.verify.schema import Receipt

#: Whether weights are the receipt's, by which a score may be off by more or less.
Weights = Literal["identical", "otherwise"]
THERE, NOT_THERE = "there", "not there"


@dataclass(frozen=True)
class Difference:
    """Something that is not as the receipt says: ``model`` and ``score``, or a label."""

    what: str
    said: str
    found: str
    allowed: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """Attributes:
    report: of the new run.
    identical: models whose weights have the receipt's hash. otherwise: those whose weights have another one.
    widest: largest distance of a score from the receipt's, for each of the two.
    """

    report: ForgetReport
    differences: tuple[Difference, ...]
    identical: tuple[str, ...]
    otherwise: tuple[str, ...]
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
        allowed: how far a score may be off. widest: how far one was.
    """

    allowed: dict[Weights, float]
    found: list[Difference] = field(default_factory=list)
    widest: dict[str, float] = field(default_factory=lambda: {"identical": 0.0, "otherwise": 0.0})

    def values(self, weights: Weights, said: Values, here: Values) -> None:
        """Scores by their names; one that only one of the two has is a difference."""
        for name, value in said.items():
            if name not in here:
                self.found.append(Difference(name, THERE, NOT_THERE))
                continue
            off = _distance(value, here[name])
            self.widest[weights] = max(self.widest[weights], off if math.isfinite(off) else 0.0)
            if off > self.allowed[weights]:
                self.found.append(Difference(name, _number(value), _number(here[name]), self.allowed[weights]))
        self.found += [Difference(name, NOT_THERE, THERE) for name in here if name not in said]

    def labels(self, said: Mapping[str, str], here: Mapping[str, str]) -> None:
        """What has to be exactly the same."""
        for name in dict.fromkeys([*said, *here]):
            if said.get(name) != here.get(name):
                self.found.append(Difference(name, said.get(name, NOT_THERE), here.get(name, NOT_THERE)))


def compare(receipt: Receipt, report: ForgetReport, after: FollowUps = NO_FOLLOW_UPS) -> Outcome:
    """Every score of every model of the receipt, and the verdict's label, against the new report; and the relearn test
    and the later requests, where both sides have them.

    Those start from the unlearned model, so their scores may be off by as much as that model's.
    """
    identical = tuple(name for name, said in receipt.hashes.items() if report.hashes.get(name) == said)
    otherwise = tuple(name for name in receipt.scores if name not in identical)
    seen = _Comparison(
        {
            "identical": min(SAME_WEIGHTS, receipt.tolerance.same_weights),
            "otherwise": min(OTHER_WEIGHTS, receipt.tolerance.other_weights),
        }
    )
    for name in sorted({*receipt.scores, *report.scores}):
        if name not in receipt.scores or name not in report.scores:
            said, here = (THERE if name in scores else NOT_THERE for scores in (receipt.scores, report.scores))
            seen.found.append(Difference(f"{name} model", said, here))
            continue
        values = [scores.flat() for scores in (receipt.scores[name], ReceiptScores.of(report.scores[name]))]
        named = [{f"{name}, {field}": value for field, value in flat.items()} for flat in values]
        seen.values("identical" if name in identical else "otherwise", *named)
    seen.labels({"verdict": receipt.verdict.label}, {"verdict": report.verdict.label})
    weights: Weights = "identical" if "unlearned" in identical else "otherwise"
    if receipt.relearn is not None and after.relearn is not None:
        again = ReceiptRelearn.of(after.relearn)
        seen.values(weights, receipt.relearn.values(), again.values())
        seen.labels(receipt.relearn.labels(), again.labels())
    if receipt.sequence is not None and after.sequence is not None:
        seen.values(weights, receipt.sequence.values(), ReceiptSequence.of(after.sequence).values())
    return Outcome(report, tuple(seen.found), identical, otherwise, seen.widest)


def _distance(said: float | None, found: float | None) -> float:
    """Infinite where only one of the two is a number. A hair is taken off for decimals that were written out."""
    if said is None or found is None:
        return 0.0 if said is found else math.inf
    return max(0.0, abs(said - found) - 1e-9)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4f}"
