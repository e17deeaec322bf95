"""The block "Does the memory come back?" on a service without a model."""

from __future__ import annotations

import itertools
import logging
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from dlfd_core.types import ForgetRequest, RelearnReport
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.page import build_page
from dlfd_core.ui.relearn import views
from dlfd_core.ui.relearn.handlers import NO_RUN, RelearnHandlers
from dlfd_core.ui.server.failures import UNFORESEEN_JOB
from dlfd_core.ui.server.jobs import Slots
from tests.fake_relearn import make_relearn
from tests.fakes import CRASH_SEED, ERROR_PERSON, FakeService, make_report
from tests.generators import close
from tests.ui.stepwise import Stepwise

REQUEST = ForgetRequest(("p00", "p02"), retrain=True, control=True)


def relearn(service: FakeService, request: ForgetRequest | None = REQUEST, photos: object = 3) -> list[Slots]:
    handlers = RelearnHandlers(Stepwise(service))
    return [slots for slots in handlers.relearn(request, photos) if slots]


def report_of(request: ForgetRequest = REQUEST, photos: int = 3) -> RelearnReport:
    return make_relearn(make_report(request), photos)


# ---- what happens ----------------------------------------------------------------------------------------------------


def test_a_test_of_a_known_run() -> None:
    service = FakeService(steps=4)
    list(service.forget(REQUEST, lambda: False))
    seen = relearn(service)
    assert seen[0]["busy"] is True and 'data-relearn="running"' in seen[0]["relearn_status"]
    assert all(set(slots) == {"relearn_status"} for slots in seen[1:-1])
    assert any("<progress" in slots["relearn_status"] and "%" in slots["relearn_status"] for slots in seen[1:-1])
    assert seen[-1]["busy"] is False and 'data-relearn="done"' in seen[-1]["relearn_status"]
    assert seen[-1]["relearn"].count("<svg") == 2 and len(service.requests) == 1


def test_the_finished_example_is_run_first() -> None:
    service = FakeService(steps=2)
    request = Handlers(service).opening()["request"]
    seen = relearn(service, request)
    assert service.requests == [request] and "<svg" in seen[-1]["relearn"]


@pytest.mark.parametrize(
    ("request_", "photos", "sentence"),
    [
        (None, 3, NO_RUN),
        (REQUEST, 0, "whole number from 1 to 5"),
        (REQUEST, 2.5, "whole number from 1 to 5"),
        (REQUEST, "3", "whole number from 1 to 5"),
        (REQUEST, True, "whole number from 1 to 5"),
        (replace(REQUEST, people=(ERROR_PERSON,)), 3, "Hana &lt;cannot&gt; be forgotten"),
        (replace(REQUEST, method="diverging"), 3, "lower the learning rate"),
    ],
)
def test_what_goes_wrong_becomes_a_sentence(request_: ForgetRequest | None, photos: object, sentence: str) -> None:
    last = relearn(FakeService(steps=2), request_, photos)[-1]
    assert sentence in last["relearn_status"] and 'role="alert"' in last["relearn_status"]
    assert last["busy"] is False and last["toast"] and "relearn" not in last


def test_an_unforeseen_error_tells_no_paths(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        last = relearn(FakeService(steps=2), replace(REQUEST, seed=CRASH_SEED))[-1]
    assert last["toast"] == UNFORESEEN_JOB and "/secret/place" in caplog.text


def test_a_closed_stream_stops_the_work() -> None:
    service = FakeService(pause=0.05, steps=40)
    list(FakeService(steps=1).forget(REQUEST, lambda: False))
    stream: Iterator[Slots] = RelearnHandlers(Handlers(service, tick=0.02)).relearn(REQUEST, 3)
    service.begin(stream)
    close(stream)
    end = time.monotonic() + 5
    while not service.cancelled and time.monotonic() < end:
        time.sleep(0.02)
    assert service.cancelled == 1
    slots = RelearnHandlers(Handlers(service)).cancelled()
    assert slots["busy"] is False and "Cancelled" in slots["relearn_status"] and "relearn" not in slots


def test_the_page_keeps_the_request_of_the_run_it_shows() -> None:
    page = build_page(FakeService())
    ids = {getattr(block, "elem_id", None) for block in page.blocks.values()}
    assert {"relearn", "relearn-cancel", "relearn-photos", "relearn-status", "relearn-result"} <= ids
    handlers = Handlers(FakeService())
    assert handlers.again(make_report(REQUEST))["request"] == REQUEST
    assert handlers.opening()["request"].retrain
    emptied = RelearnHandlers(handlers).another_run(REQUEST, "session")
    assert "will appear here" in emptied["relearn"] and emptied["busy"] is False


def test_a_reloaded_page_shows_the_test_of_its_run_and_of_no_other() -> None:
    handlers = RelearnHandlers(Handlers(FakeService(), tick=0.01))
    list(handlers.service.forget(REQUEST, lambda: False))
    slots = list(handlers.start(REQUEST, 3, "before"))
    ticket = slots[0]["ticket"]["ticket"]
    assert "relearn" in slots[-1]
    example = handlers.page.opening()["request"]
    assert [set(slot) for slot in handlers.come_back(ticket, example, "after")] == [{"ticket"}]  # so does the page open
    assert handlers.another_run(REQUEST, "after") == {"ticket": {"again": ticket}}
    _, again = handlers.come_back(ticket, REQUEST, "after")
    assert again["relearn"] == slots[-1]["relearn"] and again["busy"] is False
    empty = handlers.another_run(example, "after")
    assert "will appear here" in empty["relearn"]
    assert list(handlers.come_back(ticket, REQUEST, "later")) == [{"ticket": {"ticket": ""}}]


# ---- what is read ----------------------------------------------------------------------------------------------------


def test_everything_that_comes_from_data_is_inert() -> None:
    html = views.result(report_of())
    assert "&lt;came&gt;" in html and "<came>" not in html
    assert "Trained on 3 photos of each of them" in html and "Trained on 1 photo of each" in views.result(
        report_of(photos=1)
    )


def test_both_anchors_are_drawn_and_named_at_their_lines() -> None:
    html = views.result(report_of())
    for name, title in [("original", "Original"), ("unlearned", "Unlearned"), ("retrained", "Retrained")]:
        marks = [f'class="{kind}" data-model="{name}"' for kind in ("model-line", "name")]
        assert [html.count(mark) for mark in marks] == [2, 2] and f">{title}</text>" in html
    assert 'class="model-line" data-model="control"' in html
    without = views.result(report_of(replace(REQUEST, retrain=False, control=False)))
    assert 'data-model="retrained"' not in without and 'data-model="control"' not in without
    assert "not known" in without


def test_lines_stay_inside_the_plot_and_names_apart() -> None:
    for chart in re.findall(r"<svg.*?</svg>", views.result(report_of())):
        points = [
            tuple(map(float, pair.split(",")))
            for text in re.findall(r'points="([^"]+)"', chart)
            for pair in text.split()
        ]
        assert all(views.LEFT <= x <= views.RIGHT and views.TOP <= y <= views.BOTTOM for x, y in points)
        heights = sorted(float(y) for y in re.findall(r'class="name" data-model="\w+" x="\d+" y="([\d.]+)"', chart))
        assert len(heights) == 4
        assert min(b - a for a, b in itertools.pairwise(heights)) >= views.APART - 0.2
        assert heights[-1] <= views.BOTTOM + 5


@pytest.mark.parametrize("ends", [(0.0, 0.0, 0.0, 0.0), (212.0, 212.0, 212.0, 212.0), (100.0, 102.0, 20.0, 211.0)])
def test_names_move_apart(ends: tuple[float, ...]) -> None:
    names: Any = dict(zip(["original", "unlearned", "control", "retrained"], ends, strict=True))
    heights = sorted(views._spread(names).values())
    assert min(b - a for a, b in itertools.pairwise(heights)) >= views.APART
    assert heights[-1] <= max(views.BOTTOM, *ends)


def test_the_tables_have_the_numbers_of_the_charts() -> None:
    report = report_of()
    html = views.result(report)
    for side in report.sides:
        for curve in side.curves.values():
            assert all(f"<td>{point.auc:.2f}</td>" in html for point in curve.points)
    assert html.count("<table>") == 4 and "signed AUC by step" in html


def test_who_could_not_take_part_is_said() -> None:
    assert "1 person with a single photo could not" in views.result(replace(report_of(), left_out=1))
    assert "never used for training" in views.result(replace(report_of(), by_person=False))
