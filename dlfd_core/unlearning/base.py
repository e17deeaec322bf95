"""Base class of unlearning methods: a name, settings and a generator of optimiser steps. The rest is shared."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Generic, TypeVar

import torch
from torch import Tensor

from dlfd_core.backbones.base import Backbone
from dlfd_core.data.photos import PhotoSet
from dlfd_core.device import Compute
from dlfd_core.models.training import Phase, Recipe, StepLog
from dlfd_core.registry import Registry
from dlfd_core.types import DEFAULT_PRESET, CurvePoint, ForgetRequest, KnobValue, MethodCard
from dlfd_core.unlearning.config import configure, knobs_of
from dlfd_core.unlearning.monitor import Monitor
from dlfd_core.unlearning.presets import PRESETS, preset_knobs, preset_names
from dlfd_core.unlearning.recorder import Recorder

C = TypeVar("C")


@dataclass
class UnlearningContext:
    """All data and models a method may use. Unseen people are not in it, so no method can use them.

    Attributes:
        model: a copy of the original, changed in place; a method may replace it (Retrain does).
        build: makes a newly initialised model of the same architecture, on the device, from a stream name.
        retain, forget: training photos to keep, and training photos to forget.
        recipe: how the original was trained.
        raise_if_cancelled: call it every few steps; raises ``RunCancelled`` when the visitor has cancelled.
        recorder: records features and synthesis during the run for later display; None without a display.
        owners: (n,) int64, the person of each forget photo: equal numbers are one person. Empty where unknown.
    """

    model: Backbone
    build: Callable[[str], Backbone]
    retain: PhotoSet
    forget: PhotoSet
    recipe: Recipe
    compute: Compute
    seed: int
    monitor: Monitor
    raise_if_cancelled: Callable[[], None]
    recorder: Recorder | None = None
    owners: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))


class UnlearningMethod(ABC, Generic[C]):
    """Base of all methods. A subclass sets its name and texts, its settings class and ``steps``."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    source: ClassVar[str]
    config_class: ClassVar[type]

    def __init__(self, values: dict[str, KnobValue] | None = None):
        self.config: C = configure(self.config_class, values or {})

    def settings(self) -> dict[str, KnobValue]:
        """The value of every knob."""
        return {item.name: getattr(self.config, item.name) for item in knobs_of(self.config_class)}

    @abstractmethod
    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        """Change ``context.model`` and yield a log after each optimiser step."""

    def planned_steps(self, retain: int, forget: int) -> int | None:
        """Number of optimiser steps on so many photos; None where the settings alone do not determine it."""
        return None

    def monitor_interval(self, total: int) -> int:
        """Number of optimiser steps between two live scores of the monitor."""
        return max(5, total // 20)

    def run(self, context: UnlearningContext) -> Iterator[StepLog]:
        """Run ``steps`` with live scores before the first, every ``monitor_interval`` steps, and after the last."""
        if context.recorder is not None:
            context.recorder.watch(context.monitor.positions)
        point = self._observe(context, 0, Phase("original"))
        first = True
        for log in self.steps(context):
            if first:
                yield StepLog(0, log.total, None, Phase("original"), point)
                first = False
            context.raise_if_cancelled()
            if log.step % self.monitor_interval(log.total) == 0 or log.step == log.total:
                log = replace(log, point=self._observe(context, log.step, log.phase))
            yield log

    def _observe(self, context: UnlearningContext, step: int, phase: Phase) -> CurvePoint:
        monitor = context.monitor
        point = monitor.observe(context.model, step, phase)
        if context.recorder is not None and monitor.outputs is not None:
            context.recorder.frame(step, phase.name, monitor.outputs)
        return point

    @classmethod
    def preset_names(cls) -> tuple[str, ...]:
        """Names of the method's presets."""
        return preset_names(cls.name)

    @classmethod
    def preset(cls, name: str = DEFAULT_PRESET, data: str = "", task: str = "") -> dict[str, KnobValue]:
        """A preset as a value for every knob. Raises ``UnknownName`` for a preset the method does not have."""
        return cls(preset_knobs(cls.name, name, data, task)).settings()

    @classmethod
    def card(cls) -> MethodCard:
        """Name, texts, knobs and presets of the method, for the page and the command line."""
        names = cls.preset_names()
        presets = tuple(card for card in PRESETS if card.name in names)
        return MethodCard(cls.name, cls.title, cls.summary, cls.source, knobs_of(cls.config_class), presets)


#: Name -> class. A new method is one file with one ``@METHODS.register(name)``.
METHODS: Registry[type[UnlearningMethod[Any]]] = Registry("method")


def configured_method(request: ForgetRequest) -> UnlearningMethod[Any]:
    """The method of a request with its settings: the preset's, changed by the request's knobs.

    Raises:
        DlfdError: an unknown method, preset or knob, or a value out of range.
    """
    method = METHODS.get(request.method)
    return method(method.preset(request.preset, request.data, request.task) | dict(request.knobs))
