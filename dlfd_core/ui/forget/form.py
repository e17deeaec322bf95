"""Reader of the form: unchecked values from a browser to typed settings, or an error sentence for the visitor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import DEFAULT_PRESET, MAX_SEED, Knob, KnobValue, MethodCard


@dataclass(frozen=True)
class Wishes:
    """Values of the form as the browser sent them, unchecked.

    Attributes:
        knobs: one value per knob of the chosen method's card, in its order.
    """

    people: Sequence[str]
    task: str
    method: str
    seed: object = 0
    retrain: object = False
    control: object = False
    preset: str = DEFAULT_PRESET
    knobs: Sequence[object] = ()


def read_seed(value: object) -> int:
    """The seed as a whole number. Raises ``InvalidRequest`` for anything else, and out of range."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if number and 0 <= value <= MAX_SEED and value == int(value):  # type: ignore[operator, call-overload]
        return int(value)  # type: ignore[call-overload]
    raise InvalidRequest(f"The seed must be a whole number between 0 and {MAX_SEED:,}.")


def same_value(knob: Knob, value: object, other: KnobValue) -> bool:
    """Whether a field's value equals the other one, up to the rounding of a slider that counts in steps."""
    numbers = (int, float)
    if knob.kind == "float" and isinstance(value, numbers) and isinstance(other, numbers):
        return math.isclose(value, other, rel_tol=1e-9, abs_tol=1e-12)
    return value == other


def changed_knobs(
    card: MethodCard, values: Sequence[object], preset: dict[str, KnobValue]
) -> tuple[tuple[str, KnobValue], ...]:
    """The settings that differ from the preset, sorted by name. Their ranges are checked by the service.

    Args:
        values: one per knob of the card, in its order.
    """
    changes: list[tuple[str, KnobValue]] = []
    for knob, value in zip(card.knobs, values, strict=True):
        if not isinstance(value, (int, float, bool, str)):
            raise InvalidRequest(f"{knob.label} is empty: enter a value, or reset to the preset.")
        if knob.kind == "int" and isinstance(value, float) and value.is_integer():
            value = int(value)
        if not same_value(knob, value, preset[knob.name]):
            changes.append((knob.name, value))
    return tuple(sorted(changes))


def typed_over(card: MethodCard, values: Sequence[object], preset: dict[str, KnobValue]) -> list[str]:
    """Labels of the fields whose value is not the preset's, empty fields included."""
    pairs = zip(card.knobs, values, strict=True)
    return [knob.label for knob, value in pairs if not same_value(knob, value, preset[knob.name])]
