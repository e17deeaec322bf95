"""The photos that a run is synthesising: the newest look, in three rows of small pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlfd_core.types import ForgetReport, ForgetRequest, SynthesisLook
from dlfd_core.ui.components.assets import script, sprite_value, templates
from dlfd_core.ui.components.base import Drawing
from dlfd_core.ui.texts import parts

#: Methods whose runs can be looked into; for all others the strip is hidden.
LOOKED_INTO = ("dlfd",)


class SynthesisStrip(Drawing):
    """Value: what the functions below make; ``{}`` hides it."""

    def __init__(self, value: dict[str, Any] | None = None, **kwargs: Any):
        super().__init__(
            value=value or {},
            js_on_load=script("photo_rows", "synthesis_strip", how=parts("xray")["strip"]),
            **templates("synthesis_strip", "photo_rows"),
            **kwargs,
        )


def strip_at_start(method: str) -> dict[str, Any]:
    """Empty places, so that nothing jumps when the first photos come."""
    return {"state": "waiting"} if method in LOOKED_INTO else {}


def strip_value(look: SynthesisLook, classes: Sequence[str], request: ForgetRequest) -> dict[str, Any]:
    """One look of a run: what the run itself made of the photos, by whichever objective it uses."""
    released = ("mode", "released") in request.knobs
    change, made = (look.change_released, look.made_released) if released else (look.change, look.made)
    return {
        "state": "look",
        "step": look.step,
        "total": look.total,
        "weight": f"{look.lambda_r:.2f}",
        "labels": [class_name(classes, label) for label in look.labels],
        "sheets": {"retain": sprite_value(look.retain), "change": sprite_value(change), "made": sprite_value(made)},
    }


def strip_at_end(report: ForgetReport) -> dict[str, Any]:
    """The last look of a finished run."""
    if report.looks:
        return strip_value(report.looks[-1], report.classes, report.request)
    return {"state": "none"} if report.request.method in LOOKED_INTO else {}


def class_name(classes: Sequence[str], label: int) -> str:
    """Of a photo's class; photos may have none."""
    return classes[label] if 0 <= label < len(classes) else "unknown"
