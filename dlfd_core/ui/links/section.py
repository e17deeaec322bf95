"""Load event that fills the page when it is opened by a link to a run."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components import Component

from dlfd_core.ui.forget.wiring import Form, filled, painting
from dlfd_core.ui.links.handlers import LinkHandlers
from dlfd_core.ui.receipt.link import PARAMETER
from dlfd_core.ui.server.job_events import QUIET


def wire_links(handlers: LinkHandlers, page: gr.Blocks, form: Form, slots: dict[str, Component]) -> None:
    """Connect the load event, after all components of the page are made."""

    def open_link(visit: gr.Request) -> Any:
        value = visit.query_params.get(PARAMETER)
        if value is None:
            return gr.skip()
        wishes, changed = handlers.open(value)
        values = painting(form, slots)(changed)
        return values if wishes is None else values | filled(form, wishes)

    outputs = [*slots.values(), form.run, form.cancel, form.back, *form.everything]
    # through the queue: outside it a toast does not reach the visitor
    page.load(open_link, None, outputs, concurrency_limit=16, **QUIET)
