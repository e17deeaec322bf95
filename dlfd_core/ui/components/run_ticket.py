"""Ticket of the visitor's run, kept in the browser tab, so that a reloaded page shows the run again."""

from __future__ import annotations

from typing import Any

from dlfd_core.ui.components.assets import read
from dlfd_core.ui.components.base import Drawing

#: Script that gives the kept ticket to the load event of a page.
GIVE = "() => { try { return [{ ticket: sessionStorage.getItem('dlfd-run') }]; } catch { return [{}]; } }"


class RunTicket(Drawing):
    """Value: ``{"ticket": ...}``, see ``KeptJobs.start``; ``{"ticket": ""}``: no run is to be shown again."""

    def __init__(self, **kwargs: Any):
        super().__init__(
            value={}, html_template="", js_on_load=read("run_ticket.js"), apply_default_css=False, **kwargs
        )
