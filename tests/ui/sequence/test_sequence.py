"""Requests one after another on the page: the queue, a run from click to last step, and what a visitor reads."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import replace
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import pytest

from dlfd_core.types import (
    MAX_REQUESTS,
    ForgetProgress,
    ForgetRequest,
    Scores,
    SequenceModel,
    SequenceReport,
    SequenceRequest,
)
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.page import build_page
from dlfd_core.ui.sequence import views
from dlfd_core.ui.sequence.chart import GAP, HEIGHT, Line, chart
from dlfd_core.ui.sequence.handlers import SequenceHandlers
from dlfd_core.ui.server.failures import UNFORESEEN_JOB
from dlfd_core.ui.server.jobs import Slots
from tests.fake_sequence import fake_step
from tests.fakes import CRASH_SEED, ERROR_PERSON, METHODS, NAMES, PHOTOS_EACH, FakeService
from tests.generators import close
from tests.ui.stepwise import Stepwise

QUEUE = [["p00", "p02"], ["p04"], ["p05", "p08"]]
DEFAULTS = {card.name: [knob.default for knob in card.knobs] for card in METHODS}
WISHES = Wishes((), "emotion", "neg_grad", knobs=DEFAULTS["neg_grad"])


def handlers(service: FakeService | None = None) -> SequenceHandlers:
    return SequenceHandlers(Stepwise(service or FakeService(steps=3)))


def run(service: FakeService | None = None, queue: Any = QUEUE, **changes: Any) -> list[Slots]:
    return [slots for slots in handlers(service).run(replace(WISHES, **changes), queue) if slots]


def last_of(seen: list[Slots], name: str) -> Any:
    return [slots[name] for slots in seen if name in slots][-1]


def make_report(groups: Any = QUEUE, steps: int | None = None, *, retrain: bool = False) -> SequenceReport:
    first, *then = (tuple(group) for group in groups)
    request = SequenceRequest(ForgetRequest(first, retrain=retrain), tuple(then))
    done = len(groups) if steps is None else steps
    names = dict(zip((f"p{i:02}" for i in range(len(NAMES))), NAMES, strict=True))
    shown = tuple(tuple(names.get(person, person) for person in group) for group in groups)
    found = tuple(fake_step(request, i, PHOTOS_EACH, 40) for i in range(done))
    return SequenceReport(request, shown, found, "Nobody forgotten earlier comes back.")


# ---- the queue -------------------------------------------------------------------------------------------------------


def test_the_pick_joins_the_queue_and_can_be_removed() -> None:
    page = handlers()
    one = page.add([], ["p02", "p00"])
    assert one["queue"] == [["p00", "p02"]] and "Add at least one more" in one["queued"]
    two = page.add(one["queue"], ["p00", "p04", "p02"])  # the pick has grown
    assert two["queue"] == [["p00", "p02"], ["p04"]] and "Add at least" not in two["queued"]
    assert (
        "2 people, 24 photos" in two["queued"] and "Ada, Cleo" in two["queued"] and 'data-remove="1"' in two["queued"]
    )
    kept = page.remove(two["queue"], 0)
    assert kept["queue"] == [["p04"]] and "Ada" not in kept["queued"]
    assert views.NONE_YET in page.remove(kept["queue"], 0)["queued"]


@pytest.mark.parametrize("number", [None, "0", 7, -1, True, {"index": 0}])
def test_a_request_that_is_not_there_removes_nothing(number: object) -> None:
    assert handlers().remove(QUEUE, number)["queue"] == QUEUE


@pytest.mark.parametrize(
    ("queue", "people", "words"),
    [
        ([], [], "Nobody is picked"),
        (QUEUE, ["p08", "p04"], "All picked people are already lined up"),
        ([["p00"]], [f"p{i:02}" for i in range(1, len(NAMES))], "leave at least one person"),
        ([["p00"]] * MAX_REQUESTS, ["p01"], f"{MAX_REQUESTS} requests at most"),
    ],
)
def test_what_cannot_be_added_is_a_sentence_and_the_queue_stays(queue: Any, people: list[str], words: str) -> None:
    found = handlers().add(queue, people)
    assert words in found["queued"] and 'role="alert"' in found["queued"] and found["queue"] == queue


def test_a_failure_is_taken_back_once_the_queue_changes() -> None:
    page = handlers()
    assert page.settled(views.sequence_status("failed", "No request is lined up")) == {
        "sequence_status": views.sequence_status("idle")
    }
    assert page.settled(views.sequence_status("running", "x")) == {} and page.settled(None) == {}


# ---- a run -----------------------------------------------------------------------------------------------------------


def test_a_sequence_from_click_to_the_last_step() -> None:
    seen = run(FakeService(steps=3), retrain=True)
    assert seen[0]["busy"] is True and 'data-sequence="running"' in seen[0]["sequence_status"]
    states = [views.state_of(slots["sequence_status"]) for slots in seen if "sequence_status" in slots]
    assert list(dict.fromkeys(states)) == ["running", "steps", "done"]
    assert seen[-1]["busy"] is False and seen[-1]["sequence_progress"] == ""
    bars = [slots["sequence_progress"] for slots in seen if slots.get("sequence_progress")]
    assert any("Request 2 of 3" in bar and "about 11 s left in all" in bar for bar in bars)
    report: SequenceReport = last_of(seen, "sequence")
    assert report.complete and report.request.base.method == "neg_grad" and report.request.base.retrain
    assert report.request.groups == tuple(map(tuple, QUEUE)) and not report.request.base.control
    assert "NegGrad · Emotion · seed 0 · 3 requests, 5 people" in last_of(seen, "sequence_result")


@pytest.mark.parametrize(
    ("queue", "changes", "sentence"),
    [
        ([], {}, "No request is lined up; add at least 2."),
        ([["p00"]], {}, "One request is lined up; add at least 2."),
        ([["p00"], [ERROR_PERSON]], {}, "Hana &lt;cannot&gt; be forgotten"),
        (QUEUE, {"method": "<b>"}, "Unknown method &#x27;&lt;b&gt;&#x27;"),
        (QUEUE, {"task": "mood"}, "Unknown task"),
        (QUEUE, {"seed": "x"}, "The seed must be a whole number"),
        (QUEUE, {"method": "neg_grad", "knobs": [None, None]}, "is empty: enter a value"),
    ],
)
def test_what_goes_wrong_becomes_a_sentence(queue: Any, changes: dict[str, Any], sentence: str) -> None:
    last = run(queue=queue, **changes)[-1]
    assert sentence in last["sequence_status"] and 'role="alert"' in last["sequence_status"]
    assert last["busy"] is False and last["toast"] and "sequence_result" not in last


def test_a_step_that_diverges_keeps_those_before() -> None:
    seen = run(method="diverging", knobs=())
    assert len(last_of(seen, "sequence").steps) == 1
    assert "stopped being a number. The 1 finished below stay." in seen[-1]["sequence_status"]


def test_an_unforeseen_error_names_no_path(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        seen = run(seed=CRASH_SEED)
    assert seen[-1]["toast"] == UNFORESEEN_JOB and "secret" not in str(seen[-1]) and "/secret/place" in caplog.text


def test_closing_the_stream_stops_the_service() -> None:
    service = FakeService(pause=0.05)
    running = SequenceHandlers(Handlers(service, tick=0.02)).run(WISHES, QUEUE)
    service.begin(running)
    close(running)
    end = time.monotonic() + 2
    while not service.cancelled and time.monotonic() < end:
        time.sleep(0.01)
    assert service.cancelled == 1


@pytest.mark.parametrize(
    ("state", "report", "words", "after"),
    [
        ("running", None, "before the first request", "cancelled"),
        ("running", make_report(), "before the first request", "cancelled"),  # of a sequence before
        ("steps", make_report(steps=2), "The 2 of 3 steps that are finished stay", "cancelled"),
        ("steps", make_report(), "Finished: 3 requests", "done"),  # it came too late
        ("done", make_report(), "Finished: 3 requests", "done"),
        ("<b>", None, "before the first request", "cancelled"),
    ],
)
def test_a_cancel_says_what_stays(state: Any, report: SequenceReport | None, words: str, after: str) -> None:
    found = handlers().cancelled(views.sequence_status(state, "x"), report)
    assert words in found["sequence_status"] and views.state_of(found["sequence_status"]) == after
    assert found["busy"] is False and found["sequence_progress"] == ""


# ---- what is read ----------------------------------------------------------------------------------------------------


def test_the_result_has_words_charts_and_a_table_per_step() -> None:
    shown = views.result(make_report(retrain=True), "DLFD · Emotion · seed 0")
    assert '<p class="finding">Nobody forgotten earlier comes back.</p>' in shown
    assert shown.count("<svg") == 3 and shown.count("<details") == 3 and shown.count("<details open>") == 1
    assert "After request 3: 5 people, 60 photos forgotten so far" in shown
    assert "Compared with forgetting all at once: utility -3.0 points, forgetting score +0.020, NoMUS -0.035." in shown
    assert "Compared with retraining without them" in shown and "weights differ by 12.0 %" in shown
    assert "on 8.0 % of unseen" in shown and "inside chance: 0.44 to 0.56" in shown
    assert "after its own step" in shown and "<td>0.500</td>" in shown and "0.580<small" in shown
    first = shown[shown.index("<details") : shown.index("</details>")]
    assert "Compared with" not in first and "single request" not in first  # one step has nothing to drift from


def test_steps_to_come_and_models_that_are_missing_are_told() -> None:
    report = make_report(steps=2)
    assert "2 of 3 requests carried out" in views.result(report, "DLFD")
    second = report.steps[1]
    scores: dict[SequenceModel, Scores] = {name: each for name, each in second.scores.items() if name != "one_shot"}
    broken = replace(second, scores=scores, drift={}, missing={"one_shot": "The loss <stopped>."})
    shown = views.result(replace(report, steps=(report.steps[0], broken)), "DLFD")
    assert "All at once: The loss &lt;stopped&gt;." in shown and "Against" not in shown


def test_names_and_words_are_escaped() -> None:
    groups = [[f"p{i:02}"] for i in range(8, 12)]
    report = make_report(groups)
    shown = views.result(replace(report, finding="<b>"), "<i>")
    queue = handlers().queued(groups)
    for text in (shown, queue, views.progress_bar(ForgetProgress("unlearn", 1, 2, "<u>"))):
        assert not re.search(r"<(img|i|u|b>Sons)\b", text)
    assert "&lt;img src=x onerror=alert(1)&gt;" in shown and "&lt;img src=x" in queue


def test_no_progress_shows_no_bar() -> None:
    assert views.progress_bar(None) == ""
    assert "left" not in views.progress_bar(ForgetProgress("load", 0, 0, "Waiting"))
    assert "about 9.5 s left" in views.progress_bar(ForgetProgress("unlearn", 1, 2, "Working", 9.5))


def ends(figure: str) -> dict[str, float]:
    """Title -> height at which it is written."""
    return {title: float(y) for y, title in re.findall(r'<text x="262" y="([\d.]+)">([^<]+)</text>', figure)}


@pytest.mark.parametrize("values", [(0.5, 0.5, 0.5), (0.5, 0.501, 0.9), (0.1, 0.1, 0.1001), (0.9, 0.9, 0.2)])
def test_names_beside_lines_never_cover_each_other(values: tuple[float, ...]) -> None:
    lines = [Line("sequential", f"line {i}", i, ((1, 0.5), (2, value))) for i, value in enumerate(values)]
    figure = chart("Title", "note", lines, 2, lambda value: f"{value:.2f}", [(0.4, 0.6)])
    places = sorted(ends(figure).values())
    assert len(places) == 3 and all(b - a >= GAP - 0.11 for a, b in pairwise(places))
    assert places[0] > 0 and places[-1] < HEIGHT
    ElementTree.fromstring(figure)  # well formed


@pytest.mark.parametrize("steps", [1, 2, 20])
def test_a_chart_keeps_everything_inside(steps: int) -> None:
    points = tuple((i, 0.3 + 0.02 * i) for i in range(1, steps + 1))
    figure = chart("T", "n", [Line("original", "one", 0, points), Line("retrained", "none", 1, ())], steps, str, [])
    found = re.findall(r"translate\(([\d.]+) ([\d.]+)\)", figure)
    assert len(found) == steps + 1 and all(0 <= float(x) <= 380 and 0 <= float(y) <= HEIGHT for x, y in found)
    assert "none" not in ends(figure) and "nan" not in figure


def test_the_section_is_on_the_page_and_folded() -> None:
    page = build_page(FakeService())
    try:
        blocks = {block.elem_id: block for block in page.blocks.values() if getattr(block, "elem_id", None)}
        assert blocks["sequence"].open is False  # type: ignore[attr-defined]
        assert {"sequence-add", "sequence-queue", "sequence-run", "sequence-cancel", "sequence-result"} <= set(blocks)
    finally:
        page.close()
