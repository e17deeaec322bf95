"""The control of DLFD: its schedule to the letter, without a single synthesised photo.

What DLFD achieves beyond it is what synthesis adds; the rest is the learning rate's work.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from dlfd_core.training import Phase, StepLog
from dlfd_core.unlearning.base import METHODS, UnlearningContext, UnlearningMethod
from dlfd_core.unlearning.schedule import ScheduleConfig, retain_batches, scheduled_steps


@METHODS.register("control")
class Control(UnlearningMethod[ScheduleConfig]):
    name: ClassVar[str] = "control"
    title: ClassVar[str] = "Control"
    summary: ClassVar[str] = (
        "DLFD's schedule on clean photos only: same rates, same batches, nothing synthesised. What DLFD does better "
        "than this is the merit of its idea."
    )
    source: ClassVar[str] = "the control of every DLFD run here"
    config_class: ClassVar[type] = ScheduleConfig

    def monitor_interval(self, total: int) -> int:
        return min(self.config.check_every, total)

    def steps(self, context: UnlearningContext) -> Iterator[StepLog]:
        batches = retain_batches(context, self.config)
        yield from scheduled_steps(context, self.config, batches, lambda: Phase("retaining"))
