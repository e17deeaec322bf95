"""Conversion of values to what JSON can hold."""

from __future__ import annotations

import math
from typing import Any


def finite_values(value: Any) -> Any:
    """The value with lists for tuples, and None for NaN and infinity, which JSON does not have."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: finite_values(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite_values(item) for item in value]
    return value
