"""Handlers of the tab Evidence, without gradio: from the run that the page shows to named slots of the tab."""

from __future__ import annotations

from dlfd_core.errors import DlfdError
from dlfd_core.types import ForgetReport
from dlfd_core.ui.components.loss_explorer import explorer_value
from dlfd_core.ui.components.xray import xray_value
from dlfd_core.ui.evidence import evidence, losses, proof
from dlfd_core.ui.forget import views
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.forget.shown import Shown
from dlfd_core.ui.receipt.take_away import take_away
from dlfd_core.ui.server.guests import names_of
from dlfd_core.ui.server.jobs import Slots
from dlfd_core.ui.text.markup import esc

NO_RUN = "There is no run yet. Forget somebody under Demo first."


class EvidenceHandlers:
    """Handlers of the tab. It is painted when it is opened, and again when the page shows another run meanwhile.

    Slots: ``see``, ``prove``, ``evidence``, ``losses``, ``loss_table``, ``predictions``, ``xray``, ``take_away``, and
    ``painted`` (the ``Shown`` that they are about).

    Args:
        page: shares its service and its catalog.
    """

    def __init__(self, page: Handlers):
        self.page, self.service = page, page.service

    def paint(self, shown: Shown | None, painted: Shown | None) -> Slots:
        """The slots that differ from those painted before. Never raises: an error becomes a sentence."""
        if shown is None:
            return {"see": f'<p class="hint" data-level="none">{esc(NO_RUN)}</p>'}
        if shown == painted:
            return {}
        try:
            report = self.page.runs.report(shown)
        except DlfdError as error:
            return {"see": f'<p class="hint" data-level="warn" role="status">{esc(error)}</p>', "painted": None}
        slots = self._grown(report, shown)
        if painted is None or (painted.request, painted.example) != (shown.request, shown.example):
            # nothing is painted twice: that would close what the visitor has opened
            slots |= self._fixed(report, shown)
        return slots | {"painted": shown}

    def _fixed(self, report: ForgetReport, shown: Shown) -> Slots:
        """What a control does not change."""
        return {
            "see": views.caption(report, self.page.catalog, example=shown.example),
            "losses": views.loss_section(losses.of_run(report)),
            "predictions": views.predictions_section(report, names_of(report, self.page.names)),
        }

    def _grown(self, report: ForgetReport, shown: Shown) -> Slots:
        """What grows with the control."""
        return {
            "prove": proof.proof(report),
            "evidence": evidence(report, names_of(report, self.page.names)),
            "loss_table": views.loss_table(report),
            "xray": xray_value(report, finished=shown.final),
            "take_away": take_away(report),
        }

    def attacker(self, shown: Shown | None, painted: Shown | None) -> Slots:
        """Slots of the view in which the visitor plays the attacker: ``explorer`` and ``explorer_painted``."""
        if shown is None or (painted is not None and painted.mark == shown.mark):
            return {}
        try:
            report = self.page.runs.report(shown)
        except DlfdError:
            return {"explorer": {}, "explorer_painted": None}
        return {"explorer": explorer_value(report, names_of(report, self.page.names)), "explorer_painted": shown}
