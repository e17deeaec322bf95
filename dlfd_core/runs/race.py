"""A race: methods compared by ordinary runs on the same people with the same seeds.

Every run is an ordinary request, so a cached report is used again, and finished runs stay in the cache when the race is
cancelled. Runs follow one another: side by side they would slow each other down, and their seconds could not be
compared.
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

#: Steps of a trial run: the first ones, which are slow and not measured, and those measured after them. Among these the
#: monitor measures at least once, which costs as much as several steps.
WARM_UP, TRIAL_STEPS = 2, 20
#: Largest share of the budget that a trial may take; at least ``FEWEST_STEPS`` are measured all the same.
TRIAL_SHARE, FEWEST_STEPS = 0.25, 3
#: Seconds between two runs, in which waiting work of another visitor gets the device.
PAUSE = 0.05


# ---- running ---------------------------------------------------------------------------------------------------------


@dataclass
class Race:
    """Carries out one race.

    Args:
        request: as ``validated_race`` returns it.
        forget: carries out a request, as ``UnlearningService.forget``.
        cached_report: the report of a request that was carried out before, or None.
        epochs_cache: numbers of epochs chosen for a budget. The same race then has the same runs again, whose reports
            are cached.

    Attributes:
        last: the latest report.
        took: seconds of the last run of each method, measuring included.
    """

    request: RaceRequest
    forget: Forget
    cached_report: Callable[[ForgetRequest], ForgetReport | None]
    epochs_cache: LRUCache[EpochsKey, int]
    entries: list[RaceEntry] = field(default_factory=list)
    last: ForgetReport | None = None
    took: dict[str, float] = field(default_factory=dict)

    def events(self, should_stop: ShouldStop) -> Iterator[RaceEvent]:
        """Raises ``RunCancelled`` when ``should_stop`` is true; a run that fails becomes an entry with the reason."""
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
        progress = RaceProgress(method, seed, number, ForgetProgress("load", 0, 1, "Starting"))
        yield progress
        epochs = yield from self._choose_epochs(progress, should_stop)
        progress, request = replace(progress, epochs=epochs), self._request(method, seed, epochs)
        settings = tuple((preset | dict(request.knobs)).items())
        report, computed = None, False
        try:
            for event in self.forget(request, should_stop):
                if isinstance(event, ReportReady):
                    report = event.report
                else:
                    computed = True
                    yield replace(progress, step=event, seconds_left=self._left(number, event))
        except RunCancelled:
            raise
        except DlfdError as error:
            return RaceEntry(request, settings, None, failure=str(error))
        assert report is not None  # a run that does not raise ends with its report
        if computed:
            self.took[method] = time.monotonic() - started
            time.sleep(PAUSE)
        self.last = report
        scores, spent, label = report.scores["unlearned"], report.seconds.unlearn, report.verdict.label
        return RaceEntry(request, settings, scores, spent, label=label)

    def _preset(self, method: str) -> dict[str, KnobValue]:
        return METHODS.get(method).preset(data=self.request.data, task=self.request.task)

    def _request(self, method: str, seed: int, epochs: int | None) -> ForgetRequest:
        race = self.request
        unchanged = epochs is None or epochs == self._preset(method)["epochs"]
        knobs: tuple[tuple[str, KnobValue], ...] = () if unchanged or epochs is None else (("epochs", epochs),)
        return ForgetRequest(
            race.people, race.data, race.task, race.backbone, method, seed, knobs=knobs, device=race.device
        )

    def _left(self, number: int, step: ForgetProgress) -> float | None:
        """Seconds until the end of the race; None unless each method still to come was run before or has a budget."""
        left = step.seconds_left
        for method, _ in self.request.runs[number + 1 :]:
            bound = None if method == RACE_REFERENCE else self.request.budget
            ahead = self.took.get(method, bound)
            if left is None or ahead is None:
                return None
            left += ahead
        return left

    # ---- a budget ----

    def _choose_epochs(
        self, progress: RaceProgress, should_stop: ShouldStop
    ) -> Generator[RaceProgress, None, int | None]:
        """The number of epochs that fits the budget, from 1 to the knob's upper bound; None takes the preset's."""
        race, method = self.request, METHODS.get(progress.method)
        knob = next((knob for knob in method.card().knobs if knob.name == "epochs"), None)
        if race.budget is None or progress.method == RACE_REFERENCE or knob is None:
            return None
        key = EpochsKey(race.data, race.task, race.backbone, race.device, race.people, progress.method, race.budget)
        cached = self.epochs_cache.get(key)
        if cached is not None:
            return cached
        epochs = int(self._preset(progress.method)["epochs"])
        report = self.cached_report(self._request(progress.method, progress.seed, None))
        if report is not None:
            seconds: float | None = report.seconds.unlearn / epochs
        else:
            seconds = yield from self._trial(progress, epochs, should_stop)
        if not seconds:
            return None
        fitting = int(race.budget / seconds + 1e-6)  # rounding must not lose an epoch that fits exactly
        return self.epochs_cache.put(key, max(1, min(fitting, int(knob.high))))

    def _trial(
        self, progress: RaceProgress, epochs: int, should_stop: ShouldStop
    ) -> Generator[RaceProgress, None, float | None]:
        """Seconds per epoch, measured on the first steps of a run that is then dropped; None where it diverges."""
        run = self.forget(self._request(progress.method, progress.seed, None), should_stop)
        longest = TRIAL_SHARE * (self.request.budget or 0.0)
        first_step, started = 0, 0.0  # where measuring starts, and when
        try:
            for event in run:
                if isinstance(event, ReportReady):  # it ended before it could be measured
                    return event.report.seconds.unlearn / epochs
                now = time.monotonic()
                if event.stage == "unlearn" and event.done > 0:
                    steps = event.done - first_step
                    if not first_step and (event.done == WARM_UP or event.done == event.total):
                        first_step, started = event.done, now
                    elif first_step and (
                        steps >= TRIAL_STEPS
                        or event.done == event.total
                        or (steps >= FEWEST_STEPS and now - started > longest)
                    ):
                        return (now - started) / steps * event.total / epochs
                yield replace(progress, step=replace(event, point=None), trial=True)
        except Diverged:
            return None  # the run that follows diverges as well, and becomes an entry with the reason
        finally:
            run.close()  # type: ignore[attr-defined]  # a generator: closing it frees the device
        return None


# ---- summary ---------------------------------------------------------------------------------------------------------


def _value(entry: RaceEntry, measure: RaceMeasure) -> float:
    return entry.seconds if measure == "seconds" else float(getattr(entry.scores, measure))


def summarise(request: RaceRequest, entries: Sequence[RaceEntry]) -> tuple[RaceRow, ...]:
    """One row per method that has an entry, in the order of the first seed's runs."""
    rows = []
    for method in dict.fromkeys(method for method, _ in request.runs):
        of_method = [entry for entry in entries if entry.method == method]
        if not of_method:
            continue
        scored = [entry for entry in of_method if entry.scores is not None]
        failures = tuple(entry.failure for entry in of_method if entry.failure is not None)
        row = RaceRow(method, len(scored), {}, epochs=of_method[0].epochs, failures=failures)
        if scored:
            all_scores = [entry.scores for entry in scored if entry.scores is not None]
            row = replace(
                row,
                means={measure: estimate([_value(entry, measure) for entry in scored]) for measure in RACE_MEASURES},
                null_band=float(np.mean([scores.null_band[1] for scores in all_scores])),
                inside=float(np.mean([scores.forgetting_score <= scores.null_band[1] for scores in all_scores])),
                labels=tuple(entry.label for entry in scored if entry.label is not None),
            )
        rows.append(row)
    return tuple(rows)
