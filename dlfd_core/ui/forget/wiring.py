"""Events of the form and of its run, tied to ``handlers``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from dlfd_core.types import CONTROLLED, DEFAULT_PRESET, KnobValue
from dlfd_core.ui.components.face_picker import FacePicker
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.forget.knobs import KnobForm
from dlfd_core.ui.forget.run_state import cancelled
from dlfd_core.ui.server.job_events import QUIET, painter, start_job, stop_job
from dlfd_core.ui.text.markup import esc


@dataclass(frozen=True)
class Form:
    """The components that a visitor fills in to start a run.

    Attributes:
        known_task: the task that the fields of the methods stand for; see ``_wire_presets``.
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


def wire(handlers: Handlers, form: Form, slots: dict[str, Component]) -> None:
    """Connect the events of a run, inside a ``gr.Blocks``, after all components are made."""

    def hint(visit: gr.Request, people: list[str]) -> str:
        return handlers.pick_hint(people, visit.session_hash)

    form.picker.change(hint, form.picker, form.hint, queue=False, trigger_mode="always_last", **QUIET)

    def choose(method: str) -> list[Any]:
        columns = [gr.Column(visible=knobs.card.name == method) for knobs in form.knobs]
        return [*columns, gr.Checkbox(visible=method in CONTROLLED)]

    columns = [knobs.column for knobs in form.knobs]
    form.method.change(choose, form.method, [*columns, form.control], queue=False, **QUIET)
    _wire_presets(handlers, form)
    _wire_run(handlers, form, slots)


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


def _wire_run(handlers: Handlers, form: Form, slots: dict[str, Component]) -> None:
    outputs = [*slots.values(), form.run, form.cancel]
    paint = painter(slots, form.run, form.cancel)

    def run(
        visit: gr.Request,
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
        for changed in handlers.forget(wishes, visit.session_hash):
            yield paint(changed)

    inputs = [form.picker, form.task, form.method, form.seed, form.retrain, form.control, *form.presets, *form.fields]
    job = start_job(form.run.click, run, inputs, outputs)

    def stopped(status: object, curves: object) -> Any:
        return paint(cancelled(status, curves))

    stop_job(form.cancel.click, job, stopped, [slots["status"], slots["curves"]], outputs)
