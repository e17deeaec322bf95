"""What a page shows when it is opened: the visitor's run after a reload, or the run of the link in its address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.events import Dependency

from dlfd_core.ui.components.run_ticket import READY
from dlfd_core.ui.forget.parts import Stage, filled
from dlfd_core.ui.forget.wiring import painting
from dlfd_core.ui.links.handlers import LinkHandlers
from dlfd_core.ui.receipt.link import PARAMETER, WATCHED
from dlfd_core.ui.server.job_events import QUIET, start_job
from dlfd_core.ui.server.kept_events import ticket_in


def wire_links(handlers: LinkHandlers, page: gr.Blocks, stage: Stage) -> Dependency:
    """Connect the event of a page with a run to show, after all components are made. Returns it: the run may go on."""
    form, slots = stage.form, stage.slots
    paint = painting(stage)

    def opened(visit: gr.Request, event: gr.EventData) -> Iterator[Any]:
        key, link = visit.query_params.get(WATCHED), visit.query_params.get(PARAMETER)
        shown = False
        for run in (
            handlers.come_back(ticket_in(event), visit.session_hash),
            handlers.watch(key),
            iter([handlers.open(link)] if link is not None else ()),
            iter([(None, handlers.gone())] if key is not None else ()),
        ):
            for wishes, changed in run:
                shown = True
                yield (paint(changed) | ({} if wishes is None else filled(form, wishes))) or gr.skip()
            if shown:
                return
        yield gr.skip()

    outputs = [*slots.values(), form.run, form.cancel, form.back, *form.everything]
    page.load(None, js=READY, queue=False, **QUIET)
    return start_job(slots["ticket"].select, opened, None, outputs)  # type: ignore[attr-defined]
