"""Events of the form and of its run, tied to ``handlers``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component
from gradio.events import Dependency

from dlfd_core.types import CONTROLLED, DEFAULT_PRESET, KnobValue
from dlfd_core.ui.components.face_picker import FacePicker, at_random
from dlfd_core.ui.forget import views
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.forget.knobs import KnobForm
from dlfd_core.ui.forget.shown import Shown
from dlfd_core.ui.server.job_events import QUIET, start_job, stop_job, updates
from dlfd_core.ui.server.jobs import Slots
from dlfd_core.ui.text.markup import esc

#: Models that can be put beside a finished run, as in the names of ``forget_beside``.
BESIDE = ("control", "retrained")
#: Script that plays a new map; see ``stage.js``.
PLAY = "() => { document.dispatchEvent(new CustomEvent('play-map')); }"


@dataclass(frozen=True)
class Form:
    """The components that a visitor fills in to start a run.

    Attributes:
        known_task: the task that the fields of the methods stand for; see ``_wire_presets``.
        back: shows the finished example again; visible while another run is shown.
        has_example: whether there is one; a page of other people than the drawn ones has none.
    """

    picker: FacePicker
    hint: gr.HTML
    task: gr.Dropdown
    method: gr.Radio
    seed: gr.Number
    retrain: gr.Checkbox
    control: gr.Checkbox
    knobs: tuple[KnobForm, ...]
    run: gr.Button
    cancel: gr.Button
    known_task: gr.State
    back: gr.Button
    has_example: bool

    @property
    def everything(self) -> list[Component]:
        """All components that a visitor fills in."""
        return [
            self.picker, self.task, self.known_task, self.method, self.seed, self.retrain, self.control,
            *self.presets, *self.fields,
        ]  # fmt: skip

    @property
    def presets(self) -> list[gr.Radio]:
        """Preset choices of the methods that have more than one preset, in their order."""
        return [knobs.preset for knobs in self.knobs if knobs.preset is not None]

    @property
    def fields(self) -> list[Component]:
        """Fields of all methods, in their order."""
        return [field for knobs in self.knobs for field in knobs.fields]

    def settings(self, values: tuple[Any, ...]) -> Iterator[tuple[KnobForm, str, list[Any]]]:
        """Each method's chosen preset and field values, from the values of ``presets``, then those of ``fields``."""
        chosen, rest = iter(values[: len(self.presets)]), iter(values[len(self.presets) :])
        for knobs in self.knobs:
            preset = DEFAULT_PRESET if knobs.preset is None else next(chosen)
            yield knobs, preset, [next(rest) for _ in knobs.fields]

    def chosen(self, method: str, values: tuple[Any, ...]) -> tuple[str, list[Any]]:
        """Preset and field values of one method; the default preset and no values for an unknown method."""
        pairs = ((preset, filled) for knobs, preset, filled in self.settings(values) if knobs.card.name == method)
        return next(pairs, (DEFAULT_PRESET, []))


def filled(form: Form, wishes: Wishes) -> dict[Component, Any]:
    """Updates of ``Form.everything`` that fill the form with ``wishes``; fields of other methods do not change."""
    values: dict[Component, Any] = {
        form.picker: list(wishes.people),
        form.task: wishes.task,
        form.known_task: wishes.task,  # so that the new task does not put its presets over these values
        form.method: wishes.method,
        form.seed: wishes.seed,
        form.retrain: wishes.retrain,
        form.control: wishes.control,
    }
    for knobs in form.knobs:
        if knobs.card.name == wishes.method:
            values |= dict(zip(knobs.fields, wishes.knobs, strict=True))
            if knobs.preset is not None:
                values[knobs.preset] = wishes.preset
    return values


def wire(
    handlers: Handlers,
    form: Form,
    slots: dict[str, Component],
    beside: tuple[gr.Button, ...],
    opened: Dependency | None,
) -> None:
    """Connect the events of a run, inside a ``gr.Blocks``, after all components are made.

    Args:
        beside: see ``Stage.beside``.
        opened: the event of the opened page, which shows a run that goes on; the cancel stops it as well. None where
            the page has none.
    """

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
    _wire_run(handlers, form, slots, beside, opened)


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


def painting(form: Form, slots: dict[str, Component]) -> Callable[[Slots], dict[Component, Any]]:
    """``updates`` of the stage; the button back to the example is visible while another run is shown."""

    def paint(changed: Slots) -> dict[Component, Any]:
        values = updates(changed, slots, form.run, form.cancel)
        if "example" in changed:
            values[form.back] = gr.Button(visible=form.has_example and not changed["example"])
        return values

    return paint


def keep(handlers: Handlers, steps: Iterator[Slots], session: str | None, wishes: Wishes | None) -> Iterator[Slots]:
    """A run that goes on without its visitor; first comes its ticket."""
    ticket = handlers.kept.start(steps, session, wishes)
    yield {"ticket": {"ticket": ticket}}
    yield from handlers.kept.follow(ticket)


def _wire_run(
    handlers: Handlers,
    form: Form,
    slots: dict[str, Component],
    beside: tuple[gr.Button, ...],
    opened: Dependency | None,
) -> None:
    outputs = [*slots.values(), form.run, form.cancel, form.back]
    paint = painting(form, slots)

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
        steps = handlers.forget(wishes, visit.session_hash, shown)
        for changed in keep(handlers, steps, visit.session_hash, wishes):
            yield paint(changed) or gr.skip()

    def once_more(model: str) -> Callable[..., Iterator[Any]]:
        def run_beside(visit: gr.Request, shown: Shown | None) -> Iterator[Any]:
            more = {"control": {"control": True}, "retrained": {"retrain": True}}[model]
            steps = handlers.forget_beside(shown, visit.session_hash, **more)
            for changed in keep(handlers, steps, visit.session_hash, None):
                yield paint(changed) or gr.skip()

        return run_beside

    inputs = [
        slots["shown"], form.picker, form.task, form.method, form.seed, form.retrain, form.control, *form.presets,
        *form.fields,
    ]  # fmt: skip
    job = start_job(form.run.click, run, inputs, outputs)

    jobs = [job] if opened is None else [job, opened]
    for model, button in zip(BESIDE, beside, strict=True):
        jobs.append(start_job(button.click, once_more(model), slots["shown"], outputs))

    def stopped(visit: gr.Request, status: object, shown: Shown | None) -> Any:
        return paint(handlers.cancelled(status, shown, visit.session_hash))

    stop_job(form.cancel.click, jobs, stopped, [slots["status"], slots["shown"]], outputs)
    slots["map"].change(None, None, None, js=PLAY, queue=False, **QUIET)  # type: ignore[attr-defined]

    def back(visit: gr.Request) -> Any:
        ticket = handlers.kept.ticket_of(visit.session_hash or "")  # of a run that still goes on
        return paint(handlers.opening() | {"ticket": {"ticket": ticket or ""}})

    form.back.click(back, None, outputs, queue=False, **QUIET)
