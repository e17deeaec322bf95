"""Evidence panels below the verdict: one module per panel, each a pure function from a report to escaped HTML."""

from __future__ import annotations

from collections.abc import Mapping

from dlfd_core.types import ForgetReport
from dlfd_core.ui.evidence.answers import answers_panel
from dlfd_core.ui.evidence.attacks import attacks_panel
from dlfd_core.ui.evidence.collapse import collapse_panel
from dlfd_core.ui.evidence.depth import depth_panel
from dlfd_core.ui.evidence.layers import layers_panel
from dlfd_core.ui.evidence.leaks import leaks_panel
from dlfd_core.ui.evidence.matrix import matrix_panel
from dlfd_core.ui.evidence.payers import payers_panel
from dlfd_core.ui.evidence.shadows import shadows_panel


def evidence(report: ForgetReport, names: Mapping[str, str]) -> str:
    """All panels that the report has values for, under one heading; "" where it has none.

    Args:
        names: person id -> name.
    """
    panels = "".join(
        (
            attacks_panel(report),
            shadows_panel(report),
            collapse_panel(report),
            depth_panel(report),
            layers_panel(report),
            payers_panel(report),
            answers_panel(report),
            matrix_panel(report),
            leaks_panel(report, names),
        )
    )
    return f'<div class="evidence"><h3>Evidence</h3>{panels}</div>' if panels else ""
