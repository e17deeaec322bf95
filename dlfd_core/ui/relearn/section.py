"""Block "Does the memory come back?" of the tab Evidence: layout and events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.components import Component

from dlfd_core.types import DEFAULT_RELEARN_PHOTOS, RELEARN_PHOTOS, ForgetRequest
from dlfd_core.ui.components.base import static
from dlfd_core.ui.relearn.handlers import RelearnHandlers
from dlfd_core.ui.relearn.views import nothing_yet, relearn_status
from dlfd_core.ui.server.job_events import QUIET, painter, start_job, stop_job
from dlfd_core.ui.server.kept_events import ticket_in
from dlfd_core.ui.text.texts import copy_text


def build_relearn(handlers: RelearnHandlers, request_state: Component, ticket: Component) -> None:
    """Build the block, inside a ``gr.Blocks``.

    Args:
        request_state: ``gr.State`` with the request of the run that the page shows; another one empties the block.
        ticket: see ``keep_job``.
    """
    static("<h3>Does the memory come back?</h3>")
    gr.Markdown(copy_text("relearn"), elem_classes="lead")
    photos = gr.Slider(
        *RELEARN_PHOTOS, DEFAULT_RELEARN_PHOTOS, step=1, label="Photos of each person for training",
        elem_id="relearn-photos", elem_classes="task",
        info="For the second chart. The other photos are used to measure.",
    )  # fmt: skip
    with gr.Row(elem_classes="run-buttons"):
        start = gr.Button("Try to bring it back", elem_id="relearn", elem_classes="plain-button", min_width=180)
        cancel = gr.Button(
            "Stop", elem_id="relearn-cancel", elem_classes="plain-button", interactive=False, min_width=90
        )
    slots: dict[str, Component] = {
        "ticket": ticket,
        "relearn_status": static(relearn_status("idle"), elem_id="relearn-status"),
        "relearn": static(nothing_yet(), elem_classes=["result", "duel"], elem_id="relearn-result"),
    }
    _wire(handlers, request_state, photos, start, cancel, slots)


def _wire(
    handlers: RelearnHandlers,
    request_state: Component,
    photos: gr.Slider,
    start: gr.Button,
    cancel: gr.Button,
    slots: dict[str, Component],
) -> None:
    outputs = [*slots.values(), start, cancel]
    paint = painter(slots, start, cancel)

    def run(visit: gr.Request, request: ForgetRequest | None, count: object) -> Iterator[Any]:
        yield from map(paint, handlers.start(request, count, visit.session_hash))

    def come_back(visit: gr.Request, event: gr.EventData, request: ForgetRequest | None) -> Iterator[Any]:
        yield from map(paint, handlers.come_back(ticket_in(event), request, visit.session_hash or ""))

    def another_run(visit: gr.Request, request: ForgetRequest | None) -> Any:
        return paint(handlers.another_run(request, visit.session_hash))

    def cancelled(visit: gr.Request) -> Any:
        return paint(handlers.cancelled(visit.session_hash))

    jobs = [
        start_job(start.click, run, [request_state, photos], outputs),
        start_job(slots["ticket"].select, come_back, request_state, outputs),  # type: ignore[attr-defined]
    ]
    request_state.change(  # type: ignore[attr-defined]
        another_run, request_state, outputs, queue=False, trigger_mode="multiple", **QUIET
    )
    stop_job(cancel.click, jobs, cancelled, None, outputs)
