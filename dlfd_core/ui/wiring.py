"""What happens when: events of the page's fields, tied to ``handlers``."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from dlfd_core.types import CONTROLLED, DEFAULT_PRESET, KnobValue
from dlfd_core.ui import views
from dlfd_core.ui.components.face_picker import FacePicker
from dlfd_core.ui.form import Wishes
from dlfd_core.ui.handlers import Handlers, Slots
from dlfd_core.ui.jobs import RUNS_OPEN
from dlfd_core.ui.knobs import KnobForm

#: Events of the interface are not an API: the command line is. Their input is checked all the same. Gradio's own signs
#: of progress are shown on nothing, not only hidden: for each one it would copy the values of all components that
#: could carry it, the map's too, at every repaint of a run.
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "show_progress_on": []}


@dataclass(frozen=True)
class Form:
    """Where the visitor's wishes come from.

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
        """All that a visitor fills in."""
        return [
            self.picker, self.task, self.known_task, self.method, self.seed, self.retrain, self.control,
            *self.presets, *self.fields,
        ]  # fmt: skip

    @property
    def presets(self) -> list[gr.Radio]:
        """Of the methods that have a choice, in their order."""
        return [knobs.preset for knobs in self.knobs if knobs.preset is not None]

    @property
    def fields(self) -> list[Component]:
        """Of all methods, in their order."""
        return [field for knobs in self.knobs for field in knobs.fields]

    def settings(self, values: tuple[Any, ...]) -> Iterator[tuple[KnobForm, str, list[Any]]]:
        """Each method's chosen preset and fields, cut out of the values of ``presets`` and then ``fields``."""
        chosen, rest = iter(values[: len(self.presets)]), iter(values[len(self.presets) :])
        for knobs in self.knobs:
            preset = DEFAULT_PRESET if knobs.preset is None else next(chosen)
            yield knobs, preset, [next(rest) for _ in knobs.fields]

    def chosen(self, method: str, values: tuple[Any, ...]) -> tuple[str, list[Any]]:
        """Preset and fields of one method; the default and none where there is no such method."""
        found = ((preset, filled) for knobs, preset, filled in self.settings(values) if knobs.card.name == method)
        return next(found, (DEFAULT_PRESET, []))


def filled(form: Form, wishes: Wishes) -> dict[Component, Any]:
    """The form as somebody else wants it, as updates of ``Form.everything``; fields of other methods stay as they
    are."""
    found: dict[Component, Any] = {
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
            found |= dict(zip(knobs.fields, wishes.knobs, strict=True))
            if knobs.preset is not None:
                found[knobs.preset] = wishes.preset
    return found


def updates(changed: Slots, slots: dict[str, Component], start: gr.Button, cancel: gr.Button) -> dict[Component, Any]:
    """Slots as updates of components, and of the two buttons while something goes on; a toast pops up at once."""
    if "toast" in changed:
        gr.Warning(views.toast(changed["toast"]))
    found: dict[Component, Any] = {slots[name]: value for name, value in changed.items() if name in slots}
    if "busy" in changed:
        found[start] = gr.Button(interactive=not changed["busy"])
        found[cancel] = gr.Button(interactive=changed["busy"])
    return found


def painter(slots: dict[str, Component], start: gr.Button, cancel: gr.Button) -> Callable[[Slots], Any]:
    """``updates``; a heartbeat changes nothing."""
    return lambda changed: updates(changed, slots, start, cancel) or gr.skip()


def wire(handlers: Handlers, form: Form, slots: dict[str, Component]) -> None:
    """Inside a ``gr.Blocks``, after all components are made."""

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
    """A preset that is chosen, or taken back, fills its method's fields; another task refills those that it changes."""
    for knobs in form.knobs:
        inputs = [form.task, *([] if knobs.preset is None else [knobs.preset])]
        if knobs.preset is not None:
            knobs.preset.input(None, inputs, list(knobs.fields), js=_fill(knobs), queue=False, **QUIET)
        if knobs.reset is not None:
            knobs.reset.click(None, inputs, list(knobs.fields), js=_fill(knobs), queue=False, **QUIET)

    def refill(task: str, before: str, *values: Any) -> dict[Component, Any]:
        found: dict[Component, Any] = {form.known_task: task}
        for knobs, preset, filled in form.settings(values):
            news, sentence = handlers.refill(knobs.card, preset, before, task, filled)
            if news is not None:
                found |= dict(zip(knobs.fields, news, strict=True))
            if sentence:
                gr.Info(views.toast(sentence))
        return found

    form.task.change(
        refill,
        [form.task, form.known_task, *form.presets, *form.fields],
        [form.known_task, *form.fields],
        concurrency_limit=16,  # through the queue, for outside it a toast does not reach the visitor
        trigger_mode="always_last",
        **QUIET,
    )


def _fill(knobs: KnobForm) -> str:
    """A script, so that a run started right after the choice has the new values: they would come late from a server."""
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

    job = form.run.click(
        run,
        [form.picker, form.task, form.method, form.seed, form.retrain, form.control, *form.presets, *form.fields],
        outputs,
        # the service has one slot and says who waits for it, so waiting visitors may already hold their stream
        concurrency_limit=RUNS_OPEN,
        **QUIET,
    )
    stopped = form.cancel.click(None, None, None, cancels=[job], api_visibility="private")
    # after the cancel, so that no late step of the run overwrites the sentence
    stopped.then(
        lambda status, curves: paint(handlers.cancelled(status, curves)),
        [slots["status"], slots["curves"]],
        outputs,
        queue=False,
        **QUIET,
    )
