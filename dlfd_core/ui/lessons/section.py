"""Folded section with the lessons, above Pick: layout and events."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components import Component

from dlfd_core.errors import DlfdError
from dlfd_core.ui.components.assets import read
from dlfd_core.ui.forget.wiring import Form, filled
from dlfd_core.ui.lessons import views
from dlfd_core.ui.lessons.handlers import LessonHandlers
from dlfd_core.ui.server.job_events import QUIET
from dlfd_core.ui.text.markup import esc

#: Script that presses the page's own run button after the fields are filled: a lesson's run is an ordinary run.
PRESS = "() => { document.querySelector('#run').click(); }"


def build_lessons(handlers: LessonHandlers) -> gr.HTML:
    """Build the section, inside a ``gr.Blocks``. Returns a component with the events ``example`` and ``run`` (see
    ``LessonAct``), which carry the lesson's name."""
    with gr.Accordion("Lessons", open=False, elem_id="lessons"):
        return gr.HTML(
            views.desk(list(handlers.lessons.values())),
            apply_default_css=False,
            js_on_load=read("save.js") + read("lesson.js"),
            server_functions=handlers.functions(),
            elem_id="lesson-desk",
        )


def wire_lessons(handlers: LessonHandlers, desk: gr.HTML, form: Form, slots: dict[str, Component]) -> None:
    """Connect the events, after all components of the page are made."""

    def fill(event: gr.EventData) -> dict[Component, Any]:
        try:
            return filled(form, handlers.wishes(_named(event)))
        except DlfdError as error:
            raise gr.Error(esc(str(error)), print_exception=False) from error

    def example(event: gr.EventData) -> dict[Component, Any]:
        try:
            request, changed = handlers.example()
        except DlfdError as error:
            raise gr.Error(esc(str(error)), print_exception=False) from error
        painted: dict[Component, Any] = {slots[name]: value for name, value in changed.items() if name in slots}
        return painted | {form.picker: list(request.people), form.task: request.task}

    started = desk.run(fill, None, form.everything, queue=False, **QUIET)
    started.success(None, None, None, js=PRESS, queue=False, **QUIET)
    desk.example(example, None, [*slots.values(), form.picker, form.task], queue=False, **QUIET)


def _named(event: gr.EventData) -> object:
    return event._data.get("lesson") if isinstance(event._data, dict) else None
