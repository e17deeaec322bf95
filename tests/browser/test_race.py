"""The section Compare in a real browser: lanes, table, plane, two methods side by side."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from dlfd_core.ui.launch import launch_page
from tests.browser import accessibility as a11y
from tests.browser.conftest import Served, Visitor, free_port
from tests.browser.parts import open_tab
from tests.browser.test_page import pick
from tests.fakes import HOSTILE, FakeService

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def race_page() -> Iterator[Served]:
    """The page on a service whose runs take about a third of a second."""
    service = FakeService(pause=0.03, steps=10)
    page, url = launch_page(service, host="127.0.0.1", port=free_port(), quiet=True)
    yield Served(service, url)
    page.close()


def choose(page: Page, *titles: str) -> None:
    """Exactly these methods."""
    boxes = page.locator("#race-methods").get_by_role("checkbox")
    for i in range(boxes.count()):
        boxes.nth(i).set_checked(False)
    for title in titles:
        page.locator("#race-methods").get_by_label(title, exact=True).check()
    expect(page.locator("#race-hint")).to_contain_text(f"{len(titles)} method")


def seeds(page: Page, number: int) -> None:
    page.locator("#race-seeds input[type=number]").fill(str(number))
    page.locator("#race-seeds input[type=number]").press("Enter")


def start(page: Page) -> None:
    page.get_by_role("button", name="Start the race").click()


def finished(page: Page) -> None:
    expect(page.locator("#race-status")).to_contain_text("Finished")


def methods(page: Page) -> list[str]:
    """The rows of the table from the top."""
    return page.locator("#board tbody tr").evaluate_all("rows => rows.map((row) => row.dataset.method)")


def head(page: Page, title: str) -> Locator:
    return page.locator("#board thead").get_by_role("columnheader").filter(has_text=title)


def test_a_race_from_start_to_side_by_side(race_page: Served, visit: Visitor) -> None:
    """Pick, choose, start, lanes, stop, start again, sort, put two side by side; no request elsewhere, no error."""
    seen = visit(race_page.url)
    page = seen.page
    pick(page, 0, 1, 4)
    open_tab(page, "Compare")
    expect(page.locator("#race-words")).to_contain_text("A finished example")
    choose(page, "DLFD", "Control", "NegGrad")
    seeds(page, 2)
    expect(page.locator("#race-hint")).to_contain_text(
        "On the 3 people picked under Demo (36 photos). 3 methods × 2 seeds = 6"
    )
    with race_page.service.holding("unlearn 10"):
        start(page)
        lanes = page.locator("#lanes .lane")
        expect(lanes).to_have_count(3)
        expect(lanes.first).to_contain_text("seed 1 of 2: forgetting")
        expect(lanes.nth(1)).to_contain_text("waiting")
        expect(page.get_by_role("button", name="Start the race")).to_be_disabled()
        expect(page.locator("#board")).to_have_css("opacity", "0.55")  # what stands there is from before

        race_page.service.let_pass()
        expect(lanes.first).to_contain_text("0.910")  # its first seed is finished
        page.locator("#race-cancel").click()
        expect(page.locator("#race-status")).to_contain_text("runs that are finished stay below")
        expect(page.locator("#lanes .headline")).to_contain_text("Stopped after")
        expect(page.locator("#race-words")).to_contain_text("stopped after")
    time.sleep(0.5)  # time for a late step, which must not come over the sentence
    expect(page.locator("#race-status")).to_contain_text("Cancelled")
    expect(page.get_by_role("button", name="Start the race")).to_be_enabled()

    before = len(race_page.service.requests)
    start(page)
    finished(page)
    assert len(race_page.service.requests) <= before + 5  # what was finished is not run again
    expect(page.locator("#lanes .lane[data-state=done]")).to_have_count(3)
    expect(page.locator("#race-words")).to_contain_text("Over 2 seeds, DLFD has the highest NoMUS")
    expect(page.locator("#board")).to_have_css("opacity", "1")

    assert methods(page) == ["dlfd", "control", "neg_grad", "original"]
    expect(head(page, "Verdict")).to_have_attribute("aria-sort", "descending")  # what passes it comes first
    verdicts = page.locator("#board tbody td[data-label]").evaluate_all(
        "cells => cells.map((cell) => cell.dataset.label)"
    )
    assert verdicts == ["not_distinguishable", "still_recognisable", "still_recognisable"]
    expect(page.locator("#lanes .lane .verdict").first).to_have_text("Not told apart")
    expect(page.locator("#race-words")).to_contain_text(
        "No attack tells the forgotten people from unseen people after: DLFD"
    )
    head(page, "Utility").get_by_role("button").click()
    assert methods(page)[0] == "original" and methods(page)[-1] == "neg_grad"
    head(page, "Method").get_by_role("button").click()
    assert methods(page) == ["control", "dlfd", "neg_grad", "original"]
    expect(head(page, "Method")).to_have_attribute("aria-sort", "ascending")
    head(page, "Method").get_by_role("button").press("Enter")
    assert methods(page) == ["original", "neg_grad", "dlfd", "control"]
    expect(head(page, "NoMUS")).not_to_have_attribute("aria-sort", "descending")
    head(page, "Seconds").get_by_role("button").click()
    assert methods(page)[-1] == "original"  # it has none: last, whichever way

    expect(page.get_by_label("A", exact=True)).to_have_value("DLFD")
    page.get_by_label("B", exact=True).click()
    page.get_by_role("option", name="NegGrad", exact=True).click()
    expect(page.locator("#twin .title").nth(1)).to_have_text("NegGrad")
    expect(page.locator("#duel")).to_contain_text("What they say about the same photos")
    expect(page.locator("#duel svg")).to_have_count(2)
    expect(page.locator("#duel .guess").first).to_be_visible()
    assert seen.complaints == [] and seen.foreign == []


def test_the_plane_can_be_walked_by_keyboard(race_page: Served, visit: Visitor) -> None:
    page = visit(race_page.url).page
    open_tab(page, "Compare")
    spots = page.locator("#board .spot")
    expect(spots).to_have_count(4)
    page.locator("#board .spot[tabindex='0']").focus()
    card = page.locator("#board .card")
    expect(card).to_contain_text("NoMUS")
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("#board .spot:focus")).to_have_attribute("data-method", "retrain")  # the furthest left
    expect(page.locator("#board .spot:focus")).to_have_attribute(
        "aria-label", "Retrain, 1 seed: forgetting score 0.010, utility 87.0 %, NoMUS 0.925."
    )
    page.keyboard.press("ArrowRight")
    expect(page.locator("#board .spot:focus")).to_have_attribute("data-method", "dlfd")
    expect(card).to_contain_text("86.0 %")
    expect(page.locator("#board tr[data-method=dlfd]")).to_have_class("hot")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    page.locator("#board tr[data-method=control]").hover()
    expect(page.locator("#board .spot[data-method=control]")).to_have_class("spot hot")
    page.locator("#board .spot[data-method=control]").hover()
    expect(card).to_contain_text("84.0 %")


def test_names_on_the_plane_do_not_overlap(race_page: Served, visit: Visitor) -> None:
    page = visit(race_page.url).page
    pick(page, 0, 1)
    open_tab(page, "Compare")
    titles = ("DLFD", "Control", "NegGrad", "Fine-tune", "NegGrad+", "Random labels", "UNSIR", "Bad Teacher", "SCRUB")
    choose(page, *titles)
    seeds(page, 1)
    start(page)
    finished(page)
    expect(page.locator("#board .key li")).to_have_count(len(titles) + 1)  # nobody is without a name
    boxes = page.locator("#board .chart .label").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().toJSON())"
    )
    assert len(boxes) >= 7
    for i, one in enumerate(boxes):
        for other in boxes[:i]:
            apart = one["right"] <= other["left"] + 1 or other["right"] <= one["left"] + 1
            assert apart or one["bottom"] <= other["top"] + 3 or other["bottom"] <= one["top"] + 3
    marks = page.locator("#board .key .mark path").evaluate_all(
        "all => all.map((one) => one.getAttribute('d') + one.style.fill)"
    )
    assert len(set(marks)) == len(marks)


def test_what_is_pointed_at_in_one_map_is_shown_in_both(race_page: Served, visit: Visitor) -> None:
    seen = visit(race_page.url)
    page = seen.page
    pick(page, 8, 9, 10, 11)  # those with hostile names
    open_tab(page, "Compare")
    choose(page, "DLFD", "Control")
    seeds(page, 1)
    start(page)
    finished(page)
    page.get_by_role("button", name="Put side by side").click()
    words = page.locator("#twin .words")
    expect(words).to_contain_text("Point at a photo")  # the photos are there: a key before that has nothing to point at
    page.locator("#twin canvas").first.focus()
    page.keyboard.press("ArrowRight")
    expect(words).to_contain_text("DLFD: ")
    expect(words).to_contain_text("Control: ")
    page.keyboard.press("Escape")
    expect(words).to_contain_text("Point at a photo")
    page.get_by_label("Only photos they answer differently").check()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    said = words.locator(".differ").all_inner_texts()
    assert len(said) == 2 and said[0].split(": ")[1] != said[1].split(": ")[1]
    for name in HOSTILE:
        expect(page.locator("#duel")).to_contain_text(name)
    assert page.locator("img[src=x]").count() == 0
    assert seen.complaints == []


def test_the_same_time_for_all(race_page: Served, visit: Visitor) -> None:
    page = visit(race_page.url).page
    pick(page, 2)
    open_tab(page, "Compare")
    expect(page.locator("#race-budget")).to_be_hidden()
    page.get_by_role("radio", name="The same time for all").check()
    budget = page.locator("#race-budget input[type=number]")
    budget.fill("20")
    budget.press("Enter")
    hint = page.locator("#race-hint")
    choose(page, "NegGrad", "Diverging")
    # wait before the next change: answers to changes in quick succession may arrive in another order on a busy machine
    expect(hint).to_contain_text("2 methods ×")
    seeds(page, 1)
    expect(hint).to_contain_text("2 methods × 1 seed = 2 runs, about 50 s")
    with race_page.service.holding("unlearn 2"):
        start(page)
        expect(page.locator("#lanes")).to_contain_text("Measuring its speed")
    finished(page)
    expect(page.locator("#race-words")).to_contain_text("epochs that fit into 20 s for each method")
    expect(page.locator("#board tr[data-method=neg_grad] td").last).to_have_text("3")
    expect(page.locator("#board tr[data-method=diverging]")).to_contain_text("1 of 1 runs failed. The loss stopped")
    expect(page.locator("#pair")).to_be_hidden()  # there is nobody to compare it with


def test_an_empty_pick_is_answered_with_a_sentence(race_page: Served, visit: Visitor) -> None:
    page = visit(race_page.url).page
    open_tab(page, "Compare")
    expect(page.locator("#race-hint")).to_contain_text("Nobody is picked yet")
    start(page)
    expect(page.locator("#race-status [role=alert]")).to_contain_text("Nobody is picked")
    expect(page.locator("#race-words")).to_contain_text("A finished example")  # what was there stays
    expect(page.locator("#status [data-state=idle]")).to_have_count(1)  # the other runs are not concerned


@pytest.mark.parametrize("width", [390, 1280])
def test_a_race_fits_the_screen(race_page: Served, visit: Visitor, width: int) -> None:
    seen = visit(race_page.url, width=width)
    page = seen.page

    def expect_to_fit() -> None:
        for look in a11y.looks(page, [(width, False), (width, True)]):
            assert page.evaluate("document.documentElement.scrollWidth") <= width, look

    pick(page, 0, 1, 2)
    open_tab(page, "Compare")
    choose(page, "DLFD", "Random labels", "Diverging")
    seeds(page, 2)
    with race_page.service.holding("unlearn 5"):
        start(page)
        expect(page.locator("#lanes .lane")).to_have_count(3)
        expect_to_fit()
    finished(page)
    page.get_by_role("button", name="Put side by side").click()
    expect(page.locator("#duel .guess").first).to_be_visible()
    expect_to_fit()
    assert seen.complaints == []
