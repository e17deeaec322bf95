"""Handlers of the race, without gradio: from values of its form to named slots of the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from dlfd_core.errors import DlfdError
from dlfd_core.types import RaceEvent, RaceProgress, RaceReport, RaceRequest, Seconds
from dlfd_core.ui.compare import views
from dlfd_core.ui.compare.duel import duel
from dlfd_core.ui.compare.form import RaceWishes, example_race, read_race
from dlfd_core.ui.components.race_board import board_value
from dlfd_core.ui.components.race_lanes import lanes_value
from dlfd_core.ui.components.race_marks import in_order
from dlfd_core.ui.components.twin_map import twin_value
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.server.failures import job, sentence_for
from dlfd_core.ui.server.jobs import Slots
from dlfd_core.ui.server.kept_jobs import newest
from dlfd_core.ui.text.markup import esc

NO_LONGER = "One of these two runs is no longer in memory; start the race again: only missing runs are repeated."


@dataclass
class _Shown:
    """Request, last report and last progress of a race, as the page shows them."""

    request: RaceRequest | None = None
    report: RaceReport | None = None
    progress: RaceProgress | None = None


class RaceHandlers:
    """Handlers of the section Compare.

    Its slots: ``race_status``, ``lanes``, ``race_words``, ``board``, ``race_file``, ``race`` (the last report, kept on
    the server for this visitor), ``duel_choices`` (titles and names of the methods that can be put side by side, and
    the two chosen at first), ``twin``, ``duel``, and as in ``Handlers`` ``busy`` and ``toast``.

    Args:
        page: shares its service, its catalog and its names.

    Attributes:
        kept: races that go on without their visitor.
    """

    def __init__(self, page: Handlers):
        self.page, self.service = page, page.service
        self.kept = page.kept_jobs(_joined)
        self.cards = in_order(page.catalog.methods)
        self.titles = {card.name: card.title for card in self.cards}

    # ---- before a race ----

    def opening(self) -> Slots:
        """The finished example as a race of one seed; empty where it is not installed."""
        if not self.page.place.standard:
            return {"took": Seconds()}
        try:
            report = self.service.example()
            tasks = [task.name for task in self.page.data.tasks]
            task = report.request.task if report.request.task in tasks else tasks[0]
            presets = {card.name: self.page.preset(card.name, task) for card in self.cards}
            race = example_race(report, presets)
            return self._results(race, example=True) | {"took": report.seconds}
        except Exception as error:  # the page is of use without its example
            sentence_for(error, "The finished example as a race failed")
            return {"took": Seconds()}

    def hint(self, people: Sequence[str], methods: object, seeds: object, budget: object, took: Seconds) -> str:
        """The line about who will be raced and for how long, or a warning. Values that are only odd, such as nobody
        picked, pass here: the start of the race refuses them."""
        try:
            wishes = RaceWishes(people, self.page.data.tasks[0].name, methods, seeds, budget is not None, budget)
            request = self.request(wishes)
        except DlfdError as error:
            return f'<p class="hint" data-level="warn" role="status">{esc(error)}</p>'
        return views.race_hint(self.page.data, people, request.methods, request.seeds, request.budget, took)

    # ---- a race ----

    def request(self, wishes: RaceWishes, data: str | None = None) -> RaceRequest:
        """The request that the values of the form make, with methods in the order of the page. Raises
        ``InvalidRequest``.

        Args:
            data: the data set of the people; None takes the portraits.
        """
        request = read_race(wishes, data or self.page.data.name, self.page.backbone)
        request = replace(request, device=self.page.place.device)
        places = [card.name for card in self.cards]
        known = sorted((name for name in request.methods if name in places), key=places.index)
        unknown = [name for name in request.methods if name not in places]  # the service refuses them
        return replace(request, methods=(*known, *unknown))

    def race(self, wishes: RaceWishes, session: str | None = None) -> Iterator[Slots]:
        """A race as the page shows it, from the click to the last run. Never raises: an error becomes a sentence, and
        the finished runs stay."""
        shown = _Shown()
        return job(self._run(wishes, session, shown), partial(self._failure, shown), "A race failed")

    def _run(self, wishes: RaceWishes, session: str | None, shown: _Shown) -> Iterator[Slots]:
        yield {
            "busy": True,
            "race_status": views.race_status("running", "Racing. The results below are still the previous ones."),
            "lanes": {},
        }
        shown.request = self.request(wishes, self.page.guests.data_of(wishes.people, session))
        for batch in self.page.batches(partial(self.service.race, shown.request), session):
            yield self._repaint(batch, shown)
        if shown.report is not None:
            yield self._done(shown.report)

    def _repaint(self, batch: list[RaceEvent], shown: _Shown) -> Slots:
        """One message for a batch of events; an empty one as heartbeat where there are none."""
        if not batch:
            return {}
        before = shown.report
        for event in batch:
            if isinstance(event, RaceReport):
                shown.report, shown.request = event, event.request
            else:
                shown.progress = event
        assert shown.request is not None  # a race has begun
        news = {} if shown.report is None or shown.report is before else self._arrived(shown.report, before)
        entries = () if shown.report is None else shown.report.entries
        return news | {"lanes": lanes_value(shown.request, self.cards, entries, shown.progress)}

    def _arrived(self, report: RaceReport, before: RaceReport | None) -> Slots:
        slots = self._results(report) | {"race": report}
        if before is None:  # the two runs shown side by side were of another race
            slots |= {
                "race_status": views.race_status("racing", "Racing."),
                "twin": {},
                "duel": "",
            }
        return slots | self._choices(report, before)

    def _choices(self, report: RaceReport, before: RaceReport | None) -> Slots:
        """The methods whose first seed is finished. The two that are chosen at first are set only once, so that a
        visitor's own choice stays."""
        names = _finished(report)
        old = [] if before is None else _finished(before)
        if len(names) < 2 or names == old:
            return {}
        choices = [(self.titles.get(name, name), name) for name in names]
        first = None if len(old) > 1 else _opponents(names)
        return {"duel_choices": (choices, first)}

    def _results(self, report: RaceReport, *, example: bool = False, note: str = "") -> Slots:
        caption = views.race_caption(report, self.page.data, self.page.names, example=example, note=note)
        return {
            "race_words": caption + views.race_headline(report, self.titles),
            "board": board_value(report, self.cards),
            "race_file": "" if example else views.race_take_away(report, self.cards),
        }

    def _done(self, report: RaceReport) -> Slots:
        """The end of a race, with its results once more for a page that missed a message."""
        spent = sum(entry.seconds for entry in report.entries)
        sentence = f"Finished: {len(report.entries)} runs with {spent:.0f} s of forgetting. The results are below."
        return {
            "busy": False,
            "race_status": views.race_status("done", sentence),
            "lanes": lanes_value(report.request, self.cards, report.entries),
        } | self._results(report)

    def _failure(self, shown: _Shown, sentence: str) -> Slots:
        slots: Slots = {"busy": False, "race_status": views.race_status("failed", sentence), "toast": sentence}
        if shown.request is None or shown.progress is None:  # the race did not begin
            return slots | {"lanes": {}}
        entries = () if shown.report is None else shown.report.entries
        return slots | {"lanes": lanes_value(shown.request, self.cards, entries, stopped=True)}

    def cancelled(self, lanes: object, report: RaceReport | None, session: str | None = None) -> Slots:
        """The section after a cancel, which stops the race of this session.

        Args:
            lanes: value of this slot on the page; it tells whether the report is of this race.
            report: the last one that arrived, perhaps of an earlier race.
        """
        self.kept.drop(session or "")
        ended = _ended(lanes)
        if report is None or ended == 0:
            sentence = "Cancelled before the first run was finished; the results below are still the previous ones."
            return {"busy": False, "race_status": views.race_status("cancelled", sentence), "lanes": {}}
        if report.complete:  # the cancel came after the last run
            return self._done(report)
        runs = len(report.request.runs)
        sentence = f"Cancelled. The {len(report.entries)} of {runs} runs that are finished stay below."
        return {
            "busy": False,
            "race_status": views.race_status("cancelled", sentence),
            "lanes": lanes_value(report.request, self.cards, report.entries, stopped=True),
        } | self._results(report, note=f"stopped after {len(report.entries)} of {runs} runs")

    # ---- two of them side by side ----

    def duel(self, report: RaceReport | None, a: object, b: object) -> Slots:
        """The runs of two methods with the first seed, side by side; a sentence where they cannot be shown."""
        runs = {} if report is None else {entry.method: entry for entry in report.entries if entry.seed == 0}
        if not isinstance(a, str) or not isinstance(b, str) or a not in runs or b not in runs:
            return _no_duel("Choose two methods that have finished.")
        if a == b:
            return _no_duel("Choose two different methods.")
        left, right = (self.service.cached_report(runs[name].request) for name in (a, b))
        if left is None or right is None:
            return _no_duel(NO_LONGER)
        titles = self.titles.get(a, a), self.titles.get(b, b)
        return {"twin": twin_value(left, right, titles), "duel": duel(left, right, titles, self.page.names)}


def _joined(shown: Slots, news: Slots) -> Slots:
    """As ``newest``; the two methods that were chosen at first stay chosen."""
    slots = newest(shown, news)
    named, first = slots.get("duel_choices", (None, None))
    before = shown.get("duel_choices", (None, None))[1]
    return slots | {"duel_choices": (named, before)} if named and first is None else slots


def _no_duel(sentence: str) -> Slots:
    return {"twin": {}, "duel": f'<p class="hint" data-level="warn" role="status">{esc(sentence)}</p>'}


def _finished(report: RaceReport) -> list[str]:
    """Methods with scores for the first seed, in the order of the table."""
    scored = {entry.method for entry in report.entries if entry.seed == 0 and entry.scores is not None}
    return [row.method for row in report.rows if row.method in scored]


def _opponents(names: Sequence[str]) -> tuple[str, str]:
    """The two methods that are compared at first: DLFD and its control where both have finished."""
    first = "dlfd" if "dlfd" in names else names[0]
    rest = [name for name in names if name != first]
    return first, "control" if "control" in rest else rest[0]


def _ended(lanes: object) -> int:
    """Number of runs that came to an end, read from the lanes of the page; 0 where the value is malformed."""
    rows = lanes.get("lanes") if isinstance(lanes, dict) else None
    if not isinstance(rows, list):
        return 0
    every: list[Any] = [row.get("parts") for row in rows if isinstance(row, dict)]
    parts = [part for each in every if isinstance(each, list) for part in each]
    return sum(isinstance(part, dict) and part.get("state") in ("done", "failed") for part in parts)
