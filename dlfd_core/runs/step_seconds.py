"""Duration of optimiser steps of each method, measured on this machine, to estimate the next run's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dlfd_core.data.splits import Splits
from dlfd_core.runs.keys import ModelKey
from dlfd_core.unlearning import UnlearningMethod


@dataclass(frozen=True)
class StepKey:
    """What the duration of an optimiser step depends on, apart from the settings of the method."""

    data: str
    backbone: str
    device: str
    method: str

    @classmethod
    def of(cls, key: ModelKey) -> StepKey:
        return cls(key.data, key.backbone, key.device, key.method.name)


@dataclass(frozen=True)
class _Measured:
    """The latest run of a method: its number of retain photos, in all and in a step, its settings and its seconds, in
    all and per step."""

    retain: int
    batch: int
    config: object
    seconds: float
    seconds_per_step: float


class StepSeconds:
    """Duration of each method's latest run, to estimate the next one's."""

    def __init__(self) -> None:
        self._measured: dict[StepKey, _Measured] = {}

    def note(self, key: ModelKey, retain: int, steps: int, seconds: float) -> None:
        """Store the duration of ``steps`` optimiser steps with ``retain`` photos to keep. They may be only the first
        ones of a run: then the method must know its number of steps in advance (``planned_steps``)."""
        batch = _photos_per_step(key, retain)
        self._measured[StepKey.of(key)] = _Measured(retain, batch, key.config, seconds, seconds / max(1, steps))

    def expected(self, key: ModelKey, method: UnlearningMethod[Any], splits: Splits) -> float | None:
        """Seconds that the method will take; None where it was never run with this data and network, or where it does
        not know its number of steps in advance and was run with other settings."""
        measured = self._measured.get(StepKey.of(key))
        if measured is None:
            return None
        steps = method.planned_steps(len(splits.retain), len(splits.forget))
        if steps is not None:
            return steps * measured.seconds_per_step * _photos_per_step(key, len(splits.retain)) / measured.batch
        return measured.seconds * len(splits.retain) / measured.retain if measured.config == key.config else None


def _photos_per_step(key: ModelKey, retain: int) -> int:
    """Retain photos in an optimiser step: a batch, or all where they are fewer, as on small data."""
    return min(getattr(key.config, "batch_size", retain), retain)
