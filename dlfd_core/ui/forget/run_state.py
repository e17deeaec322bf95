"""Curves and status line of a run that is over: finished or cancelled."""

from __future__ import annotations

from typing import Any

from dlfd_core.types import ForgetReport
from dlfd_core.ui.components.live_curves import curves_value
from dlfd_core.ui.components.xray import xray_value
from dlfd_core.ui.forget import views

#: The sentence after a cancel, by the state the page was in.
CANCELLED = {
    "running": "Cancelled. Nothing was changed; the results below are still the previous ones.",
    "mapping": "Cancelled. The scores below are from this run; the map is still the previous one.",
    "control": "Cancelled. The result below stays, without its control.",
}


def chance_of(report: ForgetReport) -> float:
    """Upper end of the null band of the forgetting score: what chance alone gives."""
    return report.scores["unlearned"].null_band[1]


def finished(report: ForgetReport, message: str) -> dict[str, Any]:
    """The curves of a finished run, with a message."""
    return curves_value(report.curve, None, band=chance_of(report), message=message)


def done(report: ForgetReport) -> dict[str, Any]:
    """The slots at the end of a run."""
    also = ", the control included" if "control" in report.scores else ""
    seconds = f"{report.seconds.total:.1f} s{also}"
    sentence = f"Finished in {seconds}. The result is below."
    if report.points is None:
        sentence = f"Finished in {seconds}. The result is below, without a map."
    return {
        "curves": finished(report, "Finished."),
        "status": views.status("done", sentence),
        "xray": xray_value(report),  # the service has the report now
        "busy": False,
    }


def cancelled(status: object, curves: object) -> dict[str, Any]:
    """The page after a cancel; the run itself stops because its stream is closed.

    Args:
        status, curves: values of these slots on the page; they say how far the run had come.
    """
    state = views.state_of(status)
    kept = curves if state == "control" and isinstance(curves, dict) else curves_value((), None)
    return {
        "busy": False,
        "status": views.status("cancelled", CANCELLED.get(state, CANCELLED["running"])),
        "curves": kept | {"progress": None, "message": "Cancelled."},
    }
