"""The page as it is served: safe settings, what the start page contains, endpoints that check their input."""

from __future__ import annotations

import io
import json
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from dlfd_core.ui.forget.knobs import build_form
from dlfd_core.ui.launch import launch_page, launch_settings
from dlfd_core.ui.page import build_page
from dlfd_core.ui.preview import SIZE, address_of, with_preview
from tests.fakes import METHODS, FakeService


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[gr.Blocks, str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    page, url = launch_page(FakeService(), host="127.0.0.1", port=port, quiet=True)
    yield page, url
    page.close()


def fetch(url: str, body: object = None) -> tuple[int, str]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_nothing_is_kept_told_or_sent() -> None:
    settings = launch_settings()
    for name in ("run_history", "show_error", "enable_monitoring", "ssr_mode", "share", "pwa", "mcp_server"):
        assert settings[name] is False, name
    assert settings["strict_cors"] is True and settings["footer_links"] == [] and settings["max_file_size"]


def test_files_in_the_cache_are_deleted() -> None:
    page = build_page(FakeService())
    assert page.delete_cache == (60, 900) and page.analytics_enabled is False


def test_the_start_page_names_no_other_host(served: tuple[gr.Blocks, str]) -> None:
    _, text = fetch(served[1])
    assert "fonts.googleapis" not in text and "--set-forget: #d1495b" in text


def test_a_link_to_the_page_is_previewed_with_its_own_words(served: tuple[gr.Blocks, str]) -> None:
    _, text = fetch(served[1])
    head = text.partition("</head>")[0]
    assert "Gradio" not in head.partition("window.gradio_config")[0] and "githubusercontent" not in text
    assert head.count('property="og:title"') == 1 and 'content="Make a face model forget"' in head
    assert 'name="description" content="Pick people, watch a face model forget them' in head
    assert with_preview(b"no head") == b"no head"
    picture = f"{served[1]}preview.jpg"
    assert head.count(f'property="og:image" content="{picture}"') == 1
    with urllib.request.urlopen(picture) as answer:
        content = answer.read()
    assert answer.headers["Content-Type"] == "image/jpeg" and len(content) < 60_000
    with Image.open(io.BytesIO(content)) as image:
        assert image.size == SIZE


def test_the_picture_of_a_preview_has_the_address_that_the_visitor_asked_for() -> None:
    scope: dict[str, Any] = {"headers": [(b"host", b"inside:7860")], "scheme": "http", "root_path": "/demo"}
    assert address_of(scope) == "http://inside:7860/demo/preview.jpg"
    scope["headers"] = [*scope["headers"], (b"x-forwarded-proto", b"https"), (b"x-forwarded-host", b"a.org, b.org")]
    assert address_of(scope) == "https://a.org/demo/preview.jpg"
    assert address_of({"headers": []}) == ""
    assert b"<script" not in with_preview(b"<head></head>", 'http://"><script>')


@pytest.mark.parametrize("path", ["monitoring", "gradio_api/monitoring/summary"])
def test_usage_cannot_be_watched(served: tuple[gr.Blocks, str], path: str) -> None:
    status, text = fetch(served[1] + path)
    assert status in (401, 403, 404) or "process_time" not in text


def test_only_the_api_is_public() -> None:
    """What the page does is no API."""
    config = build_page(FakeService()).get_config_file()
    public = {event["api_name"] for event in config["dependencies"] if event["api_visibility"] != "private"}
    assert public == {"catalog", "forget", "report"}


def test_no_component_has_two_events_that_want_the_last_word() -> None:
    """Gradio 6.31: two "always_last" events on one trigger start each other for ever after one slow answer."""
    config = build_page(FakeService()).get_config_file()
    waiting = [event for event in config["dependencies"] if event["trigger_mode"] == "always_last"]
    targets = [tuple(target) for event in waiting for target in event["targets"]]
    assert len(targets) > 2 and len(targets) == len(set(targets))


def test_without_the_example_the_page_still_opens() -> None:
    config = json.dumps(build_page(FakeService(with_example=False)).get_config_file(), default=str)
    assert "The finished example is missing" in config and "Forget 6 at random" in config


@pytest.mark.parametrize("field", ["scores", "classes", "losses", "data"])
def test_with_half_an_example_the_page_still_opens(field: str, monkeypatch: pytest.MonkeyPatch) -> None:
    half = replace(FakeService().example(), **{field: {}})  # type: ignore[arg-type]
    monkeypatch.setattr(FakeService, "example", lambda service: half)
    config = json.dumps(build_page(FakeService()).get_config_file(), default=str)
    assert "Forget 6 at random" in config


def test_the_kind_of_a_knob_decides_its_field() -> None:
    card = METHODS[0]
    with gr.Blocks():
        form = build_form(
            card, {("emotion", "quality"): {knob.name: knob.default for knob in card.knobs}}, visible=True
        )
    kinds = [type(field).__name__ for field in form.fields]
    # the learning rate's default lies on no grid that starts at 0.0001, so it is typed
    assert kinds == ["Slider", "Number", "Dropdown", "Slider", "Checkbox"]
    assert [field.label for field in form.fields][3] == "Step size α (/255)"


def test_a_field_can_show_the_values_of_all_presets() -> None:
    """A slider that one preset's value misses would round it, and count it as changed."""
    card = METHODS[0]
    plain = {knob.name: knob.default for knob in card.knobs}
    with gr.Blocks():
        form = build_form(card, {("a", "quality"): plain, ("a", "paper"): plain | {"alpha": 0.3}}, visible=True)
    assert type(form.fields[3]).__name__ == "Number" and form.preset is not None
