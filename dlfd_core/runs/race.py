"""A race: methods compared by ordinary runs on the same people with the same seeds.

Every run is a request like any other, so it comes from the service's memory where it is known, and what is finished
stays there when the race is cancelled. Runs follow one another: side by side they would slow each other down, and
seconds could not be compared.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dlfd_core.errors import Diverged, DlfdError, RunCancelled
from dlfd_core.metrics.intervals import estimate
from dlfd_core.runs.keys import EpochsKey
from dlfd_core.runs.lru_cache import LRUCache
from dlfd_core.types import (
    RACE_MEASURES,
    RACE_REFERENCE,
    ForgetEvent,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    KnobValue,
    RaceEntry,
    RaceEvent,
    RaceMeasure,
    RaceProgress,
    RaceReport,
    RaceRequest,
    RaceRow,
    ReportReady,
)
from dlfd_core.unlearning import METHODS

ShouldStop = Callable[[], bool]
Forget = Callable[[ForgetRequest, ShouldStop], Iterator[ForgetEvent]]

#: A trial run leaves out its first steps, which are slow, and ends after this many more: with them the monitor has
#: looked at least once, which costs as much as several steps.
WARM_UP, TRIAL_STEPS = 2, 20
#: Of the budget, that a trial may take at most; at least ``FEWEST_STEPS`` are measured all the same.
TRIAL_SHARE, FEWEST_STEPS = 0.25, 3
#: Seconds between two runs in which somebody who waits for the device can take it.
PAUSE = 0.05


# ---- carrying it out -------------------------------------------------------------------------------------------------


@dataclass
class Race:
    """Carries out one race.

    Args:
        request: as ``validated_race`` returns it.
        forget: carries out a request, as ``UnlearningService.forget``.
        cached_report: of a request that was carried out before, or None.
        plans: epochs chosen for a budget, so that the same race again has the same runs, and finds them remembered.
    """

    request: RaceRequest
    forget: Forget
    cached_report: Callable[[ForgetRequest], ForgetReport | None]
    plans: LRUCache[EpochsKey, int]
    entries: list[RaceEntry] = field(default_factory=list)
    last: ForgetReport | None = None
    took: dict[str, float] = field(default_factory=dict)  # method -> seconds of its last run, measuring included

    def events(self, should_stop: ShouldStop) -> Iterator[RaceEvent]:
        """Raises ``RunCancelled`` when ``should_stop`` says so; a run that fails is an entry that says why."""
        for number, (method, seed) in enumerate(self.request.runs):
            if should_stop():
                raise RunCancelled("Cancelled.")
            entry = yield from self._run(number, method, seed, should_stop)
            self.entries.append(entry)
            original, data = (None, None) if self.last is None else (self.last.scores["original"], self.last.data)
            yield RaceReport(self.request, tuple(self.entries), summarise(self.request, self.entries), original, data)

    def _run(
        self, number: int, method: str, seed: int, should_stop: ShouldStop
    ) -> Generator[RaceProgress, None, RaceEntry]:
        preset, started = self._preset(method), time.monotonic()
        said = RaceProgress(method, seed, number, ForgetProgress("load", 0, 1, "Starting"))
        yield said
        epochs = yield from self._plan(said, should_stop)
        said, request = replace(said, epochs=epochs), self._request(method, seed, epochs)
        settings = tuple((preset | dict(request.knobs)).items())
        report, worked = None, False
        try:
            for event in self.forget(request, should_stop):
                if isinstance(event, ReportReady):
                    report = event.report
                else:
                    worked = True
                    yield replace(said, step=event, seconds_left=self._left(number, event))
        except RunCancelled:
            raise
        except DlfdError as error:
            return RaceEntry(request, settings, None, failure=str(error))
        assert report is not None  # a run that does not raise ends with its report
        if worked:
            self.took[method] = time.monotonic() - started
            time.sleep(PAUSE)
        self.last = report
        return RaceEntry(request, settings, report.scores["unlearned"], report.seconds.unlearn)

    def _preset(self, method: str) -> dict[str, KnobValue]:
        return METHODS.get(method).preset(data=self.request.data, task=self.request.task)

    def _request(self, method: str, seed: int, epochs: int | None) -> ForgetRequest:
        race = self.request
        own = epochs is None or epochs == self._preset(method)["epochs"]
        knobs: tuple[tuple[str, KnobValue], ...] = () if own or epochs is None else (("epochs", epochs),)
        return ForgetRequest(
            race.people, race.data, race.task, race.backbone, method, seed, knobs=knobs, device=race.device
        )

    def _left(self, number: int, step: ForgetProgress) -> float | None:
        """Seconds until the end of the race, once each method still to come has been run, or a budget binds it."""
        left = step.seconds_left
        for method, _ in self.request.runs[number + 1 :]:
            bound = None if method == RACE_REFERENCE else self.request.budget
            ahead = self.took.get(method, bound)
            if left is None or ahead is None:
                return None
            left += ahead
        return left

    # ---- a budget ----

    def _plan(self, said: RaceProgress, should_stop: ShouldStop) -> Generator[RaceProgress, None, int | None]:
        """Epochs that fit the budget: one at least, the knob's bound at most; None leaves them to the preset."""
        race, method = self.request, METHODS.get(said.method)
        knob = next((knob for knob in method.card().knobs if knob.name == "epochs"), None)
        if race.budget is None or said.method == RACE_REFERENCE or knob is None:
            return None
        key = EpochsKey(race.data, race.task, race.backbone, race.device, race.people, said.method, race.budget)
        planned = self.plans.get(key)
        if planned is not None:
            return planned
        own = int(self._preset(said.method)["epochs"])
        finished = self.cached_report(self._request(said.method, said.seed, None))
        if finished is not None:
            seconds: float | None = finished.seconds.unlearn / own
        else:
            seconds = yield from self._trial(said, own, should_stop)
        if not seconds:
            return None
        fitting = int(race.budget / seconds + 1e-6)  # what fits exactly is not lost to rounding
        return self.plans.put(key, max(1, min(fitting, int(knob.high))))

    def _trial(
        self, said: RaceProgress, epochs: int, should_stop: ShouldStop
    ) -> Generator[RaceProgress, None, float | None]:
        """Seconds per epoch, measured on the first steps of a run that is then dropped; None where it diverges."""
        run, most = self.forget(self._request(said.method, said.seed, None), should_stop), self.request.budget or 0.0
        at, began = 0, 0.0  # the step from which it is measured, and when that was
        try:
            for event in run:
                if isinstance(event, ReportReady):  # over before it could be measured
                    return event.report.seconds.unlearn / epochs
                now = time.monotonic()
                if event.stage == "unlearn" and event.done > 0:
                    steps = event.done - at
                    if not at and (event.done == WARM_UP or event.done == event.total):
                        at, began = event.done, now
                    elif at and (
                        steps >= TRIAL_STEPS
                        or event.done == event.total
                        or (steps >= FEWEST_STEPS and now - began > TRIAL_SHARE * most)
                    ):
                        return (now - began) / steps * event.total / epochs
                yield replace(said, step=replace(event, point=None), trial=True)
        except Diverged:
            return None  # the run itself will say so
        finally:
            run.close()  # type: ignore[attr-defined]  # a generator: it gives the device back
        return None


# ---- summing up ------------------------------------------------------------------------------------------------------


def _measured(entry: RaceEntry, measure: RaceMeasure) -> float:
    return entry.seconds if measure == "seconds" else float(getattr(entry.scores, measure))


def summarise(request: RaceRequest, entries: Sequence[RaceEntry]) -> tuple[RaceRow, ...]:
    """One row per method that has an entry, in the order of the first seed's runs."""
    rows = []
    for method in dict.fromkeys(method for method, _ in request.runs):
        mine = [entry for entry in entries if entry.method == method]
        if not mine:
            continue
        scored = [entry for entry in mine if entry.scores is not None]
        failures = tuple(entry.failure for entry in mine if entry.failure is not None)
        row = RaceRow(method, len(scored), {}, epochs=mine[0].epochs, failures=failures)
        if scored:
            found = [entry.scores for entry in scored if entry.scores is not None]
            row = replace(
                row,
                means={measure: estimate([_measured(entry, measure) for entry in scored]) for measure in RACE_MEASURES},
                null_band=float(np.mean([scores.null_band[1] for scores in found])),
                inside=float(np.mean([scores.forgetting_score <= scores.null_band[1] for scores in found])),
            )
        rows.append(row)
    return tuple(rows)
