"""Progress bar and curves of a run, live."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dlfd_core.types import CurvePoint, ForgetProgress
from dlfd_core.ui.components.assets import script, templates
from dlfd_core.ui.components.base import Drawing

#: Stage -> its name on the page.
STAGES = {
    "load": "Getting ready",
    "train": "Training the original classifier",
    "unlearn": "Forgetting",
    "retrain": "Retraining without them",
    "evaluate": "Measuring",
    "project": "Drawing the map",
    "control": "Running the control",
}
#: Stage -> the unit that its progress counts.
UNITS = {"train": "steps", "unlearn": "steps", "retrain": "steps", "evaluate": "models", "control": "steps"}


class LiveCurves(Drawing):
    """A progress bar above two small charts. Value: see ``curves_value``; ``{}``: nothing is running."""

    def __init__(self, value: dict[str, Any] | None = None, **kwargs: Any):
        super().__init__(
            value=value or {},
            js_on_load=script("live_curves_canvas", "live_curves"),
            **templates("live_curves"),
            **kwargs,
        )


def curves_value(
    points: Sequence[CurvePoint],
    progress: ForgetProgress | None,
    *,
    band: float | None = None,
    message: str | None = None,
) -> dict[str, Any]:
    """Value of ``LiveCurves``.

    Args:
        progress: None when nothing is running; then only the curves are shown.
        band: upper end of the forgetting score's null band, shaded when given.
        message: a sentence instead of the one in ``progress``, e.g. "Cancelled."
    """
    return {
        "points": {
            "step": [point.step for point in points],
            "forget": [_number(point.forget_accuracy) for point in points],
            "retain": [_number(point.retain_accuracy) for point in points],
            "validation": [_number(point.validation_accuracy) for point in points],
            "score": [_number(point.forgetting_score) for point in points],
            "auc": [_number(point.auc) for point in points],
            "phase": [point.phase for point in points],
            **_synthesis(points),
        },
        "steps": _steps(points, progress),
        "band": None if band is None else _number(band),
        "progress": None if progress is None else _progress(progress),
        "message": message or ("" if progress is None else progress.message),
    }


def _synthesis(points: Sequence[CurvePoint]) -> dict[str, list[float | None]]:
    """Transport cost and task weight, for runs that synthesise photos."""
    series = {"cost": [point.ot_cost for point in points], "weight": [point.lambda_r for point in points]}
    return {
        name: [None if value is None else _number(value) for value in values]
        for name, values in series.items()
        if any(value is not None for value in values)
    }


def _progress(progress: ForgetProgress) -> dict[str, Any]:
    left = progress.seconds_left
    return {
        "stage": STAGES[progress.stage],
        "done": progress.done,
        "total": progress.total,
        "unit": UNITS.get(progress.stage, ""),
        "left": _number(left) if left is not None else None,
    }


def _steps(points: Sequence[CurvePoint], progress: ForgetProgress | None) -> int:
    """Right end of the step axis: the planned steps, so that the axis does not change during the run."""
    planned = progress.total if progress and progress.stage == "unlearn" else 0
    return max([planned, *(point.step for point in points)])


def _number(value: float) -> float | None:
    """Four decimals, finer than a pixel; None for NaN, which JSON does not have."""
    return round(float(value), 4) if math.isfinite(value) else None
