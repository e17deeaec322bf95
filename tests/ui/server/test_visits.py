"""How many runs one visitor may start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dlfd_core.errors import TooOften
from dlfd_core.ui.compare.form import RaceWishes
from dlfd_core.ui.compare.handlers import RaceHandlers
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.relearn.handlers import RelearnHandlers
from dlfd_core.ui.sequence.handlers import SequenceHandlers
from dlfd_core.ui.server.jobs import Slots
from dlfd_core.ui.server.visits import Visits
from tests.fakes import FakeService
from tests.generators import close


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time ``Visits`` sees, in its one item."""
    now = [1_000.0]
    monkeypatch.setattr("dlfd_core.ui.server.visits.time.monotonic", lambda: now[0])
    return now


def test_so_many_runs_in_a_span_then_a_sentence_with_the_seconds_to_wait(clock: list[float]) -> None:
    visits = Visits(runs=3, span=60)
    for _ in range(3):
        with visits.run("a"):
            clock[0] += 10
    with pytest.raises(TooOften, match=r"started 3 runs within 1 minutes.* try again in 30 seconds"), visits.run("a"):
        pass
    with visits.run("b"):  # somebody else
        pass
    clock[0] += 30  # the first of the three is a minute old
    with visits.run("a"):
        pass
    with pytest.raises(TooOften, match="in 10 seconds"), visits.run("a"):
        pass


def test_two_at_once_and_an_end_or_an_error_makes_room() -> None:
    visits = Visits()
    with visits.run("a"):
        with pytest.raises(ValueError, match="the run failed"), visits.run("a"):
            with pytest.raises(TooOften, match="2 runs running or waiting"), visits.run("a"):
                pass
            raise ValueError("the run failed")
        with visits.run("a"):
            pass


def test_who_cannot_be_told_apart_is_not_counted() -> None:
    visits = Visits(runs=1, at_once=1)
    with visits.run(None), visits.run(None):
        pass


def test_memory_is_bounded_and_an_open_run_is_never_forgotten(clock: list[float]) -> None:
    visits = Visits(runs=5, at_once=1, remembered=10)
    with visits.run("stays"):
        for i in range(1_000):
            clock[0] += 0.001
            with visits.run(f"s{i}"):
                pass
        assert len(visits._visitors) <= 11
        with pytest.raises(TooOften), visits.run("stays"):
            pass
    with visits.run("stays"):
        pass


def starts(page: Handlers) -> dict[str, Iterator[Slots]]:
    """The four kinds of runs, of one visitor."""
    wishes = Wishes(("p00",), "emotion", "retrain")
    race = RaceWishes(("p00",), "emotion", ["dlfd", "neg_grad"], 1, False, None)
    request = page.request(wishes)
    return {
        "forget": page.forget(wishes, "a"),
        "race": RaceHandlers(page).race(race, "a"),
        "relearn": RelearnHandlers(page).relearn(request, 3, "a"),
        "sequence": SequenceHandlers(page).run(wishes, [["p00"], ["p01"]], "a"),
    }


def test_all_kinds_of_runs_count_together_and_are_refused_with_a_sentence() -> None:
    page = Handlers(FakeService(pause=0.5), tick=0.01)
    going = starts(page)
    first = [going.pop("forget"), going.pop("race")]
    for run in first:
        next(run)
        next(run)  # past the first paint, which comes before the run is started
    for name, run in going.items():
        assert "2 runs running or waiting" in list(run)[-1]["toast"], name
    for run in first:
        close(run)
    again = page.forget(Wishes(("p00",), "emotion", "retrain"), "a")
    next(again)
    assert "toast" not in next(again)
    close(again)


def test_a_closed_race_makes_room_at_once() -> None:
    page = Handlers(FakeService(pause=0.5), tick=0.01)
    for _ in range(3):
        run = RaceHandlers(page).race(RaceWishes(("p00",), "emotion", ["dlfd", "neg_grad"], 1, False, None), "a")
        next(run)
        assert "toast" not in next(run)
        close(run)
    assert page.visits._visitors["a"].open == 0
