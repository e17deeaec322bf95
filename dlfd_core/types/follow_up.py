"""What was done with a finished run: none of it changes the run, and its receipt can hold it."""

from __future__ import annotations

from dataclasses import dataclass

from dlfd_core.types.relearn import RelearnReport
from dlfd_core.types.sequence import SequenceReport

#: One thing that was done with a run.
FollowUpReport = RelearnReport | SequenceReport


@dataclass(frozen=True)
class FollowUps:
    """What of it there is; both are about the same run, whose models they started from.

    Attributes:
        sequence: a complete one, whose first request is the run's.
    """

    relearn: RelearnReport | None = None
    sequence: SequenceReport | None = None


NO_FOLLOW_UPS = FollowUps()
