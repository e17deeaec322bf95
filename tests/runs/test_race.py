"""A race: order of runs, cached runs, time budgets, failures, and the arithmetic of its table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dlfd_core.errors import Diverged, InvalidRequest, RunCancelled, UnknownName
from dlfd_core.metrics.intervals import estimate
from dlfd_core.models.training import Recipe
from dlfd_core.runs.keys import EpochsKey
from dlfd_core.runs.lru_cache import LRUCache
from dlfd_core.runs.race import TRIAL_STEPS, Race, summarise
from dlfd_core.runs.validation import validated_race
from dlfd_core.service import UnlearningService
from dlfd_core.types import (
    MAX_RACE_METHODS,
    CachedReport,
    ForgetEvent,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    MapReady,
    RaceEntry,
    RaceEvent,
    RaceProgress,
    RaceReport,
    RaceRequest,
)
from dlfd_core.unlearning import METHODS
from dlfd_core.unlearning.neg_grad import NegGrad
from tests.fake_race import make_scores
from tests.fakes import make_report
from tests.small import small_service, small_task

pytestmark = pytest.mark.usefixtures("few_steps")

TRAINABLE = small_task().training_people()
REQUEST = RaceRequest(tuple(TRAINABLE[:3]), "small", "place", methods=("retrain", "neg_grad", "fine_tune"), seeds=2)


class Flat:
    """Projection without UMAP, which takes many seconds to compile."""

    def __init__(self, features: np.ndarray, points: np.ndarray | None):
        pass

    def transform(self, *features: np.ndarray) -> list[np.ndarray]:
        return [part[:, :2] for part in features]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnlearningService]:
    """A service whose only data set is the small one."""
    cache = tmp_path_factory.mktemp("cache")
    with small_service(cache, Recipe(epochs=2, batch_size=16)) as made, pytest.MonkeyPatch.context() as patch:
        patch.setattr("dlfd_core.runs.prepared_original.Projection", Flat)
        yield made


def never() -> bool:
    return False


def reports(events: list[RaceEvent]) -> list[RaceReport]:
    return [event for event in events if isinstance(event, RaceReport)]


# ---- on the real service ---------------------------------------------------------------------------------------------


def test_a_race_is_a_row_of_ordinary_runs(service: UnlearningService) -> None:
    events = list(service.race(REQUEST, never))
    found = reports(events)
    assert [len(report.entries) for report in found] == [1, 2, 3, 4, 5, 6] and events[-1] is found[-1]
    assert [report.complete for report in found] == [False] * 5 + [True]
    order = [(entry.method, entry.seed) for entry in found[-1].entries]
    assert order == [(name, seed) for seed in (0, 1) for name in ("neg_grad", "fine_tune", "retrain")]
    for entry in found[-1].entries:
        report = service.cached_report(entry.request)
        assert report is not None and entry.scores == report.scores["unlearned"] and report.points is not None
        assert entry.seconds == report.seconds.unlearn > 0 and not entry.request.retrain and not entry.request.control
    assert report is not None
    assert found[-1].original == report.scores["original"] and found[-1].data == report.data
    assert [row.method for row in found[-1].rows] == ["neg_grad", "fine_tune", "retrain"]
    assert {row.runs for row in found[-1].rows} == {2}


def test_what_is_known_is_not_run_again(service: UnlearningService) -> None:
    list(service.race(REQUEST, never))
    events = list(service.race(replace(REQUEST, people=REQUEST.people[::-1]), never))
    assert {event.step.message for event in events if isinstance(event, RaceProgress)} == {"Starting"}
    alone = ForgetRequest(REQUEST.people, "small", "place", method="neg_grad", seed=1)
    assert [type(event) for event in service.forget(alone, never)] == [CachedReport]


def test_progress_says_which_run_it_is(service: UnlearningService) -> None:
    request = replace(REQUEST, people=tuple(TRAINABLE[2:5]), methods=("fine_tune", "neg_grad"))
    progress = [event for event in service.race(request, never) if isinstance(event, RaceProgress)]
    assert [event.number for event in progress] == sorted(event.number for event in progress)
    assert {(event.number, event.method, event.seed) for event in progress} == {
        (0, "fine_tune", 0), (1, "neg_grad", 0), (2, "fine_tune", 1), (3, "neg_grad", 1),
    }  # fmt: skip
    assert all(0 <= event.step.done <= event.step.total for event in progress)
    assert not any(event.trial for event in progress)
    assert all(event.seconds_left is None for event in progress if event.number == 0)
    assert any(event.seconds_left is not None for event in progress if event.number == 2)


def test_a_cancel_keeps_what_is_finished(service: UnlearningService) -> None:
    seen: list[RaceEvent] = []
    request = replace(REQUEST, people=tuple(TRAINABLE[1:5]))
    with pytest.raises(RunCancelled):
        for event in service.race(request, lambda: len(reports(seen)) == 1 and isinstance(seen[-1], RaceProgress)):
            seen.append(event)
    (kept,) = reports(seen)
    assert not kept.complete and kept.rows[0].means["nomus"].half_width is None
    assert service.cached_report(kept.entries[0].request) is not None and not service._queue.busy()


def test_a_run_that_diverges_is_a_row_and_not_the_end(
    service: UnlearningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverge(*_: object) -> Iterator[object]:
        yield from ()
        raise Diverged("The loss stopped being a number.")

    monkeypatch.setattr(NegGrad, "steps", diverge)
    request = replace(REQUEST, people=tuple(TRAINABLE[4:6]), methods=("neg_grad", "fine_tune"), seeds=1)
    for budget in (None, 2.0):
        last = reports(list(service.race(replace(request, budget=budget), never)))[-1]
        failed, fine = last.rows
        assert last.complete and failed.runs == 0 and failed.means == {} and failed.inside is None
        assert failed.failures == ("The loss stopped being a number.",) and fine.runs == 1


@pytest.mark.parametrize(
    ("changes", "error", "sentence"),
    [
        ({"methods": ()}, InvalidRequest, "No method is chosen"),
        ({"methods": ("neg_grad", "magic")}, UnknownName, "Unknown method 'magic'"),
        ({"seeds": 0}, InvalidRequest, "0 is not a number of seeds between 1 and 5"),
        ({"seeds": 6}, InvalidRequest, "6 is not"),
        ({"seeds": 1.5}, InvalidRequest, "1.5 is not"),
        ({"seeds": True}, InvalidRequest, "True is not"),
        ({"budget": 1.9}, InvalidRequest, "The budget 1.9 is not a number of seconds from 2 to 120"),
        ({"budget": 121.0}, InvalidRequest, "121"),
        ({"budget": math.nan}, InvalidRequest, "nan"),
        ({"people": ()}, InvalidRequest, "."),
        ({"people": tuple(TRAINABLE)}, InvalidRequest, "."),
        ({"task": "mood"}, UnknownName, "mood"),
        ({"backbone": "vgg"}, UnknownName, "vgg"),
    ],
)
def test_bad_races_are_refused_before_anything_is_computed(
    service: UnlearningService, changes: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        next(service.race(replace(REQUEST, **changes), never))


def test_too_many_methods_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(METHODS, "get", lambda name: NegGrad)
    names = tuple(f"m{i}" for i in range(MAX_RACE_METHODS))
    assert validated_race(RaceRequest(("a",), methods=(*names, "retrain"))).methods == (*names, "retrain")
    with pytest.raises(InvalidRequest, match="16 methods are chosen; a race takes 15 at most"):
        validated_race(RaceRequest(("a",), methods=(*names, "one more")))


def test_one_spelling_per_race() -> None:
    request = validated_race(RaceRequest(("b", "a", "b"), methods=("retrain", "dlfd", "retrain")))
    assert request.people == ("a", "b") and request.methods == ("retrain", "dlfd")
    assert request.runs == (("dlfd", 0), ("retrain", 0))  # retraining, the slow reference, comes last


# ---- a budget, on a clock of its own ---------------------------------------------------------------------------------


class Track:
    """Runs whose steps take a known time, on a clock that moves only during runs.

    Args:
        pace: method -> seconds per step; per_epoch: steps of one epoch.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, pace: dict[str, float], per_epoch: int = 40):
        self.now, self.pace, self.per_epoch = 0.0, pace, per_epoch
        self.finished: list[ForgetRequest] = []
        self.steps = 0
        self.memory = LRUCache[ForgetRequest, ForgetReport](8)
        self.epochs_cache = LRUCache[EpochsKey, int](8)
        monkeypatch.setattr("dlfd_core.runs.race.time.monotonic", lambda: self.now)
        monkeypatch.setattr("dlfd_core.runs.race.time.sleep", lambda seconds: None)

    def forget(self, request: ForgetRequest, should_stop: object) -> Iterator[ForgetEvent]:
        preset = METHODS.get(request.method).preset()
        epochs = int((preset | dict(request.knobs))["epochs"]) or 30
        total = epochs * self.per_epoch
        yield ForgetProgress("load", 0, 1, "Loading the model")
        for step in range(total + 1):
            self.now += 5.0 if step == 1 else self.pace[request.method]  # the first step is slow and is no estimate
            self.steps += 1
            yield ForgetProgress("unlearn", step, total, "Forgetting")
        self.finished.append(request)
        report = make_report(request)
        yield MapReady(replace(report, seconds=replace(report.seconds, unlearn=total * self.pace[request.method])))

    def run(self, *methods: str, **changes: Any) -> list[RaceEvent]:
        request = replace(RaceRequest(("p00",), methods=methods, budget=10.0), **changes)
        return list(Race(request, self.forget, self.memory.get, self.epochs_cache).events(never))


def chosen(track: Track) -> list[object]:
    return [dict(request.knobs).get("epochs", 0) for request in track.finished]


def test_epochs_are_chosen_to_fit_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """In 10 s, epochs of 2 s allow five, epochs of 0.5 s twenty; a method with 60 s per epoch still runs one."""
    track = Track(monkeypatch, {"dlfd": 0.05, "fine_tune": 0.0125, "neg_grad": 1.5})
    entries = reports(track.run("dlfd", "fine_tune", "neg_grad"))[-1].entries
    assert [entry.epochs for entry in entries] == [5, 20, 1]
    assert [entry.seconds for entry in entries] == pytest.approx([10, 10, 60])
    assert chosen(track) == [5, 20, 0]  # one epoch is NegGrad's preset, so the request has no such setting


def test_epochs_stay_within_the_bound_of_the_knob(monkeypatch: pytest.MonkeyPatch) -> None:
    track = Track(monkeypatch, {"dlfd": 0.0001})
    assert reports(track.run("dlfd"))[-1].entries[0].epochs == 10


def test_the_trial_is_short_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    track = Track(monkeypatch, {"dlfd": 0.05})
    progress = [event for event in track.run("dlfd") if isinstance(event, RaceProgress)]
    trial = [event for event in progress if event.trial]
    assert trial and trial[-1].step.done <= TRIAL_STEPS + 2 and {event.epochs for event in trial} == {None}
    assert {event.epochs for event in progress if not event.trial and event.step.stage == "unlearn"} == {5}
    assert track.steps < 5 * 40 + TRIAL_STEPS + 6


def test_a_slow_method_is_tried_for_a_part_of_the_budget_only(monkeypatch: pytest.MonkeyPatch) -> None:
    track = Track(monkeypatch, {"dlfd": 3.0})
    trial = [event for event in track.run("dlfd") if isinstance(event, RaceProgress) and event.trial]
    assert trial[-1].step.done <= 5


def test_the_reference_is_exempt_and_all_seeds_have_the_same_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    track = Track(monkeypatch, {"retrain": 1.0, "dlfd": 0.05})
    progress = [event for event in track.run("retrain", "dlfd", seeds=3) if isinstance(event, RaceProgress)]
    assert chosen(track) == [5, 0] * 3
    assert {event.number for event in progress if event.trial} == {0}  # tried once


def test_the_same_race_again_has_the_same_epochs_even_when_the_machine_is_slower(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    track = Track(monkeypatch, {"dlfd": 0.05})
    track.run("dlfd")
    track.pace["dlfd"] = 0.2
    track.run("dlfd")
    assert track.finished[0] == track.finished[1]
    assert reports(track.run("dlfd", budget=40.0))[-1].entries[0].epochs == 5  # another budget is measured again


def test_a_finished_run_is_measured_instead_of_a_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    track = Track(monkeypatch, {"dlfd": 0.05})
    known = make_report(ForgetRequest(("p00",)))
    track.memory.put(known.request, replace(known, seconds=replace(known.seconds, unlearn=20.0)))  # four epochs
    events = track.run("dlfd")
    assert not any(event.trial for event in events if isinstance(event, RaceProgress)) and chosen(track) == [2]


def test_seconds_left_count_the_budget_of_what_is_to_come(monkeypatch: pytest.MonkeyPatch) -> None:
    track = Track(monkeypatch, {"dlfd": 0.05, "fine_tune": 0.05})
    request = RaceRequest(("p00",), methods=("dlfd", "fine_tune"), budget=10.0)
    race = Race(request, track.forget, track.memory.get, track.epochs_cache)
    assert race._left(0, ForgetProgress("unlearn", 1, 2, "", 4.0)) == 14.0
    assert race._left(1, ForgetProgress("unlearn", 1, 2, "", 4.0)) == 4.0
    assert race._left(0, ForgetProgress("unlearn", 1, 2, "")) is None


# ---- the table -------------------------------------------------------------------------------------------------------


def test_an_interval_is_students() -> None:
    """Mean 2 and standard deviation 1 over three: 4.303 / sqrt(3) = 2.484; two degrees of freedom are t = 4.303."""
    assert estimate([1.0, 2.0, 3.0]).mean == 2.0
    assert estimate([1.0, 2.0, 3.0]).half_width == pytest.approx(4.302653 / math.sqrt(3), rel=1e-5)
    assert estimate([0.7]).half_width is None
    assert estimate([0.7, 0.7]).half_width == pytest.approx(0.0, abs=1e-12)


def test_a_row_counts_its_runs_and_who_is_inside() -> None:
    def entry(seed: int, mia: float | None) -> RaceEntry:
        scores = None if mia is None else make_scores(0.8, mia, 0.5)  # null band up to 0.06
        failure = "It diverged." if mia is None else None
        return RaceEntry(ForgetRequest(("a",), seed=seed), (("epochs", 4),), scores, 10.0 + seed, failure)

    request = RaceRequest(("a",), methods=("fine_tune", "dlfd"), seeds=4)
    (row,) = summarise(request, [entry(0, 0.55), entry(1, 0.58), entry(2, None), entry(3, 0.53)])
    assert row.method == "dlfd" and row.runs == 3 and row.failures == ("It diverged.",) and row.epochs == 4
    assert row.inside == pytest.approx(2 / 3) and row.null_band == pytest.approx(0.06)
    assert row.means["forgetting_score"].mean == pytest.approx(0.16 / 3)
    assert row.means["seconds"].mean == pytest.approx(34 / 3)  # of the runs that have scores
    assert row.means["nomus"].mean == pytest.approx((1.8 - 2 * 0.16 / 3) / 2)
