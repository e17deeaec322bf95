"""Section "Look inside DLFD": its layout, and the event with which its switches fill the form."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components import Component

from dlfd_core.types import DEFAULT_PRESET
from dlfd_core.ui.components.xray import XRay
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.forget.parts import Form
from dlfd_core.ui.inside import ablations
from dlfd_core.ui.inside.looks import look_finder
from dlfd_core.ui.server.job_events import QUIET
from dlfd_core.ui.text.markup import esc

#: Script that opens the stage with its drawer, and focuses the button that starts a run.
GO = """async () => {
  await window.openPart('demo');
  document.dispatchEvent(new CustomEvent('adjust-run', { detail: { open: true } }));
  document.querySelector('#run').focus();
}"""


def build_xray(handlers: Handlers) -> XRay:
    """Build the component, inside a ``gr.Blocks``."""
    card = next((card for card in handlers.catalog.methods if card.name == ablations.METHOD), None)
    return XRay(
        ablations=ablations.offered(card) if card else (),
        look=look_finder(handlers.service),
        elem_id="xray",
        elem_classes="explorer-block",
    )


def wire_xray(handlers: Handlers, xray: XRay, form: Form) -> None:
    """Connect the switches, after all components of the page are made."""
    knob_form = next((knobs for knobs in form.knobs if knobs.card.name == ablations.METHOD), None)
    if knob_form is None:
        return
    chosen, fields = knob_form, list(knob_form.fields)

    def fill(event: gr.EventData, task: str, preset: str = DEFAULT_PRESET) -> dict[Component, Any]:
        names = event._data.get("names") if isinstance(event._data, dict) else None
        values = handlers.preset(ablations.METHOD, task, preset) | ablations.changes(names)
        titles = " and ".join(ablations.titles(names)) or "nothing changed"
        gr.Info(esc(f"DLFD is set to its preset with: {titles}. Press Forget to run it."))
        filled = {field: values[knob.name] for knob, field in zip(chosen.card.knobs, fields, strict=True)}
        return {form.method: ablations.METHOD, **filled}

    set_form = xray.ablate(
        fill,
        [form.task, *([] if chosen.preset is None else [chosen.preset])],
        [form.method, *fields],
        concurrency_limit=16,  # through the queue: outside it a toast does not reach the visitor
        **QUIET,
    )
    set_form.success(None, None, None, js=GO, queue=False, **QUIET)
