"""The stage, tab Demo: who is forgotten, what the model sees, what an attacker finds, and a drawer."""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components import Component

from dlfd_core.types import CONTROLLED, IDENTITY, MethodCard, Seconds
from dlfd_core.ui.components.assets import read
from dlfd_core.ui.components.base import static
from dlfd_core.ui.components.face_picker import FacePicker, at_random
from dlfd_core.ui.components.feature_map import FeatureMap
from dlfd_core.ui.components.live_curves import LiveCurves
from dlfd_core.ui.components.live_frames import LiveFrames
from dlfd_core.ui.components.loss_explorer import LossExplorer
from dlfd_core.ui.components.race_marks import in_order
from dlfd_core.ui.components.run_meter import RunMeter
from dlfd_core.ui.components.run_ticket import RunTicket
from dlfd_core.ui.components.synthesis_strip import SynthesisStrip
from dlfd_core.ui.forget import views
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.forget.knobs import KnobForm, build_form
from dlfd_core.ui.forget.parts import BESIDE, Form, Stage
from dlfd_core.ui.forget.place import choice
from dlfd_core.ui.receipt.file_maker import file_maker
from dlfd_core.ui.receipt.map_maker import face_maker, map_maker
from dlfd_core.ui.server.jobs import Slots
from dlfd_core.ui.text.markup import esc
from dlfd_core.ui.text.texts import ASSETS, copy_text

#: Opens and closes the drawer; its script is in ``stage.js``.
ADJUST = (
    '<p class="adjust"><span data-method></span> '
    '<button type="button" class="plain" data-adjust aria-expanded="false" aria-controls="adjust">Adjust</button></p>'
)
TRAINED_FOR = "It was trained for this only."
#: Follows where the identity is one task of several.
NAMES_THEM = " Of these tasks, only Identity names the person."
DRAWER_HEAD = (
    '<div class="drawer-head"><h2 tabindex="-1">Adjust the run</h2>'
    '<button type="button" class="plain" data-shut>Close</button></div>'
)


def build_stage(handlers: Handlers, number: int = 0) -> Stage:
    """Build the stage, inside a ``gr.Blocks``. It opens with the finished example.

    Args:
        number: of the host's offer that it shows.
    """
    opening = handlers.opening()
    slots: dict[str, Component] = {}
    with gr.Row(elem_id="headline"):
        slots["status"] = static(opening["status"], elem_id="status")
        slots["ticket"] = RunTicket(elem_id="ticket")
        back = gr.Button("Back to the example", elem_id="to-example", elem_classes="plain-button", visible=False)
    with gr.Row(elem_id="stage"):
        with gr.Column(elem_id="who", min_width=0):
            picker, hint, run = _who(handlers)
        with gr.Column(elem_id="sees", min_width=0):
            attacker, explorer, cancel = _sees(handlers, opening, slots)
        with gr.Column(elem_id="finds", min_width=0):
            _title(3, "What an attacker finds")
            slots["result"] = gr.HTML(
                opening["result"],
                apply_default_css=False,
                js_on_load=read("save.js") + _script("page.js") + _script("result.js"),
                elem_classes="result",
                elem_id="verdict",
                server_functions=[file_maker(handlers.service)],
            )
            # pressed by the buttons of the same name in the result
            beside = tuple(gr.Button(name, elem_id=f"beside-{name}", visible="hidden") for name in BESIDE)
    form = _drawer(handlers, number, picker, hint, run, cancel, back, opening.get("seconds", Seconds()))
    slots |= {"shown": gr.State(opening.get("shown")), "request": gr.State(opening.get("request"))}
    return Stage(form, slots, attacker, explorer, beside)


def _title(number: int, name: str) -> None:
    static(f'<h2 class="step-title"><span aria-hidden="true">{number}</span>{name}</h2>')


def _script(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _who(handlers: Handlers) -> tuple[FacePicker, gr.HTML, gr.Button]:
    _title(1, "Who asks to be forgotten?")
    if handlers.data.about:
        static(f'<p class="host-data">{esc(handlers.data.about)}</p>', elem_id="host-data")
    picker = FacePicker(handlers.data, similar=handlers.look_alikes, elem_id="people")
    hint = static(views.pick_hint(handlers.data, ()), elem_id="pick-hint")
    run = gr.Button(views.run_label(0, None, at_random(handlers.data)), variant="primary", elem_id="run")
    gr.HTML(ADJUST, apply_default_css=False, js_on_load=_script("stage.js"), elem_id="adjust-line")
    return picker, hint, run


def _sees(handlers: Handlers, opening: Slots, slots: dict[str, Component]) -> tuple[gr.Tab, LossExplorer, gr.Button]:
    with gr.Tabs(elem_id="views", selected="map"):
        with gr.Tab("What the model sees", id="map", elem_id="view-map"):
            figure, faces = map_maker(handlers.service), face_maker(handlers.service)
            slots["live"] = LiveFrames(elem_id="live", visible="hidden")
            slots["map"] = FeatureMap(opening.get("map"), figure, faces, elem_id="map", elem_classes="result-map")
        with gr.Tab("What an attacker sees", id="attacker", elem_id="view-attacker") as attacker:
            explorer = LossExplorer(elem_id="explorer", elem_classes="explorer-block")
        with gr.Tab("The run", id="curves", elem_id="view-curves"):
            LiveCurves(elem_id="curves")
            slots["synthesis"] = SynthesisStrip(opening.get("synthesis"), elem_id="synthesis")
    with gr.Row(elem_id="meter"):
        slots["progress"] = RunMeter(opening.get("progress"), elem_id="progress")
        cancel = gr.Button("Cancel", elem_id="cancel", interactive=False, min_width=90, elem_classes="plain-button")
    return attacker, explorer, cancel


def _drawer(
    handlers: Handlers,
    number: int,
    picker: FacePicker,
    hint: gr.HTML,
    run: gr.Button,
    cancel: gr.Button,
    back: gr.Button,
    took: Seconds,
) -> Form:
    """All settings of a run. The drawer is always on the page, hidden by the style sheet while it is shut."""
    cards = in_order(handlers.catalog.methods)
    chosen = cards[0].name
    tasks = [(task.title, task.name) for task in handlers.data.tasks]
    with gr.Column(elem_id="adjust", min_width=0):
        static(DRAWER_HEAD)
        if len(handlers.catalog.offers) > 1:
            static(choice(handlers.catalog.offers, number), elem_id="offers")
        gr.Markdown(copy_text("forget"), elem_classes="lead")
        task = gr.Dropdown(
            tasks, value=tasks[0][1], label="What the classifier tells", filterable=False, elem_classes="task",
            info=TRAINED_FOR + (NAMES_THEM if {IDENTITY} < {task.name for task in handlers.data.tasks} else ""),
        )  # fmt: skip
        method = gr.Radio(
            [(card.title, card.name) for card in cards], value=chosen, label="Method", elem_classes="methods"
        )
        forms = tuple(_knob_form(handlers, card, visible=card.name == chosen) for card in cards)
        with gr.Row(elem_classes="run-options"):
            seed = gr.Number(
                0, label="Seed", info="The same seed gives the same run.", precision=0, elem_classes="seed"
            )
            control = gr.Checkbox(
                True, visible=chosen in CONTROLLED, min_width=220,
                label="Also run the control: the same training without synthesised photos" + _about(took.control),
                info="It runs after the result, and shows what the synthesised photos add.",
            )  # fmt: skip
            retrain = gr.Checkbox(
                False, min_width=220,
                label="Also retrain from scratch, as the reference" + _about(took.retrain),
                info="A model that truly never saw these people: what unlearning tries to reach.",
            )  # fmt: skip
    return Form(
        picker, hint, task, method, seed, retrain, control, forms, run, cancel, gr.State(task.value), back,
        has_example="shown" in handlers.opening(),
    )  # fmt: skip


def _knob_form(handlers: Handlers, card: MethodCard, *, visible: bool) -> KnobForm:
    tasks = [task.name for task in handlers.data.tasks]
    places = [(task, preset.name) for preset in card.presets for task in tasks]
    presets = {(task, preset): handlers.preset(card.name, task, preset) for task, preset in places}
    return build_form(card, presets, visible=visible)


def _about(seconds: float) -> str:
    return f" (about\u00a0{seconds:.0f}\u00a0s)" if seconds else ""


def painted(slots: dict[str, Component], changed: dict[str, Any]) -> dict[Component, Any]:
    """Updates for those of the changed slots that have a component in ``slots``."""
    return {slots[name]: value for name, value in changed.items() if name in slots}
