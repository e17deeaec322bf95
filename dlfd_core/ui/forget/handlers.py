"""Handlers of the form and of a run, without gradio: from values of the form to named slots of the page."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from functools import cached_property, partial

from dlfd_core.errors import DlfdError, InvalidRequest, UnknownName
from dlfd_core.types import (
    CONTROLLED,
    DEFAULT_PRESET,
    CachedReport,
    ControlReady,
    ForgetEvent,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    KnobValue,
    MapReady,
    MethodCard,
    Offer,
    ReportReady,
    ScoresReady,
)
from dlfd_core.ui.components.feature_map import map_value
from dlfd_core.ui.components.live_curves import curves_value
from dlfd_core.ui.components.synthesis_strip import strip_at_end, strip_at_start, strip_value
from dlfd_core.ui.forget import views
from dlfd_core.ui.forget.form import Wishes, changed_knobs, read_seed, typed_over
from dlfd_core.ui.forget.live import LiveRun
from dlfd_core.ui.forget.place import Place
from dlfd_core.ui.forget.result import result
from dlfd_core.ui.forget.run_state import CANCELLED, chance_of, done, finished
from dlfd_core.ui.forget.shown import Shown, ShownRuns
from dlfd_core.ui.server.failures import NO_EXAMPLE, job, sentence_for
from dlfd_core.ui.server.guests import Guests
from dlfd_core.ui.server.hosting import Hosting
from dlfd_core.ui.server.jobs import TICK, Slots, T, Work, batches
from dlfd_core.ui.server.ports import ServicePort
from dlfd_core.ui.server.visits import Visits

#: Value of the slot ``live`` that shows the last finished map again.
STOP_MAP = {"events": [("map-stop", None)]}
#: The sentence for a start without a pick.
NOBODY = "Nobody is picked; pick at least one person to forget."


class Handlers:
    """Handlers of the form and of a run. All visitors share them, so they keep no data of a visitor.

    Slots of a run: ``status``, ``progress``, ``live`` (see ``LiveFrames``), ``map``, ``synthesis``, ``result``,
    ``shown`` (a ``Shown``), ``request``, ``example`` (whether the finished example is shown), ``busy`` and ``toast``.

    Args:
        tick: seconds between two repaints of a run.
        offer: see ``Place.of``.
    """

    def __init__(self, service: ServicePort, tick: float = TICK, offer: Offer | None = None):
        self.service, self.tick = service, tick
        self.visits = Visits(per_address=Hosting.from_environment().per_address)
        self.catalog = service.catalog()
        self.place = Place.of(self.catalog, offer)
        self.data, self.backbone = self.place.data, self.place.backbone
        self.guests = Guests(service, self.data)
        self.runs = ShownRuns(service)
        self.names = {person.id: person.name for person in self.data.people}
        self.classes = {task.name: task.classes for task in self.data.tasks}

    # ---- before a run ----

    def preset(self, method: str, task: str, name: str = DEFAULT_PRESET) -> dict[str, KnobValue]:
        """A preset of a method for the page's data: a value for every knob. Raises ``UnknownName``."""
        return self.service.preset(method, self.data.name, task, self.backbone, name)

    def refill(
        self, card: MethodCard, preset: str, before: str, task: str, values: Sequence[object]
    ) -> tuple[list[KnobValue] | None, str]:
        """The fields of a method after another task is chosen.

        Args:
            before: the task until now; values: one per knob of the card, as they stand.

        Returns: the new task's preset, None where it is the old one's; and a sentence where typed values went.
        """
        old, new = (self.preset(card.name, name, preset) for name in (before, task))
        if old == new:
            return None, ""
        gone = typed_over(card, values, old)
        title = {known.name: known.title for known in self.data.tasks}.get(task, task)
        sentence = f"{card.title} was set to its preset for the task {title}; you had changed: {', '.join(gone)}."
        return [new[knob.name] for knob in card.knobs], sentence if gone else ""

    def method(self, name: str) -> MethodCard:
        """Raises ``UnknownName``."""
        for card in self.catalog.methods:
            if card.name == name:
                return card
        raise UnknownName("method", str(name), [card.name for card in self.catalog.methods])

    def look_alikes(self, person: str) -> Sequence[str]:
        """The five people most like this one, to the classifier of the first task, which is ready first."""
        return self.service.look_alikes(
            self.data.name, self.data.tasks[0].name, self.backbone, person, 5, self.place.weights
        )

    def pick_hint(self, people: Sequence[str], session: str | None = None) -> str:
        """The line below the faces: how many people and photos are picked."""
        return views.pick_hint(self.guests.card(people, session) or self.data, people)

    def estimate(self, wishes: Wishes, session: str | None = None) -> float | None:
        """Seconds until the result of a run, 0 where it is known already; None where it cannot be told."""
        try:
            return self.service.expected_seconds(self.request(wishes, session)) if wishes.people else None
        except DlfdError:  # the start says what is wrong with the form
            return None

    def opening(self) -> Slots:
        """The finished example, made once; a sentence and empty places where there is none."""
        return self._opening

    @cached_property
    def _opening(self) -> Slots:
        if not self.place.standard:
            return {
                "result": views.missing_example(views.NO_EXAMPLE_HERE),
                "status": views.status("idle", views.NO_EXAMPLE),
            }
        try:
            report = self.service.example()
            return self._result(report, None, final=True, example=True) | {
                "map": map_value(report),
                "progress": finished(report, ""),
                "status": views.status("idle", views.example_sentence(report)),
                "example": True,
                "seconds": report.seconds,
            }
        except Exception as error:  # the page is of use without its example
            sentence = sentence_for(error, "The finished example failed", NO_EXAMPLE)
            return views.without_example(sentence)

    def again(self, report: ForgetReport, session: str | None = None) -> Slots:
        """A finished run that is still in memory, as the page shows it at the end of a run."""
        return self._arrived(CachedReport(report), None, session)

    # ---- a run ----

    def batches(self, work: Work[T], session: str | None, tick: float | None = None) -> Iterator[list[T]]:
        """``jobs.batches`` within the limits on the runs of one visitor. Raises ``TooOften`` above them.

        Args:
            session: of the visitor, see ``Visits.run``.
        """
        with self.visits.run(session):
            yield from batches(work, tick or self.tick)

    def request(self, wishes: Wishes, session: str | None = None) -> ForgetRequest:
        """The request that the values of the form make. Raises ``InvalidRequest``.

        Args:
            session: of the visitor; own people can be forgotten only in the session that sent their photos.
        """
        card = self.method(wishes.method)
        tasks = [known.name for known in self.data.tasks]
        if wishes.task not in tasks:
            raise UnknownName("task", str(wishes.task), tasks)
        preset = self.preset(card.name, wishes.task, wishes.preset)
        return ForgetRequest(
            people=tuple(sorted(set(wishes.people))),
            data=self.guests.data_of(wishes.people, session),
            task=wishes.task,
            backbone=self.backbone,
            device=self.place.device,
            weights=self.place.weights,
            method=card.name,
            seed=read_seed(wishes.seed),
            retrain=bool(wishes.retrain),
            knobs=changed_knobs(card, wishes.knobs, preset),
            preset=wishes.preset,
            control=bool(wishes.control) and card.name in CONTROLLED,
        )

    def forget(self, wishes: Wishes, session: str | None = None, before: Shown | None = None) -> Iterator[Slots]:
        """A run as the page shows it, from the click to the map and the control. Never raises: an error becomes a
        sentence.

        Args:
            before: the run that the page shows at the click; its curves come back where the new run fails.
        """
        live = LiveRun(before)
        return job(self._run(wishes, session, live), partial(self._failure, live), "A run failed")

    def _run(self, wishes: Wishes, session: str | None, live: LiveRun) -> Iterator[Slots]:
        request = self.request(wishes, session)  # an incomplete form changes nothing on the page
        if not request.people:
            raise InvalidRequest(NOBODY)
        live.started = True
        yield {
            "busy": True,
            "status": views.status("running", views.running_sentence(len(request.people))),
            "progress": curves_value((), ForgetProgress("load", 0, 1, "Starting"), message="Starting"),
            "synthesis": strip_at_start(wishes.method),
        }
        for batch in self.batches(partial(self.service.forget, request), session):
            yield self._repaint(batch, live, request, session)

    def _repaint(self, batch: list[ForgetEvent], live: LiveRun, request: ForgetRequest, session: str | None) -> Slots:
        """One message for a batch of events; an empty one as heartbeat where there are none.

        One, since a browser that is busy may lose the first of two messages that arrive together.
        """
        slots: Slots = {}
        for event in batch:
            if isinstance(event, ReportReady):
                slots |= self._arrived(event, live.report, session)
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

    def _arrived(self, event: ReportReady, before: ForgetReport | None, session: str | None) -> Slots:
        """The slots that a report changes.

        Args:
            before: the report of the same run that the page shows already, or None.
        """
        report = event.report
        slots: Slots = {}
        if before is None or isinstance(event, ControlReady):
            slots = self._result(report, session, final=event.final) | {"example": False}
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

    def _failure(self, live: LiveRun, sentence: str) -> Slots:
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

    def _result(self, report: ForgetReport, session: str | None, *, final: bool, example: bool = False) -> Slots:
        """All slots of a report but its map.

        Args:
            final: whether the run is over, so that the service remembers the report.
        """
        return {
            "result": result(report, self.catalog, example=example),
            "synthesis": strip_at_end(report),
            "shown": self.runs.show(report, session, final=final, example=example),
            "request": report.request,
        }
