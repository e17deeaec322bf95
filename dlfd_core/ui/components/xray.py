"""Component "Look inside DLFD": transport plan, pulls at the pixels and both objectives of one step, and ablations.

Recorded steps are large, so the value only lists them; the script requests one at a time after the part is opened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from dlfd_core.types import ForgetReport, Pulls, SynthesisLook
from dlfd_core.ui.components.assets import script, sprite_value, templates
from dlfd_core.ui.components.base import Drawing
from dlfd_core.ui.components.synthesis_strip import LOOKED_INTO, class_name
from dlfd_core.ui.server.marks import mark
from dlfd_core.ui.text.texts import parts

ABSENT = {
    True: "No photo was synthesised along the gradient in this run, so there is nothing to look into.",
    False: "The run shown here changed no photos. Run DLFD to look inside.",
}


class XRay(Drawing):
    """The component. Value: see ``xray_value``. Event: ``ablate``, with the names of the ablations that are on.

    Args:
        ablations: the switches, see ``ablations.offered``.
        look: server function that returns one recorded step.
    """

    def __init__(
        self,
        value: dict[str, Any] | None = None,
        *,
        ablations: Sequence[dict[str, Any]] = (),
        look: Callable[[object], dict[str, Any]] | None = None,
        **kwargs: Any,
    ):
        scripts = ("photo_rows", "xray_plan", "xray_terms", "xray_ablation", "xray")
        super().__init__(
            value=value or {},
            js_on_load=script(*scripts, texts=parts("xray"), ablations=list(ablations)),
            server_functions=[look] if look else [],
            **templates("xray", "photo_rows"),
            **kwargs,
        )


def xray_value(report: ForgetReport, *, finished: bool = True) -> dict[str, Any]:
    """Value of ``XRay``: the recorded steps, and the request for them.

    Args:
        finished: whether the service already has the report; before that the script requests nothing.
    """
    if not report.looks:
        return {"steps": [], "finding": ABSENT[report.request.method in LOOKED_INTO]}
    last = report.looks[-1]
    return {
        "steps": [look.step for look in report.looks],
        "total": last.total,
        "finding": _finding(last),
        "asked": {"request": asdict(report.request), "mark": mark(report)} if finished else None,
    }


def look_value(look: SynthesisLook, classes: Sequence[str]) -> dict[str, Any]:
    """One recorded step as a value for the script."""
    names = ("retain", "change", "made", "change_released", "made_released", "forget")
    return {
        "weight": f"{look.lambda_r:.2f}",
        "labels": [class_name(classes, label) for label in look.labels],
        "forget_labels": [class_name(classes, label) for label in look.forget_labels],
        "sheets": {name: sprite_value(getattr(look, name)) for name in names},
        "plan": _rounded(look.plan, 3),
        "cost": _rounded(look.cost, 3),
        "costs": [_short(value) for value in (look.cost_clean, look.cost_made, look.cost_released)],
        "paper": _pulls(look.paper),
        "released": _pulls(look.released),
    }


def _finding(look: SynthesisLook) -> str:
    """Summary sentence of the folded part."""
    away, keep = look.paper.decided_by_transport, look.paper.decided_by_task
    return (
        f'Step {look.step} of {look.total}: {away:.0%} of the pixels followed "move away from the forgotten people", '
        f'{keep:.0%} followed "keep the class readable"; 50% is chance.'
    ).replace("%", " %")


def _pulls(pulls: Pulls) -> dict[str, Any]:
    return {
        "transport": [_short(value) for value in pulls.transport],
        "task": [_short(value) for value in pulls.task],
        "by_transport": _short(pulls.decided_by_transport),
        "by_task": _short(pulls.decided_by_task),
    }


def _rounded(values: np.ndarray, digits: int) -> list[list[float]]:
    return [[round(float(value), digits) for value in row] for row in np.nan_to_num(values)]


def _short(value: float) -> float:
    """Three significant digits; 0 for NaN, which JSON does not have."""
    return float(f"{value:.3g}") if np.isfinite(value) else 0.0
