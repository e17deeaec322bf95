"""Photos that a run synthesises: its latest recorded step, in three rows of small pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlfd_core.types import ForgetReport, ForgetRequest, SynthesisLook
from dlfd_core.ui.components.assets import script, sprite_value, templates
from dlfd_core.ui.components.base import Drawing
from dlfd_core.ui.text.texts import parts

#: Methods whose runs record their synthesis; for all others the strip is hidden.
LOOKED_INTO = ("dlfd",)


class SynthesisStrip(Drawing):
    """The component. Value: see the functions below; ``{}`` hides it."""

    def __init__(self, value: dict[str, Any] | None = None, **kwargs: Any):
        super().__init__(
            value=value or {},
            js_on_load=script("photo_rows", "synthesis_strip", how=parts("xray")["strip"]),
            **templates("synthesis_strip", "photo_rows"),
            **kwargs,
        )


def strip_at_start(method: str) -> dict[str, Any]:
    """Value at the start of a run: empty places, so that the layout does not change when the first photos come."""
    return {"state": "waiting"} if method in LOOKED_INTO else {}


def strip_value(look: SynthesisLook, classes: Sequence[str], request: ForgetRequest) -> dict[str, Any]:
    """Value for one recorded step: the photos as the run changed them, by the objective that it uses."""
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
    """Value for the last recorded step of a finished run."""
    if report.looks:
        return strip_value(report.looks[-1], report.classes, report.request)
    return {"state": "none"} if report.request.method in LOOKED_INTO else {}


def class_name(classes: Sequence[str], label: int) -> str:
    """Name of a photo's class; "unknown" for photos without one."""
    return classes[label] if 0 <= label < len(classes) else "unknown"
