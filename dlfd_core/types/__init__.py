"""The values that cross the border between the core and whoever shows its results (page, command line, report).

Frozen, numpy only, no torch: the page imports this module and nothing else of the core.
"""

from dlfd_core.types.cards import Catalog, DataCard, Knob, KnobValue, MethodCard, PersonCard, Sprite, TaskCard
from dlfd_core.types.run import (
    MAX_SEED,
    MINIMUM_PHOTOS,
    SETS,
    CurvePoint,
    DataCounts,
    FacePrediction,
    ForgetEvent,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    MapPoints,
    ModelName,
    Scores,
    Seconds,
    Stage,
    Verdict,
    VerdictLabel,
)

__all__ = [
    "MAX_SEED",
    "MINIMUM_PHOTOS",
    "SETS",
    "Catalog",
    "CurvePoint",
    "DataCard",
    "DataCounts",
    "FacePrediction",
    "ForgetEvent",
    "ForgetProgress",
    "ForgetReport",
    "ForgetRequest",
    "Knob",
    "KnobValue",
    "MapPoints",
    "MethodCard",
    "ModelName",
    "PersonCard",
    "Scores",
    "Seconds",
    "Sprite",
    "Stage",
    "TaskCard",
    "Verdict",
    "VerdictLabel",
]
