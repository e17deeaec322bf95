"""The page: Pick, Forget, See, Prove. Layout and wiring only; what happens on a click stands in ``handlers``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from dlfd_core.ui import views
from dlfd_core.ui.components.face_picker import FacePicker
from dlfd_core.ui.components.feature_map import FeatureMap
from dlfd_core.ui.components.live_curves import LiveCurves
from dlfd_core.ui.handlers import Handlers, Slots
from dlfd_core.ui.knobs import KnobForm, build_form
from dlfd_core.ui.ports import ServicePort
from dlfd_core.ui.texts import ASSETS, copy_text, glossary

TITLE = "Face unlearning with DLFD"
#: Seconds between two sweeps of gradio's cache, and the age at which a file goes. The page itself makes none.
CACHE = (60, 900)
#: Events of the interface are not an API: the command line is. Their input is checked all the same.
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
JUMP = '<nav class="jump" aria-label="Steps">{}</nav>'
STEPS = ("Pick", "Forget", "See", "Prove")


@dataclass(frozen=True)
class _Form:
    """Where the visitor's wishes come from."""

    picker: FacePicker
    hint: gr.HTML
    task: gr.Dropdown
    method: gr.Radio
    seed: gr.Number
    retrain: gr.Checkbox
    knobs: tuple[KnobForm, ...]
    run: gr.Button
    cancel: gr.Button


def build_page(service: ServicePort) -> gr.Blocks:
    """The whole page, opened with the service's finished example."""
    handlers = Handlers(service)
    opening = handlers.opening()
    with gr.Blocks(title=TITLE, analytics_enabled=False, delete_cache=CACHE, fill_width=True) as page:
        gr.Markdown(copy_text("intro"), elem_classes="intro")
        _static(JUMP.format("".join(f'<a href="#{name.lower()}">{i} {name}</a>' for i, name in enumerate(STEPS, 1))))
        with gr.Column(elem_id="pick", elem_classes="step"):
            _heading(1)
            picker, hint, task = _pick(handlers)
        with gr.Column(elem_id="forget", elem_classes="step"):
            _heading(2)
            form, slots = _forget(handlers, picker, hint, task, opening)
        with gr.Column(elem_id="see", elem_classes="step"):
            _heading(3)
            slots |= _see(opening)
        with gr.Column(elem_id="prove", elem_classes="step"):
            _heading(4)
            slots |= _prove(opening)
        _wire(handlers, form, slots)
    return page


# ---- layout ----------------------------------------------------------------------------------------------------------


def _static(html: str, **kwargs: Any) -> gr.HTML:
    """HTML made by ``views``: inert, without gradio's own style for prose."""
    return gr.HTML(html, apply_default_css=False, js_on_load=None, **kwargs)


def _heading(number: int) -> None:
    name = STEPS[number - 1]
    _static(f'<h2 class="step-title"><span aria-hidden="true">{number}</span>{name}</h2>')
    gr.Markdown(copy_text(name.lower()), elem_classes="lead")


def _pick(handlers: Handlers) -> tuple[FacePicker, gr.HTML, gr.Dropdown]:
    tasks = [(task.title, task.name) for task in handlers.data.tasks]
    task = gr.Dropdown(
        tasks,
        value=tasks[0][1],
        label="What the classifier tells",
        info="It was trained for this, never to recognise anybody, unless you choose identity.",
        elem_classes="task",
    )
    picker = FacePicker(handlers.data, similar=handlers.look_alikes, elem_id="people")
    hint = _static(views.pick_hint(handlers.data, ()), elem_id="pick-hint")
    return picker, hint, task


def _forget(
    handlers: Handlers, picker: FacePicker, hint: gr.HTML, task: gr.Dropdown, opening: Slots
) -> tuple[_Form, dict[str, Component]]:
    cards, first = handlers.catalog.methods, handlers.data.tasks[0].name
    chosen = next((card.name for card in cards if card.name == "dlfd"), cards[0].name)
    took = opening.get("retrain_seconds") or 0.0
    with gr.Row(elem_classes="forget-columns"):
        with gr.Column(min_width=300, scale=5):
            method = gr.Radio(
                [(card.title, card.name) for card in cards], value=chosen, label="Method", elem_classes="methods"
            )
            forms = tuple(
                build_form(card, handlers.preset(card.name, first), visible=card.name == chosen) for card in cards
            )
        with gr.Column(min_width=300, scale=6):
            with gr.Row(elem_classes="run-options"):
                seed = gr.Number(0, label="Seed", info="The same seed gives the same run.", precision=0, min_width=120)
                retrain = gr.Checkbox(
                    False,
                    label="Also retrain from scratch, as the reference" + (f" (about {took:.0f} s)" if took else ""),
                    info="The model that truly never saw them: what unlearning tries to reach.",
                    min_width=220,
                )
            with gr.Row(elem_classes="run-buttons"):
                run = gr.Button("Forget these people", variant="primary", elem_id="run", scale=3, min_width=180)
                cancel = gr.Button("Cancel", elem_id="cancel", interactive=False, scale=1, min_width=90)
            status = _static(views.status("idle"), elem_id="status")
            curves = LiveCurves(opening.get("curves"), elem_id="curves")
    form = _Form(picker, hint, task, method, seed, retrain, forms, run, cancel)
    return form, {"status": status, "curves": curves}


def _see(opening: Slots) -> dict[str, Component]:
    caption = _static(opening["see"], elem_classes="result")
    the_map = FeatureMap(opening.get("map"), elem_id="map", elem_classes="result-map")
    losses = _static(opening.get("losses", ""), elem_classes="result", elem_id="losses")
    predictions = _static(opening.get("predictions", ""), elem_classes="result", elem_id="predictions")
    return {"see": caption, "map": the_map, "losses": losses, "predictions": predictions}


def _prove(opening: Slots) -> dict[str, Component]:
    prove = gr.HTML(
        opening.get("prove", ""),
        apply_default_css=False,
        js_on_load=(ASSETS / "page.js").read_text(encoding="utf-8"),
        elem_classes="result",
        elem_id="proof",
    )
    with gr.Accordion("What no score can promise", open=False):
        gr.Markdown(copy_text("promises"))
    with gr.Accordion("The scores explained", open=False):
        gr.Markdown("\n".join(f"**{term}.** {text}\n" for term, text in glossary().items()))
    return {"prove": prove}


# ---- wiring ----------------------------------------------------------------------------------------------------------


def _wire(handlers: Handlers, form: _Form, slots: dict[str, Component]) -> None:
    form.picker.change(handlers.pick_hint, form.picker, form.hint, queue=False, trigger_mode="always_last", **QUIET)
    columns = [knobs.column for knobs in form.knobs]

    def choose(method: str) -> list[gr.Column]:
        return [gr.Column(visible=knobs.card.name == method) for knobs in form.knobs]

    form.method.change(choose, form.method, columns, queue=False, **QUIET)
    for knobs in form.knobs:
        if knobs.reset is not None:
            knobs.reset.click(_reset(handlers, knobs), form.task, list(knobs.fields), queue=False, **QUIET)
    _wire_run(handlers, form, slots)


def _reset(handlers: Handlers, knobs: KnobForm) -> Any:
    def reset(task: str) -> Any:
        preset = handlers.preset(knobs.card.name, task)
        values = [preset[knob.name] for knob in knobs.card.knobs]
        return values if len(values) > 1 else values[0]

    return reset


def _wire_run(handlers: Handlers, form: _Form, slots: dict[str, Component]) -> None:
    fields = [field for knobs in form.knobs for field in knobs.fields]
    outputs = [*slots.values(), form.run, form.cancel]

    def paint(changed: Slots) -> Any:
        """Slots as updates of components; a toast pops up at once. A heartbeat changes nothing."""
        if "toast" in changed:
            gr.Warning(views.toast(changed["toast"]))
        found: dict[Component, Any] = {slots[name]: value for name, value in changed.items() if name in slots}
        if "busy" in changed:
            found[form.run] = gr.Button(interactive=not changed["busy"])
            found[form.cancel] = gr.Button(interactive=changed["busy"])
        return found or gr.skip()

    def run(people: list[str], task: str, method: str, seed: object, retrain: bool, *values: object) -> Iterator[Any]:
        chosen = _values_of(form.knobs, method, values)
        for changed in handlers.forget(people, task, method, seed, retrain, chosen):
            yield paint(changed)

    job = form.run.click(
        run,
        [form.picker, form.task, form.method, form.seed, form.retrain, *fields],
        outputs,
        # the service has one slot and says who waits for it, so waiting visitors may already hold their stream
        concurrency_limit=16,
        **QUIET,
    )
    stopped = form.cancel.click(None, None, None, cancels=[job], api_visibility="private")
    # after the cancel, so that no late step of the run overwrites the sentence
    stopped.then(lambda: paint(handlers.cancelled()), None, outputs, queue=False, **QUIET)


def _values_of(forms: tuple[KnobForm, ...], method: str, values: tuple[object, ...]) -> list[object]:
    """The fields of all methods come in one row; cut out those of the chosen one."""
    start = 0
    for knobs in forms:
        end = start + len(knobs.fields)
        if knobs.card.name == method:
            return list(values[start:end])
        start = end
    return []
