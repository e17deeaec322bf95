"""Files made from a finished report: the receipt, figures for print and the unlearned weights."""

from __future__ import annotations

from dataclasses import replace

from dlfd_core.errors import InvalidRequest
from dlfd_core.reports.figures.feature_map import map_figure
from dlfd_core.reports.figures.losses import loss_histograms
from dlfd_core.reports.receipt.export import make_receipt
from dlfd_core.runs.validation import validated_forget
from dlfd_core.runs.weights_export import unlearned_weights
from dlfd_core.runs.workbench import Workbench
from dlfd_core.types import NO_FOLLOW_UPS, FollowUps, ForgetReport


class ReportFiles:
    """The part of the service that makes files of reports.

    Attributes:
        bench: holds the models of the latest runs.
    """

    bench: Workbench

    def receipt(self, report: ForgetReport, kind: str, follow_ups: FollowUps = NO_FOLLOW_UPS) -> bytes:
        """The receipt of a run and of its follow-ups as a file, ``kind`` json, html or pdf. Raises ``InvalidRequest``
        for another kind."""
        return make_receipt(report, kind, follow_ups)

    def map_figure(self, report: ForgetReport, kind: str) -> bytes:
        """The map of a run for print, ``kind`` svg or png. Raises ``InvalidRequest`` for another kind, or no map."""
        if kind not in ("svg", "png") or report.points is None:
            raise InvalidRequest("There is no such figure of this run.")
        return map_figure(report.points, kind=kind)

    def weights(self, report: ForgetReport) -> bytes:
        """The unlearned model of a run as a safetensors file. Raises ``InvalidRequest`` where it is not in memory."""
        return unlearned_weights(self.bench, replace(report, request=validated_forget(report.request)))

    def loss_figure(self, report: ForgetReport, kind: str = "svg") -> bytes:
        """Loss histograms, ``kind`` svg or png."""
        return loss_histograms(report, kind)
