"""Events of the page's jobs: every job can be cancelled, and what a cancel shows comes after it."""

from __future__ import annotations

from typing import Any

import gradio as gr
import pytest

from dlfd_core.ui.page import build_page
from dlfd_core.ui.server.job_events import painter, start_job, stop_job
from dlfd_core.ui.server.jobs import RUNS_OPEN
from tests.fakes import FakeService


def test_a_cancel_comes_first_and_then_what_it_shows() -> None:
    with gr.Blocks() as page:
        start, cancel, status = gr.Button(), gr.Button(), gr.HTML()
        job = start_job(start.click, lambda: iter(["step"]), None, status)
        stop_job(cancel.click, job, lambda: "cancelled", None, status)
    run, click, stop, shown = page.config["dependencies"]  # gradio makes two events of a click that cancels
    assert run["targets"] == [(start._id, "click")] and run["queue"] and stop["cancels"] == [run["id"]]
    assert click["targets"] == stop["targets"] == [(cancel._id, "click")]
    assert shown["trigger_after"] == click["id"] and shown["outputs"] == [status._id] and not shown["queue"]
    assert {event["api_visibility"] for event in (run, click, stop, shown)} == {"private"}
    assert page.fns[run["id"]].concurrency_limit == RUNS_OPEN


def test_every_job_of_the_page_can_be_cancelled() -> None:
    page = build_page(FakeService())
    events: list[dict[str, Any]] = page.config["dependencies"]
    jobs = {
        event["id"]
        for event in events
        if page.fns[event["id"]].concurrency_limit == RUNS_OPEN and event["api_visibility"] == "private"
    }
    cancelled = [number for event in events for number in event["cancels"]]
    # a run, the same with the control, with a retrained model, and after a reload; a race, a relearn test, a sequence
    # and teaching own people, each also after a reload
    assert len(jobs) == 12 and set(cancelled) == jobs
    assert len(cancelled) == 14  # teaching also stops at a deletion
    for stop in (event for event in events if event["cancels"]):
        clicks = [event["id"] for event in events if event["targets"] == stop["targets"]]
        assert [event["queue"] for event in events if event["trigger_after"] in clicks] == [False]


@pytest.mark.parametrize("busy", [True, False])
def test_the_two_buttons_follow_the_job(busy: bool) -> None:
    with gr.Blocks():
        start, cancel, status = gr.Button(), gr.Button(), gr.HTML()
    paint = painter({"status": status}, start, cancel)
    values = paint({"status": "running", "busy": busy, "no slot of the page": 1})
    assert values[status] == "running" and set(values) == {status, start, cancel}
    assert (values[start].interactive, values[cancel].interactive) == (not busy, busy)
    assert paint({}) == gr.skip()
