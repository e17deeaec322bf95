"""Load event of the page: it shows the visitor's run again after a reload, or the run of the link in its address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.events import Dependency

from dlfd_core.ui.components.run_ticket import GIVE
from dlfd_core.ui.forget.wiring import Form, filled, painting
from dlfd_core.ui.links.handlers import LinkHandlers
from dlfd_core.ui.receipt.link import PARAMETER
from dlfd_core.ui.server.job_events import start_job


def wire_links(handlers: LinkHandlers, page: gr.Blocks, form: Form, slots: dict[str, Component]) -> Dependency:
    """Connect the load event, after all components of the page are made. Returns it: it may show a run that goes on."""
    paint = painting(form, slots)

    def opened(visit: gr.Request, kept: dict[str, Any]) -> Iterator[Any]:
        value, back = visit.query_params.get(PARAMETER), False
        for wishes, changed in handlers.come_back(kept.get("ticket"), visit.session_hash):
            back = True
            yield (paint(changed) | ({} if wishes is None else filled(form, wishes))) or gr.skip()
        if back or value is None:
            yield gr.skip()
            return
        wishes, changed = handlers.open(value)
        yield paint(changed) | ({} if wishes is None else filled(form, wishes))

    outputs = [*slots.values(), form.run, form.cancel, form.back, *form.everything]
    return start_job(page.load, opened, slots["ticket"], outputs, js=GIVE)
