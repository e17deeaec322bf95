"""Section on requests one after another: layout and events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.components import Component

from dlfd_core.types import SequenceReport
from dlfd_core.ui.components.assets import read
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.parts import Form
from dlfd_core.ui.sequence import views
from dlfd_core.ui.sequence.handlers import SequenceHandlers
from dlfd_core.ui.server.job_events import QUIET, stop_job, updates
from dlfd_core.ui.server.jobs import Slots
from dlfd_core.ui.server.kept_events import keep_job
from dlfd_core.ui.text.texts import copy_text


def build_sequence(handlers: SequenceHandlers, form: Form, ticket: Component) -> None:
    """Build the folded section, inside a ``gr.Blocks``. Method, preset, settings and seed come from ``form``.

    Args:
        ticket: see ``keep_job``.
    """
    with gr.Accordion("Requests that come one after another", open=False, elem_id="sequence") as fold:
        gr.Markdown(copy_text("sequence"), elem_classes="lead")
        add = gr.Button("Add the picked people as next request", elem_id="sequence-add", elem_classes="plain-button")
        slots: dict[str, Component] = {"queue": gr.State([]), "sequence": gr.State(None), "ticket": ticket}
        slots["queued"] = _part(handlers.queued([]), "sequence-queue", read("sequence_queue.js"))
        retrain = gr.Checkbox(
            False,
            label="Also retrain from scratch at each step, as the reference",
            info="A model that truly never saw these people. It takes longest.",
            elem_id="sequence-retrain",
        )
        with gr.Row(elem_classes="run-buttons"):
            run = gr.Button(
                "Forget one after another", variant="primary", elem_id="sequence-run", scale=3, min_width=180
            )
            cancel = gr.Button("Cancel", elem_id="sequence-cancel", interactive=False, scale=1, min_width=90)
        note = "Method, settings, seed and task are chosen under Demo, Adjust."
        slots["sequence_status"] = _part(views.sequence_status("idle", note), "sequence-status")
        slots["sequence_progress"] = _part("", "sequence-progress")
        slots["sequence_result"] = _part(views.empty_result(), "sequence-result")
    _wire_queue(handlers, form, slots, add)
    _wire_run(handlers, form, slots, retrain, run, cancel, fold)


def _part(html: str, name: str, script: str | None = None) -> gr.HTML:
    """HTML component with the section's own style sheet."""
    return gr.HTML(
        html, apply_default_css=False, css_template=read("sequence.css"), js_on_load=script, elem_id=name
    )  # fmt: skip


def _wire_queue(handlers: SequenceHandlers, form: Form, slots: dict[str, Component], add: gr.Button) -> None:
    outputs = [slots["queue"], slots["queued"], slots["sequence_status"]]
    inputs = [slots["queue"], slots["sequence_status"]]

    def added(queue: list[list[str]], status: object, people: list[str]) -> dict[Component, Any]:
        return painted(handlers.add(queue, people) | handlers.settled(status))

    def removed(queue: list[list[str]], status: object, event: gr.EventData) -> dict[Component, Any]:
        number = event._data.get("index") if isinstance(event._data, dict) else None
        return painted(handlers.remove(queue, number) | handlers.settled(status))

    def painted(changed: Slots) -> dict[Component, Any]:
        return {slots[name]: value for name, value in changed.items()}

    add.click(added, [*inputs, form.picker], outputs, queue=False, **QUIET)
    # "multiple": two quick clicks remove two requests
    slots["queued"].select(removed, inputs, outputs, queue=False, trigger_mode="multiple", **QUIET)  # type: ignore[attr-defined]


def _wire_run(
    handlers: SequenceHandlers,
    form: Form,
    slots: dict[str, Component],
    retrain: gr.Checkbox,
    start: gr.Button,
    cancel: gr.Button,
    fold: gr.Accordion,
) -> None:
    outputs = [*slots.values(), start, cancel, fold]

    def paint(changed: Slots) -> Any:
        opened = {fold: gr.Accordion(open=True)} if "busy" in changed else {}  # folded on a page that was reloaded
        return updates(changed, slots, start, cancel) | opened or gr.skip()

    def steps(
        session: str, queue: list[list[str]], task: str, method: str, seed: object, again: bool, *values: Any
    ) -> Iterator[Slots]:
        preset, filled = form.chosen(method, values)
        return handlers.run(Wishes((), task, method, seed, again, False, preset, filled), queue, session)

    def cancelled(visit: gr.Request, status: object, report: SequenceReport | None) -> Any:
        return paint(handlers.cancelled(status, report, visit.session_hash))

    inputs = [slots["queue"], form.task, form.method, form.seed, retrain, *form.presets, *form.fields]
    jobs = keep_job(handlers.kept, slots["ticket"], start.click, steps, inputs, outputs, paint)
    stop_job(cancel.click, jobs, cancelled, [slots["sequence_status"], slots["sequence"]], outputs)
