"""Conversion of dataclasses with arrays and pictures to JSON values, and back by the types of their fields."""

from __future__ import annotations

import base64
import math
from dataclasses import MISSING, asdict, fields, is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from dlfd_core.types import Sprite


def packed(value: Any, digits: int = 4) -> Any:
    """Convert to JSON values: arrays become nested lists, rounded to ``digits`` places, with null for each NaN."""
    if isinstance(value, np.ndarray):
        return _listed(np.round(value, digits).tolist())
    if isinstance(value, Sprite):
        return asdict(value) | {"image": base64.b64encode(value.image).decode()}
    if is_dataclass(value):
        return {field.name: packed(getattr(value, field.name), digits) for field in fields(value)}
    if isinstance(value, dict):
        return {name: packed(item, digits) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [packed(item, digits) for item in value]
    return value


def _listed(value: Any) -> Any:
    """Nested lists with None for each number that is not finite."""
    if isinstance(value, list):
        return [_listed(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def unpacked(kind: Any, value: Any) -> Any:
    """Convert JSON values to a value of a type, the inverse of ``packed``; arrays become float32 or int64. A field that
    the document lacks takes its default, where it has one.

    Raises:
        KeyError, TypeError, ValueError: the document has another shape.
    """
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):  # a type or None
        return None if value is None else unpacked(next(each for each in inner if each is not type(None)), value)
    if kind is np.ndarray:
        return np.array(value, dtype=None if _whole(value) else np.float32)
    if kind is Sprite:
        return Sprite(**(value | {"image": base64.b64decode(value["image"])}))
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        given = [field.name for field in fields(kind) if field.name in value or field.default is MISSING]
        return kind(**{name: unpacked(hints[name], value[name]) for name in given})
    if origin is dict:
        return {name: unpacked(inner[1], item) for name, item in value.items()}
    if origin is tuple:
        kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
        return tuple(unpacked(each, item) for each, item in zip(kinds, value, strict=True))
    return value


def _whole(value: Any) -> bool:
    """Whether nested lists hold whole numbers only."""
    if isinstance(value, list):
        return all(map(_whole, value))
    return isinstance(value, int)
