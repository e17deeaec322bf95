"""The stage in one view, the tabs and their addresses, the drawer, and the film of the first visit."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from dlfd_core.types import ForgetRequest
from dlfd_core.ui.receipt.link import link_of
from tests.browser.conftest import Served, Visitor, shown_texts
from tests.browser.parts import CONTENT, adjust, finished, forget, open_tab, open_view
from tests.browser.test_page import pick
from tests.fakes import make_report

pytestmark = pytest.mark.browser

#: What a visitor must see at once on a wide screen.
IN_VIEW = (
    "#status", "#people .box", "#people .random", "#run", "[data-adjust]", "#map canvas", "#map .before", "#map .after",
    "#progress dd >> nth=2", "#verdict [data-badge=trace]", "#verdict [data-badge=use]", "#verdict .gauge",
    "#verdict .next a >> nth=2", "#verdict .take button >> nth=0",
)  # fmt: skip


#: Keeps in ``window.counted`` every text of the number of the first badge that differs from the one before, but the
#: first, which is the number as the server wrote it.
COUNTED = """(() => {
    window.counted = [];
    const look = () => {
        const text = document.querySelector('[data-badge=trace] .count b')?.textContent;
        if (text && text !== window.last) {
            if (window.last) window.counted.push(text);
            window.last = text;
        }
        requestAnimationFrame(look);
    };
    look();
})()"""


def bottom(page: Page, selector: str) -> float:
    """Lower edge of the first element, from the top of the page."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None, selector
    return float(box["y"] + box["height"]) + float(page.evaluate("scrollY"))


# ---- one view --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1440, 900)])
def test_there_is_nothing_to_scroll_on_a_wide_screen(
    fake_page: Served, visit: Visitor, width: int, height: int
) -> None:
    """With the example, while a run goes on, and after it."""
    page = visit(fake_page.url, width=width).page
    page.set_viewport_size({"width": width, "height": height})

    def expect_one_view(state: str) -> None:
        size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert size == [width, height], state
        for selector in IN_VIEW:
            box = page.locator(selector).first.bounding_box()
            assert box is not None and box["y"] >= 0 and box["y"] + box["height"] <= height, (state, selector, box)
        for column in ("#who", "#finds"):
            beyond = page.locator(column).evaluate("element => element.scrollHeight - element.clientHeight")
            assert beyond <= 0, (state, column, beyond)

    expect_one_view("the example")
    canvas = page.locator("#map canvas").first.bounding_box()
    assert canvas is not None and canvas["height"] > 0.45 * height  # the map is large
    pick(page, 0, 1, 2)
    with fake_page.service.holding("unlearn 8"):
        forget(page)
        expect(page.locator("#progress")).to_contain_text("of 12")
        expect(page.get_by_role("button", name="Cancel")).to_be_visible()
        expect_one_view("a run")
    finished(page)
    expect_one_view("a result")


def test_a_phone_shows_faces_button_map_and_result_within_two_screens(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url, width=390).page
    page.set_viewport_size({"width": 390, "height": 844})
    places = [bottom(page, selector) for selector in ("#status", "#people .box", "#map canvas", "[data-badge=use]")]
    assert places == sorted(places) and places[1] < 844 / 2 and places[3] <= 2 * 844
    for down in (0, 700, 1500):
        page.evaluate("down => scrollTo(0, down)", down)
        expect(page.locator("#run")).to_be_in_viewport()  # it stays at the lower edge
    open_tab(page, "About")
    expect(page.locator("#run")).to_be_hidden()


# ---- the map is the progress -----------------------------------------------------------------------------------------


def test_the_map_moves_while_the_run_goes_on(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    texts = shown_texts(page, "#map figcaption >> nth=0")
    pick(page, 2, 3)
    with fake_page.service.holding("unlearn 4"):
        forget(page)
        expect(page.locator("#map figcaption").first).to_contain_text("Step 3 of 12, forgetting")
        fake_page.service.hold("unlearn 7")
        expect(page.locator("#map figcaption").first).to_contain_text("Step 6 of 12, forgetting")
        expect(page.locator("#map")).to_have_class(re.compile("live"))
    finished(page)
    expect(page.locator("#map figcaption").first).to_contain_text("After: unlearned")
    steps = set(re.findall(r"Step (\d+) of 12", " ".join(texts.json_value())))
    assert "6" in steps and len(steps) > 1


def test_after_a_cancel_the_map_of_before_is_back(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    pick(page, 4, 5)
    with fake_page.service.holding("unlearn 7"):
        forget(page)
        expect(page.locator("#map figcaption").first).to_contain_text("Step 6 of 12")
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("#status")).to_contain_text("Cancelled")
    expect(page.locator("#map figcaption").first).to_contain_text("After: unlearned")
    expect(page.locator("#map")).not_to_have_class(re.compile("live"))


def test_the_first_visit_plays_the_example_once(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    expect(page.locator("#map figcaption").first).to_contain_text("After: unlearned")  # at once: motion is unwanted
    page.emulate_media(reduced_motion="no-preference")
    page.add_init_script(COUNTED)
    page.reload()
    expect(page.locator("#map figcaption").first).to_contain_text("of the way from before to after")
    expect(page.locator("#map figcaption").first).to_contain_text("After: unlearned")
    expect(page.locator("[data-badge=trace] .count b")).to_have_text("51 %")
    counted = page.evaluate("window.counted")
    assert counted[0] == "74 %" and len(set(counted)) > 2 and counted[-1] == "51 %"


def test_a_result_that_arrives_while_the_example_counts_keeps_its_numbers(fake_page: Served, visit: Visitor) -> None:
    request = ForgetRequest(("p03",), method="neg_grad")
    fake_page.service.memory.pop(request, None)
    page = visit(fake_page.url, path=link_of(request) or "").page
    page.emulate_media(reduced_motion="no-preference")
    page.reload()
    number = page.locator("[data-badge=trace] .count b")
    expect(number).not_to_have_text("51 %")  # the example's number is counting
    fake_page.service.memory[request] = make_report(request)
    forget(page)
    expect(number).not_to_have_attribute("data-to", "0.5100")
    page.wait_for_timeout(3000)  # longer than numbers count
    for badge in page.locator(".badges .count b").all():
        expect(badge).to_have_text(f"{100 * float(badge.get_attribute('data-to') or 0):.0f} %")


def test_a_retrained_model_comes_beside_a_result(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    pick(page, 8, 9, 10)
    forget(page)
    finished(page)
    expect(page.get_by_role("button", name="the control", exact=True)).to_have_count(0)  # it is there
    page.get_by_role("button", name="a retrained model", exact=True).click()
    expect(page.locator("#verdict .gauge")).to_contain_text("Retrained")
    finished(page)
    expect(page.get_by_role("button", name="a retrained model", exact=True)).to_have_count(0)
    request = fake_page.service.requests[-1]
    assert request.retrain and request.control and request.people == ("p08", "p09", "p10")


def test_the_methods_are_one_stop_of_the_keyboard(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    adjust(page)
    methods = page.locator("#adjust .methods").first
    methods.get_by_role("radio", name="DLFD", exact=True).focus()
    page.keyboard.press("Tab")
    assert not methods.evaluate("box => box.contains(document.activeElement)")
    methods.get_by_role("radio", name="DLFD", exact=True).focus()
    page.keyboard.press("ArrowDown")
    expect(methods.get_by_role("radio", name="DLFD", exact=True)).not_to_be_checked()


def test_a_table_that_goes_on_to_the_right_shows_it(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url, width=390, path="#compare").page
    table = page.get_by_role("region", name="Results of the race")
    expect(table).to_have_attribute("data-more", "")
    expect(table).to_have_css("mask-image", re.compile("linear-gradient"))
    table.evaluate("box => box.scrollTo(box.scrollWidth, 0)")
    expect(table).not_to_have_attribute("data-more", "")
    page.set_viewport_size({"width": 2400, "height": 900})
    expect(table).not_to_have_attribute("data-more", "")


# ---- tabs and addresses ----------------------------------------------------------------------------------------------


def test_every_tab_has_an_address_and_the_back_button_returns(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url, path="?lang=en")
    page = seen.page
    names = {title: title.lower().removeprefix("your ") for title in CONTENT}
    for title, name in names.items():
        open_tab(page, title)
        assert page.url.endswith(f"?lang=en#{name}") or title == "Demo"
        link = page.get_by_role("navigation", name="Parts of the page").get_by_role("link", name=title, exact=True)
        expect(link).to_have_attribute("aria-current", "page")
    for title in list(CONTENT)[-2::-1]:
        page.go_back()
        expect(page.locator(CONTENT[title])).to_be_visible()
    page.goto(fake_page.url + "#compare")
    page.reload()
    expect(page.locator("#board")).to_be_visible()
    assert seen.complaints == [] and seen.foreign == []


def test_a_link_into_a_tab_scrolls_there(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url, path="#take-away").page
    expect(page.locator("#take-away pre")).to_be_in_viewport()
    page.goto(fake_page.url)
    page.get_by_role("link", name="Does the memory come back?").click()
    expect(page.get_by_role("button", name="Try to bring it back")).to_be_in_viewport()
    assert page.url.endswith("#come-back")


def test_nothing_of_a_tab_is_made_before_it_is_opened(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    for selector in ("#proof", "#board", "#lessons", "#about", "#explorer", "#curves"):
        assert page.locator(selector).count() == 0, selector
    open_view(page, "The run")
    expect(page.locator("#curves canvas").first).to_be_visible()


# ---- the drawer and the keyboard -------------------------------------------------------------------------------------


def test_the_drawer_opens_and_shuts_by_keyboard(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    button = page.get_by_role("button", name="Adjust")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Adjust the run")).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    expect(page.get_by_role("heading", name="Adjust the run")).to_be_hidden()
    adjust(page)
    expect(page.locator("#run")).to_be_visible()
    pick(page, 0)
    forget(page)  # the drawer does not cover faces and button
    finished(page)


def test_the_skip_link_leads_past_the_header(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    stops = []
    for _ in range(4):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.closest('.block')?.id ?? ''"))
    assert "people" in stops
