"""The map as a part of the page, in a real Chromium: a run in progress, the page's events, its height, its weight."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from dlfd_core.ui.components.live_map import LiveMap
from tests.browser.conftest import drawn
from tests.browser.test_map import FACES_ASKED, Opener, first, picture, point_at_some, report, show, site, slider
from tests.browser.test_map import opened as opened_fixture

pytestmark = pytest.mark.browser
opened = opened_fixture
__all__ = ["opened", "site"]

#: Dispatches an event of the page on the block of the map.
SEND = "([name, detail]) => document.querySelector('#map').dispatchEvent(new CustomEvent(name, { detail }))"


def send(page: Page, name: str, detail: object = None) -> None:
    page.evaluate(SEND, [name, json.loads(json.dumps(detail))])


@pytest.fixture
def run() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Details of ``map-begin`` and of each ``map-frame`` of the run whose map is shown as "filmed"."""
    points = report().points
    assert points is not None and points.film is not None
    film, live = points.film, LiveMap(points, points.film.photos, report().classes)
    frames = [
        live.frame(film.steps[k], film.steps[-1], film.phases[k], film.places[k], film.predicted[k])
        for k in range(1, len(film.steps))
    ]
    return live.begin(), frames


# ---- a run in progress -----------------------------------------------------------------------------------------------


def test_a_run_moves_the_map_and_its_result_follows(opened: Opener, run: Any) -> None:
    begin, frames = run
    page = opened("two models", more=False)
    finished = picture(first(page))
    send(page, "map-begin", begin)
    expect(page.get_by_text("Before: the original")).to_be_visible()
    expect(page.get_by_text("60 of 120 photos are recorded")).to_be_visible()
    shown = [finished, picture(first(page))]
    for frame in frames[:3]:
        send(page, "map-frame", frame)
        expect(page.get_by_text(f"Step {frame['step']} of 40, {frame['phase']}")).to_be_visible()
        shown.append(picture(first(page)))
    assert len(set(shown)) == 5
    assert page.locator("#map .slider").input_value() == "30" and page.locator("#map .bar").evaluate("bar => bar.inert")
    point_at_some(page)
    expect(page.locator(".card")).to_contain_text("Step 30 of 40: ")
    expect(page.locator(".card")).not_to_contain_text("After")
    show(page, "filmed")
    expect(page.get_by_text("After: unlearned")).to_be_visible()
    assert not page.locator("#map .bar").evaluate("bar => bar.inert")
    expect(page.get_by_role("button", name="After")).to_have_attribute("aria-pressed", "true")


def test_a_stopped_run_leaves_the_last_finished_map(opened: Opener, run: Any) -> None:
    begin, frames = run
    page = opened("plain", more=False)
    page.get_by_role("button", name="After").click()
    finished = picture(first(page))
    send(page, "map-begin", begin)
    send(page, "map-frame", frames[1])
    expect(page.get_by_text("Step 20 of 40")).to_be_visible()
    send(page, "map-stop")
    expect(page.get_by_text("After: unlearned")).to_be_visible()
    assert picture(first(page)) == finished
    send(page, "map-frame", frames[2])  # a late one
    drawn(page)
    assert picture(first(page)) == finished


def test_with_motion_frames_glide_and_the_result_settles(opened: Opener, run: Any) -> None:
    begin, frames = run
    page = opened("two models", more=False, reduced_motion="no-preference")
    send(page, "map-begin", begin)
    send(page, "map-frame", frames[0])
    page.wait_for_timeout(100)
    on_the_way = picture(first(page))
    expect(page.get_by_text("Step 10 of 40, forgetting")).to_be_visible()
    page.wait_for_timeout(1000)
    assert picture(first(page)) != on_the_way
    show(page, "filmed")
    expect(page.get_by_text("After: unlearned")).to_be_visible()
    page.wait_for_timeout(900)
    settled = picture(first(page))
    page.get_by_role("button", name="Before").click()
    page.wait_for_timeout(1500)
    page.get_by_role("button", name="After").click()
    page.wait_for_timeout(1500)
    assert picture(first(page)) == settled


@pytest.mark.parametrize(("cores", "many"), [(2, False), (16, True)])
def test_few_drawings_on_a_computer_with_few_cores(opened: Opener, run: Any, cores: int, many: bool) -> None:
    """The browser and the run may share the cores: then a glide of half a second is drawn a few times, not at 60 Hz."""
    begin, frames = run
    page = opened("two models", more=False, reduced_motion="no-preference")
    page.evaluate("cores => Object.defineProperty(navigator, 'hardwareConcurrency', { get: () => cores })", cores)
    send(page, "map-begin", begin)
    send(page, "map-frame", frames[0])
    page.wait_for_timeout(500)
    page.evaluate(
        """() => {
            window.drawings = 0;
            const clear = CanvasRenderingContext2D.prototype.clearRect;
            CanvasRenderingContext2D.prototype.clearRect = function (...all) {
                window.drawings += this.canvas.isConnected;
                return clear.apply(this, all);
            };
        }"""
    )
    send(page, "map-frame", frames[1])
    page.wait_for_function("document.querySelector('#map .play').getAttribute('aria-label') === 'Play'")
    expect(page.get_by_text("Step 20 of 40")).to_be_visible()
    drawings = page.evaluate("window.drawings")
    assert drawings > 10 if many else 2 <= drawings <= 6


# ---- playing on request ----------------------------------------------------------------------------------------------


def test_the_page_lets_it_play_once_it_is_in_sight(opened: Opener) -> None:
    page = opened(more=False, reduced_motion="no-preference")
    page.locator("#map").evaluate("map => { map.style.marginTop = '2000px'; }")
    send(page, "map-play")
    page.wait_for_timeout(400)
    expect(slider(page)).to_have_attribute("aria-valuetext", "Before: the original")
    first(page).scroll_into_view_if_needed()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(slider(page)).to_have_attribute("aria-valuetext", "After: unlearned")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


def test_with_reduced_motion_the_end_is_shown_at_once(opened: Opener) -> None:
    page = opened(more=False)
    send(page, "map-play")
    expect(slider(page)).to_have_attribute("aria-valuetext", "After: unlearned")
    expect(page.get_by_role("button", name="Play")).to_be_visible()


# ---- people on the page and on the map -------------------------------------------------------------------------------


def test_picked_people_are_ringed_and_one_pulses(opened: Opener) -> None:
    page = opened(more=False)
    bare = picture(first(page))
    send(page, "map-people", {"people": ["p05"], "pulse": "p05"})
    pulsing = picture(first(page))
    page.wait_for_timeout(1800)
    ringed = picture(first(page))
    assert len({bare, pulsing, ringed}) == 3
    send(page, "map-people", {"people": []})
    assert picture(first(page)) == bare
    send(page, "map-people", {"people": ["p99"], "pulse": "p99"})  # not on the map
    assert picture(first(page)) == bare


def test_the_person_pointed_at_is_named_to_the_page(opened: Opener) -> None:
    page = opened(more=False)
    said = page.evaluate_handle(
        """() => {
            const said = [];
            document.addEventListener('people-pointed', (event) => said.push(event.detail.people));
            return said;
        }"""
    )
    point_at_some(page)
    page.keyboard.press("Escape")
    points = report().points
    assert points is not None
    shown = said.json_value()
    assert len(shown) == 2 and shown[1] == [] and shown[0][0] in {person for person, _ in points.people}


# ---- weight and height -----------------------------------------------------------------------------------------------


def test_faces_are_loaded_when_a_photo_is_first_pointed_at(opened: Opener) -> None:
    FACES_ASKED.clear()
    page = opened(more=False)
    page.get_by_role("button", name="After").click()
    drawn(page)
    assert FACES_ASKED == []
    point_at_some(page)
    painted = "document.querySelector('.portrait').getContext('2d').getImageData(32, 32, 1, 1).data[3] === 255"
    page.wait_for_function(painted)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert len(FACES_ASKED) == 1 and set(json.loads(FACES_ASKED[0])) == {"key", "mark"}


def test_only_what_changed_is_painted(opened: Opener) -> None:
    """The photos are drawn again for a new moment; not when the pointer rests, nor out of sight."""
    page = opened(more=False)
    count = """() => {
        window.fills = 0;
        const fill = CanvasRenderingContext2D.prototype.fill;
        CanvasRenderingContext2D.prototype.fill = function (...all) {
            window.fills += 1;
            return fill.apply(this, all);
        };
    }"""
    point_at_some(page)  # the faces are loaded now, and are drawn once when they arrive
    drawn(page)
    page.wait_for_timeout(500)
    page.evaluate(count)
    drawn(page)
    assert page.evaluate("window.fills") == 0
    point_at_some(page)
    drawn(page)
    assert page.evaluate("window.fills") == 0
    page.get_by_role("button", name="After").click()
    drawn(page)
    assert page.evaluate("window.fills") >= 120
    page.locator("#map").evaluate("map => { map.style.marginTop = '4000px'; }")
    page.locator("#map .pair").evaluate(  # until the browser reports that it is out of sight
        """pair => new Promise((done) => {
            new IntersectionObserver((entries) => entries.at(-1).isIntersecting || done()).observe(pair);
        })"""
    )
    drawn(page)
    page.evaluate("window.fills = 0; document.querySelector('#map .before').click()")
    drawn(page)
    assert page.evaluate("window.fills") == 0
    first(page).scroll_into_view_if_needed()
    page.wait_for_function("window.fills >= 120")


def test_it_fills_the_height_of_its_column(opened: Opener) -> None:
    page = opened(more=False)
    page.add_style_tag(
        content="#column { display: flex; flex-direction: column; height: 700px } #map { --map-height: 300px }"
    )
    page.evaluate(
        """() => {
            const column = document.createElement('div');
            column.id = 'column';
            const map = document.querySelector('#map');
            map.before(column);
            column.append(map);
        }"""
    )
    box = first(page).bounding_box()
    assert box is not None and box["height"] > 540
    assert page.locator("#map").evaluate("map => map.offsetHeight") == 700
    page.get_by_text("More about this map").click()
    after = first(page).bounding_box()
    assert after is not None and after["height"] == pytest.approx(box["height"], abs=1)  # the page grows, the map stays
    page.get_by_text("More about this map").click()
    page.locator("#column").evaluate("column => { column.style.height = '400px'; }")
    drawn(page)
    low = first(page).bounding_box()
    assert low is not None and 250 < low["height"] < 300
