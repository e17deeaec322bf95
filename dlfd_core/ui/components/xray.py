"""Look inside DLFD: for a chosen step the transport plan, what pulls at the pixels, both objectives, and ablations.

The looks are heavy, so the value only says which there are; the script asks for one at a time once it is opened.
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
from dlfd_core.ui.receipt import mark
from dlfd_core.ui.texts import parts

ABSENT = {
    True: "Nothing was synthesised along the gradient in this run, so there is nothing to look into.",
    False: "The run shown here changed no photos. Run DLFD to look inside.",
}


class XRay(Drawing):
    """Value: what ``xray_value`` makes. Event: ``ablate``, with the names of the ablations that are switched on.

    Args:
        ablations: what can be switched, see ``ablations.offered``.
        look: answers the script's question for one look.
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
    """Which looks there are, and the question that brings them.

    Args:
        finished: whether the service has the report already; before, nothing is asked.
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
    """One look as the script draws it."""
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
    """The folded part says in a sentence what is inside."""
    away, keep = look.paper.decided_by_transport, look.paper.decided_by_task
    return (
        f"At step {look.step} of {look.total}, {away:.0%} of the pixels moved where the transport term alone would "
        f"move them, and {keep:.0%} where the task's would; 50% is chance."
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
    """Three digits; JSON knows no NaN."""
    return float(f"{value:.3g}") if np.isfinite(value) else 0.0
