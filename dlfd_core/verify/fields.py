"""Field types of a receipt: bounded, and without any conversion."""

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
#: Compared values, by their names in the table of differences.
Values = dict[str, float | None]


class Strict(BaseModel):
    """Base model without conversions (``"1"`` is not 1) that refuses unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Part(BaseModel):
    """Base model that is as strict about its own fields; other fields are for human readers and are ignored."""

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
        """Scores by name; the ends of a band are two scores."""
        values: Values = {}
        for name, value in self.model_dump().items():
            values |= (
                {f"{name}, {end}": one for end, one in zip(("low", "high"), value, strict=True)}
                if isinstance(value, tuple)
                else {name: value}
            )
        return values
