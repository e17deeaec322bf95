"""Outputs that an event skips are not built again, not kept for the session, and not sent to the browser."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import gradio as gr
import pytest
from gradio.state_holder import SessionState

from dlfd_core.ui.page import build_page
from dlfd_core.ui.server.blocks import LightBlocks
from dlfd_core.ui.server.job_events import QUIET
from tests.fakes import FakeService

NOTHING = {"__type__": "update"}


def answered(predictions: Any) -> tuple[list[Any], list[bool]]:
    """What an event with an HTML, another one and a button sends, and of which the session has a copy of its own."""
    with LightBlocks() as page:
        parts = [gr.HTML("one"), gr.HTML("two"), gr.Button("go")]
        gr.Button().click(lambda: None, None, parts)
    state = SessionState(page)
    if callable(predictions):
        predictions = predictions(*parts)
    with ThreadPoolExecutor(1) as aside:  # in the thread of the tests a browser's event loop may be running
        sent = aside.submit(asyncio.run, page.postprocess_data(page.fns[0], predictions, state)).result()
    return sent, [state[part._id] is not part for part in parts]


@pytest.mark.parametrize(
    "predictions", [gr.skip(), [gr.skip()] * 3, lambda one, two, go: {go: gr.skip()}], ids=["one", "each", "by name"]
)
def test_nothing_is_done_for_what_does_not_change(predictions: Any) -> None:
    assert answered(predictions) == ([NOTHING] * 3, [False] * 3)


def test_what_changes_beside_it_does() -> None:
    sent, copied = answered(lambda one, two, go: {one: "new", go: gr.Button(interactive=False)})
    assert sent[0] == "new" and sent[1] == NOTHING and sent[2]["interactive"] is False
    assert copied == [False, False, True]  # a new value alone needs no copy


def test_a_wrong_number_of_values_is_still_an_error() -> None:
    with pytest.raises(ValueError, match="output value"):
        answered(["one", gr.skip()])


def test_too_few_inputs_are_a_sentence() -> None:
    with LightBlocks() as page:
        gr.Button().click(lambda one: None, gr.Textbox())
    with pytest.raises(gr.Error, match="not the parameters of this function"):
        page.validate_inputs(page.fns[0], [])
    page.validate_inputs(page.fns[0], ["text"])


def test_the_page_is_such_a_page_and_shows_progress_on_nothing() -> None:
    page = build_page(FakeService())
    assert isinstance(page, LightBlocks)
    ours = [fn for fn in page.fns.values() if fn.api_visibility == "private" and fn.outputs]
    assert len(ours) > 30 and [fn for fn in ours if fn.show_progress_on != QUIET["show_progress_on"]] == []
