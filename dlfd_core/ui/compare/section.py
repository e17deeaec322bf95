"""Tab Compare: layout and events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from dlfd_core.types import MAX_RACE_SEEDS, RACE_BUDGETS, RACE_REFERENCE, RaceReport
from dlfd_core.ui.compare.form import BUDGET, SEEDS, RaceWishes, favourites
from dlfd_core.ui.compare.handlers import RaceHandlers
from dlfd_core.ui.compare.views import race_status
from dlfd_core.ui.components.base import static
from dlfd_core.ui.components.face_picker import FacePicker
from dlfd_core.ui.components.race_board import RaceBoard
from dlfd_core.ui.components.race_lanes import RaceLanes
from dlfd_core.ui.components.run_ticket import RunTicket
from dlfd_core.ui.components.twin_map import TwinMap
from dlfd_core.ui.server.job_events import QUIET, stop_job, updates
from dlfd_core.ui.server.jobs import Slots
from dlfd_core.ui.server.kept_events import keep_job
from dlfd_core.ui.text.markup import esc
from dlfd_core.ui.text.texts import copy_text

OWN, SAME = "own", "same"


@dataclass(frozen=True)
class RaceForm:
    """Input components of a race."""

    methods: gr.CheckboxGroup
    seeds: gr.Slider
    effort: gr.Radio
    budget: gr.Slider
    hint: gr.HTML
    start: gr.Button
    cancel: gr.Button
    left: gr.Dropdown
    right: gr.Dropdown
    side_by_side: gr.Button
    pair: gr.Column


def build_race(handlers: RaceHandlers, picker: FacePicker, task: gr.Dropdown, tab: gr.Tab, ticket: RunTicket) -> None:
    """Build the tab, inside its ``gr.Tab``.

    Args:
        picker, task: of the stage.
        ticket: see ``keep_job``.
    """
    opening = handlers.opening()
    slots: dict[str, Component] = {"race": gr.State(None), "ticket": ticket}
    static("<h2>Compare methods</h2>")
    with gr.Row(elem_id="race-columns"):
        with gr.Column(elem_id="race-results", min_width=0):
            slots["race_words"] = static(
                opening.get("race_words", ""), elem_id="race-words", elem_classes="race-result"
            )
            slots["board"] = RaceBoard(opening.get("board"), elem_id="board", elem_classes="race-result")
            static(f'<p class="quiet">{esc(" ".join(copy_text("plane").split()))}</p>')
            slots["race_file"] = static("", elem_classes="race-result", elem_id="race-file")
        with gr.Column(elem_id="race-form", min_width=0):
            gr.Markdown(copy_text("compare"), elem_classes="lead")
            choices, hint = _choices(handlers, opening)
            with gr.Row(elem_classes="run-buttons"):
                start = gr.Button("Start the race", variant="primary", elem_id="race", scale=3, min_width=140)
                cancel = gr.Button("Stop", elem_id="race-cancel", interactive=False, scale=1, min_width=70)
            slots["race_status"] = static(race_status("idle"), elem_id="race-status")
            slots["lanes"] = RaceLanes(elem_id="lanes")
    with gr.Column(visible=False, elem_id="pair") as pair:
        static("<h3>Two methods side by side</h3>")
        gr.Markdown(copy_text("duel"), elem_classes="lead")
        with gr.Row(elem_classes="pair-choice"):
            left = gr.Dropdown([], label="A", filterable=False, min_width=160)
            right = gr.Dropdown([], label="B", filterable=False, min_width=160)
            side_by_side = gr.Button("Put side by side", elem_classes="plain-button", min_width=160)
        slots["twin"] = TwinMap(elem_id="twin")
        slots["duel"] = static("", elem_id="duel", elem_classes="duel")
    methods, seeds, effort, budget = choices
    form = RaceForm(methods, seeds, effort, budget, hint, start, cancel, left, right, side_by_side, pair)
    _wire(handlers, form, slots, picker, task, opening, tab)


def _choices(
    handlers: RaceHandlers, opening: Slots
) -> tuple[tuple[gr.CheckboxGroup, gr.Slider, gr.Radio, gr.Slider], gr.HTML]:
    cards = handlers.cards
    chosen = favourites(cards)
    titles = [
        (f"{card.title} (the reference)" if card.name == RACE_REFERENCE else card.title, card.name) for card in cards
    ]
    methods = gr.CheckboxGroup(titles, value=chosen, label="Methods", elem_id="race-methods", elem_classes="methods")
    seeds = gr.Slider(
        1, MAX_RACE_SEEDS, SEEDS, step=1, label="Seeds", elem_id="race-seeds",
        info="Runs of each method. Three or more show how much chance changes a result.",
    )  # fmt: skip
    effort = gr.Radio(
        [("Each its own preset", OWN), ("The same time for all", SAME)], value=OWN, label="Effort",
        info="With the same time, each method gets as many epochs as fit into it; no run is cut short.",
        elem_classes="methods",
    )  # fmt: skip
    budget = gr.Slider(
        *RACE_BUDGETS, BUDGET, step=1, label="Seconds of forgetting for each method", visible=False,
        elem_id="race-budget", info="Retraining has no limit. Each method gets at least one epoch.",
    )  # fmt: skip
    hint = static(handlers.hint([], chosen, SEEDS, None, opening["took"]), elem_id="race-hint")
    return (methods, seeds, effort, budget), hint


def _wire(
    handlers: RaceHandlers,
    form: RaceForm,
    slots: dict[str, Component],
    picker: FacePicker,
    task: gr.Dropdown,
    opening: Slots,
    tab: gr.Tab,
) -> None:
    wishes = [picker, form.methods, form.seeds, form.effort, form.budget]
    took = opening["took"]

    # not in a thread of its own, so that of two changes in quick succession the later one is answered last
    async def hint(people: list[str], methods: object, seeds: object, effort: object, budget: object) -> str:
        return handlers.hint(people, methods, seeds, budget if effort == SAME else None, took)

    # the pick changes only while another tab is open
    changes = [tab.select, form.methods.change, form.seeds.change, form.effort.change, form.budget.change]
    gr.on(changes, hint, wishes, form.hint, queue=False, trigger_mode="multiple", **QUIET)
    form.effort.change(lambda effort: gr.Slider(visible=effort == SAME), form.effort, form.budget, queue=False, **QUIET)
    _wire_run(handlers, form, slots, picker, task)
    gr.on(
        [form.side_by_side.click, form.left.input, form.right.input],
        lambda race, a, b: {slots[name]: value for name, value in handlers.duel(race, a, b).items()},
        [slots["race"], form.left, form.right],
        [slots["twin"], slots["duel"]],
        queue=False,
        trigger_mode="always_last",
        **QUIET,
    )


def _wire_run(
    handlers: RaceHandlers, form: RaceForm, slots: dict[str, Component], picker: FacePicker, task: gr.Dropdown
) -> None:
    outputs = [*slots.values(), form.start, form.cancel, form.left, form.right, form.pair]

    def paint(changed: Slots) -> Any:
        """Updates of the components; a heartbeat changes nothing."""
        values = updates(changed, slots, form.start, form.cancel)
        if "duel_choices" in changed:
            values |= _offer(form, *changed["duel_choices"])
        return values or gr.skip()

    def steps(session: str, people: list[str], tells: str, methods: object, seeds: object, *effort: object) -> Any:
        return handlers.race(RaceWishes(people, tells, methods, seeds, effort[0] == SAME, effort[1]), session)

    def cancelled(visit: gr.Request, lanes: object, race: RaceReport | None) -> Any:
        return paint(handlers.cancelled(lanes, race, visit.session_hash))

    inputs = [picker, task, form.methods, form.seeds, form.effort, form.budget]
    jobs = keep_job(handlers.kept, slots["ticket"], form.start.click, steps, inputs, outputs, paint)
    stop_job(form.cancel.click, jobs, cancelled, [slots["lanes"], slots["race"]], outputs)


def _offer(form: RaceForm, named: list[tuple[str, str]], first: tuple[str, str] | None) -> dict[Any, Any]:
    """Updates of the two lists of methods, which stay visible; their values change only with a first choice."""
    if first is None:
        lists = [gr.Dropdown(choices=named) for _ in range(2)]
    else:
        lists = [gr.Dropdown(choices=named, value=value) for value in first]
    return {form.pair: gr.Column(visible=True), form.left: lists[0], form.right: lists[1]}
