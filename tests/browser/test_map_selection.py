"""Photos selected on the map by a lasso, a box or one by one, and the outlines of the sets, in a real Chromium."""

from __future__ import annotations

import csv
import io
import math
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import accessibility as a11y
from tests.browser.conftest import Served, Visitor
from tests.browser.test_map import Opener, first, opened, picture, point_at_some, report, saved, show, site

pytestmark = pytest.mark.browser
__all__ = ["opened", "site"]
SVG = "{http://www.w3.org/2000/svg}"


def panel(page: Page) -> Locator:
    return page.get_by_role("group", name="Selected photos")


def chosen(page: Page) -> Any:
    """What the page is asked to do with the people of a selection, as it happens."""
    return page.evaluate_handle(
        """() => {
            const all = [];
            document.addEventListener('people-chosen', (event) => all.push(event.detail));
            return all;
        }"""
    )


def around(page: Page, radius: float = 0.48) -> list[tuple[float, float]]:
    """Places on a circle in the middle of the map; the radius is a share of its height."""
    box = first(page).bounding_box()
    assert box is not None
    x, y, r = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, radius * box["height"]
    return [(x + r * math.cos(k / 4), y + r * math.sin(k / 4)) for k in range(25)]


def drag(page: Page, places: list[tuple[float, float]]) -> None:
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
    page.mouse.up()


def counts(page: Page) -> tuple[int, int]:
    """Photos and people of the selection."""
    photos, people = re.findall(r"\d+", panel(page).locator(".said").inner_text())
    return int(photos), int(people)


# ---- mouse -----------------------------------------------------------------------------------------------------------


def test_a_lasso_selects_what_it_encloses(opened: Opener) -> None:
    page = opened(more=False)
    bare = picture(first(page))
    lasso = page.get_by_role("button", name="Lasso")
    lasso.click()
    expect(lasso).to_have_attribute("aria-pressed", "true")
    drag(page, around(page, 0.2))
    expect(lasso).to_have_attribute("aria-pressed", "false")
    few = counts(page)
    assert picture(first(page)) != bare
    expect(page.get_by_role("region", name="The opened photo")).to_be_hidden()
    page.keyboard.down("Shift")  # adds
    drag(page, around(page, 0.3))
    page.keyboard.up("Shift")
    assert counts(page)[0] > few[0] > 0
    panel(page).get_by_role("button", name="Clear").click()
    expect(panel(page)).to_be_hidden()
    expect(first(page)).to_be_focused()
    page.mouse.move(5, 5)
    assert picture(first(page)) == bare


def test_a_box_selects_all_and_shows_only_these(opened: Opener) -> None:
    page = opened(more=False)
    asked = chosen(page)
    page.get_by_role("button", name="Box").click()
    box = first(page).bounding_box()
    assert box is not None
    middle = box["x"] + box["width"] / 2  # the photos lie around the middle of a wide map
    start, end = (
        (middle + side * 0.2 * box["height"], box["y"] + (0.5 + side * 0.2) * box["height"]) for side in (-1, 1)
    )
    drag(page, [start, (middle, box["y"] + box["height"] / 2), end])
    half, people = counts(page)
    assert 0 < half < 120
    page.mouse.move(5, 5)
    dimmed = picture(first(page))
    only = panel(page).get_by_role("button", name="Show only these")
    only.click()
    expect(only).to_have_attribute("aria-pressed", "true")
    expect(panel(page)).to_contain_text("Only")
    assert picture(first(page)) != dimmed
    panel(page).get_by_role("button", name="All their photos").click()
    more, same = counts(page)
    assert more > half and same == people, (half, people, more, same)
    panel(page).get_by_role("button", name="Clear").click()
    shown = asked.json_value()
    assert [detail["act"] for detail in shown] == ["show", "show"]
    assert len(shown[0]["people"]) == people and shown[1]["people"] == []


def test_only_people_of_the_training_are_offered_to_be_forgotten(opened: Opener) -> None:
    page = opened(more=False)
    asked = chosen(page)
    sets = page.get_by_role("group", name="Sets shown")
    for name in ("Forgotten", "Kept"):
        sets.get_by_role("button", name=name).click()  # hidden, so that a lasso does not take them
    page.get_by_role("button", name="Lasso").click()
    drag(page, around(page))
    expect(panel(page).get_by_role("button", name="None of them was in training")).to_be_disabled()
    sets.get_by_role("button", name="Kept").click()
    page.get_by_role("button", name="Lasso").click()
    drag(page, around(page))
    forget = panel(page).get_by_role("button", name="Forget th")
    forget.click()
    (detail,) = asked.json_value()
    points = report().points
    assert points is not None and detail["act"] == "forget" and detail["people"]
    assert set(detail["people"]) <= {points.people[k][0] for k in points.person[points.group == 1]}
    expect(panel(page)).to_contain_text("picked to be forgotten")


def test_a_selection_is_saved_as_a_table(opened: Opener) -> None:
    page = opened(more=False)
    page.get_by_role("button", name="Lasso").click()
    drag(page, around(page))
    number, people = counts(page)
    rows = list(csv.DictReader(io.StringIO(saved(page, "CSV").decode())))
    points = report().points
    assert points is not None
    assert len(rows) == number and len({row["person"] for row in rows}) == people
    for row in rows:
        i = int(row["photo"])
        assert row["person"] == points.people[points.person[i]][0] and not row["name"].startswith(("=", "+", "@", "-"))
        assert row["set"] == ("forget", "retain", "validation", "unseen")[points.group[i]]
        assert row["answer_unlearned"] == report().classes[points.views["unlearned"].predicted[i]]
        assert float(row["loss_retrained"]) == pytest.approx(points.views["retrained"].losses[i], rel=0.01)


def test_another_map_has_no_selection(opened: Opener) -> None:
    page = opened("filmed", more=False)
    page.get_by_role("button", name="Lasso").click()
    drag(page, around(page))
    expect(panel(page)).to_be_visible()
    show(page, "two models")
    expect(panel(page)).to_be_hidden()


# ---- keyboard and touch ----------------------------------------------------------------------------------------------


def test_the_keyboard_selects_photos_and_boxes(opened: Opener) -> None:
    page = opened(more=False)
    point_at_some(page)
    page.keyboard.press("s")
    expect(panel(page)).to_contain_text("1 photo of 1 person")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    assert counts(page)[0] == 2
    page.keyboard.press("s")
    assert counts(page) == (1, 1)
    page.keyboard.press("b")
    told = page.get_by_role("status").filter(has_text="A box with")
    expect(told).to_have_count(1)
    small = told.inner_text()
    for key in ("Shift+ArrowRight", "Shift+ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    assert told.inner_text() != small
    page.keyboard.press("Enter")
    assert counts(page)[0] > 2
    page.keyboard.press("Tab")
    expect(panel(page).get_by_role("button").first).to_be_focused()
    first(page).focus()
    page.keyboard.press("b")
    page.keyboard.press("Escape")  # only the box
    expect(panel(page)).to_be_visible()
    page.keyboard.press("Escape")  # what is pointed at
    page.keyboard.press("Escape")
    expect(panel(page)).to_be_hidden()


def test_a_finger_draws_only_while_a_tool_is_chosen(opened: Opener) -> None:
    page = opened(width=390, more=False, has_touch=True, is_mobile=True)
    assert first(page).evaluate("canvas => canvas.style.touchAction") == "pan-y"
    page.get_by_role("button", name="Lasso").tap()
    assert first(page).evaluate("canvas => canvas.style.touchAction") == "none"
    touch = page.context.new_cdp_session(page)
    places = around(page, 0.35)
    for kind, (x, y) in [("touchStart", places[0]), *(("touchMove", place) for place in places[1:])]:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y, "id": 0}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(panel(page)).to_be_visible()
    assert counts(page)[0] > 5
    assert first(page).evaluate("canvas => canvas.style.touchAction") == "pan-y"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for button in panel(page).get_by_role("button").all():
        box = button.bounding_box()
        assert box is not None and box["height"] >= 40


def test_a_selection_is_for_everybody(opened: Opener) -> None:
    page = opened(more=False)
    page.get_by_role("button", name="Lasso").click()
    drag(page, around(page))
    found = [f"{look}: {line}" for look in a11y.looks(page, a11y.LOOKS[::3]) for line in a11y.violations(page)]
    assert not found, "\n".join(found)


# ---- outlines --------------------------------------------------------------------------------------------------------


def lines(page: Page) -> dict[str, str]:
    """The outlines in the saved picture, by set."""
    drawing = ElementTree.fromstring(saved(page, "SVG"))
    paths = drawing.findall(f".//{SVG}path")
    return {path.get("class", "").split()[1]: path.get("d", "") for path in paths if "outline" in path.get("class", "")}


def inside(x: float, y: float, loops: list[list[tuple[float, float]]]) -> bool:
    odd = False
    for loop in loops:
        for (xa, ya), (xb, yb) in zip(loop, [*loop[1:], loop[0]], strict=True):
            if (ya > y) != (yb > y) and x < (xb - xa) * (y - ya) / (yb - ya) + xa:
                odd = not odd
    return odd


def test_an_outline_holds_most_photos_of_its_set(opened: Opener) -> None:
    page = opened("large")
    drawing = ElementTree.fromstring(saved(page, "SVG"))
    found = lines(page)
    assert set(found) == {"forget", "retain", "validation", "unseen"}
    for name, path in found.items():
        loops = [
            [(float(at.split()[0]), float(at.split()[1])) for at in loop.strip("MZ").split("L")]
            for loop in path.split("M")[1:]
        ]
        marks = [use for use in drawing.iter(f"{SVG}use") if use.get("href", "").endswith(f"-{name}")]
        at = [use.get("transform", "").removeprefix("translate(").split(")")[0].split() for use in marks]
        share = sum(inside(float(x), float(y), loops) for x, y in at) / len(at)
        assert share == pytest.approx(0.7, abs=0.06), name


def test_outlines_are_for_the_whole_map_and_the_colours_of_the_sets(opened: Opener) -> None:
    page = opened("large")
    assert len(lines(page)) == 4
    page.get_by_role("button", name="Unseen").click()
    assert set(lines(page)) == {"forget", "retain", "validation"}
    page.get_by_label("Colour").select_option("label")
    assert lines(page) == {}
    page.get_by_label("Colour").select_option("set")
    for _ in range(2):
        page.get_by_role("button", name="Zoom in").click()
    assert lines(page) == {}
    page.get_by_role("button", name="Whole map").click()
    assert len(lines(page)) == 3
    page.get_by_role("checkbox", name="Outline of each set").uncheck()
    assert lines(page) == {}


# ---- with the faces of the page --------------------------------------------------------------------------------------


def test_the_faces_follow_the_map_and_the_map_follows_the_faces(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    faces = page.get_by_role("listbox")
    canvas = page.get_by_role("application", name="Map of photos").first
    canvas.scroll_into_view_if_needed()
    page.get_by_role("button", name="Lasso").click()
    drag(page, around(page))
    forget = panel(page).get_by_role("button", name="Forget these")
    many = int(forget.inner_text().split()[2])
    forget.click()
    expect(faces.locator("[aria-selected=true]")).to_have_count(many)
    panel(page).get_by_role("button", name="Show only these").click()
    expect(faces.get_by_role("option", include_hidden=False).first).to_be_visible()
    shown = faces.locator(".person:not([hidden])").count()
    assert shown >= many
    panel(page).get_by_role("button", name="Clear").click()
    canvas.focus()
    page.keyboard.press("ArrowRight")
    expect(faces.locator(".person.pointed")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(faces.locator(".person.pointed")).to_have_count(0)
    page.get_by_role("button", name="Clear", exact=True).click()
    bare = picture(canvas)
    faces.locator(".person").last.click()
    canvas.scroll_into_view_if_needed()
    assert picture(canvas) != bare
