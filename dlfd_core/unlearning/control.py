"""Control of DLFD: exactly the same schedule, without synthesised photos.

What DLFD achieves beyond the control is the effect of synthesis; the rest is the effect of the learning rate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import ClassVar

from dlfd_core.models.training import Phase, StepLog
from dlfd_core.types import DEFAULT_PRESET, KnobValue
from dlfd_core.unlearning.base import METHODS, UnlearningContext
from dlfd_core.unlearning.schedule import ScheduleConfig, ScheduledMethod, retain_batches, scheduled_steps


def schedule_of(knobs: dict[str, KnobValue]) -> dict[str, KnobValue]:
    """The schedule's part of DLFD settings, which are the settings of its control."""
    return {item.name: knobs[item.name] for item in fields(ScheduleConfig)}


@METHODS.register("control")
class Control(ScheduledMethod[ScheduleConfig]):
    """The control as a registered method."""

    name: ClassVar[str] = "control"
    title: ClassVar[str] = "Control"
    summary: ClassVar[str] = (
        "DLFD's schedule on unchanged photos only: same rates, same batches, nothing synthesised. What DLFD does "
        "better than this is what its synthesised photos add."
    )
    source: ClassVar[str] = "the control of every DLFD run here"
    config_class: ClassVar[type] = ScheduleConfig

    @classmethod
    def preset_names(cls) -> tuple[str, ...]:
        return METHODS.get("dlfd").preset_names()

    @classmethod
    def preset(cls, name: str = DEFAULT_PRESET, data: str = "", task: str = "") -> dict[str, KnobValue]:
        """The schedule of DLFD's preset; no preset of its own, so that both schedules are always equal."""
        return schedule_of(METHODS.get("dlfd").preset(name, data, task))

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        batches = retain_batches(context, self.config)
        yield from scheduled_steps(context, self.config, batches, lambda: Phase("retaining"))
