"""Form fields for the settings of a method, made from its card, so that a new method gets a form automatically."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import gradio as gr
from gradio.components import Component

from dlfd_core.types import Knob, KnobValue, MethodCard
from dlfd_core.ui.text.markup import counted, esc

#: With more steps than this a slider is harder to set than a number is to type.
MOST_STEPS = 300


@dataclass(frozen=True)
class KnobForm:
    """Fields of one method, in the order of its card's knobs, in a column that is visible while the method is chosen.

    Attributes:
        preset: the choice of a preset; None where the method has only one.
        presets: (task, preset) -> a value for every knob.
    """

    card: MethodCard
    column: gr.Column
    preset: gr.Radio | None
    fields: tuple[Component, ...]
    reset: gr.Button | None
    presets: Mapping[tuple[str, str], dict[str, KnobValue]]


def build_form(card: MethodCard, presets: Mapping[tuple[str, str], dict[str, KnobValue]], *, visible: bool) -> KnobForm:
    """Build the fields of a method, inside a ``gr.Blocks``. Advanced knobs are in a closed accordion.

    Args:
        presets: (task, preset) -> values; the page opens with the first.
    """
    fields: dict[str, Component] = {}
    values = {knob.name: [preset[knob.name] for preset in presets.values()] for knob in card.knobs}
    reset = None
    with gr.Column(visible=visible, elem_classes="knobs") as column:
        gr.HTML(
            f'<p class="method-summary">{esc(card.summary)} <small>{esc(card.source)}</small></p>',
            apply_default_css=False,
        )
        choice = _preset_choice(card)
        plain = [knob for knob in card.knobs if not knob.advanced]
        folded = [knob for knob in card.knobs if knob.advanced]
        if plain:
            with gr.Row(elem_classes="knob-grid"):
                fields |= {knob.name: _field(knob, values[knob.name]) for knob in plain}
        if folded:
            with (
                gr.Accordion(counted(len(folded), "more setting", "more settings"), open=False),
                gr.Row(elem_classes="knob-grid"),
            ):
                fields |= {knob.name: _field(knob, values[knob.name]) for knob in folded}
        if card.knobs:
            reset = gr.Button("Reset to preset", size="sm", elem_classes="plain-button")
    return KnobForm(card, column, choice, tuple(fields[knob.name] for knob in card.knobs), reset, presets)


def _preset_choice(card: MethodCard) -> gr.Radio | None:
    if len(card.presets) < 2:
        return None
    return gr.Radio(
        [(preset.title, preset.name) for preset in card.presets],
        value=card.presets[0].name,
        label="Preset",
        info=" ".join(f"{preset.title}: {preset.help}." for preset in card.presets),
        elem_classes="presets",
    )


def _field(knob: Knob, values: Sequence[KnobValue]) -> Component:
    """A field with the first of ``values``, of a kind that can show all of them."""
    value = values[0]
    label = f"{knob.label} {knob.symbol}".strip()
    if knob.kind == "bool":
        return gr.Checkbox(bool(value), label=label, info=knob.help, min_width=220)
    if knob.kind == "choice":
        return gr.Dropdown(list(knob.choices), value=str(value), label=label, info=knob.help, min_width=220)
    label = f"{label} ({knob.unit})" if knob.unit else label
    number = float(value)
    if all(_on_grid(knob, float(each)) for each in values):
        return gr.Slider(knob.low, knob.high, number, step=knob.step, label=label, info=knob.help, min_width=220)
    # no bounds on the field: the service refuses with a sentence, where the browser would change the number
    info = f"{knob.help} From {knob.low:g} to {knob.high:g}."
    return gr.Number(number, label=label, info=info, step=knob.step or 1, min_width=220)


def _on_grid(knob: Knob, value: float) -> bool:
    """Whether a slider from ``low`` in steps of ``step`` reaches the value and the upper bound."""
    if not knob.step or (knob.high - knob.low) / knob.step > MOST_STEPS:
        return False
    return all(math.isclose(steps, round(steps), abs_tol=1e-6) for steps in _steps(knob, value))


def _steps(knob: Knob, value: float) -> tuple[float, float]:
    return (value - knob.low) / knob.step, (knob.high - knob.low) / knob.step
