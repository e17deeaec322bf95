"""Curves and status line of a run that is over: finished or cancelled."""

from __future__ import annotations

from typing import Any

from dlfd_core.types import ForgetReport
from dlfd_core.ui.components.live_curves import curves_value
from dlfd_core.ui.forget import views

#: The sentence after a cancel, by the state the page was in.
CANCELLED = {
    "running": "Cancelled. The page still shows the previous run. Pick people and press Forget to try again.",
    "mapping": "Cancelled. The result is from this run; the map is still that of the previous run.",
    "control": "Cancelled. The result stays, without its control.",
}


def chance_of(report: ForgetReport) -> float:
    """Upper end of the null band of the forgetting score: what chance alone gives."""
    return report.scores["unlearned"].null_band[1]


def finished(report: ForgetReport, message: str) -> dict[str, Any]:
    """The curves of a finished run, with a message."""
    return curves_value(report.curve, None, band=chance_of(report), message=message)


def done(report: ForgetReport, *, cached: bool) -> dict[str, Any]:
    """The slots at the end of a run; ``cached``: its report was in memory."""
    return {
        "progress": finished(report, ""),
        "status": views.status("done", views.done_sentence(report, cached=cached)),
        "busy": False,
    }
