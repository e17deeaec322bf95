"""From the form of a race to the slots of the page, on a service without a model."""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from typing import Any

import pytest
from typing_extensions import override

from dlfd_core.types import RACE_REFERENCE, RaceReport, Seconds
from dlfd_core.ui.compare.form import RaceWishes
from dlfd_core.ui.compare.handlers import NO_LONGER, RaceHandlers
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.server.failures import UNFORESEEN_JOB
from dlfd_core.ui.server.jobs import Slots
from tests.fakes import ERROR_PERSON, FakeService
from tests.generators import close
from tests.ui.stepwise import AtOnce, Stepwise

WISHES = RaceWishes(["p02", "p00"], "emotion", ["dlfd", "control", RACE_REFERENCE], 2)


def handlers(service: FakeService | None = None) -> RaceHandlers:
    return RaceHandlers(Stepwise(service or FakeService(steps=4)))


def race(service: FakeService | None = None, **changes: Any) -> list[Slots]:
    return [slots for slots in handlers(service).race(replace(WISHES, **changes)) if slots]


def last_of(seen: list[Slots], name: str) -> Any:
    return [slots[name] for slots in seen if name in slots][-1]


def test_a_race_from_click_to_the_last_run() -> None:
    seen = race(FakeService(steps=4))
    assert seen[0]["busy"] is True and 'data-race="running"' in seen[0]["race_status"]
    first = next(i for i, slots in enumerate(seen) if "board" in slots)
    assert all(set(slots) == {"lanes"} for slots in seen[1:first])
    assert 'data-race="racing"' in seen[first]["race_status"] and seen[first]["duel"] == ""
    assert seen[-1]["busy"] is False and 'data-race="done"' in seen[-1]["race_status"]
    final: RaceReport = last_of(seen, "race")
    assert final.complete and len(final.entries) == 6
    assert [row["method"] for row in last_of(seen, "board")["rows"]] == ["dlfd", "control", RACE_REFERENCE, "original"]
    assert "Over 2 seeds, DLFD has the highest NoMUS" in last_of(seen, "race_words")
    assert "Download all runs" in last_of(seen, "race_file")
    assert last_of(seen, "lanes")["headline"] == "All 6 runs are finished"


def test_the_two_for_side_by_side_are_chosen_once() -> None:
    seen = race(FakeService(steps=4), methods=["dlfd", "control", "neg_grad"], seeds=1)
    offers = [slots["duel_choices"] for slots in seen if slots.get("duel_choices")]
    assert [len(choices) for choices, _ in offers] == [2, 3]
    assert [first for _, first in offers] == [("dlfd", "control"), None]  # what the visitor chose since then stays
    assert offers[1][0] == [("DLFD", "dlfd"), ("Control", "control"), ("NegGrad", "neg_grad")]


def test_a_race_known_already_is_painted_at_once_with_everything() -> None:
    service = FakeService(steps=2)
    race(service)
    seen = list(RaceHandlers(AtOnce(service)).race(WISHES))
    assert last_of(seen, "race").complete and last_of(seen, "duel_choices")[1] == ("dlfd", "control")
    assert len(service.requests) == 6


def test_a_method_that_diverges_is_a_row() -> None:
    seen = race(methods=["diverging", "neg_grad"], seeds=1)
    rows = {row["method"]: row for row in last_of(seen, "board")["rows"]}
    assert "stopped being a number" in rows["diverging"]["failure"] and rows["neg_grad"]["cells"]
    assert seen[-1]["busy"] is False and "duel_choices" not in seen[-1]
    assert all(not slots.get("duel_choices") for slots in seen)  # one alone is not compared


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"people": []}, "Nobody is picked"),
        ({"people": [ERROR_PERSON]}, "Hana &lt;cannot&gt; be forgotten"),
        ({"methods": []}, "No method is chosen"),
        ({"methods": ["<b>"]}, "Unknown method &#x27;&lt;b&gt;&#x27;"),
        ({"methods": "dlfd"}, "must be a list"),
        ({"task": "mood"}, "Unknown task"),
        ({"seeds": 1.5}, "whole number from 1 to 5"),
        ({"budgeted": True, "budget": None}, "number of seconds"),
    ],
)
def test_what_goes_wrong_becomes_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    last = race(**changes)[-1]
    assert sentence in last["race_status"] and 'role="alert"' in last["race_status"]
    assert last["busy"] is False and last["toast"] and last["lanes"] == {} and "board" not in last


def test_an_unforeseen_error_keeps_what_is_finished(caplog: pytest.LogCaptureFixture) -> None:
    class Breaking(FakeService):
        @override
        def forget(self, request: Any, should_stop: Any) -> Any:
            if request.method == "control":
                raise RuntimeError("the path /secret/place is broken")
            return super().forget(request, should_stop)

    with caplog.at_level(logging.ERROR):
        seen = race(Breaking(steps=2))
    assert seen[-1]["toast"] == UNFORESEEN_JOB and "secret" not in str(seen[-1]) and "/secret/place" in caplog.text
    assert last_of(seen, "race").entries and seen[-1]["lanes"]["headline"] == "Stopped after 1 of 6 runs"


def test_closing_the_stream_stops_the_service() -> None:
    service = FakeService(pause=0.05)
    running = RaceHandlers(Handlers(service, tick=0.02)).race(WISHES)
    service.begin(running)
    close(running)
    end = time.monotonic() + 2
    while not service.cancelled and time.monotonic() < end:
        time.sleep(0.01)
    assert service.cancelled == 1


def test_a_cancel_keeps_what_is_finished() -> None:
    seen = race()
    partial = next(slots for slots in seen if "race" in slots)
    report = replace(partial["race"], entries=last_of(seen, "race").entries[:2])
    found = handlers().cancelled(last_of(seen, "lanes"), report)
    assert "The 2 of 6 runs that are finished stay below." in found["race_status"] and found["busy"] is False
    assert "stopped after 2 of 6 runs" in found["race_words"] and found["board"]["rows"]
    assert found["lanes"]["headline"] == "Stopped after 2 of 6 runs"
    late = handlers().cancelled(last_of(seen, "lanes"), last_of(seen, "race"))
    assert "Finished: 6 runs" in late["race_status"] and late["busy"] is False


@pytest.mark.parametrize("lanes", [None, "x", {}, {"lanes": 3}, {"lanes": [1, {"parts": 2}, {"parts": [None]}]}])
def test_a_cancel_before_the_first_run_believes_nothing_that_comes_back(lanes: object) -> None:
    old: RaceReport = last_of(race(), "race")
    for report in (None, old):  # one of an earlier race is still there
        found = handlers().cancelled(lanes, report)
        assert "before the first run was finished" in found["race_status"] and found["lanes"] == {}
        assert "board" not in found


# ---- side by side ----------------------------------------------------------------------------------------------------


def test_two_finished_methods_stand_side_by_side() -> None:
    service = FakeService(steps=2)
    report: RaceReport = last_of(race(service), "race")
    found = handlers(service).duel(report, "dlfd", RACE_REFERENCE)
    assert found["twin"]["titles"] == ["DLFD", "Retrain"] and found["twin"]["n"] == 120
    assert "What they say about the same photos" in found["duel"] and "<svg" in found["duel"]


@pytest.mark.parametrize(
    ("a", "b", "sentence"),
    [
        ("dlfd", "dlfd", "Choose two different methods."),
        ("dlfd", "neg_grad", "Choose two methods that have finished."),
        (None, "dlfd", "Choose two methods that have finished."),
        (["dlfd"], {}, "Choose two methods that have finished."),
    ],
)
def test_a_bad_choice_is_a_sentence(a: object, b: object, sentence: str) -> None:
    report: RaceReport = last_of(race(), "race")
    found = handlers().duel(report, a, b)
    assert sentence in found["duel"] and found["twin"] == {}


def test_a_run_no_longer_in_memory_is_told() -> None:
    service = FakeService(steps=2)
    report: RaceReport = last_of(race(service), "race")
    service.memory.clear()
    assert NO_LONGER in handlers(service).duel(report, "dlfd", "control")["duel"]
    assert "Choose two methods that have finished." in handlers(service).duel(None, "dlfd", "control")["duel"]


# ---- before ----------------------------------------------------------------------------------------------------------


def test_the_section_opens_with_the_example_as_a_race() -> None:
    slots = handlers().opening()
    assert [row["method"] for row in slots["board"]["rows"]] == ["dlfd", "control", RACE_REFERENCE, "original"]
    assert "A finished example" in slots["race_words"] and slots["took"].retrain == 40.0
    assert slots["race_file"] == ""  # the proof has the example's numbers already


def test_without_the_example_the_section_is_empty() -> None:
    assert handlers(FakeService(with_example=False)).opening() == {"took": Seconds()}


def test_the_hint_answers_nonsense_with_a_sentence() -> None:
    good = handlers().hint(["p00"], ["dlfd"], 2, 10.0, Seconds())
    assert "1 method × 2 seeds = 2 runs" in good
    assert "whole number from 1 to 5" in handlers().hint(["p00"], ["dlfd"], None, None, Seconds())


def test_methods_are_raced_in_the_order_of_the_page() -> None:
    request = handlers().request(replace(WISHES, methods=[RACE_REFERENCE, "neg_grad", "control", "dlfd", "magic"]))
    assert request.methods == ("dlfd", "control", "neg_grad", RACE_REFERENCE, "magic")
