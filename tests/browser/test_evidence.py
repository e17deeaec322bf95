"""The evidence and the loss explorer in a real Chromium, on the page of the fake service."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import accessibility as a11y
from tests.browser.conftest import PATIENT, Served, Visitor
from tests.browser.parts import finished, forget, open_tab, open_view
from tests.browser.test_page import pick
from tests.fakes import HOSTILE

pytestmark = pytest.mark.browser


def opened(page: Page) -> Locator:
    """The explorer, in its view of the stage."""
    explorer = page.locator("#explorer")
    open_view(page, "What an attacker sees")
    expect(explorer.get_by_role("slider")).to_be_visible()
    expect(explorer.locator(".tpr")).to_contain_text("%")
    return explorer


def slider(explorer: Locator) -> Locator:
    return explorer.get_by_role("slider", name="Line on the loss")


def found(explorer: Locator) -> int:
    """Forgotten photos found, as written."""
    said = re.search(r"(\d+) of 36 photos", explorer.locator(".tpr").inner_text())
    assert said is not None
    return int(said[1])


def test_the_panels_unfold_one_by_one(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url)
    open_tab(seen.page, "Evidence")
    evidence = seen.page.locator("#evidence")
    expect(evidence.get_by_role("heading", name="Other attacks")).to_be_visible()
    expect(evidence.locator('[data-panel="attacks"] .forest')).to_be_visible()
    folded = [("Collapse meter", ".collapse"), ("Layer similarity", ".layers"), ("Who is recognised most", ".leaks")]
    for name, plot in folded:
        expect(evidence.locator(plot)).to_be_hidden()
        evidence.get_by_role("heading", name=name).click()
        expect(evidence.locator(plot)).to_be_visible()
    evidence.locator('[data-panel="leaks"]').get_by_text("The same as a table").click()
    expect(evidence.get_by_role("cell", name="12", exact=True).first).to_be_visible()
    assert seen.complaints == [] and seen.foreign == []


def test_the_set_of_the_matrices_is_chosen_by_keyboard(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url)
    open_tab(seen.page, "Evidence")
    panel = seen.page.locator('#evidence [data-panel="matrix"]')
    panel.get_by_role("heading", name="Which answers are mixed up").click()
    expect(panel.get_by_role("table", name="Unlearned, forgotten people")).to_be_visible()
    panel.get_by_role("radio", name="Forgotten people").focus()
    seen.page.keyboard.press("ArrowRight")
    expect(panel.get_by_role("radio", name="Unseen people")).to_be_checked()
    expect(panel.get_by_role("table", name="Change, unseen people")).to_be_visible()
    expect(panel.get_by_role("table", name="Unlearned, forgotten people")).to_be_hidden()
    expect(panel.get_by_role("table")).to_have_count(4)
    assert seen.complaints == []


def test_the_line_moves_by_keyboard(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url)
    explorer = opened(seen.page)
    line = slider(explorer)
    line.focus()
    seen.page.keyboard.press("End")
    expect(explorer.locator(".tpr")).to_contain_text("36 of 36 photos")
    expect(explorer.locator(".fpr")).to_contain_text("80 of 80 photos")
    expect(explorer.locator(".accuracy")).to_contain_text("50 %")
    expect(line).to_have_attribute("aria-valuetext", re.compile("finds 36 of 36, falsely accuses 80 of 80"))
    expect(explorer.locator(".missed li")).to_have_count(0)
    expect(explorer.locator(".found li")).to_have_count(12)
    seen.page.keyboard.press("Home")
    expect(explorer.locator(".tpr")).to_contain_text("0 of 36 photos")
    expect(explorer.locator(".missed-words")).to_contain_text("24 of the 24 photos shown; 36 were forgotten")
    for _ in range(3):
        seen.page.keyboard.press("PageUp")
    assert seen.complaints == []


def test_the_line_is_dragged_in_the_picture(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    explorer = opened(page)
    picture = explorer.locator(".histogram")
    picture.scroll_into_view_if_needed()
    box = picture.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, y, steps=4)
    expect(explorer.locator(".tpr")).to_contain_text("36 of 36 photos")
    page.mouse.move(box["x"] + 2, y, steps=4)
    expect(explorer.locator(".tpr")).to_contain_text("0 of 36 photos")
    page.mouse.up()
    page.mouse.move(box["x"] + box["width"] / 2, y)
    expect(explorer.locator(".tpr")).to_contain_text("0 of 36 photos")  # the button is up


def test_the_line_is_set_by_touch(fake_page: Served, chromium: Browser) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, reduced_motion="reduce")
    try:
        context.set_default_timeout(PATIENT)
        page = context.new_page()
        page.goto(fake_page.url)
        explorer = page.locator("#explorer")
        page.locator("#views").get_by_role("tab", name="What an attacker sees").tap()
        picture = explorer.locator(".histogram")
        for x, says in [(355, "36 of 36 photos"), (3, "0 of 36 photos")]:
            picture.tap(position={"x": x, "y": 60})
            expect(explorer.locator(".tpr")).to_contain_text(says)
    finally:
        context.close()


def test_the_best_line_is_one_click_away(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    explorer = opened(page)
    said = re.search(r"finds (\d+) of 36", explorer.locator(".finding").inner_text())
    assert said is not None
    slider(explorer).focus()
    page.keyboard.press("End")
    explorer.get_by_role("button", name="Go to the best line").click()
    expect(explorer.locator(".tpr")).to_contain_text(f"{said[1]} of 36 photos")
    own, best = (int(share) for share in re.findall(r"(\d+) %", explorer.locator(".accuracy").inner_text()))
    assert own == best >= 50
    explorer.get_by_label("Accuse losses").select_option("above the line")
    expect(explorer.locator(".tpr")).to_contain_text(f"{36 - int(said[1])} of 36 photos")


def test_every_model_has_its_losses(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url)
    explorer = opened(seen.page)
    model = explorer.get_by_label("Model")
    assert model.locator("option").all_inner_texts() == ["Original", "Unlearned", "Control", "Retrained"]
    before = found(explorer)
    model.select_option("Original")
    expect(explorer.locator(".roc")).to_have_attribute("aria-label", re.compile("signed AUC 0.74"))
    assert found(explorer) > before  # it is surer of them
    model.select_option("Retrained")
    expect(explorer.locator(".faces")).to_be_hidden()
    expect(explorer.locator(".no-faces")).to_be_visible()
    explorer.get_by_label("Show the kept people").check()
    expect(explorer.locator(".key")).to_contain_text("90 photos of kept people")
    explorer.get_by_text("The same as a table").click()
    expect(explorer.get_by_role("row").nth(1)).to_contain_text("%")
    assert seen.complaints == []


def test_what_is_open_stays_open_when_the_control_joins(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url)
    page = seen.page
    pick(page, 0, 1, 2)
    with fake_page.service.holding("control 3"):
        forget(page)
        evidence = page.locator("#evidence")
        expect(page.locator("#verdict")).to_contain_text("Your run")
        open_tab(page, "Evidence")
        expect(page.locator("#see")).to_contain_text("Your run")
        evidence.get_by_role("heading", name="Collapse meter").click()
        expect(evidence.locator(".collapse")).not_to_contain_text("Control")
        evidence.get_by_role("heading", name="Which answers are mixed up").click()
        evidence.get_by_role("radio", name="Kept people").check()
        open_tab(page, "Demo")
        explorer = opened(page)
        slider(explorer).focus()
        page.keyboard.press("End")
        expect(explorer.locator(".tpr")).to_contain_text("36 of 36 photos")
        open_tab(page, "Evidence")
    expect(evidence.locator(".collapse")).to_contain_text("Control")
    expect(evidence.locator(".collapse")).to_be_visible()
    expect(evidence.locator(".layers")).to_be_hidden()
    expect(evidence.get_by_role("radio", name="Kept people")).to_be_checked()
    expect(evidence.get_by_role("table", name="Unlearned, kept people")).to_be_visible()
    expect(explorer.get_by_label("Model").locator("option")).to_have_count(3)
    expect(explorer.locator(".tpr")).to_contain_text("36 of 36 photos")  # the line stays where it was put
    assert seen.complaints == []


def test_hostile_names_are_only_text_here_too(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url)
    pick(seen.page, 8, 9, 10)
    forget(seen.page)
    finished(seen.page)
    explorer = opened(seen.page)
    open_tab(seen.page, "Evidence")
    for name in HOSTILE[:3]:
        expect(seen.page.locator("#evidence")).to_contain_text(name)
        expect(explorer).to_contain_text(name)
    assert seen.page.locator("img[src=x]").count() == 0
    assert seen.complaints == [] and seen.foreign == []


@pytest.mark.parametrize("width", [390, 1280])
def test_everything_unfolded_fits_the_screen(fake_page: Served, visit: Visitor, width: int) -> None:
    page = visit(fake_page.url, width=width).page
    open_tab(page, "Evidence")
    page.evaluate("document.querySelectorAll('#proof details:not(.term)').forEach((each) => { each.open = true; })")
    for look in a11y.looks(page, [(width, False), (width, True)]):
        assert page.evaluate("document.documentElement.scrollWidth") <= width, look
        assert page.evaluate(a11y.BEYOND, ["#proof *", width]) == [], look
