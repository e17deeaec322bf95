"""Ticket of a visitor's job, kept in the browser tab, so that a reloaded page shows the job again."""

from __future__ import annotations

from typing import Any

from dlfd_core.ui.components.assets import read
from dlfd_core.ui.components.base import Drawing

#: Script that gives the kept ticket of a run to the load event of a page; each page of a host keeps its own.
GIVE = """() => {
  try { return [{ ticket: sessionStorage.getItem(`dlfd-run:${location.pathname}`) }]; } catch { return [{}]; }
}"""


class RunTicket(Drawing):
    """Value: ``{"ticket": ...}``, see ``KeptJobs.start``; ``{"ticket": ""}``: no job is to be shown again.

    ``address`` is the part of the page's address from ``?`` at which others see the run while it goes on; ``""`` takes
    it out of the address. It has a button that copies the address. On a page that is opened again, ``select`` is
    triggered with the kept ticket, but not for runs: those are asked for by the load event, see ``GIVE``.

    Args:
        job: ``run`` or the name of another kind of job.
    """

    def __init__(self, job: str = "run", **kwargs: Any):
        button = '<button type="button" class="plain" hidden>Copy link to this run</button>' if job == "run" else ""
        super().__init__(
            value={},
            html_template=button,
            js_on_load=f"const JOB = '{job}';\n{read('run_ticket.js')}",
            apply_default_css=False,
            **kwargs,
        )
