"""The relearn test on the command line: its progress and its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlfd_core.cli.watch import ProgressLine
from dlfd_core.runs.event_streams import last_result
from dlfd_core.types import MEASURES, RELEARN_SOURCE_TITLES, ForgetRequest, RelearnReport, RelearnSide

if TYPE_CHECKING:
    from dlfd_core.service import UnlearningService


def watch_relearn(service: UnlearningService, request: ForgetRequest, photos: int) -> RelearnReport:
    """Carry out the relearn test with its progress on stderr. Raises ``DlfdError``."""
    return last_result(service.relearn(request, photos, lambda: False), ProgressLine().show)


def format_relearn(report: RelearnReport) -> str:
    """AUC by step and model, and the finding, for both sources, as plain text."""
    left_out = f"; {report.left_out} people with a single photo are left out" if report.left_out else ""
    head = (
        f"Relearn test: {report.steps} steps of AdamW at {report.lr:g}, {report.people} people, {report.shown} photos "
        f"shown, signed AUC on {report.measured} others against {report.strangers} unseen photos{left_out}."
    )
    return "\n".join(["", head, *(line for side in report.sides for line in _side(side))])


def _side(side: RelearnSide) -> list[str]:
    steps = [point.step for point in next(iter(side.curves.values())).points]
    lines = [
        "",
        f"{RELEARN_SOURCE_TITLES[side.source]}: {MEASURES['mia_auc'].title}",
        f"{'step':12}" + "".join(f"{step:7d}" for step in steps),
    ]
    lines[-1] += f"{'accuracy':>18}{'recovery':>10}{'area':>8}"
    for name, curve in side.curves.items():
        first, last = curve.points[0], curve.points[-1]
        recovery = "-" if curve.recovery is None else f"{curve.recovery:.0%}"
        area = "-" if curve.area is None else f"{curve.area:+.3f}"
        accuracy = f"{first.accuracy:.3f} to {last.accuracy:.3f}"
        auc = "".join(f"{point.auc:7.3f}" for point in curve.points)
        lines.append(f"{name:12}{auc}{accuracy:>18}{recovery:>10}{area:>8}")
    return [*lines, side.finding]
