"""The whole page in a real Chromium, on the fake service: found by role and label, as a visitor finds things."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser import accessibility as a11y
from tests.browser.conftest import Served, Visitor, seconds_until, shown_texts, wait_until
from tests.browser.parts import adjust, finished, forget, open_tab
from tests.fakes import HOSTILE

pytestmark = pytest.mark.browser


def people(page: Page):  # type: ignore[no-untyped-def]
    return page.locator("#people").get_by_role("option", include_hidden=True)


def pick(page: Page, *numbers: int) -> None:
    for number in numbers:
        people(page).nth(number).click()
        expect(people(page).nth(number)).to_have_attribute("aria-selected", "true")


def seed_of(page: Page):  # type: ignore[no-untyped-def]
    return page.locator("#adjust").get_by_label("Seed")


def command(page: Page):  # type: ignore[no-untyped-def]
    """The line that repeats the run; the receipt's text names another command."""
    return page.locator("#proof").get_by_role("region", name="Command")


def test_the_example_is_there_at_opening(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url)
    expect(seen.page.locator("#status")).to_contain_text("was made to forget 3 of the people")
    expect(seen.page.locator("#verdict .tag")).to_have_text("Example")
    expect(seen.page.get_by_role("heading", name="No trace found")).to_be_visible()
    expect(seen.page.get_by_role("heading", name="Usefulness kept")).to_be_visible()
    expect(seen.page.locator("#map canvas").first).to_be_visible()
    expect(seen.page.get_by_role("button", name="Back to the example")).to_be_hidden()
    open_tab(seen.page, "Evidence")
    expect(seen.page.locator("#see")).to_contain_text("A finished example")
    expect(seen.page.locator("#proof").get_by_role("row", name="Forgetting score")).to_contain_text("0.020")
    expect(seen.page.get_by_role("heading", name="Not told apart from unseen photos")).to_be_visible()
    assert seen.complaints == [] and seen.foreign == []


def test_three_people_are_forgotten(fake_page: Served, visit: Visitor) -> None:
    """The main path: pick, run, live progress, verdict, table, map; no request elsewhere, no error in the console."""
    seen = visit(fake_page.url)
    page = seen.page
    pick(page, 0, 1, 4)
    expect(page.locator("#run")).to_have_text("Forget these 3 people · about 9 s")
    expect(page.locator("#pick-hint")).to_contain_text("3 people: the answer will be uncertain")
    with fake_page.service.holding("unlearn 10"):
        forget(page)
        expect(page.locator("#progress")).to_contain_text("of 12")
        expect(page.locator("#run")).to_be_disabled()
        expect(page.locator("#verdict .tag")).to_have_text("Example")  # it stays while the run goes on
    finished(page)
    expect(page.locator("#verdict .tag")).to_have_text("Your run")
    expect(page.locator("#run")).to_be_enabled()
    expect(page.locator("#cancel")).to_be_disabled()
    open_tab(page, "Evidence")
    expect(page.locator("#see")).to_contain_text("Your run")
    expect(page.locator("#see .whose")).to_contain_text("Ada, Ben, Emil")
    expect(command(page)).to_contain_text("--people p00,p01,p04 --seed 0 --json report.json")
    assert fake_page.service.requests[-1].people == ("p00", "p01", "p04")
    assert seen.complaints == [] and seen.foreign == []


@pytest.mark.parametrize("delay", [0, 100, 400])
def test_a_tab_pressed_while_the_page_is_made_is_opened(fake_page: Served, visit: Visitor, delay: int) -> None:
    """``delay``: milliseconds from the moment when the link is there to the press."""
    page = visit(fake_page.url).page
    page.add_init_script(
        """new MutationObserver((_, observer) => {
            const link = document.querySelector('a[data-tab=about]');
            if (!link) return;
            observer.disconnect();
            setTimeout(() => link.click(), DELAY);
        }).observe(document, { childList: true, subtree: true });""".replace("DELAY", str(delay))
    )
    page.reload()
    expect(page.locator("#promises")).to_be_visible()
    assert page.url.endswith("#about")


def test_the_open_tab_is_the_one_in_the_address(fake_page: Served, visit: Visitor) -> None:
    """Gradio's first rendering can go back to its first tab after a press; here its own button is pressed instead."""
    page = visit(fake_page.url).page
    open_tab(page, "About")
    page.evaluate("document.getElementById('part-demo-button').click()")
    expect(page.locator("#part-about-button")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#promises")).to_be_visible()


def test_first_progress_comes_at_once(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    pick(page, 0)
    expect(page.locator("#pick-hint")).to_contain_text("12 photos")
    with fake_page.service.holding("unlearn 10"):
        button = page.locator("#run")
        assert seconds_until(button, '[data-state="running"]') < 1.0  # half a second, and room for a busy machine


def test_cancel_works_within_a_second(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    pick(page, 0, 1, 2)
    forget(page)
    finished(page)
    adjust(page)
    seed_of(page).fill("5")
    page.keyboard.press("Escape")
    before = fake_page.service.cancelled
    with fake_page.service.holding("unlearn 10"):
        forget(page)
        expect(page.locator("#progress")).to_contain_text("of 12")
        assert seconds_until(page.get_by_role("button", name="Cancel"), "#status", "Cancelled") < 1.5
        expect(page.locator("#status")).to_contain_text("Cancelled")
        expect(page.locator("#run")).to_be_enabled()
        wait_until(lambda: fake_page.service.cancelled == before + 1)  # the work itself stopped, not only its picture
    time.sleep(0.5)  # time for a late step, which must not come
    assert fake_page.service.cancelled == before + 1
    expect(page.locator("#status")).to_contain_text("Cancelled")
    expect(people(page).nth(2)).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("heading", name="No trace found")).to_be_visible()
    expect(page.locator("#progress dd").first).to_have_text("99 %")  # the numbers of the run before are back


def test_two_visitors_do_not_mix(fake_page: Served, visit: Visitor) -> None:
    first, second = visit(fake_page.url).page, visit(fake_page.url).page
    pick(first, 0, 1, 2)
    pick(second, 4, 5)
    with fake_page.service.holding("unlearn 10"):
        forget(first)
        forget(second)
        for page in (first, second):
            expect(page.locator("#progress")).to_contain_text("of 12")
    finished(first)
    finished(second)
    for page in (first, second):
        open_tab(page, "Evidence")
    expect(first.locator("#see .whose")).to_contain_text("Ada, Ben, Cleo")
    expect(second.locator("#see .whose")).to_contain_text("Emil, Finn")
    expect(people(second).nth(0)).to_have_attribute("aria-selected", "false")


def test_an_error_is_a_sentence_and_nothing_is_lost(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    pick(page, 7, 0)
    adjust(page)
    seed_of(page).fill("9")
    forget(page)
    alert = page.locator("#status [role=alert]")
    expect(alert).to_have_text("Hana <cannot> be forgotten; pick somebody else.")
    expect(page.get_by_test_id("toast-body")).to_contain_text("Hana <cannot> be forgotten")
    expect(people(page).nth(7)).to_have_attribute("aria-selected", "true")
    expect(seed_of(page)).to_have_value("9")
    page.locator("#adjust").get_by_role("button", name="Close").click()
    expect(page.locator("#run")).to_be_enabled()
    expect(page.get_by_role("heading", name="No trace found")).to_be_visible()
    expect(page.locator("#progress dd").first).to_have_text("99 %")
    people(page).nth(7).click()
    forget(page)
    finished(page)


def test_where_nobody_is_picked_the_button_draws_people(fake_page: Served, visit: Visitor) -> None:
    """The first click of a visit is a run, of people whom the picker then shows as picked."""
    page = visit(fake_page.url).page
    expect(page.locator("#run")).to_have_text(re.compile(r"Forget \d+ at random"))
    drawn = int(re.findall(r"\d+", page.locator("#run").inner_text())[0])
    forget(page)
    finished(page)
    expect(page.locator("#people [role=option][aria-selected=true]")).to_have_count(drawn)
    expect(page.locator("#verdict .tag")).to_have_text("Your run")
    expect(page.locator("#verdict .whose")).to_contain_text(f"{drawn} people")


def test_the_example_comes_back(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url)
    page = seen.page
    pick(page, 0)
    forget(page)
    expect(page.locator("#verdict .tag")).to_have_text("Your run")
    assert "?run=" in page.url  # a reload shows the run again
    finished(page)
    page.reload()
    expect(page.locator("#verdict .tag")).to_have_text("Your run")
    page.get_by_role("button", name="Back to the example").click()
    expect(page.locator("#verdict .tag")).to_have_text("Example")
    expect(page.locator("#status")).to_contain_text("was made to forget 3 of the people")
    expect(page.get_by_role("button", name="Back to the example")).to_be_hidden()
    page.wait_for_function("!location.search.includes('run=')")
    page.reload()
    expect(page.locator("#verdict .tag")).to_have_text("Example")
    expect(page.locator("#status")).to_contain_text("was made to forget 3 of the people")
    assert seen.complaints == []


def test_the_knobs_follow_the_method_and_reach_the_service(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    adjust(page)
    rate = page.get_by_label("Learning rate η")
    expect(rate.locator("visible=true")).to_have_count(1)
    expect(page.get_by_label("Mode", exact=True)).to_be_visible()
    page.get_by_role("radio", name="NegGrad", exact=True).check()
    expect(page.get_by_label("Mode", exact=True)).to_be_hidden()
    expect(page.get_by_text("Climbs the loss")).to_be_visible()
    rate.locator("visible=true").fill("0.2")
    page.locator("#adjust").get_by_role("button", name="Close").click()
    expect(page.locator("#adjust-line")).to_contain_text("NegGrad")
    pick(page, 1)
    forget(page)
    finished(page)
    assert fake_page.service.requests[-1].method == "neg_grad"
    assert fake_page.service.requests[-1].knobs == (("lr", 0.2),)
    adjust(page)
    page.get_by_role("button", name="Reset to preset").locator("visible=true").click()
    expect(rate.locator("visible=true")).to_have_value("0.05")
    rate.locator("visible=true").fill("7")
    forget(page)
    expect(page.locator("#status [role=alert]")).to_contain_text("between 0.0001 and 0.5")


def test_a_preset_fills_the_knobs_and_settings_are_counted_from_it(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url)
    page = seen.page
    adjust(page)
    rate, epochs = page.get_by_label("Learning rate η").locator("visible=true"), page.get_by_label("Epochs").first
    expect(page.get_by_role("radio", name="Quality")).to_be_checked()
    page.get_by_role("radio", name="Paper").check()
    expect(rate).to_have_value("0.02")
    expect(epochs).to_have_value("2")
    rate.fill("0.3")
    page.get_by_role("button", name="Reset to preset").locator("visible=true").click()
    expect(rate).to_have_value("0.02")
    rate.fill("0.04")
    page.locator("#adjust").get_by_role("button", name="Close").click()
    pick(page, 1)
    forget(page)
    finished(page)
    request = fake_page.service.requests[-1]
    assert request.preset == "paper" and request.knobs == (("lr", 0.04),) and request.control
    open_tab(page, "Evidence")
    expect(command(page)).to_contain_text("--preset paper --set lr=0.04")
    expect(page.locator("#see .whose")).to_contain_text("DLFD, preset Paper, 1 setting changed")
    open_tab(page, "Demo")
    adjust(page)
    page.get_by_role("radio", name="Quality").check()
    forget(page)  # at once: the new values must be there already
    expect(page.locator("#verdict .whose")).not_to_contain_text("Paper")
    assert fake_page.service.requests[-1].preset == "quality" and fake_page.service.requests[-1].knobs == ()
    page.get_by_role("radio", name="NegGrad", exact=True).check()
    expect(page.get_by_role("radio", name="Paper")).to_be_hidden()  # a method with one preset has no choice
    assert seen.complaints == []


def test_another_task_brings_its_own_preset(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url)
    page = seen.page
    adjust(page)
    rate, step = page.get_by_label("Learning rate η").locator("visible=true"), page.get_by_label("Step size").first
    page.get_by_role("button", name="2 more settings").locator("visible=true").click()

    def choose(task: str) -> None:
        page.get_by_label("What the classifier tells").click()
        page.get_by_role("option", name=task, exact=True).click()

    choose("Smiling")
    expect(step).to_have_value("4")  # quality differs between the two tasks here
    rate.fill("0.3")
    choose("Emotion")
    expect(step).to_have_value("1")
    expect(rate).to_have_value("0.05")
    expect(page.get_by_test_id("toast-body")).to_contain_text("you had changed: Learning rate")
    page.get_by_role("radio", name="Paper").check()
    expect(rate).to_have_value("0.02")
    rate.fill("0.3")
    choose("Smiling")  # paper is the same for both: what was typed stays
    page.wait_for_timeout(400)
    expect(rate).to_have_value("0.3")
    assert seen.complaints == []


def test_the_control_comes_after_the_result_and_joins_the_table(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url)
    page = seen.page
    head = page.locator("#proof").get_by_role("columnheader", name="Control")
    pick(page, 0, 1, 2)
    with fake_page.service.holding("control 3"):
        forget(page)
        expect(page.locator("#status")).to_contain_text("The control still runs")
        expect(page.locator("#progress")).to_contain_text("Running the control")
        expect(page.locator("#verdict .gauge .who")).to_have_text(["Original", "Unlearned"])
        open_tab(page, "Evidence")
        expect(head).to_have_count(0)
        page.locator("#loss-table summary").click()
        page.locator("#see .whose").evaluate("element => { element.dataset.mark = 'untouched'; }")
    finished(page)
    expect(head).to_have_count(1)
    expect(page.locator("#proof").get_by_role("row", name="NoMUS")).to_contain_text("0.850")
    expect(page.locator("#proof")).to_contain_text("In this run, synthesis raised NoMUS by 0.060")
    expect(page.locator("#see .whose")).to_have_attribute("data-mark", "untouched")
    expect(page.locator("#loss-table")).to_contain_text("Control")
    assert seen.complaints == []


def test_a_cancel_during_the_control_keeps_the_result(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    pick(page, 4)
    with fake_page.service.holding("control 3"):
        forget(page)
        expect(page.locator("#progress")).to_contain_text("Running the control")
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("#status")).to_contain_text("The result stays, without its control")
    expect(page.locator("#run")).to_be_enabled()
    expect(page.locator("#progress dd").first).to_have_text("99 %")
    open_tab(page, "Evidence")
    expect(page.locator("#see .whose")).to_contain_text("Emil")


def test_the_control_can_be_left_out(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    adjust(page)
    box = page.get_by_label("Also run the control")
    expect(box).to_be_checked()
    page.get_by_role("radio", name="NegGrad", exact=True).check()
    expect(box).to_be_hidden()
    page.get_by_role("radio", name="DLFD").check()
    expect(box).to_be_checked()
    box.uncheck()
    page.locator("#adjust").get_by_role("button", name="Close").click()
    pick(page, 0)
    forget(page)
    finished(page)
    assert not fake_page.service.requests[-1].control
    open_tab(page, "Evidence")
    expect(command(page)).to_contain_text("--no-control")


def test_everything_can_be_reached_by_keyboard(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    people(page).first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(people(page).nth(1)).to_have_attribute("aria-selected", "true")
    for _ in range(8):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "run":
            break
    page.keyboard.press("Enter")
    finished(page)
    expect(page.locator("#verdict .whose")).to_contain_text("2 people")


def test_hostile_names_are_only_text(fake_page: Served, visit: Visitor) -> None:
    """Names that are HTML, a template literal and a Handlebars expression come out as they are, everywhere."""
    seen = visit(fake_page.url)
    pick(seen.page, 8, 9, 10, 11)
    forget(seen.page)
    finished(seen.page)
    open_tab(seen.page, "Evidence")
    for name in HOSTILE:
        expect(seen.page.locator("#see .whose")).to_contain_text(name)
        expect(seen.page.locator("#predictions")).to_contain_text(name)
    assert seen.page.locator("img[src=x]").count() == 0
    assert seen.complaints == [] and seen.foreign == []


@pytest.mark.parametrize("width", [390, 1280])
def test_it_fits_the_screen(fake_page: Served, visit: Visitor, width: int) -> None:
    page = visit(fake_page.url, width=width).page
    for look in a11y.looks(page, [(width, False), (width, True)]):
        assert page.evaluate("document.documentElement.scrollWidth") <= width, look
        assert page.evaluate(a11y.BEYOND, ["main *", width]) == [], look


def test_dark_mode_changes_the_colours(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url, path="?__theme=dark").page
    read = "name => getComputedStyle(document.querySelector('.gradio-container')).getPropertyValue(name).trim()"
    assert page.evaluate(read, "--set-forget") == "#ff7a8a"
    expect(page.get_by_role("button", name="Dark colours")).to_have_attribute("aria-pressed", "true")
    open_tab(page, "Evidence")
    expect(page.locator("#losses svg .area.forget").first).to_have_css("fill", "rgb(255, 122, 138)")


def test_the_receipt_holds_what_was_tried_on_the_run(
    fake_page: Served, visit: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fake_page.service, "pause", 0.0)
    page = visit(fake_page.url).page
    open_tab(page, "Evidence")
    page.get_by_role("button", name="Try to bring it back").click()
    expect(page.locator("#relearn-result [data-mark]")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Receipt (HTML)").click()
    assert Path(waiting.value.path()).read_text().endswith(", relearned with 3")


def test_the_report_can_be_taken_away(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Receipt of this run (PDF)").click()
    assert Path(waiting.value.path()).read_text().startswith("pdf receipt of ")
    page.get_by_role("link", name="All files").click()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Report (JSON)").click()
    assert waiting.value.suggested_filename.startswith("forget-")
    assert waiting.value.suggested_filename.endswith(".json")
    for kind in ("HTML", "PDF", "JSON"):  # of the finished example: made on the click, by the server
        with page.expect_download() as waiting:
            page.get_by_role("button", name=f"Receipt ({kind})", exact=True).click()
        assert waiting.value.suggested_filename.endswith(f".{kind.lower()}")
        assert Path(waiting.value.path()).read_text().startswith(f"{kind.lower()} receipt of ")
        expect(page.locator("#take-away [data-said]")).to_contain_text(f".{kind.lower()} was saved.")
    texts = shown_texts(page, "[data-copy]")
    page.get_by_role("button", name="Copy command").click()
    page.wait_for_function("texts => texts.some((text) => text !== 'Copy command')", arg=texts)  # for 2.5 seconds
