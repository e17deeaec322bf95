"""Handlers of the form and of a run, without gradio: from values of the form to named slots of the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

from dlfd_core.errors import UnknownName
from dlfd_core.types import (
    CONTROLLED,
    DEFAULT_PRESET,
    CachedReport,
    ControlReady,
    CurvePoint,
    ForgetEvent,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    KnobValue,
    MapReady,
    MethodCard,
    ReportReady,
    ScoresReady,
)
from dlfd_core.ui.components.feature_map import map_value
from dlfd_core.ui.components.live_curves import curves_value
from dlfd_core.ui.components.loss_explorer import explorer_value
from dlfd_core.ui.components.synthesis_strip import strip_at_end, strip_at_start, strip_value
from dlfd_core.ui.components.xray import xray_value
from dlfd_core.ui.evidence import evidence, proof
from dlfd_core.ui.forget import views
from dlfd_core.ui.forget.form import Wishes, changed_knobs, read_seed, typed_over
from dlfd_core.ui.forget.run_state import chance_of, done, finished
from dlfd_core.ui.receipt import take_away as receipt
from dlfd_core.ui.server.failures import NO_EXAMPLE, job, sentence_for
from dlfd_core.ui.server.guests import Guests, names_of
from dlfd_core.ui.server.hosting import Hosting
from dlfd_core.ui.server.jobs import TICK, Slots, T, Work, batches
from dlfd_core.ui.server.ports import ServicePort
from dlfd_core.ui.server.visits import Visits


@dataclass
class _Shown:
    """Live curve, chance level and last report of a run, as the page shows them."""

    points: list[CurvePoint] = field(default_factory=list)
    chance: float | None = None
    report: ForgetReport | None = None


class Handlers:
    """Handlers of the form and of a run. All visitors share them, so they keep no data of a visitor.

    Slots of a run: ``status``, ``curves``, ``synthesis``, and of its result ``see``, ``losses``, ``loss_table``,
    ``predictions``, ``xray``, ``prove``, ``evidence``, ``explorer``, ``take_away``, ``map`` and ``request``.

    Args:
        tick: seconds between two repaints of a run.
    """

    def __init__(self, service: ServicePort, tick: float = TICK):
        self.service, self.tick = service, tick
        self.visits = Visits(per_address=Hosting.from_environment().per_address)
        self.catalog = service.catalog()
        self.data = self.catalog.data[0]
        self.guests = Guests(service, self.data)
        self.backbone = ForgetRequest(()).backbone
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

        Returns:
            The new task's preset, or None where it is the old one's, so that typed values stay; and a sentence where
            typed values went.
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
        return self.service.look_alikes(self.data.name, self.data.tasks[0].name, self.backbone, person, 5)

    def pick_hint(self, people: Sequence[str], session: str | None = None) -> str:
        """The line below the grid of faces: how many people and photos are picked."""
        return views.pick_hint(self.guests.card(people, session) or self.data, people)

    def opening(self) -> Slots:
        """The finished example; a sentence and empty places where it is not installed. Made once and kept: the thirty
        pages of a class show it, and its figures take a moment."""
        return self._opening

    @cached_property
    def _opening(self) -> Slots:
        try:
            report = self.service.example()
            return self._result(report, final=True, example=True) | {
                "map": map_value(report),
                "curves": finished(report, "The finished example. Your run will be drawn here."),
                "seconds": report.seconds,
            }
        except Exception as error:  # the page is of use without its example
            return {"see": views.missing_example(sentence_for(error, "The finished example failed", NO_EXAMPLE))}

    def again(self, report: ForgetReport) -> Slots:
        """A finished run that is still in memory, as the page shows it at the end of a run."""
        return self._arrived(CachedReport(report), None)

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
            method=card.name,
            seed=read_seed(wishes.seed),
            retrain=bool(wishes.retrain),
            knobs=changed_knobs(card, wishes.knobs, preset),
            preset=wishes.preset,
            control=bool(wishes.control) and card.name in CONTROLLED,
        )

    def forget(self, wishes: Wishes, session: str | None = None) -> Iterator[Slots]:
        """A run as the page shows it, from the click to the map and the control. Never raises: an error becomes a
        sentence."""
        shown = _Shown()
        return job(self._run(wishes, session, shown), partial(self._failure, shown), "A run failed")

    def _run(self, wishes: Wishes, session: str | None, shown: _Shown) -> Iterator[Slots]:
        yield {
            "busy": True,
            "status": views.status("running", "Running. The results below are still the previous ones."),
            "curves": curves_value((), ForgetProgress("load", 0, 1, "Starting"), message="Starting"),
            "synthesis": strip_at_start(wishes.method),
        }
        request = self.request(wishes, session)
        for batch in self.batches(partial(self.service.forget, request), session):
            yield from self._repaint(batch, shown, request)

    def _repaint(self, batch: list[ForgetEvent], shown: _Shown, request: ForgetRequest) -> Iterator[Slots]:
        """The messages for one batch of events: one for all progress, one for each report; an empty one as heartbeat
        where there are no events."""
        look = next((event.look for event in reversed(batch) if isinstance(event, ForgetProgress) and event.look), None)
        if look is not None:  # a message of its own: pictures are many times larger than curves
            yield {"synthesis": strip_value(look, self.classes[request.task], request)}
        progress: ForgetProgress | None = None
        arrived: list[ReportReady] = []
        for event in batch:
            if isinstance(event, ReportReady):
                arrived.append(event)
                progress = None  # from before the report
            else:
                progress, shown.chance = event, event.chance or shown.chance
                if event.point is not None and event.stage == "unlearn":
                    shown.points.append(event.point)
        for ready in arrived:
            yield self._arrived(ready, shown.report)
            shown.report = ready.report
        if progress is not None:
            band = shown.chance if shown.report is None else chance_of(shown.report)
            yield {"curves": curves_value(shown.points, progress, band=band)}
        elif not arrived:
            yield {}

    def _arrived(self, event: ReportReady, before: ForgetReport | None) -> Slots:
        """The slots that a report changes.

        Args:
            before: the report of the same run that the page shows already, or None.
        """
        report = event.report
        # nothing is painted twice: that would close what the visitor has opened meanwhile
        slots = self._result(report, final=event.final) if before is None else self._news(event)
        if isinstance(event, ScoresReady):
            return slots | {
                "status": views.status("mapping", "The scores are below. The map is being drawn."),
                "curves": curves_value(
                    report.curve, ForgetProgress("project", 0, 1, "Drawing the map"), band=chance_of(report)
                ),
            }
        if isinstance(event, MapReady | CachedReport):
            slots |= {"map": map_value(report)}
        if not event.final:
            curves = curves_value(report.curve, ForgetProgress("control", 0, 1, "Starting"), band=chance_of(report))
            sentence = "The result is below; the control is still running."
            return slots | {"status": views.status("control", sentence), "curves": curves}
        return slots | done(report)

    def _news(self, event: ReportReady) -> Slots:
        """What a later report of the same run changes in the result: only the control, which stands in the proof."""
        if not isinstance(event, ControlReady):
            return {}
        return self._proof(event.report) | {"loss_table": views.loss_table(event.report)}

    def _failure(self, shown: _Shown, sentence: str) -> Slots:
        return {
            "busy": False,
            "status": views.status("failed", sentence),
            "curves": curves_value(shown.points, None, message="Stopped."),
            "toast": sentence,
        }

    def _result(self, report: ForgetReport, *, final: bool, example: bool = False) -> Slots:
        """All slots of a report but its map.

        Args:
            final: whether the run is over, so that the service remembers the report.
        """
        light, dark = (self.service.loss_figure(report, dark=dark) for dark in (False, True))
        return {
            "see": views.caption(report, self.catalog, example=example),
            "losses": views.loss_section(report, light, dark),
            "loss_table": views.loss_table(report),
            "predictions": views.predictions_section(report, names_of(report, self.names)),
            "synthesis": strip_at_end(report),
            "xray": xray_value(report, finished=final),
            "request": report.request,
        } | self._proof(report)

    def _proof(self, report: ForgetReport) -> Slots:
        return {
            "prove": proof.proof(report),
            "evidence": evidence(report, names_of(report, self.names)),
            "explorer": explorer_value(report, names_of(report, self.names)),
            "take_away": receipt.take_away(report),
        }
