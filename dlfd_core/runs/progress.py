"""Progress events of a run: logs of optimiser steps with the estimated seconds left."""

from __future__ import annotations

import time

from dlfd_core.models.training import StepLog
from dlfd_core.types import ForgetProgress, Stage


class StageTimes:
    """Seconds that each stage took last time, to estimate the stages still to come; some start from a guess.

    Args:
        forward: seconds that the network takes for all photos, where they were measured; they are part of measuring.
    """

    def __init__(self, forward: float = 0.0) -> None:
        self._seconds: dict[Stage, float] = {"evaluate": 0.5 + forward, "project": 2.0}

    def note(self, stage: Stage, seconds: float) -> None:
        self._seconds[stage] = seconds

    def ahead(self, stages: list[Stage]) -> float | None:
        """Seconds of all ``stages`` together; None where one was never run."""
        if any(stage not in self._seconds for stage in stages):
            return None
        return sum(self._seconds[stage] for stage in stages)


class StageClock:
    """Turns one stage's logs into progress events with the seconds left of the whole request.

    Args:
        stages_after: the stages that follow this one.
    """

    def __init__(self, stage: Stage, message: str, stage_times: StageTimes, stages_after: list[Stage]):
        self.stage, self.message = stage, message
        self._stage_times, self._after = stage_times, stages_after
        self._started = time.monotonic()

    def event(self, log: StepLog) -> ForgetProgress:
        left = None
        ahead = self._stage_times.ahead(self._after)
        if log.step * 20 >= log.total and ahead is not None:  # the first steps are slow and predict nothing
            left = (time.monotonic() - self._started) / log.step * (log.total - log.step) + ahead
        return ForgetProgress(self.stage, log.step, log.total, self.message, left, log.point, log.phase.look)

    def close(self) -> float:
        """End the stage: returns its seconds and keeps them for the next estimate."""
        seconds = time.monotonic() - self._started
        self._stage_times.note(self.stage, seconds)
        return seconds
