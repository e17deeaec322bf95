"""Follow-ups of a finished run: the relearn test and later requests.

They do not change the run. Its receipt can hold them.
"""

from __future__ import annotations

from dataclasses import dataclass

from dlfd_core.types.relearn import RelearnReport
from dlfd_core.types.sequence import SequenceReport

#: The report of one follow-up.
FollowUpReport = RelearnReport | SequenceReport


@dataclass(frozen=True)
class FollowUps:
    """The follow-ups of one run. Both start from the models of this run.

    Attributes:
        relearn: None where the test was not done.
        sequence: a complete sequence whose first request is that of the run; None without one.
    """

    relearn: RelearnReport | None = None
    sequence: SequenceReport | None = None


NO_FOLLOW_UPS = FollowUps()
