"""Settings of a method: a frozen dataclass whose fields (knobs) have a range and texts for the page."""

from __future__ import annotations

from dataclasses import MISSING, Field, field, fields
from typing import Any, TypeVar

from dlfd_core.errors import InvalidRequest, UnknownName
from dlfd_core.types import Knob, KnobValue

C = TypeVar("C")


def knob(
    default: KnobValue,
    label: str,
    help: str,
    *,
    low: float = 0.0,
    high: float = 0.0,
    step: float = 0.0,
    symbol: str = "",
    unit: str = "",
    choices: tuple[str, ...] = (),
    advanced: bool = True,
) -> Any:
    """A dataclass field for a knob; arguments as in ``types.Knob``."""
    kind = "choice" if choices else {bool: "bool", int: "int", float: "float"}[type(default)]
    metadata = dict(
        kind=kind, label=label, help=help, low=low, high=high, step=step, symbol=symbol, unit=unit,
        choices=choices, advanced=advanced,
    )  # fmt: skip
    return field(default=default, metadata=metadata)


def _as_knob(item: Field[Any]) -> Knob:
    assert item.default is not MISSING  # ``knob`` makes every field of a settings class
    return Knob(name=item.name, default=item.default, **item.metadata)


def knobs_of(config: type) -> tuple[Knob, ...]:
    """All knobs of a settings class, in the order of its fields."""
    return tuple(_as_knob(item) for item in fields(config))


def check_knob(item: Knob, value: object) -> KnobValue:
    """Convert a value from outside (text or JSON) to the knob's type, and check its range.

    Raises:
        InvalidRequest: one sentence with the allowed values.
    """
    if item.kind == "choice":
        if value in item.choices:
            return str(value)
        raise InvalidRequest(f"{item.name}: {value!r} is not one of {', '.join(item.choices)}.")
    if item.kind == "bool":
        truth_values: dict[object, bool] = {True: True, False: False, "true": True, "false": False}
        key = value.lower() if isinstance(value, str) else value
        if isinstance(key, (bool, str)) and key in truth_values:
            return truth_values[key]
        raise InvalidRequest(f"{item.name}: {value!r} is neither true nor false.")
    try:
        number = float(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) else None
    except ValueError:
        number = None
    if number is None or not item.low <= number <= item.high or (item.kind == "int" and number != int(number)):
        kind = "a whole number" if item.kind == "int" else "a number"
        raise InvalidRequest(f"{item.name}: {value!r} is not {kind} between {item.low:g} and {item.high:g}.")
    return int(number) if item.kind == "int" else number


def configure(config: type[C], values: dict[str, KnobValue]) -> C:
    """Build settings from defaults and ``values``, each checked.

    Raises:
        UnknownName: a name that is no knob of the method. InvalidRequest: a value out of range.
    """
    knobs = {item.name: item for item in knobs_of(config)}
    for name in values:
        if name not in knobs:
            raise UnknownName("knob", name, knobs)
    return config(**{name: check_knob(knobs[name], value) for name, value in values.items()})
