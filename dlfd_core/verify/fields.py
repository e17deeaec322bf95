"""Types of which a receipt is made: bounded, and without any conversion."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from dlfd_core.types import Scores, finite_values

Name = Annotated[str, Field(min_length=1, max_length=200)]
Sha256 = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
Whole = Annotated[int, Field(ge=-(10**9), le=10**9)]
Count = Annotated[int, Field(ge=0, le=10**9)]
Number = Annotated[float, Field(allow_inf_nan=False, ge=-1e9, le=1e9)]
Score = Annotated[float, Field(allow_inf_nan=False, ge=0, le=1)] | None
Band = tuple[Score, Score]
#: What is compared, by what it is called in the table of differences.
Values = dict[str, float | None]


class Strict(BaseModel):
    """No conversions: ``"1"`` is not 1, and nothing unknown is let through."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Part(BaseModel):
    """As strict about what is checked; what else stands there is for people and is not looked at."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class ReceiptScores(Strict):
    retain_accuracy: Score
    forget_accuracy: Score
    validation_accuracy: Score
    unseen_accuracy: Score
    utility: Score
    mia_accuracy: Score
    mia_auc: Score
    forgetting_score: Score
    null_band: Annotated[Band, Field(strict=False)]
    auc_band: Annotated[Band, Field(strict=False)]
    nomus: Score

    @classmethod
    def of(cls, scores: Scores) -> ReceiptScores:
        return cls.model_validate(finite_values(asdict(scores)))

    def flat(self) -> Values:
        """By name; the ends of a band as two scores."""
        found: Values = {}
        for name, value in self.model_dump().items():
            found |= (
                {f"{name}, {end}": one for end, one in zip(("low", "high"), value, strict=True)}
                if isinstance(value, tuple)
                else {name: value}
            )
        return found
