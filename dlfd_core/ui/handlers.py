"""What happens on a click, without gradio: values from the form in, named slots of the page out."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

from dlfd_core.errors import DlfdError, UnknownName
from dlfd_core.types import (
    CONTROLLED,
    DEFAULT_PRESET,
    CurvePoint,
    ForgetEvent,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    KnobValue,
    MethodCard,
)
from dlfd_core.ui import proof, receipt, views
from dlfd_core.ui.components.feature_map import map_value
from dlfd_core.ui.components.live_curves import curves_value
from dlfd_core.ui.components.loss_explorer import explorer_value
from dlfd_core.ui.components.synthesis_strip import strip_at_end, strip_at_start, strip_value
from dlfd_core.ui.components.xray import xray_value
from dlfd_core.ui.evidence import evidence
from dlfd_core.ui.form import Wishes, changed_knobs, read_seed, typed_over
from dlfd_core.ui.guests import Guests, names_of
from dlfd_core.ui.jobs import TICK, T, Work, batches
from dlfd_core.ui.ports import ServicePort
from dlfd_core.ui.run_state import awaits_control, band_of, complete, done, finished
from dlfd_core.ui.visits import Visits

log = logging.getLogger(__name__)

#: What changes on the page, by slot; what is missing stays as it is. ``status``, ``curves``, ``synthesis``, ``busy`` (a
#: run is going on), ``toast`` (a sentence that pops up), and of a result ``see``, ``losses``, ``loss_table``,
#: ``predictions``, ``xray``, ``prove``, ``evidence``, ``explorer``, ``take_away``, ``map``, ``request``.
Slots = dict[str, Any]

#: What to say after a cancel, by the state the page was in.
CANCELLED = {
    "running": "Cancelled. Nothing was changed; what stands below is from before.",
    "mapping": "Cancelled. The scores below are this run's; the map is from before.",
    "control": "Cancelled. The result below stays, without its control.",
}
UNFORESEEN = "Something went wrong on our side; the details are in the server's log. Your pick and settings are kept."


@dataclass
class _Shown:
    """What a run has put on the page so far."""

    points: list[CurvePoint] = field(default_factory=list)
    chance: float | None = None
    report: ForgetReport | None = None


class Handlers:
    """The page's behaviour. Holds nothing of a visitor: it is shared by all of them.

    Args:
        tick: seconds between two repaints of a run.
    """

    def __init__(self, service: ServicePort, tick: float = TICK):
        self.service, self.tick = service, tick
        self.visits = Visits()
        self.catalog = service.catalog()
        self.data = self.catalog.data[0]
        self.guests = Guests(service, self.data)
        self.backbone = ForgetRequest(()).backbone
        self.names = {person.id: person.name for person in self.data.people}
        self.classes = {task.name: task.classes for task in self.data.tasks}

    # ---- before a run ----

    def preset(self, method: str, task: str, name: str = DEFAULT_PRESET) -> dict[str, KnobValue]:
        return self.service.preset(method, self.data.name, task, self.backbone, name)

    def refill(
        self, card: MethodCard, preset: str, before: str, task: str, values: Sequence[object]
    ) -> tuple[list[KnobValue] | None, str]:
        """What another task means for the fields of a method.

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
        return views.pick_hint(self.guests.card(people, session) or self.data, people)

    def opening(self) -> Slots:
        """The finished example; a sentence and empty places where it is not installed. Painted once: a class asks for
        it thirty times, and its figures take a moment."""
        return self._opening

    @cached_property
    def _opening(self) -> Slots:
        try:
            report = self.service.example()
        except DlfdError as error:
            return {"see": views.missing_example(str(error))}
        return self._result(report, example=True) | {
            "map": map_value(report),
            "curves": finished(report, "The finished example. Yours will be drawn here as it goes."),
            "seconds": report.seconds,
        }

    def again(self, report: ForgetReport) -> Slots:
        """A finished run as the page shows it at its end."""
        return self._arrived(report, None)

    # ---- a run ----

    def batches(self, work: Work[T], session: str | None, tick: float | None = None) -> Iterator[list[T]]:
        """What ``jobs.batches`` yields, within the runs that one visitor may start. Raises ``TooOften`` beyond.

        Args:
            session: of the visitor, see ``Visits.run``.
        """
        with self.visits.run(session):
            yield from batches(work, tick or self.tick)

    def request(self, wishes: Wishes, session: str | None = None) -> ForgetRequest:
        """The form as a request. Raises ``InvalidRequest``.

        Args:
            session: of the visitor, who alone can forget their own people.
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
        """A run as the page shows it, from the click to the map and the control. Never raises: what goes wrong becomes
        a sentence."""
        yield {
            "busy": True,
            "status": views.status("running", "Running. What stands below is from before."),
            "curves": curves_value((), ForgetProgress("load", 0, 1, "Starting"), message="Starting"),
            "synthesis": strip_at_start(wishes.method),
        }
        shown = _Shown()
        try:
            request = self.request(wishes, session)
            for batch in self.batches(partial(self.service.forget, request), session):
                yield from self._repaint(batch, shown, request)
            if shown.report is not None and not complete(shown.report):  # a caveat says why
                yield done(shown.report)
        except DlfdError as error:
            yield self._failure(str(error), shown)
        except Exception:
            log.exception("A run failed")
            yield self._failure(UNFORESEEN, shown)

    def cancelled(self, status: object, curves: object) -> Slots:
        """After a cancel; the run itself was told to stop when its stream was closed.

        Args:
            status, curves: as they stand on the page. They say how far the run had come.
        """
        state = views.state_of(status)
        kept = curves if state == "control" and isinstance(curves, dict) else curves_value((), None)
        return {
            "busy": False,
            "status": views.status("cancelled", CANCELLED.get(state, CANCELLED["running"])),
            "curves": kept | {"progress": None, "message": "Cancelled."},
        }

    def _repaint(self, batch: list[ForgetEvent], shown: _Shown, request: ForgetRequest) -> Iterator[Slots]:
        """One message for all progress in the batch, one for each report, an empty one as heartbeat."""
        look = next((event.look for event in reversed(batch) if isinstance(event, ForgetProgress) and event.look), None)
        if look is not None:  # a message of its own: pictures are many times larger than curves
            yield {"synthesis": strip_value(look, self.classes[request.task], request)}
        progress: ForgetProgress | None = None
        reports: list[ForgetReport] = []
        for event in batch:
            if isinstance(event, ForgetReport):
                reports.append(event)
                progress = None  # from before the report
            else:
                progress, shown.chance = event, event.chance or shown.chance
                if event.point is not None and event.stage == "unlearn":
                    shown.points.append(event.point)
        for report in reports:
            yield self._arrived(report, shown.report)
            shown.report = report
        if progress is not None:
            band = shown.chance if shown.report is None else band_of(shown.report)
            yield {"curves": curves_value(shown.points, progress, band=band)}
        elif not reports:
            yield {}

    def _arrived(self, report: ForgetReport, before: ForgetReport | None) -> Slots:
        # nothing is painted twice: that would close what the visitor has opened meanwhile
        slots = self._result(report) if before is None else self._news(report, before)
        if report.points is None:
            return slots | {
                "status": views.status("mapping", "The scores are below. The map is being drawn."),
                "curves": curves_value(
                    report.curve, ForgetProgress("project", 0, 1, "Drawing the map"), band=band_of(report)
                ),
            }
        if before is None or before.points is None:
            slots |= {"map": map_value(report)}
            if awaits_control(report):
                curves = curves_value(report.curve, ForgetProgress("control", 0, 1, "Starting"), band=band_of(report))
                said = "The result is below; the control is being run beside it."
                return slots | {"status": views.status("control", said), "curves": curves}
        return slots | done(report)

    def _news(self, report: ForgetReport, before: ForgetReport) -> Slots:
        """What a later report of the same run adds to the result: only the control, which stands in the proof."""
        if (report.scores, report.caveats) == (before.scores, before.caveats):
            return {}
        return self._proof(report) | {"loss_table": views.loss_table(report)}

    def _failure(self, sentence: str, shown: _Shown) -> Slots:
        return {
            "busy": False,
            "status": views.status("failed", sentence),
            "curves": curves_value(shown.points, None, message="Stopped."),
            "toast": sentence,
        }

    def _result(self, report: ForgetReport, *, example: bool = False) -> Slots:
        """Everything about a report but its map."""
        light, dark = (self.service.loss_figure(report, dark=dark) for dark in (False, True))
        return {
            "see": views.caption(report, self.catalog, example=example),
            "losses": views.loss_section(report, light, dark),
            "loss_table": views.loss_table(report),
            "predictions": views.predictions_section(report, names_of(report, self.names)),
            "synthesis": strip_at_end(report),
            "xray": xray_value(report, finished=example or complete(report)),
            "request": report.request,
        } | self._proof(report)

    def _proof(self, report: ForgetReport) -> Slots:
        return {
            "prove": proof.proof(report),
            "evidence": evidence(report, names_of(report, self.names)),
            "explorer": explorer_value(report, names_of(report, self.names)),
            "take_away": receipt.take_away(report),
        }
