"""Handlers of the form and of a run, without gradio: from values of the form to named slots of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial

from dlfd_core.errors import DlfdError, InvalidRequest, UnknownName
from dlfd_core.types import (
    CONTROLLED,
    DEFAULT_PRESET,
    CachedReport,
    ForgetReport,
    ForgetRequest,
    KnobValue,
    MethodCard,
    Offer,
)
from dlfd_core.ui.components.feature_map import map_value
from dlfd_core.ui.forget import views
from dlfd_core.ui.forget.form import Wishes, changed_knobs, read_seed, typed_over
from dlfd_core.ui.forget.live import LiveRun
from dlfd_core.ui.forget.painter import Painter, joined
from dlfd_core.ui.forget.place import Place
from dlfd_core.ui.forget.run_state import finished
from dlfd_core.ui.forget.shown import Shown, ShownRuns
from dlfd_core.ui.receipt.link import WATCHED
from dlfd_core.ui.server.failures import NO_EXAMPLE, job, sentence_for
from dlfd_core.ui.server.guests import Guests
from dlfd_core.ui.server.hosting import Hosting
from dlfd_core.ui.server.jobs import TICK, Slots, T, Work, batches
from dlfd_core.ui.server.kept_jobs import Join, KeptJobs, newest
from dlfd_core.ui.server.ports import ServicePort
from dlfd_core.ui.server.visits import Visits

#: The sentence for a start without a pick.
NOBODY = "Nobody is picked; pick at least one person to forget."


class Handlers:
    """Handlers of the form and of a run. All visitors share them. Slots: see ``Painter``.

    Args:
        tick: seconds between two repaints of a run.
        offer: see ``Place.of``.

    Attributes:
        kept: runs that go on without their visitor; the note of each is the form that started it, or None.
        jobs: the same, and the jobs of the other parts of the page that go on.
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
        self.painter = Painter(self.catalog, self.data, self.runs)
        self.kept = KeptJobs(joined)
        self.jobs = [self.kept]

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
            return self.painter.result(report, None, final=True, example=True) | {
                "map": map_value(report),
                "progress": finished(report, ""),
                "status": views.status("idle", views.example_sentence(report)),
                "example": True,
                "seconds": report.seconds,
            }
        except Exception as error:  # the page is of use without its example
            sentence = sentence_for(error, "The finished example failed", NO_EXAMPLE)
            return views.without_example(sentence)

    def kept_jobs(self, join: Join = newest) -> KeptJobs:
        """Jobs of another part of the page that go on without their visitor; they end with the visitor's photos."""
        self.jobs.append(KeptJobs(join))
        return self.jobs[-1]

    def again(self, report: ForgetReport, session: str | None = None) -> Slots:
        """A finished run that is still in memory, as the page shows it at the end of a run."""
        return self.painter.arrived(CachedReport(report), None, session)

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
        steps = self._run(lambda: self.request(wishes, session), session, live)
        return job(steps, partial(self.painter.failed, live), "A run failed")

    def forget_beside(
        self, shown: Shown | None, session: str | None = None, *, control: bool = False, retrain: bool = False
    ) -> Iterator[Slots]:
        """The run that the page shows, once more with another model beside it. Never raises, as ``forget``."""

        def request() -> ForgetRequest:
            if shown is None:
                raise InvalidRequest(NOBODY)
            old = shown.request
            data = self.guests.data_of(old.people, session)
            return replace(old, data=data, control=old.control or control, retrain=old.retrain or retrain)

        live = LiveRun(shown)
        return job(self._run(request, session, live), partial(self.painter.failed, live), "A run failed")

    def keep(self, steps: Iterator[Slots], session: str | None, wishes: Wishes | None) -> Iterator[Slots]:
        """A run that goes on without its visitor; first comes its ticket."""
        ticket = self.kept.start(steps, session, wishes)
        yield {"ticket": {"ticket": ticket}}
        yield from self.follow(ticket)

    def follow(self, ticket: str, session: str | None = None) -> Iterator[Slots]:
        """``KeptJobs.follow`` of a run; its address is on the page while it goes on."""
        key = self.kept.key_of(ticket)
        for slots in self.kept.follow(ticket, session):
            address = slots.get("address")
            if slots.get("busy") is False:
                yield slots | {"ticket": {"ticket": ticket, "address": ""}}
            elif address is None:
                yield slots
            else:
                yield slots | {"ticket": {"ticket": ticket, "address": f"{address}&{WATCHED}={key}"}}

    def _run(self, make_request: Callable[[], ForgetRequest], session: str | None, live: LiveRun) -> Iterator[Slots]:
        request = make_request()  # an incomplete form changes nothing on the page
        if not request.people:
            raise InvalidRequest(NOBODY)
        live.started = True
        yield self.painter.started(request)
        for batch in self.batches(partial(self.service.forget, request), session):
            yield self.painter.repaint(batch, live, request, session)

    def cancelled(self, status: object, shown: Shown | None, session: str | None = None) -> Slots:
        """The page after a cancel; the run itself is stopped. Arguments: see ``Painter.cancelled``."""
        mine = not session or self.kept.ticket_of(session, over=True) is not None
        self.kept.drop(session or "")
        slots = self.painter.cancelled(status, shown) if mine else self.painter.unwatched(shown)
        return slots | {"ticket": {"address": ""}}
