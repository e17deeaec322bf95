"""Nobody is left out: contrast, names, order and sizes by axe-core; tables beside charts; keyboard; still motion."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Page, expect

from dlfd_core.ui.launch import launch_page
from tests.browser import accessibility as a11y
from tests.browser.conftest import Served, Visit, Visitor, free_port
from tests.browser.parts import CONTENT, adjust, forget, open_tab, open_view
from tests.browser.test_page import pick
from tests.browser.test_race import choose, seeds
from tests.fakes import FakeService

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    service = FakeService(pause=0.05, steps=6)
    page, url = launch_page(service, host="127.0.0.1", port=free_port(), quiet=True)
    yield Served(service, url)
    page.close()


def audit(page: Page, state: str, chosen: Sequence[tuple[int, bool]] = a11y.LOOKS) -> None:
    found = [f"{state}, {look}: {line}" for look in a11y.looks(page, chosen) for line in a11y.violations(page)]
    assert not found, "\n".join(found)


def finish(page: Page) -> None:
    forget(page)
    expect(page.locator("#status")).to_contain_text("Finished", timeout=a11y.SLOW)


def fill(page: Page) -> None:
    """The tabs with results of their own, unfolded."""
    open_tab(page, "Evidence")
    a11y.unfold(page)
    page.get_by_role("button", name="Add the picked people").click()
    expect(page.locator("#sequence-queue li")).to_have_count(1)
    open_tab(page, "Demo")
    pick(page, 3, 4)
    open_tab(page, "Evidence")
    page.get_by_role("button", name="Add the picked people").click()
    expect(page.locator("#sequence-queue li")).to_have_count(2)
    a11y.run(page, "Try to bring it back", "#relearn-status")
    a11y.run(page, "Forget one after another", "#sequence-status")
    a11y.unfold(page)


@pytest.mark.timeout(600)
def test_nobody_is_left_out(served: Served, visit: Visitor) -> None:
    """Each tab, from the opening to everything unfolded; light and dark, wide and narrow."""
    seen: Visit = visit(served.url)
    page = seen.page
    audit(page, "opened with the example")
    pick(page, 0, 1, 8)
    finish(page)
    audit(page, "after a run", a11y.LOOKS[::3])  # wide and light, narrow and dark: little is new
    page.set_viewport_size({"width": 1280, "height": 900})
    adjust(page)
    audit(page, "the drawer", a11y.LOOKS[::3])
    page.keyboard.press("Escape")
    for view in ("What an attacker sees", "The run"):
        page.set_viewport_size({"width": 1280, "height": 900})
        open_view(page, view)
        a11y.unfold(page)
        audit(page, view, a11y.LOOKS[::3])
        page.set_viewport_size({"width": 1280, "height": 900})
        assert page.evaluate(a11y.BARE_CHARTS) == []
    fill(page)
    audit(page, "Evidence")
    assert page.evaluate(a11y.CHARTS) >= 12
    assert page.evaluate(a11y.BARE_CHARTS) == []
    assert a11y.walk(page) == ([], [])
    assert seen.complaints == [] and seen.foreign == []


@pytest.mark.timeout(600)
def test_nobody_is_left_out_of_the_other_tabs(served: Served, visit: Visitor) -> None:
    seen: Visit = visit(served.url)
    page = seen.page
    pick(page, 0, 1)
    open_tab(page, "Compare")
    choose(page, "DLFD", "NegGrad", "Diverging")
    seeds(page, 1)
    a11y.run(page, "Start the race", "#race-status")
    page.get_by_role("button", name="Put side by side").click()
    expect(page.locator("#duel svg")).to_have_count(2, timeout=a11y.SLOW)
    open_tab(page, "Your photos")
    a11y.find_own_faces(page)
    for title in list(CONTENT)[2:]:
        page.set_viewport_size({"width": 1280, "height": 900})
        open_tab(page, title)
        a11y.unfold(page)
        audit(page, title, a11y.LOOKS[::3])
        assert page.evaluate(a11y.BARE_CHARTS) == [], title
        page.set_viewport_size({"width": 1280, "height": 900})
        assert a11y.walk(page) == ([], []), title
    page.set_viewport_size({"width": 1280, "height": 900})
    open_tab(page, "Lessons")
    page.get_by_role("button", name="What an attacker sees").click()
    audit(page, "a lesson beside the map", a11y.LOOKS[::3])
    assert seen.complaints == [] and seen.foreign == []


def test_nothing_jumps_when_a_result_arrives(fake_page: Served, visit: Visitor) -> None:
    """A cumulative layout shift below 0.1, on a wide screen and on a phone, also of a visitor who reads the result."""
    page = visit(fake_page.url).page
    for person, (width, place) in enumerate([(1280, "#stage"), (390, "#headline"), (390, "#finds")]):
        page.set_viewport_size({"width": width, "height": 900})
        pick(page, person)
        page.evaluate(a11y.WATCH_SHIFTS)
        forget(page)
        page.locator(place).evaluate("element => element.scrollIntoView({ block: 'start', behavior: 'instant' })")
        expect(page.locator("#status")).to_contain_text("Finished", timeout=a11y.SLOW)
        page.wait_for_timeout(300)  # the last repaint
        shifted = page.evaluate("window.shifted")
        assert shifted["sum"] < 0.1, (width, place, shifted)


def test_nothing_moves_for_those_who_want_it_still(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    play = page.locator("#map .play")
    for motion, person in (("reduce", 0), ("no-preference", 1)):
        page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
        page.evaluate(a11y.WATCH_MOTION)
        at_once = play.evaluate("button => { button.click(); return document.querySelector('#map .slider').value; }")
        if motion == "reduce":
            assert at_once == "100"  # the morph takes more than a second
        pick(page, person)
        adjust(page)
        page.get_by_role("radio", name="NegGrad", exact=True).check()
        page.get_by_role("radio", name="DLFD").check()
        page.keyboard.press("Escape")
        finish(page)
        moved = page.evaluate("[...window.moved]")
        assert bool(moved) is (motion == "no-preference"), moved
