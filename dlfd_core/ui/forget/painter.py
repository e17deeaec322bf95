"""Painter of a run: from its events to named slots of the page, without gradio."""

from __future__ import annotations

import contextlib
from typing import Any

from dlfd_core.errors import DlfdError
from dlfd_core.types import (
    CachedReport,
    Catalog,
    ControlReady,
    DataCard,
    ForgetEvent,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    MapReady,
    ReportReady,
    ScoresReady,
)
from dlfd_core.ui.components.feature_map import map_value
from dlfd_core.ui.components.live_curves import curves_value
from dlfd_core.ui.components.synthesis_strip import strip_at_end, strip_at_start, strip_value
from dlfd_core.ui.forget import views
from dlfd_core.ui.forget.live import LiveRun
from dlfd_core.ui.forget.result import result
from dlfd_core.ui.forget.run_state import CANCELLED, chance_of, done, finished
from dlfd_core.ui.forget.shown import Shown, ShownRuns
from dlfd_core.ui.receipt.link import link_of
from dlfd_core.ui.server.jobs import Slots

#: Value of the slot ``live`` that shows the last finished map again.
STOP_MAP = {"events": [("map-stop", None)]}
UNWATCHED = "You no longer watch this run. It goes on for the visitor who started it."


class Painter:
    """Painter of runs; all visitors share it, so it keeps no data of a visitor.

    Slots of a run: ``status``, ``progress``, ``live`` (see ``LiveFrames``), ``map``, ``synthesis``, ``result``,
    ``shown`` (a ``Shown``), ``request``, ``example`` (whether the finished example is shown), ``address`` (the part
    of the page's address that fills in the form of a run; None where nobody else may see it), ``busy`` and ``toast``.
    """

    def __init__(self, catalog: Catalog, data: DataCard, runs: ShownRuns):
        self.catalog, self.runs = catalog, runs
        self.classes = {task.name: task.classes for task in data.tasks}

    def started(self, request: ForgetRequest) -> Slots:
        """The page at the start of a run."""
        return {
            "busy": True,
            "status": views.status("running", views.running_sentence(len(request.people))),
            "progress": curves_value((), ForgetProgress("load", 0, 1, "Starting"), message="Starting"),
            "synthesis": strip_at_start(request.method),
            "address": link_of(request),
        }

    def repaint(self, batch: list[ForgetEvent], live: LiveRun, request: ForgetRequest, session: str | None) -> Slots:
        """One message for a batch of events; an empty one as heartbeat where there are none.

        One, since a browser that is busy may lose the first of two messages that arrive together.
        """
        slots: Slots = {}
        for event in batch:
            if isinstance(event, ReportReady):
                slots |= self.arrived(event, live.report, session)
                live.report = event.report
                continue
            moved = live.moved(event, self.classes[request.task])
            slots |= self._progressed(event, live, request)
            if moved:
                slots["live"] = {"events": [*slots.get("live", {"events": []})["events"], *moved]}
        return slots

    def _progressed(self, event: ForgetProgress, live: LiveRun, request: ForgetRequest) -> Slots:
        """The slots that a progress event changes."""
        live.chance = event.chance or live.chance
        if event.point is not None and event.stage == "unlearn":
            live.points.append(event.point)
        band = live.chance if live.report is None else chance_of(live.report)
        slots: Slots = {"progress": curves_value(live.points, event, band=band)}
        if event.look is not None:
            slots["synthesis"] = strip_value(event.look, self.classes[request.task], request)
        return slots

    def arrived(self, event: ReportReady, before: ForgetReport | None, session: str | None) -> Slots:
        """The slots that a report changes.

        Args:
            before: the report of the same run that the page shows already, or None.
        """
        report = event.report
        slots: Slots = {}
        if before is None or isinstance(event, ControlReady):
            slots = self.result(report, session, final=event.final) | {"example": False}
        if before is not None:
            slots |= {"shown": self.runs.show(report, session, final=event.final)}
            slots.pop("synthesis", None)  # nothing is painted twice
            slots.pop("request", None)
        if isinstance(event, ScoresReady):
            drawing = ForgetProgress("project", 0, 1, "Drawing the map")
            return slots | {
                "status": views.status("mapping", "The result is there. The map is being drawn."),
                "progress": curves_value(report.curve, drawing, band=chance_of(report)),
            }
        if isinstance(event, MapReady | CachedReport):
            slots |= {"map": map_value(report)}
        if not event.final:
            control = ForgetProgress("control", 0, 1, "Starting")
            return slots | {
                "status": views.status("control", views.CONTROL_RUNS),
                "progress": curves_value(report.curve, control, band=chance_of(report)),
            }
        return slots | done(report, cached=isinstance(event, CachedReport))

    def failed(self, live: LiveRun, sentence: str) -> Slots:
        """The page after a run that failed, with the sentence that says why."""
        slots: Slots = {"busy": False, "status": views.status("failed", sentence), "toast": sentence}
        if live.report is not None:  # only the control failed
            return slots | {"progress": finished(live.report, "")}
        return slots | {"live": STOP_MAP} | self.restored(live.before) if live.started else slots

    def restored(self, shown: Shown | None) -> Slots:
        """The curves of the run that the page shows; empty curves where it shows none."""
        if shown is not None:
            with contextlib.suppress(DlfdError):  # raised where the run is in no memory any more
                return {"progress": finished(self.runs.report(shown), "")}
        return {"progress": curves_value((), None)}

    def cancelled(self, status: object, shown: Shown | None) -> Slots:
        """The page after a cancel; the run itself stops because its stream is closed.

        Args:
            status: value of this slot on the page; it says how far the run had come.
            shown: the run that the page shows.
        """
        sentence = CANCELLED.get(views.state_of(status), CANCELLED["running"])
        return {"busy": False, "status": views.status("cancelled", sentence), "live": STOP_MAP} | self.restored(shown)

    def unwatched(self, shown: Shown | None) -> Slots:
        """The page of a visitor who stops watching another visitor's run."""
        return {"busy": False, "status": views.status("cancelled", UNWATCHED), "live": STOP_MAP} | self.restored(shown)

    def result(self, report: ForgetReport, session: str | None, *, final: bool, example: bool = False) -> Slots:
        """All slots of a report but its map.

        Args:
            final: whether the run is over, so that the service remembers the report.
        """
        return {
            "result": result(report, self.catalog, example=example, final=final),
            "synthesis": strip_at_end(report),
            "shown": self.runs.show(report, session, final=final, example=example),
            "request": report.request,
        }


def joined(shown: Slots, news: Slots) -> Slots:
    """What a run has shown until now, joined with its next slots, so that a page that comes back shows it at once.

    Of the events of the map, its begin and the last frame are enough; they are over when the map of the result comes.
    """
    events: list[tuple[str, Any]] = [*shown.get("live", {}).get("events", ()), *news.get("live", {}).get("events", ())]
    slots = {name: value for name, value in (shown | news).items() if name not in ("live", "toast")}
    if "map" in news or not events or events[-1][0] == "map-stop":
        return slots
    begun = [event for event in events if event[0] == "map-begin"][-1:]
    frames = [event for event in events if event[0] == "map-frame"][-1:]
    return slots | {"live": {"events": begun + frames}}
