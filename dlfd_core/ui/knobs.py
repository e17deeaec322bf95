"""The settings of a method as form fields, made from its card: a new method brings its own form."""

from __future__ import annotations

import math
from dataclasses import dataclass

import gradio as gr
from gradio.components import Component

from dlfd_core.types import Knob, KnobValue, MethodCard
from dlfd_core.ui.markup import esc

#: A slider with more steps than this is harder to hit than a number is to type.
MOST_STEPS = 300


@dataclass(frozen=True)
class KnobForm:
    """The fields of one method, in the order of its card's knobs, in a column that is shown while it is chosen."""

    card: MethodCard
    column: gr.Column
    fields: tuple[Component, ...]
    reset: gr.Button | None


def build_form(card: MethodCard, preset: dict[str, KnobValue], *, visible: bool) -> KnobForm:
    """Inside a ``gr.Blocks``. The few knobs that matter stand open, the others are folded away."""
    fields: dict[str, Component] = {}
    reset = None
    with gr.Column(visible=visible, elem_classes="knobs") as column:
        gr.HTML(
            f'<p class="method-summary">{esc(card.summary)} <small>{esc(card.source)}</small></p>',
            apply_default_css=False,
        )
        plain = [knob for knob in card.knobs if not knob.advanced]
        folded = [knob for knob in card.knobs if knob.advanced]
        if plain:
            with gr.Row(elem_classes="knob-grid"):
                fields |= {knob.name: _field(knob, preset[knob.name]) for knob in plain}
        if folded:
            with (
                gr.Accordion(f"{len(folded)} more settings", open=False),
                gr.Row(elem_classes="knob-grid"),
            ):
                fields |= {knob.name: _field(knob, preset[knob.name]) for knob in folded}
        if card.knobs:
            reset = gr.Button("Reset to preset", size="sm", elem_classes="plain-button")
    return KnobForm(card, column, tuple(fields[knob.name] for knob in card.knobs), reset)


def _field(knob: Knob, value: KnobValue) -> Component:
    label = f"{knob.label} {knob.symbol}".strip()
    if knob.kind == "bool":
        return gr.Checkbox(bool(value), label=label, info=knob.help, min_width=220)
    if knob.kind == "choice":
        return gr.Dropdown(list(knob.choices), value=str(value), label=label, info=knob.help, min_width=220)
    label = f"{label} ({knob.unit})" if knob.unit else label
    number = float(value)
    if _on_grid(knob, number):
        return gr.Slider(knob.low, knob.high, number, step=knob.step, label=label, info=knob.help, min_width=220)
    # no bounds on the field: the service refuses with a sentence instead of the browser changing the number
    info = f"{knob.help} From {knob.low:g} to {knob.high:g}."
    return gr.Number(number, label=label, info=info, step=knob.step or 1, min_width=220)


def _on_grid(knob: Knob, value: float) -> bool:
    """Whether a slider from ``low`` in steps of ``step`` reaches the value and the upper end."""
    if not knob.step or (knob.high - knob.low) / knob.step > MOST_STEPS:
        return False
    return all(math.isclose(steps, round(steps), abs_tol=1e-6) for steps in _steps(knob, value))


def _steps(knob: Knob, value: float) -> tuple[float, float]:
    return (value - knob.low) / knob.step, (knob.high - knob.low) / knob.step
