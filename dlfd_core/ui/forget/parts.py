"""The components of the stage that its events and other parts of the page use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.components import Component

from dlfd_core.types import DEFAULT_PRESET
from dlfd_core.ui.components.face_picker import FacePicker
from dlfd_core.ui.components.loss_explorer import LossExplorer
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.knobs import KnobForm

#: Models that can be put beside a finished run, as in the names of ``forget_beside``.
BESIDE = ("control", "retrained")


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


@dataclass(frozen=True)
class Stage:
    """The parts of the stage that other parts of the page use.

    Attributes:
        attacker: view in which the visitor is the attacker; ``explorer`` is filled when it is opened.
        beside: run the shown request once more with a model beside it, in the order of ``BESIDE``.
    """

    form: Form
    slots: dict[str, Component]
    attacker: gr.Tab
    explorer: LossExplorer
    beside: tuple[gr.Button, ...]
