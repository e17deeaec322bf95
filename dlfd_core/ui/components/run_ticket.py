"""Ticket of a visitor's job, kept in the browser tab, so that a reloaded page shows the job again."""

from __future__ import annotations

from typing import Any

from dlfd_core.ui.components.assets import read
from dlfd_core.ui.components.base import Drawing

#: Script of the load event of a page: gradio hears nothing of a component before.
READY = """() => {
  document.documentElement.dataset.ready = '';
  document.dispatchEvent(new CustomEvent('page-ready'));
}"""


#: What a run has beside its ticket: a button, and a sentence for the time without a line to the server.
LOST = (
    "The connection to the server is lost. This page tries again every two seconds, and then shows a run that still "
    "goes on."
)
PARTS = (
    '<button type="button" class="plain" hidden>Copy link to this run</button>'
    f'<p class="run-status lost" role="alert" hidden>{LOST}</p>'
)


class RunTicket(Drawing):
    """Value: ``{"ticket": ...}``, see ``KeptJobs.start``; ``{"ticket": ""}``: no job is to be shown again.

    ``address`` is the part of the page's address from ``?`` at which others see the run while it goes on; ``""`` takes
    it out of the address. It has a button that copies the address. On a page that is opened again, ``select`` is
    triggered with the kept ticket; for runs also where the address has a run. ``again``: the same later, with this
    ticket. A page without any of these sends nothing: gradio calls it an error when a page is left that still waits.

    Args:
        job: ``run`` or the name of another kind of job.
    """

    def __init__(self, job: str = "run", **kwargs: Any):
        shown = job == "run"
        super().__init__(
            value={},
            html_template=PARTS if shown else "",
            js_on_load=f"const JOB = '{job}';\n{read('run_ticket.js')}{read('lost_line.js') if shown else ''}",
            apply_default_css=False,
            **kwargs,
        )
