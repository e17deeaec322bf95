"""Tab Your photos: layout and events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr

from dlfd_core.ui.components.base import static
from dlfd_core.ui.components.photo_drop import PhotoDrop
from dlfd_core.ui.own_photos import views
from dlfd_core.ui.own_photos.handlers import OwnHandlers
from dlfd_core.ui.server.job_events import QUIET, start_job, stop_job
from dlfd_core.ui.text.markup import esc


def build_own(page: gr.Blocks, handlers: OwnHandlers, task: gr.Dropdown) -> None:
    """Build the section, inside the page.

    Args:
        task: what the classifier tells, and will be taught.
    """
    with gr.Column(elem_id="own", min_width=0):
        static(f"<h2>{esc(views.TITLE)}</h2>")
        gr.Markdown(views.lead(), elem_classes="lead")
        drop = PhotoDrop(
            handlers.functions(), largest=handlers.own.largest, consent=views.consent(), elem_id="own-photos"
        )
        static(f'<p class="quiet">{esc(views.kept())}</p>', elem_id="own-kept")
    _wire(page, handlers, drop, task)
    handlers.own.on_wiped(lambda session: forget_session(page, session))
    handlers.left_behind = lambda session: forget_session(page, session)


def _wire(page: gr.Blocks, handlers: OwnHandlers, drop: PhotoDrop, task: gr.Dropdown) -> None:
    def hello(visit: gr.Request) -> dict[str, Any]:
        return handlers.hello(visit.session_hash or "")

    def teach(visit: gr.Request, tells: str) -> Iterator[Any]:
        for value in handlers.teach(tells, visit.session_hash or ""):
            yield gr.skip() if value is None else value

    def teach_on(visit: gr.Request) -> Iterator[Any]:
        for value in handlers.teach_on(visit.session_hash or ""):
            yield gr.skip() if value is None else value

    def stopped(visit: gr.Request) -> dict[str, Any]:
        return handlers.stopped(visit.session_hash or "")

    def wipe(visit: gr.Request) -> dict[str, Any]:
        return handlers.wipe(visit.session_hash or "")

    def left(visit: gr.Request) -> None:
        session = visit.session_hash or ""
        handlers.left(session)
        if not handlers.own.is_open(session):
            page.state_holder.session_data.pop(session, None)

    page.load(hello, None, drop, queue=False, **QUIET)
    job = start_job(drop.teach, teach, task, drop)
    again = start_job(drop.again, teach_on, None, drop)
    stop_job(drop.halt, [job, again], stopped, None, drop)
    stop_job(drop.wipe, [job, again], wipe, None, drop)
    page.unload(left)


def forget_session(page: gr.Blocks, session: str) -> None:
    """Delete gradio's copies of a visitor's component values: they contain results, which show the faces of own people.

    The browser still shows them until its page is closed.
    """
    state = page.state_holder.session_data.get(session) if hasattr(page, "state_holder") else None
    if state is not None:
        state.config_values.clear()
        state.state_data.clear()
        if state.is_closed:  # the page is not connected any more
            page.state_holder.session_data.pop(session, None)
