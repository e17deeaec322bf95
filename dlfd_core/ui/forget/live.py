"""A run in progress, as the page shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dlfd_core.types import CurvePoint, ForgetProgress, ForgetReport
from dlfd_core.ui.components.live_map import LiveMap
from dlfd_core.ui.forget.shown import Shown


@dataclass
class LiveRun:
    """Live curve, chance level, map and last report of a run on the page; ``before``: the run shown before."""

    before: Shown | None = None
    started: bool = False
    points: list[CurvePoint] = field(default_factory=list)
    chance: float | None = None
    report: ForgetReport | None = None
    map: LiveMap | None = None

    def moved(self, event: ForgetProgress, classes: Sequence[str]) -> list[tuple[str, Any]]:
        """Events of the map: the run begins, and its next frame."""
        events: list[tuple[str, Any]] = []
        if event.map_start is not None:
            self.map = LiveMap(event.map_start.points, event.map_start.filmed, classes)
            events.append(("map-begin", self.map.begin()))
        if event.map_frame is not None and self.map is not None:
            frame = event.map_frame
            detail = self.map.frame(frame.step, event.total, frame.phase, frame.places, frame.predicted)
            events.append(("map-frame", detail))
        return events
