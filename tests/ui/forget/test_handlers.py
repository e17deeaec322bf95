"""From the form to the slots of the page, on a service without a model."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from typing_extensions import override

from dlfd_core.errors import InvalidRequest, UnknownName
from dlfd_core.types import CachedReport, ControlReady, ForgetEvent, ForgetRequest, MapReady, ScoresReady
from dlfd_core.ui.forget import views
from dlfd_core.ui.forget.form import Wishes, changed_knobs, read_seed
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.forget.painter import STOP_MAP, joined
from dlfd_core.ui.forget.run_state import finished
from dlfd_core.ui.forget.shown import Shown
from dlfd_core.ui.server.failures import UNFORESEEN_JOB
from dlfd_core.ui.server.jobs import Slots
from tests.fakes import CRASH_SEED, ERROR_PERSON, METHODS, FakeService, make_report, without_control
from tests.generators import close
from tests.ui.stepwise import Stepwise

DLFD = METHODS[0]
PRESET = [knob.default for knob in DLFD.knobs]


def forget(service: FakeService, people: list[str], **changes: Any) -> list[Slots]:
    wishes = Wishes(**({"people": people, "task": "emotion", "method": "dlfd", "knobs": PRESET} | changes))
    return [slots for slots in Stepwise(service).forget(wishes) if slots]


def test_a_run_from_click_to_map() -> None:
    """First that it is running, then progress alone, then everything but the map, then the map."""
    seen = forget(FakeService(), ["p02", "p00"])
    assert seen[0]["busy"] is True and 'data-state="running"' in seen[0]["status"]
    results = [i for i, slots in enumerate(seen) if "result" in slots]
    maps = [i for i, slots in enumerate(seen) if "map" in slots]
    assert len(results) == len(maps) == 1 and results[0] < maps[0] == len(seen) - 1
    assert all(set(slots) <= {"progress", "synthesis", "live"} for slots in seen[1 : results[0]])
    assert 'data-state="mapping"' in seen[results[0]]["status"] and "map" not in seen[results[0]]
    assert {"result", "shown", "request", "synthesis"} <= set(seen[results[0]]) and seen[results[0]]["example"] is False
    assert not seen[results[0]]["shown"].final and seen[-1]["shown"].final
    assert seen[-1]["busy"] is False and seen[-1]["map"]["n"] == 120 and 'data-state="done"' in seen[-1]["status"]


def test_the_control_arrives_after_the_map_and_repaints_the_result_alone() -> None:
    seen = forget(FakeService(), ["p02", "p00"], control=True)
    (mapped,) = (i for i, slots in enumerate(seen) if "map" in slots)
    assert "busy" not in seen[mapped] and 'data-state="control"' in seen[mapped]["status"]
    assert "The control still runs" in seen[mapped]["status"]
    assert all(set(slots) == {"progress"} for slots in seen[mapped + 1 : -1])
    assert "Running the control" in {slots["progress"]["progress"]["stage"] for slots in seen[mapped + 1 : -1]}
    curves = [slots["progress"] for slots in seen[mapped:] if "progress" in slots]
    assert all(len(value["points"]["step"]) == 10 for value in curves)  # they stay
    assert set(seen[-1]) == {"result", "shown", "status", "progress", "busy", "example"} and seen[-1]["busy"] is False
    first = next(slots for slots in seen if "result" in slots)
    assert ">Control</span>" not in first["result"] and ">Control</span>" in seen[-1]["result"]
    assert first["shown"].mark != seen[-1]["shown"].mark and seen[-1]["shown"].final
    assert "the control included" in seen[-1]["status"] and "Finished" in seen[-1]["status"]


def test_the_result_before_its_control_can_be_looked_into() -> None:
    """The service does not have the report yet, so the page keeps it, and deletes it with the visitor's photos."""
    handlers = Stepwise(FakeService())
    wishes = Wishes(["p02", "p00"], "emotion", "dlfd", control=True, knobs=PRESET)
    seen = [slots for slots in handlers.forget(wishes, "me") if slots]
    shown = next(slots["shown"] for slots in seen if "shown" in slots)
    assert not shown.final and "control" not in handlers.runs.report(shown).scores
    handlers.runs.drop("somebody else")
    assert handlers.runs.report(shown).names == ("Ada", "Cleo")
    handlers.runs.drop("me")
    with pytest.raises(InvalidRequest, match="no longer in the server's memory"):
        handlers.runs.report(shown)


@pytest.mark.parametrize("cached", [False, True])
def test_a_control_that_could_not_be_run_is_not_waited_for(cached: bool) -> None:
    class Diverging(FakeService):
        @override
        def forget(self, request: ForgetRequest, should_stop: Callable[[], bool]) -> Iterator[ForgetEvent]:
            report = without_control(make_report(request))
            if not cached:
                yield ScoresReady(replace(report, points=None))
                yield MapReady(report)
            last = replace(report, caveats=("There is no control beside this run: it diverged.",))
            yield CachedReport(last) if cached else ControlReady(last)

    seen = forget(Diverging(), ["p00"], control=True)
    assert seen[-1]["busy"] is False and 'data-state="done"' in seen[-1]["status"]
    assert seen[-1]["shown"].final


def test_what_chance_gives_is_shaded_from_the_start() -> None:
    curves = [slots["progress"] for slots in forget(FakeService(), ["p00"]) if "progress" in slots]
    drawn = [value["band"] for value in curves if value["points"]["step"]]
    assert drawn[0] == 0.05 and None not in drawn


def test_points_pile_up() -> None:
    curves = [slots["progress"] for slots in forget(FakeService(), ["p00"]) if "progress" in slots]
    lengths = [len(value["points"]["step"]) for value in curves]
    assert lengths == sorted(lengths) and lengths[-1] == 10


def test_a_known_request_is_painted_at_once() -> None:
    """The service's cache answers with the finished report and nothing before it."""

    class Cached(FakeService):
        @override
        def forget(self, request: ForgetRequest, should_stop: Callable[[], bool]) -> Iterator[ForgetEvent]:
            yield CachedReport(make_report(request))

    for control in (False, True):
        seen = forget(Cached(), ["p00"], control=control)
        assert len(seen) == 2 and {"result", "map", "shown"} <= set(seen[1]) and seen[1]["busy"] is False
        assert (">Control</span>" in seen[1]["result"]) == control


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"people": []}, "Nobody is picked"),
        ({"people": [ERROR_PERSON]}, "Hana &lt;cannot&gt; be forgotten"),
        ({"people": ["p99"]}, "Unknown person"),
        ({"people": ["p00"], "method": "diverging", "knobs": []}, "stopped being a number"),
        ({"people": ["p00"], "method": "<b>"}, "Unknown method &#x27;&lt;b&gt;&#x27;; choose one of: dlfd"),
        ({"people": ["p00"], "task": "mood"}, "Unknown task"),
        ({"people": ["p00"], "seed": 1.5}, "The seed must be a whole number"),
        ({"people": ["p00"], "knobs": [1, 9.0, "paper", 1.0, True]}, "not a number between"),
        ({"people": ["p00"], "knobs": [1, None, "paper", 1.0, True]}, "Learning rate is empty"),
    ],
)
def test_what_goes_wrong_becomes_a_sentence(changes: dict[str, Any], sentence: str) -> None:
    last = forget(FakeService(), **changes)[-1]
    assert sentence in last["status"] and 'role="alert"' in last["status"]
    assert last["busy"] is False and last["toast"]
    assert not {"result", "shown", "map"} & set(last)  # old results stay


@pytest.mark.parametrize("changes", [{"people": []}, {"people": ["p00"], "seed": 1.5}])
def test_an_incomplete_form_changes_only_the_sentence(changes: dict[str, Any]) -> None:
    (only,) = forget(FakeService(), **changes)
    assert set(only) == {"busy", "status", "toast"}


def test_the_map_moves_while_the_run_goes_on() -> None:
    messages = [slots["live"] for slots in forget(FakeService(), ["p02", "p00"]) if "live" in slots]
    events = [event for message in messages for event in message["events"]]
    assert [name for name, _ in events] == ["map-begin"] + 4 * ["map-frame"]
    begun, *frames = (detail for _, detail in events)
    assert begun["n"] == 120 and set(begun["views"]) == {"original"}
    assert [frame["step"] for frame in frames] == [2, 5, 7, 10] and frames[-1]["phase"] == "retaining"
    failed = forget(FakeService(), [ERROR_PERSON])[-1]
    assert failed["live"] == STOP_MAP


def test_a_run_that_fails_brings_the_curves_of_the_run_before_back() -> None:
    handlers = Stepwise(FakeService())
    example = handlers.opening()["shown"]
    wishes = Wishes([ERROR_PERSON], "emotion", "dlfd", knobs=PRESET)
    seen = [slots for slots in handlers.forget(wishes, None, example) if slots]
    assert seen[0]["progress"]["points"]["step"] == [] and seen[-1]["progress"]["points"]["step"] != []
    assert seen[-1]["progress"] == handlers.opening()["progress"]


def test_an_unforeseen_error_is_logged_and_tells_no_details(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        last = forget(FakeService(), ["p00"], seed=CRASH_SEED)[-1]
    assert last["toast"] == UNFORESEEN_JOB and "secret" not in str(last)
    assert "/secret/place" in caplog.text


def test_closing_the_stream_stops_the_service() -> None:
    service = FakeService(pause=0.05)
    running = Handlers(service, tick=0.02).forget(Wishes(["p00"], "emotion", "dlfd", knobs=PRESET))
    service.begin(running)
    close(running)
    end = time.monotonic() + 2
    while not service.cancelled and time.monotonic() < end:
        time.sleep(0.01)
    assert service.cancelled == 1


def test_a_page_that_comes_back_is_shown_all_of_the_run_at_once() -> None:
    seen = forget(FakeService(), ["p02", "p00"])
    result = next(i for i, slots in enumerate(seen) if "result" in slots)
    shown: Slots = {}
    for slots in seen[:result]:
        shown = joined(shown, slots)
    assert [name for name, _ in shown["live"]["events"]] == ["map-begin", "map-frame"]
    assert shown["live"]["events"][-1][1]["step"] == 10 and len(shown["progress"]["points"]["step"]) == 10
    for slots in seen[result:]:
        shown = joined(shown, slots)
    assert "live" not in shown and shown["busy"] is False and shown["map"]["n"] == 120
    failed: Slots = {}
    for slots in forget(FakeService(), [ERROR_PERSON]):
        failed = joined(failed, slots)
    assert "live" not in failed and "toast" not in failed and 'role="alert"' in failed["status"]


def test_a_result_gets_the_control_or_a_retrained_model_beside_it() -> None:
    handlers = Stepwise(FakeService())
    wishes = Wishes(["p02", "p00"], "emotion", "dlfd", seed=3, knobs=PRESET)
    first = [slots for slots in handlers.forget(wishes) if slots]
    html = next(slots["result"] for slots in first if "result" in slots)
    assert 'data-beside="control"' in html and 'data-beside="retrained"' in html
    shown = first[-1]["shown"]
    with_control = [slots for slots in handlers.forget_beside(shown, control=True) if slots]
    assert with_control[-1]["shown"].request == replace(shown.request, control=True)
    assert 'data-beside="control"' not in with_control[-1]["result"]
    waiting = next(slots["result"] for slots in with_control if "result" in slots)  # the control is not there yet
    assert 'data-beside="control"' not in waiting and 'data-beside="retrained"' in waiting
    with_both = [slots for slots in handlers.forget_beside(with_control[-1]["shown"], retrain=True) if slots]
    assert with_both[-1]["shown"].request == replace(shown.request, control=True, retrain=True)
    assert "data-beside" not in with_both[-1]["result"]
    (refused,) = handlers.forget_beside(None, control=True)
    assert "Nobody is picked" in refused["status"]


def test_the_request_is_made_of_the_form() -> None:
    handlers = Handlers(FakeService())
    knobs = [2.0, 0.05, "paper", 4.0, False]
    request = handlers.request(Wishes(["p03", "p01", "p03"], "smiling", "dlfd", 4.0, True, True, "quality", knobs))
    assert request == ForgetRequest(
        ("p01", "p03"),
        task="smiling",
        seed=4,
        retrain=True,
        control=True,
        knobs=(("augment", False), ("epochs", 2)),
    )


def test_settings_are_counted_from_the_chosen_preset() -> None:
    handlers = Handlers(FakeService())
    paper = Wishes(["p00"], "emotion", "dlfd", preset="paper", knobs=[2, 0.02, "paper", 2.0, True])
    assert handlers.request(paper).preset == "paper" and handlers.request(paper).knobs == (("alpha", 2.0),)
    with pytest.raises(UnknownName, match="preset of neg_grad 'paper'"):
        handlers.request(Wishes(["p00"], "emotion", "neg_grad", preset="paper", knobs=[1, 0.05]))


def test_a_hidden_wish_for_a_control_is_not_heard() -> None:
    wishes = Wishes(["p00"], "emotion", "neg_grad", control=True, knobs=[1, 0.05])
    assert not Handlers(FakeService()).request(wishes).control


def test_another_task_brings_its_preset_and_says_what_it_took() -> None:
    handlers = Handlers(FakeService())
    assert handlers.refill(DLFD, "quality", "emotion", "smiling", PRESET) == ([1, 0.05, "paper", 4.0, True], "")
    typed = [1, 0.3, "paper", None, True]
    values, sentence = handlers.refill(DLFD, "quality", "emotion", "smiling", typed)
    assert values == [1, 0.05, "paper", 4.0, True]
    assert sentence == "DLFD was set to its preset for the task Smiling; you had changed: Learning rate, Step size."


def test_typed_values_stay_where_another_task_changes_nothing() -> None:
    handlers = Handlers(FakeService())
    assert handlers.refill(DLFD, "paper", "emotion", "smiling", [9, 0.3, "paper", 1.0, True]) == (None, "")
    assert handlers.refill(METHODS[1], "quality", "emotion", "smiling", [9, 0.3]) == (None, "")


def test_settings_equal_to_the_preset_are_left_out() -> None:
    """So that equal wishes are equal requests, and share one cached report."""
    preset = {knob.name: knob.default for knob in DLFD.knobs}
    assert changed_knobs(DLFD, PRESET, preset) == ()
    assert changed_knobs(DLFD, [1.0, 0.1 / 2, "paper", 1, True], preset) == ()
    assert changed_knobs(DLFD, [1, 0.05, "released", 1.0, True], preset) == (("mode", "released"),)


@pytest.mark.parametrize("value", [-1, 2**31, 0.5, None, "7", True, float("nan"), float("inf"), [1]])
def test_a_seed_is_a_whole_number_in_range(value: object) -> None:
    with pytest.raises(InvalidRequest, match="seed"):
        read_seed(value)


def test_a_seed_may_come_as_a_float() -> None:
    assert read_seed(3.0) == 3


def test_a_method_nobody_knows() -> None:
    with pytest.raises(UnknownName, match="dlfd, neg_grad"):
        Handlers(FakeService()).request(Wishes(["p00"], "emotion", "magic"))


def test_opening_with_the_example() -> None:
    slots = Handlers(FakeService()).opening()
    assert ">Example</span>" in slots["result"] and slots["map"]["n"] and slots["seconds"].retrain == 40.0
    assert slots["example"] is True and slots["shown"].example
    assert "was made to forget 3 of the people" in slots["status"]


def test_opening_without_an_example() -> None:
    slots = Handlers(FakeService(with_example=False)).opening()
    assert set(slots) == {"result", "status"} and "The finished example is missing" in slots["result"]


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("running", "still shows the previous run"),
        ("mapping", "The result is from this run"),
        ("control", "without its control"),
    ],
)
def test_a_cancel_says_what_is_shown_and_brings_its_curves_back(state: views.State, sentence: str) -> None:
    handlers = Handlers(FakeService())
    example = handlers.opening()["shown"]
    slots = handlers.cancelled(views.status(state, "Busy."), example)
    assert slots["busy"] is False and 'data-state="cancelled"' in slots["status"] and "result" not in slots
    assert sentence in slots["status"]
    assert slots["progress"] == finished(handlers.service.example(), "")  # what was shown stays


@pytest.mark.parametrize("status", [None, 3, "", "<b>nonsense", 'data-state="<i>"'])
def test_a_cancel_believes_nothing_that_comes_back(status: object) -> None:
    gone = Shown(ForgetRequest(("p05",)), "no such mark")
    for shown in (None, gone):
        slots = Handlers(FakeService()).cancelled(status, shown)
        assert "still shows the previous run" in slots["status"] and slots["progress"]["points"]["step"] == []


def test_the_time_of_a_run_is_asked_of_the_service() -> None:
    service = FakeService()
    handlers = Handlers(service)
    wishes = Wishes(["p00"], "emotion", "dlfd", knobs=PRESET)
    assert handlers.estimate(wishes) == service.expected_seconds(handlers.request(wishes))
    assert handlers.estimate(replace(wishes, people=[])) is None
    assert handlers.estimate(replace(wishes, method="magic")) is None


@pytest.mark.parametrize(
    ("people", "seconds", "label"),
    [
        (0, 12.0, "Forget 20 at random"),
        (1, None, "Forget this person"),
        (1, 0.2, "Forget this person · about 1 s"),
        (2, 0.0, "Forget these 2 people · at once"),
        (20, 11.6, "Forget these 20 people · about 12 s"),
    ],
)
def test_the_button_says_whom_and_how_long(people: int, seconds: float | None, label: str) -> None:
    assert views.run_label(people, seconds, 20) == label


def test_look_alikes_are_five() -> None:
    assert Handlers(FakeService()).look_alikes("p00") == ["p01", "p02", "p03", "p04", "p05"]
