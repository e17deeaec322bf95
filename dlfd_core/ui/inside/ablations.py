"""Ablations of DLFD: parts that can be left out, as changes of its preset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dlfd_core.types import Knob, KnobValue, MethodCard
from dlfd_core.ui.text.texts import parts

METHOD = "dlfd"


@dataclass(frozen=True)
class Ablation:
    """One ablation.

    Attributes:
        title: heading of its text in ``assets/copy/ablation.md``.
        knobs: the settings it changes, with their values.
    """

    name: str
    title: str
    knobs: dict[str, KnobValue]


ABLATIONS = (
    Ablation("transport", "No transport", {"lambda_f": 0.0}),
    Ablation("task", "No task term", {"lambda_r_start": 0.0, "lambda_r_end": 0.0}),
    Ablation("released", "As released", {"mode": "released"}),
    Ablation("noise", "Random noise", {"mode": "noise"}),
    Ablation("whole", "Whole batches", {"mix": 1.0}),
    Ablation("logits", "Logits", {"layer": "logits"}),
)


def offered(card: MethodCard) -> list[dict[str, Any]]:
    """The ablations that this method's settings can express, as values for the script."""
    knobs = {knob.name: knob for knob in card.knobs}

    def possible(name: str, value: KnobValue) -> bool:
        return name in knobs and (not knobs[name].choices or value in knobs[name].choices)

    return [
        {
            "name": each.name,
            "title": each.title,
            "text": parts("ablation")[each.title],
            "knobs": list(each.knobs),
            "sets": ", ".join(_setting(knobs[name], value) for name, value in each.knobs.items()),
        }
        for each in ABLATIONS
        if all(possible(name, value) for name, value in each.knobs.items())
    ]


def changes(names: object) -> dict[str, KnobValue]:
    """The settings that the named ablations change; unknown names from a browser are ignored."""
    wanted = names if isinstance(names, list) else []
    return {knob: value for each in ABLATIONS if each.name in wanted for knob, value in each.knobs.items()}


def titles(names: object) -> Sequence[str]:
    wanted = names if isinstance(names, list) else []
    return [each.title.lower() for each in ABLATIONS if each.name in wanted]


def _setting(knob: Knob, value: KnobValue) -> str:
    written = f"{value:g}" if isinstance(value, float) else value
    return f"{knob.symbol or knob.label} = {written}"
