"""A lesson from prediction to answer in a real Chromium, on the page of the fake service."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.lessons.handlers import LessonHandlers
from dlfd_core.ui.lessons.reader import all_lessons
from dlfd_core.ui.lessons.sheet import worksheet
from tests.browser.conftest import Served, Visitor
from tests.browser.parts import adjust, open_tab

pytestmark = pytest.mark.browser


def opened(page: Page, title: str) -> Locator:
    """The lesson, in its panel beside the stage."""
    open_tab(page, "Lessons")
    card = page.get_by_role("button", name=title)
    expect(card).to_have_attribute("aria-expanded", "false")
    card.click()
    lesson = page.get_by_role("article", name=title)
    expect(lesson).to_be_visible()
    expect(page.locator("#map canvas").first).to_be_in_viewport()
    return lesson


def in_view(target: Locator) -> None:
    expect(target).to_be_in_viewport()


@pytest.mark.parametrize("width", [1280, 390])
def test_a_lesson_about_the_example(fake_page: Served, visit: Visitor, width: int) -> None:
    seen = visit(fake_page.url, width=width)
    page, before = seen.page, len(fake_page.service.requests)
    lesson = opened(page, "What an attacker sees")
    lesson.get_by_role("button", name="Reveal", exact=True).click()
    expect(lesson.get_by_role("button", name="Show the answer")).to_be_disabled()
    expect(lesson.get_by_text("Make your prediction first")).to_be_visible()
    lesson.get_by_role("button", name="Predict", exact=True).click()
    lesson.get_by_label("Half of the time").check()
    lesson.get_by_role("button", name="Next: Do").click()
    lesson.get_by_role("button", name="Show the finished example").click()
    expect(lesson.get_by_text("The page shows the finished example")).to_be_visible()
    expect(page.locator("#verdict .tag")).to_have_text("Example")
    lesson.get_by_role("button", name="Next: Look").click()
    lesson.get_by_role("link", name="Be the attacker").click()
    expect(page.locator("#explorer").get_by_role("slider", name="Line on the loss")).to_be_visible()
    expect(page.locator("#explorer .model option:checked")).to_have_text("Original")
    lesson.get_by_role("link", name="The scores of all models").click()
    in_view(page.locator("#proof .scores"))
    in_view(lesson.get_by_role("button", name="Look", exact=True))  # the lesson stays beside it
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    lesson.get_by_role("button", name="Next: Reveal").click()
    answer = lesson.get_by_role("status").filter(has_text="You predicted")
    expect(answer).to_have_count(0)
    lesson.get_by_role("button", name="Show the answer").click()
    expect(answer).to_contain_text("That is right")
    example = fake_page.service.example().scores
    expect(answer).to_contain_text(f"{100 * example['original'].mia_accuracy:.1f} %")
    expect(answer).to_contain_text(f"{100 * example['unlearned'].mia_accuracy:.1f} %")
    assert len(fake_page.service.requests) == before  # nobody had to compute anything
    assert seen.complaints == [] and seen.foreign == []


def test_a_lesson_that_runs_fills_the_form_and_asks_for_its_run(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url)
    page = seen.page
    adjust(page)
    page.get_by_role("spinbutton", name="Seed", exact=True).fill("7")
    page.keyboard.press("Escape")
    lesson = opened(page, "When a model forgets too much")
    lesson.get_by_label("Yes: they stand out").check()
    lesson.get_by_role("button", name="Reveal", exact=True).click()
    lesson.get_by_role("button", name="Show the answer").click()
    expect(lesson.get_by_text("does not show this lesson's run")).to_be_visible()
    lesson.get_by_role("button", name="Do", exact=True).click()
    lesson.get_by_role("button", name="Set it up and run it").click()
    expect(page.locator("#status")).to_contain_text("Finished")
    wanted = LessonHandlers(Handlers(fake_page.service)).request("too-loud")
    assert fake_page.service.requests[-1] == wanted
    expect(page.locator("#adjust .seed input")).to_have_value("0")
    expect(page.locator("#adjust").get_by_role("radio", name="NegGrad+", include_hidden=True)).to_be_checked()
    lesson.get_by_role("button", name="Reveal", exact=True).click()
    lesson.get_by_role("button", name="Show the answer").click()
    report = fake_page.service.cached_report(wanted)
    assert report is not None
    expect(lesson.get_by_role("status").filter(has_text="You predicted")).to_contain_text(
        f"{report.scores['unlearned'].mia_auc:.2f}"
    )
    open_tab(page, "Lessons")
    expect(page.locator('#lessons [data-open="too-loud"]')).to_have_class(re.compile("done"))
    page.locator("#lessons").get_by_role("button", name="What the model memorised").click()
    expect(lesson).to_be_hidden()  # one at a time
    other = page.get_by_role("article", name="What the model memorised")
    other.get_by_role("button", name="Do", exact=True).click()
    expect(page.locator("#verdict .tag")).to_have_text("Your run")
    other.get_by_role("button", name="Show the finished example").click()
    expect(page.locator("#verdict .tag")).to_have_text("Example")
    other.get_by_role("button", name="Think on", exact=True).click()
    other.get_by_role("button", name="Next lesson: What an attacker sees").click()
    expect(page.get_by_role("article", name="What an attacker sees")).to_be_visible()
    assert page.url.endswith("#lesson-attacker")  # its link opens it
    assert seen.complaints == [] and seen.foreign == []


def test_by_keyboard_to_the_worksheet(fake_page: Served, visit: Visitor) -> None:
    seen = visit(fake_page.url, width=390, dark=True)
    page = seen.page
    page.get_by_role("link", name="Lessons").focus()
    page.keyboard.press("Enter")
    page.locator("#lessons").get_by_role("button", name="What no score can promise").focus()
    page.keyboard.press("Enter")
    lesson = page.get_by_role("article", name="What no score can promise")
    expect(lesson.get_by_role("heading", name="What no score can promise")).to_be_focused()
    lesson.get_by_label("Yes: it is measured").focus()
    page.keyboard.press("ArrowDown")
    expect(lesson.get_by_label("Yes, if there are enough")).to_be_checked()
    lesson.get_by_role("button", name="Next: Do").press("Enter")
    expect(lesson.get_by_role("region", name="Do")).to_be_focused()
    lesson.get_by_role("button", name="Look", exact=True).press("Enter")
    lesson.get_by_role("link", name="What no score can promise").press("Enter")
    in_view(page.get_by_text("The attack shown is one attack, and a simple one."))
    lesson.get_by_text("For the teacher").click()
    with page.expect_download() as saved:
        lesson.get_by_role("button", name="Worksheet to print").press("Enter")
    assert saved.value.suggested_filename == "worksheet-no-promise.html"
    expect(lesson.get_by_text("Saved. Open the file")).to_be_visible()
    assert seen.complaints == [] and seen.foreign == []


def test_a_worksheet_is_a_page_for_the_pupil_and_a_page_for_the_teacher(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    pages = {}
    for lesson in all_lessons():
        html = worksheet(lesson)
        assert "**" not in html
        page.set_content(html)
        pages[lesson.name] = len(re.findall(rb"/Type\s*/Page\b", page.pdf(prefer_css_page_size=True)))
    assert set(pages.values()) == {2}, pages
