"""Lessons: the tab with their cards, the panel beside the page, and their events."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components import Component

from dlfd_core.errors import DlfdError
from dlfd_core.ui.components.assets import read
from dlfd_core.ui.forget.parts import Stage, filled
from dlfd_core.ui.forget.wiring import painting
from dlfd_core.ui.lessons import views
from dlfd_core.ui.lessons.handlers import LessonHandlers
from dlfd_core.ui.server.job_events import QUIET
from dlfd_core.ui.text.markup import esc

#: Script that presses the page's own run button after the fields are filled: a lesson's run is an ordinary run.
PRESS = "() => { document.querySelector('#run').click(); }"


def build_lessons(handlers: LessonHandlers) -> gr.HTML:
    """Build the panel beside the page, inside a ``gr.Blocks`` and outside its tabs. Returns a component with the events
    ``example`` and ``run`` (see ``LessonAct``), which carry the lesson's name."""
    return gr.HTML(
        views.desk(list(handlers.lessons.values())),
        apply_default_css=False,
        js_on_load=read("save.js") + read("lesson.js"),
        server_functions=handlers.functions(),
        elem_id="lesson-desk",
    )


def build_cards(handlers: LessonHandlers) -> None:
    """Build the tab Lessons, inside its ``gr.Tab``: a card per lesson, which opens the panel."""
    gr.HTML(views.cards(list(handlers.lessons.values())), apply_default_css=False, js_on_load=None, elem_id="lessons")


def wire_lessons(handlers: LessonHandlers, desk: gr.HTML, stage: Stage) -> None:
    """Connect the events, after all components of the page are made."""
    form, slots = stage.form, stage.slots

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
        changed = changed | {"ticket": {"ticket": ""}}  # a reload shows the example, too
        return painting(stage)(changed) | {form.picker: list(request.people), form.task: request.task}

    started = desk.run(fill, None, form.everything, queue=False, **QUIET)
    started.success(None, None, None, js=PRESS, queue=False, **QUIET)
    places = [*slots.values(), form.run, form.cancel, form.back, form.picker, form.task]
    desk.example(example, None, places, queue=False, **QUIET)


def _named(event: gr.EventData) -> object:
    return event._data.get("lesson") if isinstance(event._data, dict) else None
