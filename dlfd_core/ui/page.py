"""Layout of the page: Pick, Forget, See, Prove, Compare.

Events are in ``wiring`` and ``handlers``.
"""

from __future__ import annotations

from typing import Any

import gradio as gr
from gradio.components import Component

from dlfd_core.types import CONTROLLED, MethodCard, Seconds
from dlfd_core.ui.api import add_api
from dlfd_core.ui.compare.handlers import RaceHandlers
from dlfd_core.ui.compare.section import build_race
from dlfd_core.ui.components.assets import read
from dlfd_core.ui.components.base import static
from dlfd_core.ui.components.face_picker import FacePicker
from dlfd_core.ui.components.feature_map import FeatureMap
from dlfd_core.ui.components.live_curves import LiveCurves
from dlfd_core.ui.components.loss_explorer import LossExplorer
from dlfd_core.ui.components.race_marks import in_order
from dlfd_core.ui.components.synthesis_strip import SynthesisStrip
from dlfd_core.ui.forget import views
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.forget.knobs import KnobForm, build_form
from dlfd_core.ui.forget.wiring import Form, wire
from dlfd_core.ui.inside.section import build_xray, wire_xray
from dlfd_core.ui.language import build_switch
from dlfd_core.ui.lessons.handlers import LessonHandlers
from dlfd_core.ui.lessons.section import build_lessons, wire_lessons
from dlfd_core.ui.links.handlers import LinkHandlers
from dlfd_core.ui.links.section import wire_links
from dlfd_core.ui.own_photos.handlers import OwnHandlers
from dlfd_core.ui.own_photos.section import build_own
from dlfd_core.ui.receipt.file_maker import file_maker
from dlfd_core.ui.receipt.map_maker import face_maker, map_maker
from dlfd_core.ui.relearn.handlers import RelearnHandlers
from dlfd_core.ui.relearn.section import build_relearn
from dlfd_core.ui.sequence.handlers import SequenceHandlers
from dlfd_core.ui.sequence.section import build_sequence
from dlfd_core.ui.server.blocks import LightBlocks
from dlfd_core.ui.server.jobs import Slots
from dlfd_core.ui.server.ports import ServicePort
from dlfd_core.ui.text.texts import ASSETS, copy_text, glossary

TITLE = "Face unlearning with DLFD"
#: Seconds between two clean-ups of gradio's cache, and the age at which a file is deleted. The page makes no files.
CACHE = (60, 900)
JUMP = '<nav class="jump" aria-label="Steps">{}</nav>'
STEPS = ("Pick", "Forget", "See", "Prove", "Compare")


def build_page(service: ServicePort) -> gr.Blocks:
    """The whole page. It opens with the service's finished example."""
    handlers = Handlers(service)
    opening = handlers.opening()
    with LightBlocks(title=TITLE, analytics_enabled=False, delete_cache=CACHE, fill_width=True) as page:
        build_switch()
        gr.Markdown(copy_text("intro"), elem_classes="intro")
        static(JUMP.format("".join(f'<a href="#{name.lower()}">{i} {name}</a>' for i, name in enumerate(STEPS, 1))))
        lessons = LessonHandlers(handlers)
        desk = build_lessons(lessons)
        with gr.Column(elem_id="pick", elem_classes="step"):
            _heading(1)
            picker, hint, task = _pick(handlers)
            build_own(page, OwnHandlers(handlers), task)
        with gr.Column(elem_id="forget", elem_classes="step"):
            _heading(2)
            form, slots = _forget(handlers, picker, hint, task, opening)
        with gr.Column(elem_id="see", elem_classes="step"):
            _heading(3)
            slots |= _see(handlers, opening)
            slots["xray"] = xray = build_xray(handlers, opening)
        with gr.Column(elem_id="prove", elem_classes="step"):
            _heading(4)
            slots |= _prove(handlers, opening)
            slots["request"] = build_relearn(RelearnHandlers(handlers), opening.get("request"))
            build_sequence(SequenceHandlers(handlers), form)
        with gr.Column(elem_id="compare", elem_classes="step"):
            _heading(5)
            build_race(RaceHandlers(handlers), picker, task)
        wire(handlers, form, slots)
        wire_lessons(lessons, desk, form, slots)
        wire_links(LinkHandlers(handlers), page, form, slots)
        wire_xray(handlers, xray, form)
        add_api(handlers)
    return page


# ---- layout ----------------------------------------------------------------------------------------------------------


def _heading(number: int) -> None:
    name = STEPS[number - 1]
    static(f'<h2 class="step-title"><span aria-hidden="true">{number}</span>{name}</h2>')
    gr.Markdown(copy_text(name.lower()), elem_classes="lead")


def _pick(handlers: Handlers) -> tuple[FacePicker, gr.HTML, gr.Dropdown]:
    tasks = [(task.title, task.name) for task in handlers.data.tasks]
    task = gr.Dropdown(
        tasks,
        value=tasks[0][1],
        label="What the classifier tells",
        info="It was trained for this only, never to recognise people.",
        filterable=False,
        elem_classes="task",
    )
    picker = FacePicker(handlers.data, similar=handlers.look_alikes, elem_id="people")
    hint = static(views.pick_hint(handlers.data, ()), elem_id="pick-hint")
    return picker, hint, task


def _forget(
    handlers: Handlers, picker: FacePicker, hint: gr.HTML, task: gr.Dropdown, opening: Slots
) -> tuple[Form, dict[str, Component]]:
    cards = in_order(handlers.catalog.methods)
    chosen = cards[0].name
    took: Seconds = opening.get("seconds", Seconds())
    with gr.Row(elem_classes="forget-columns"):
        with gr.Column(min_width=300, scale=5):
            method = gr.Radio(
                [(card.title, card.name) for card in cards], value=chosen, label="Method", elem_classes="methods"
            )
            forms = tuple(_knob_form(handlers, card, visible=card.name == chosen) for card in cards)
        with gr.Column(min_width=300, scale=6):
            with gr.Row(elem_classes="run-options"):
                seed = gr.Number(
                    0, label="Seed", info="The same seed gives the same run.", precision=0, elem_classes="seed"
                )
                control = gr.Checkbox(
                    True,
                    label="Also run the control: the same training without synthesised photos" + _about(took.control),
                    info="It runs after the result, and shows what the synthesised photos add.",
                    visible=chosen in CONTROLLED,
                    min_width=220,
                )
                retrain = gr.Checkbox(
                    False,
                    label="Also retrain from scratch, as the reference" + _about(took.retrain),
                    info="A model that truly never saw these people: what unlearning tries to reach.",
                    min_width=220,
                )
            with gr.Row(elem_classes="run-buttons"):
                run = gr.Button("Forget these people", variant="primary", elem_id="run", scale=3, min_width=180)
                cancel = gr.Button("Cancel", elem_id="cancel", interactive=False, scale=1, min_width=90)
            status = static(views.status("idle"), elem_id="status")
            curves = LiveCurves(opening.get("curves"), elem_id="curves")
            synthesis = SynthesisStrip(opening.get("synthesis"), elem_id="synthesis")
    form = Form(picker, hint, task, method, seed, retrain, control, forms, run, cancel, gr.State(task.value))
    return form, {"status": status, "curves": curves, "synthesis": synthesis}


def _knob_form(handlers: Handlers, card: MethodCard, *, visible: bool) -> KnobForm:
    tasks = [task.name for task in handlers.data.tasks]
    places = [(task, preset.name) for preset in card.presets for task in tasks]
    presets = {(task, preset): handlers.preset(card.name, task, preset) for task, preset in places}
    return build_form(card, presets, visible=visible)


def _about(seconds: float) -> str:
    return f" (about\u00a0{seconds:.0f}\u00a0s)" if seconds else ""


def _see(handlers: Handlers, opening: Slots) -> dict[str, Component]:
    caption = static(opening["see"], elem_classes="result")
    figure, faces = map_maker(handlers.service), face_maker(handlers.service)
    the_map = FeatureMap(opening.get("map"), figure, faces, elem_id="map", elem_classes="result-map")
    losses = static(opening.get("losses", ""), elem_classes="result", elem_id="losses")
    table = static(opening.get("loss_table", ""), elem_classes="result", elem_id="loss-table")
    predictions = static(opening.get("predictions", ""), elem_classes="result", elem_id="predictions")
    return {"see": caption, "map": the_map, "losses": losses, "loss_table": table, "predictions": predictions}


def _prove(handlers: Handlers, opening: Slots) -> dict[str, Component]:
    with gr.Column(elem_id="proof"):
        prove = static(opening.get("prove", ""), elem_classes="result")
        evidence = _alive(opening.get("evidence", ""), _script("evidence.js"), "evidence")
        explorer = LossExplorer(opening.get("explorer"), elem_id="explorer", elem_classes="explorer-block")
        take_away = _alive(
            opening.get("take_away", ""),
            read("save.js") + _script("page.js"),
            "take-away",
            server_functions=[file_maker(handlers.service)],
        )
    with gr.Accordion("What no score can promise", open=False, elem_id="promises"):
        gr.Markdown(copy_text("promises"))
    with gr.Accordion("Scores and other words explained", open=False):
        gr.Markdown("\n".join(f"**{term}.** {text}\n" for term, text in glossary().items()))
    return {"prove": prove, "evidence": evidence, "explorer": explorer, "take_away": take_away}


def _script(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _alive(html: str, script: str, name: str, **more: Any) -> gr.HTML:
    """HTML component with a script."""
    return gr.HTML(
        html,
        apply_default_css=False,
        js_on_load=script,
        elem_classes="result",
        elem_id=name,
        **more,
    )
