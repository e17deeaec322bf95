"""Events of the form and of its run, tied to ``handlers``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.events import Dependency

from dlfd_core.types import CONTROLLED, DEFAULT_PRESET, KnobValue
from dlfd_core.ui.components.face_picker import at_random
from dlfd_core.ui.forget import views
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.forget.knobs import KnobForm
from dlfd_core.ui.forget.parts import BESIDE, Form, Stage
from dlfd_core.ui.forget.shown import Shown
from dlfd_core.ui.server.job_events import QUIET, start_job, stop_job, updates
from dlfd_core.ui.server.jobs import Slots
from dlfd_core.ui.text.markup import esc

#: Script that plays a new map; see ``stage.js``.
PLAY = "() => { document.dispatchEvent(new CustomEvent('play-map')); }"


def wire(handlers: Handlers, stage: Stage, opened: Dependency) -> None:
    """Connect the events of a run, inside a ``gr.Blocks``, after all components are made.

    Args:
        opened: the event of the opened page, which shows a run that goes on; the cancel stops it as well.
    """
    form = stage.form

    def hint(visit: gr.Request, people: list[str], task: str, method: str, retrain: bool, *values: Any) -> list[Any]:
        preset, filled = form.chosen(method, values)
        wishes = Wishes(people, task, method, 0, retrain, False, preset, filled)
        label = views.run_label(len(people), handlers.estimate(wishes, visit.session_hash), at_random(handlers.data))
        return [handlers.pick_hint(people, visit.session_hash), gr.Button(value=label)]

    wishes = [form.picker, form.task, form.method, form.retrain, *form.presets, *form.fields]
    form.picker.change(hint, wishes, [form.hint, form.run], queue=False, trigger_mode="always_last", **QUIET)
    changes = [form.method.change, form.retrain.change, *(preset.change for preset in form.presets)]
    # not "always_last", as for the picker: two such events of one component trigger each other endlessly
    gr.on(changes, hint, wishes, [form.hint, form.run], queue=False, trigger_mode="multiple", **QUIET)

    def choose(method: str) -> list[Any]:
        columns = [gr.Column(visible=knobs.card.name == method) for knobs in form.knobs]
        return [*columns, gr.Checkbox(visible=method in CONTROLLED)]

    columns = [knobs.column for knobs in form.knobs]
    form.method.change(choose, form.method, [*columns, form.control], queue=False, **QUIET)
    _wire_presets(handlers, form)
    _wire_run(handlers, stage, opened)


def _wire_presets(handlers: Handlers, form: Form) -> None:
    """Choosing a preset, or resetting to it, fills its method's fields; another task refills the fields it changes."""
    for knobs in form.knobs:
        inputs = [form.task, *([] if knobs.preset is None else [knobs.preset])]
        if knobs.preset is not None:
            knobs.preset.input(None, inputs, list(knobs.fields), js=_fill(knobs), queue=False, **QUIET)
        if knobs.reset is not None:
            knobs.reset.click(None, inputs, list(knobs.fields), js=_fill(knobs), queue=False, **QUIET)

    def refill(task: str, before: str, *values: Any) -> dict[Component, Any]:
        updates: dict[Component, Any] = {form.known_task: task}
        for knobs, preset, filled in form.settings(values):
            news, sentence = handlers.refill(knobs.card, preset, before, task, filled)
            if news is not None:
                updates |= dict(zip(knobs.fields, news, strict=True))
            if sentence:
                gr.Info(esc(sentence))
        return updates

    form.task.change(
        refill,
        [form.task, form.known_task, *form.presets, *form.fields],
        [form.known_task, *form.fields],
        concurrency_limit=16,  # through the queue: outside it a toast does not reach the visitor
        trigger_mode="always_last",
        **QUIET,
    )


def _fill(knobs: KnobForm) -> str:
    """Script that fills the fields, so that a run started right after the choice has the new values; values from the
    server would come too late."""
    table: dict[str, dict[str, list[KnobValue]]] = {}
    for (task, preset), values in knobs.presets.items():
        table.setdefault(task, {})[preset] = [values[knob.name] for knob in knobs.card.knobs]
    return f"(task, preset = {json.dumps(DEFAULT_PRESET)}) => ({json.dumps(table)})[task][preset]"


def painting(stage: Stage) -> Callable[[Slots], dict[Component, Any]]:
    """``updates`` of the stage; the button back to the example is visible while another run is shown."""
    form = stage.form

    def paint(changed: Slots) -> dict[Component, Any]:
        values = updates(changed, stage.slots, form.run, form.cancel)
        if "example" in changed:
            values[form.back] = gr.Button(visible=form.has_example and not changed["example"])
        return values

    return paint


def _wire_run(handlers: Handlers, stage: Stage, opened: Dependency) -> None:
    form, slots = stage.form, stage.slots
    outputs = [*slots.values(), form.run, form.cancel, form.back]
    paint = painting(stage)

    def run(
        visit: gr.Request,
        shown: Shown | None,
        people: list[str],
        task: str,
        method: str,
        seed: object,
        retrain: bool,
        control: bool,
        *values: Any,
    ) -> Iterator[Any]:
        preset, filled = form.chosen(method, values)
        wishes = Wishes(people, task, method, seed, retrain, control, preset, filled)
        yield from follow(handlers.forget(wishes, visit.session_hash, shown), visit, wishes)

    def once_more(model: str) -> Callable[..., Iterator[Any]]:
        more = {"control": {"control": True}, "retrained": {"retrain": True}}[model]

        def run_beside(visit: gr.Request, shown: Shown | None) -> Iterator[Any]:
            yield from follow(handlers.forget_beside(shown, visit.session_hash, **more), visit, None)

        return run_beside

    def follow(steps: Iterator[Slots], visit: gr.Request, wishes: Wishes | None) -> Iterator[Any]:
        for changed in handlers.keep(steps, visit.session_hash, wishes):
            yield paint(changed) or gr.skip()

    inputs = [
        slots["shown"], form.picker, form.task, form.method, form.seed, form.retrain, form.control, *form.presets,
        *form.fields,
    ]  # fmt: skip
    jobs = [start_job(form.run.click, run, inputs, outputs), opened]
    for model, button in zip(BESIDE, stage.beside, strict=True):
        jobs.append(start_job(button.click, once_more(model), slots["shown"], outputs))

    def stopped(visit: gr.Request, status: object, shown: Shown | None) -> Any:
        return paint(handlers.cancelled(status, shown, visit.session_hash))

    stop_job(form.cancel.click, jobs, stopped, [slots["status"], slots["shown"]], outputs)
    slots["map"].change(None, None, None, js=PLAY, queue=False, **QUIET)  # type: ignore[attr-defined]

    def back(visit: gr.Request) -> Any:
        ticket = handlers.kept.ticket_of(visit.session_hash or "")  # of a run that still goes on
        return paint(handlers.opening() | {"ticket": {"ticket": ticket or ""}})

    form.back.click(back, None, outputs, queue=False, **QUIET)
