"""Events of a run, in the order in which they arrive: progress, then the report, which grows part by part."""

from __future__ import annotations

from dataclasses import dataclass

from dlfd_core.types.feature_map import MapFrame, MapStart
from dlfd_core.types.run import CurvePoint, ForgetReport, Stage
from dlfd_core.types.synthesis_look import SynthesisLook


@dataclass(frozen=True)
class ForgetProgress:
    """Sent while a request is worked on.

    Attributes:
        done, total: units of work of this stage (optimiser steps, photos ...), ``0 <= done <= total``.
        seconds_left: until the result, of a control until its own end; estimated from the work done, None while
            unknown.
        point: a new point of the live curves, or None.
        look: a new look into the synthesis, or None.
        chance: upper end of the null band of the forgetting score, once it is known: of the original, before the run.
        map_start, map_frame: the map of a run that goes on, where the projection is fitted already; or None.
    """

    stage: Stage
    done: int
    total: int
    message: str
    seconds_left: float | None = None
    point: CurvePoint | None = None
    look: SynthesisLook | None = None
    chance: float | None = None
    map_start: MapStart | None = None
    map_frame: MapFrame | None = None


@dataclass(frozen=True)
class ReportReady:
    """Base class of the events that carry the report of a run; the class of an event says which part is new."""

    report: ForgetReport

    @property
    def final(self) -> bool:
        """Whether this is the last event of the run."""
        return True


@dataclass(frozen=True)
class ScoresReady(ReportReady):
    """All models but the control are measured. The report has no map yet."""

    @property
    def final(self) -> bool:
        return False


@dataclass(frozen=True)
class MapReady(ReportReady):
    """The map is drawn. The control follows where the request has one."""

    @property
    def final(self) -> bool:
        return not self.report.request.control


@dataclass(frozen=True)
class ControlReady(ReportReady):
    """The control is measured. Where it diverged, the report has a caveat that says so in place of its scores."""


@dataclass(frozen=True)
class CachedReport(ReportReady):
    """The complete report of an earlier run of the same request. No other event comes before or after it."""


#: What ``forget`` yields: ``CachedReport`` alone; or progress, ``ScoresReady``, ``MapReady``, and where the request
#: has a control, ``ControlReady``, with progress between them.
ForgetEvent = ForgetProgress | ReportReady
