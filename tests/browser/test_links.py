"""Links to runs and files to take away, in a real Chromium."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Page, expect

from dlfd_core.types import ForgetRequest
from dlfd_core.ui.receipt.link import BROKEN, link_of
from tests.browser.conftest import Served, Visitor
from tests.browser.parts import adjust, finished, forget, open_tab
from tests.fakes import make_report

pytestmark = pytest.mark.browser

#: Another task, whose preset differs from what the link says: its change must not put the preset over it.
REQUEST = ForgetRequest(
    ("p01", "p03"), task="smiling", seed=11, preset="paper", knobs=(("alpha", 2.5), ("epochs", 3)), retrain=True
)


def path_of(request: ForgetRequest) -> str:
    link = link_of(request)
    assert link is not None
    return link


def expect_filled(page: Page) -> None:
    """The form, in its drawer, as the link says."""
    options = page.locator("#people .grid").get_by_role("option", selected=True)
    expect(options).to_have_count(2)
    expect(page.get_by_label("What the classifier tells")).to_have_value("Smiling")
    expect(page.get_by_label("Seed", exact=True).first).to_have_value("11")
    expect(page.get_by_label("Also retrain from scratch")).to_be_checked()
    expect(page.get_by_label("Also run the control")).not_to_be_checked()
    expect(page.get_by_role("radio", name="Paper").first).to_be_checked()
    expect(page.locator("#adjust").get_by_label("number input for Epochs").first).to_have_value("3")


def test_a_link_fills_the_form_and_starts_nothing(fake_page: Served, visit: Visitor) -> None:
    before = len(fake_page.service.requests)
    seen = visit(fake_page.url, path=path_of(REQUEST))
    expect(seen.page.locator("#status")).to_contain_text("Filled in from the link")
    adjust(seen.page)
    expect_filled(seen.page)
    seen.page.wait_for_timeout(800)  # the task has changed by now, and left the values alone
    expect_filled(seen.page)
    expect(seen.page.locator("#verdict .tag")).to_have_text("Example")
    assert len(fake_page.service.requests) == before and seen.complaints == [] and seen.foreign == []
    forget(seen.page)
    finished(seen.page)
    assert fake_page.service.requests[-1] == REQUEST


def test_forget_waits_for_the_run_of_the_link(
    fake_page: Served, visit: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, before = Event(), len(fake_page.service.requests)

    def late(request: ForgetRequest) -> None:
        assert answers.wait(60)

    monkeypatch.setattr(fake_page.service, "cached_report", late)
    seen = visit(fake_page.url, path=path_of(replace(REQUEST, seed=13, retrain=False)))
    button = seen.page.locator("#run")
    expect(button).to_have_attribute("aria-disabled", "true")
    button.dispatch_event("click")  # as a person's press; the driver itself would wait until the button is enabled
    seen.page.wait_for_timeout(500)
    assert len(fake_page.service.requests) == before
    answers.set()
    expect(seen.page.locator("#status")).to_contain_text("Filled in from the link")
    expect(button).not_to_have_attribute("aria-disabled", "true")
    monkeypatch.undo()
    forget(seen.page)
    finished(seen.page)
    assert fake_page.service.requests[before:] == [replace(REQUEST, seed=13, retrain=False)]
    assert seen.complaints == []


def test_a_run_in_memory_is_painted_at_once(fake_page: Served, visit: Visitor) -> None:
    request = replace(REQUEST, seed=12, retrain=False)
    fake_page.service.memory[request] = make_report(request)
    before = len(fake_page.service.requests)
    seen = visit(fake_page.url, path=path_of(request))
    expect(seen.page.locator("#verdict .tag")).to_have_text("Your run")
    expect(seen.page.locator("#status")).to_contain_text("computed before")
    open_tab(seen.page, "Evidence")
    expect(seen.page.locator("#see")).to_contain_text("seed 12")
    expect(seen.page.locator("#see")).to_contain_text("Your run")
    expect(seen.page.locator("#take-away pre code").first).to_contain_text("--seed 12")
    assert len(fake_page.service.requests) == before and seen.complaints == []


def test_a_broken_link_is_one_sentence_and_the_page_works(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url, path="?run=%3Cscript%3Ealert(1)%3C/script%3E")
    expect(seen.page.locator("#status")).to_contain_text(BROKEN)
    expect(seen.page.locator("#verdict .tag")).to_have_text("Example")
    assert seen.complaints == [] and seen.foreign == []


def test_the_link_is_copied_and_leaves_the_history_alone(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url)
    page = seen.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_tab(page, "Evidence")
    length, address = page.evaluate("[history.length, location.href]")
    button = page.get_by_role("button", name="Copy link to this run")
    button.click()
    expect(page.locator("#take-away [data-said]")).to_contain_text("The link opens this page")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == fake_page.url + path_of(fake_page.service.example().request)
    assert page.evaluate("[history.length, location.href]") == [length, address]
    expect(page.get_by_role("button", name="Copy link to this run")).to_be_visible()  # its name is back


def test_without_a_clipboard_the_link_is_there_to_copy(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    open_tab(page, "Evidence")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error()); }")
    page.get_by_role("button", name="Copy link to this run").click()
    link = fake_page.url + path_of(fake_page.service.example().request)
    expect(page.locator("#take-away [data-said]")).to_have_text(link)
    assert page.evaluate("getSelection().toString()") == link


def test_files_are_saved_on_a_click(fake_page: Served, visit: Visitor, tmp_path: Path) -> None:
    request = replace(REQUEST, seed=13)
    report = fake_page.service.memory[request] = make_report(request)
    seen = visit(fake_page.url, path=path_of(request))
    expect(seen.page.locator("#verdict .tag")).to_have_text("Your run")
    open_tab(seen.page, "Evidence")
    expect(seen.page.locator("#take-away pre code").first).to_contain_text("--seed 13")
    for title, name, begins in [
        ("Loss figure (SVG)", f"losses-{report.key}.svg", b"<svg"),
        ("Loss figure (PNG)", f"losses-{report.key}.png", b"\x89PNG"),
        ("Unlearned model (safetensors)", f"unlearned-{report.key}.safetensors", b"weights of"),
    ]:
        with seen.page.expect_download() as waiting:
            seen.page.get_by_role("button", name=title).click()
        assert waiting.value.suggested_filename == name
        waiting.value.save_as(tmp_path / name)
        assert (tmp_path / name).read_bytes().startswith(begins)
    with seen.page.expect_download() as waiting:
        seen.page.get_by_role("link", name="Scores (CSV)").click()
    waiting.value.save_as(tmp_path / "scores.csv")
    assert (tmp_path / "scores.csv").read_text().startswith("run,model,kind,measure,value,low,high")
    assert seen.complaints == [] and seen.foreign == []


def test_weights_of_the_example_are_a_sentence(fake_page: Served, visit: Visitor) -> None:
    fake_page.service.memory.pop(fake_page.service.example().request, None)  # another test may have carried it out
    page = visit(fake_page.url).page
    open_tab(page, "Evidence")
    page.get_by_role("button", name="Unlearned model (safetensors)").click()
    expect(page.locator("#take-away [data-said]")).to_contain_text("run it again")
