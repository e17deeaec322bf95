"""From optimiser steps to what a visitor is told: how far, how long still."""

from __future__ import annotations

import time

from dlfd_core.models.training import StepLog
from dlfd_core.types import ForgetProgress, Stage


class StageTimes:
    """How long stages took last time, to estimate what is still to come; starts from rough guesses."""

    def __init__(self) -> None:
        self._seconds = {"evaluate": 2.0, "project": 2.0}

    def note(self, stage: Stage, seconds: float) -> None:
        self._seconds[stage] = seconds

    def ahead(self, stages: list[Stage]) -> float | None:
        """Seconds of all ``stages`` together; None when one was never seen."""
        if any(stage not in self._seconds for stage in stages):
            return None
        return sum(self._seconds[stage] for stage in stages)


class StageClock:
    """Turns one stage's logs into progress events with the seconds left of the whole request.

    Args:
        stages_after: what follows this stage.
    """

    def __init__(self, stage: Stage, message: str, typical: StageTimes, stages_after: list[Stage]):
        self.stage, self.message = stage, message
        self._typical, self._after = typical, stages_after
        self._started = time.monotonic()

    def event(self, log: StepLog) -> ForgetProgress:
        left = None
        ahead = self._typical.ahead(self._after)
        if log.step * 20 >= log.total and ahead is not None:  # the first steps are slow and foretell nothing
            left = (time.monotonic() - self._started) / log.step * (log.total - log.step) + ahead
        return ForgetProgress(self.stage, log.step, log.total, self.message, left, log.point, log.phase.look)

    def close(self) -> float:
        """Seconds the stage took; remembered for the next estimate."""
        seconds = time.monotonic() - self._started
        self._typical.note(self.stage, seconds)
        return seconds
