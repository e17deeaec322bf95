"""The three components on a page of their own, in a real Chromium. ``chromium`` is the browser of ``conftest.py``."""

from __future__ import annotations

import contextlib
import io
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import (
    CurvePoint,
    DataCard,
    DataCounts,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    MapPoints,
    PersonCard,
    Seconds,
    Sprite,
    TaskCard,
    Verdict,
)
from tests.browser.conftest import PATIENT, drawn, note_dialog, wait_until
from tests.fakes import make_view

pytestmark = pytest.mark.browser
HOSTILE = ("<img src=x onerror=alert(1)>", "${alert(1)}", "{{7*7}}")
NAMES = (*HOSTILE, *(f"Person {i:02d}" for i in range(3, 60)))
#: A run goes on after its middle once its progress has been looked at.
LOOKED_AT = threading.Event()
PEOPLE = tuple(
    PersonCard(f"p{i}", name, 20 + i % 3, i, {"age": ("7-12", "13-19", "0-6")[i % 3]}) for i, name in enumerate(NAMES)
)


def make_sheet(count: int, tile: int = 16, columns: int = 10) -> Sprite:
    rows = -(-count // columns)
    pixels = np.random.default_rng(0).integers(0, 255, (rows * tile, columns * tile, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "WEBP")
    return Sprite(buffer.getvalue(), columns, tile, count)


def make_report() -> ForgetReport:
    """Four photos at known places: the forgotten one crosses the map from the left end to the right."""
    before = np.array([[0, 5], [5, 5], [10, 10], [10, 0]], dtype=np.float32)
    after = np.array([[10, 5], [5, 5], [10, 10], [10, 0]], dtype=np.float32)
    label = np.array([0, 1, 0, 1])
    points = MapPoints(
        views={
            "original": make_view(before, np.array([0, 1, 0, 1]), label, 2),
            "unlearned": make_view(after, np.array([1, 1, 0, 1]), label, 2),
        },
        group=np.array([0, 1, 2, 3]),
        label=label,
        person=np.array([0, 1, 2, 3]),
        people=tuple((person.id, person.name) for person in PEOPLE[:4]),
        faces=make_sheet(4),
    )
    return ForgetReport(
        key="k",
        request=ForgetRequest(people=("p0",)),
        names=(NAMES[0],),
        classes=("happy", HOSTILE[1]),
        data=DataCounts({}, {}),
        scores={},
        verdict=Verdict("cannot_tell", ""),
        losses={},
        predictions=(),
        photos=None,
        curve=(),
        points=points,
        seconds=Seconds(),
        caveats=(),
        versions={},
    )


def similar(person: str) -> list[str]:
    if person == "p5":
        raise InvalidRequest("There are no weights for this.")
    return ["p57", "p58", "p59"]


def build() -> Any:
    """Each component, with buttons that set its value from Python and a box that shows what Python received."""
    import gradio as gr

    from dlfd_core.ui.components.assets import data_address
    from dlfd_core.ui.components.face_picker import FacePicker
    from dlfd_core.ui.components.feature_map import FeatureMap, map_value
    from dlfd_core.ui.components.live_curves import LiveCurves, curves_value

    card = DataCard("portraits", "Portraits", (TaskCard("t", "T", ("a",)),), PEOPLE, make_sheet(len(PEOPLE)))
    curve = [CurvePoint(10 * i, 0.9 - i / 50, 0.95, 0.8, 0.3 - i / 50, 0.6, "forgetting") for i in range(13)]

    def map_faces(_: object) -> dict[str, str]:
        return {"address": data_address(make_sheet(4))}

    def run() -> Iterator[dict[str, Any]]:
        for i, point in enumerate(curve):
            progress = ForgetProgress("unlearn", point.step, 120, "Forgetting with DLFD", (12 - i) * 0.1)
            yield curves_value(curve[: i + 1], progress, band=0.08)
            if i == 6:
                LOOKED_AT.wait(20)
        yield curves_value(curve, None, band=0.08, message="Finished.")

    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    with gr.Blocks() as page:
        picker = FacePicker(card, similar=similar)
        received = gr.Textbox(label="received")
        gr.Button("pick two").click(lambda: ["p3", "p4"], None, picker, **quiet)
        picker.input(lambda people: " ".join(people) or "none", picker, received, trigger_mode="always_last", **quiet)
        curves = LiveCurves()
        gr.Button("run").click(run, None, curves, **quiet)
        drawing = FeatureMap(faces=map_faces)
        gr.Button("map").click(lambda: map_value(make_report()), None, drawing, **quiet)
        gr.Button("no map").click(dict, None, drawing, **quiet)
    return page


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with contextlib.closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    page = build()
    css = ":root { --set-forget: #d1495b } .dark { --set-forget: #ff7a8a }"
    page.launch(server_name="127.0.0.1", server_port=port, prevent_thread_lock=True, quiet=True, css=css,
                ssr_mode=False, run_history=False, footer_links=[])  # fmt: skip
    yield f"http://127.0.0.1:{port}/"
    page.close()


@pytest.fixture
def page(chromium: Any, site: str) -> Iterator[Any]:
    yield from opened(chromium, site, {"width": 1280, "height": 900})


@pytest.fixture
def phone(chromium: Any, site: str) -> Iterator[Any]:
    yield from opened(chromium, site + "?__theme=dark", {"width": 390, "height": 844}, has_touch=True)


def opened(chromium: Any, url: str, viewport: dict[str, int], **settings: Any) -> Iterator[Any]:
    """A tab; at its end nothing may have been complained about, run from a name, or fetched from elsewhere."""
    context = chromium.new_context(viewport=viewport, reduced_motion="reduce", **settings)
    context.set_default_timeout(PATIENT)
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("dialog", lambda dialog: note_dialog(complaints, dialog))
    tab.on("request", lambda sent: None if local(sent.url) else complaints.append(sent.url))
    tab.goto(url)
    tab.get_by_role("listbox").wait_for()
    yield tab
    context.close()
    assert complaints == []


def local(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:", "blob:http://127.0.0.1:"))


def person(page: Any, name: str) -> Any:
    return page.get_by_role("listbox").get_by_role("option", name=name, exact=True)


def picked(page: Any) -> list[str]:
    return (
        page.get_by_role("listbox")
        .locator("[aria-selected=true]")
        .evaluate_all("all => all.map(one => one.dataset.person)")
    )


def expect_received(page: Any, text: str) -> None:
    from playwright.sync_api import expect

    expect(page.get_by_label("received")).to_have_value(text)


# ---- face picker -----------------------------------------------------------------------------------------------------


def test_quick_clicks_all_reach_python(page: Any) -> None:
    for i in (3, 4, 5, 6, 7, 8):
        person(page, f"Person {i:02d}").click()
    assert page.get_by_text("6 people · 126 photos").is_visible()
    expect_received(page, "p3 p4 p5 p6 p7 p8")
    person(page, "Person 05").click()
    expect_received(page, "p3 p4 p6 p7 p8")


def test_keyboard_alone_picks(page: Any) -> None:
    person(page, "Person 03").focus()
    for key in ("End", "ArrowLeft", " ", "Home", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    columns = page.locator(".grid").evaluate("grid => getComputedStyle(grid).gridTemplateColumns.split(' ').length")
    assert picked(page) == [f"p{columns}", "p58"]
    assert page.get_by_role("listbox").locator("[tabindex='0']").count() == 1
    page.keyboard.press("Escape")
    assert picked(page) == []
    page.get_by_role("button", name="Undo").click()
    expect_received(page, f"p58 p{columns}")


def test_search_filter_and_picked_only(page: Any) -> None:
    person(page, "Person 12").click()
    page.get_by_text("Search and filter").click()
    page.get_by_label("Filter by age").select_option("7-12")
    assert page.get_by_role("listbox").get_by_role("option").count() == 20
    page.get_by_role("searchbox").fill("ON 1")
    assert page.get_by_role("listbox").get_by_role("option").count() == 3
    page.get_by_role("checkbox", name="Show picked only").check()
    assert page.get_by_role("listbox").get_by_role("option").all_text_contents() == ["Person 12"]
    page.get_by_role("searchbox").fill("nobody")
    assert page.get_by_text("Nobody matches this search.").is_visible()
    assert picked(page) == ["p12"]  # what is out of sight stays picked


def test_the_first_random_pick_is_everybodys(page: Any, chromium: Any, site: str) -> None:
    page.get_by_role("button", name="20 at random").click()
    first = picked(page)
    page.get_by_role("button", name="20 at random").click()
    assert len(first) == len(set(first)) == 20 and picked(page) != first
    (other,) = opened_once(chromium, site)
    assert other == first


def opened_once(chromium: Any, site: str) -> Iterator[list[str]]:
    for tab in opened(chromium, site, {"width": 1280, "height": 900}):
        tab.get_by_role("button", name="20 at random").click()
        yield picked(tab)


def test_look_alikes_come_from_python(page: Any) -> None:
    button = page.get_by_role("button", name="Look-alikes")
    assert button.is_disabled()
    person(page, "Person 04").click()
    button.click()
    expect_received(page, "p4 p57 p58 p59")
    person(page, "Person 05").click()
    page.get_by_role("button", name="Look-alikes of Person 05").click()
    page.get_by_role("alert").filter(has_text="There are no weights for this.").wait_for()
    assert picked(page) == ["p4", "p5", "p57", "p58", "p59"]


def test_a_pick_from_python_is_painted(page: Any) -> None:
    page.get_by_role("button", name="pick two").click()
    page.get_by_text("2 people · 41 photos").wait_for()
    assert picked(page) == ["p3", "p4"]


def test_hostile_names_are_text(page: Any) -> None:
    for name in HOSTILE:
        person(page, name).click()
    assert picked(page) == ["p0", "p1", "p2"]
    assert page.get_by_role("button", name="Look-alikes of {{7*7}}").is_visible()


# ---- live curves -----------------------------------------------------------------------------------------------------


def test_a_run_is_drawn_and_told(page: Any) -> None:
    assert page.get_by_text("Nothing is running.").is_visible()
    page.get_by_role("button", name="run", exact=True).click()
    page.get_by_role("progressbar").wait_for()
    LOOKED_AT.set()
    page.get_by_text("Finished.", exact=True).first.wait_for()
    assert not page.get_by_role("progressbar").is_visible()
    chart = page.get_by_role("img", name=re.compile("Accuracy after 120 steps: forgotten people 66 %"))
    assert inked(chart)
    assert inked(page.get_by_role("img", name=re.compile("Forgetting score after 120 steps: 0.06")))
    page.get_by_text("The curves as a table").click()
    rows = page.get_by_role("region", name="The curves as a table").get_by_role("row")
    rows.nth(13).wait_for()
    assert rows.count() == 14


def inked(canvas: Any) -> bool:
    """Something has been drawn."""
    return canvas.evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(value => value !== 0)"
    )


# ---- feature map -----------------------------------------------------------------------------------------------------


@pytest.fixture
def mapped(page: Any) -> Any:
    page.get_by_role("button", name="map", exact=True).click()
    page.get_by_role("application").wait_for()
    return page


def colour_at(page: Any, x: float, y: float) -> list[int]:
    """Colour of the map at a share of its width and height."""
    return page.get_by_role("application").evaluate(
        "(c, [x, y]) => [...c.getContext('2d').getImageData(x * c.width, y * c.height, 1, 1).data].slice(0, 3)", [x, y]
    )


def places_of_forgotten(page: Any) -> list[float] | None:
    """Mean place of the forgotten colour on the map, from its pixels; None where the colour is not drawn."""
    places: list[float] | None = page.get_by_role("application").evaluate(
        """c => {
          const { data } = c.getContext('2d').getImageData(0, 0, c.width, c.height);
          let [n, x, y] = [0, 0, 0];
          for (let i = 0; i < data.length; i += 4) {
            if (data[i] !== 0xd1 || data[i + 1] !== 0x49 || data[i + 2] !== 0x5b || data[i + 3] !== 255) continue;
            n += 1; x += (i / 4) % c.width; y += Math.floor(i / 4 / c.width);
          }
          return n ? [x / n / c.width, y / n / c.height] : null;
        }"""
    )
    return places


def forgotten_at(page: Any) -> tuple[float, float]:
    """Shares of width and height at which the forgotten photos are drawn."""
    places = places_of_forgotten(page)
    assert places is not None, "no forgotten photo is drawn"
    return places[0], places[1]


def test_before_after_and_back_to_empty(mapped: Any) -> None:
    left, _ = forgotten_at(mapped)
    mapped.get_by_role("button", name="After").click()
    right, _ = forgotten_at(mapped)
    assert left < 0.3 and right > 0.7
    assert mapped.get_by_role("button", name="After").get_attribute("aria-pressed") == "true"
    mapped.get_by_role("slider", name="From before to after").fill("50")
    drawn(mapped)
    assert 0.4 < forgotten_at(mapped)[0] < 0.6
    mapped.get_by_role("button", name="Play").click()
    assert forgotten_at(mapped)[0] == pytest.approx(right, abs=0.01)
    mapped.get_by_role("button", name="no map").click()
    mapped.get_by_text("The map will appear here right after the scores.").wait_for()


def test_pointing_shows_the_photo(mapped: Any) -> None:
    x, y = forgotten_at(mapped)
    box = mapped.get_by_role("application").bounding_box()
    mapped.get_by_role("application").hover(position={"x": x * box["width"], "y": y * box["height"]})
    card = mapped.locator(".card")
    card.wait_for()
    said = card.inner_text()
    assert HOSTILE[0] in said and "Forgotten" in said and "Before: happy ✓" in said
    assert f"After: {HOSTILE[1]} ✗" in said
    assert inked(card.locator("canvas"))
    mapped.mouse.move(5, 5)
    card.wait_for(state="hidden")


def test_arrows_go_to_the_next_photo(mapped: Any) -> None:
    mapped.get_by_role("application").focus()
    mapped.keyboard.press("ArrowRight")  # enters at the middle
    status = mapped.get_by_role("status").filter(has_text="True class")
    assert HOSTILE[1] in status.inner_text() and "Kept" in status.inner_text()
    mapped.keyboard.press("ArrowLeft")
    assert "Forgotten" in status.inner_text()
    mapped.keyboard.press("Escape")
    mapped.locator(".card").wait_for(state="hidden")


def test_legend_switches_sets_and_colours(mapped: Any) -> None:
    mapped.get_by_role("button", name="Forgotten 1").click()
    drawn(mapped)
    assert places_of_forgotten(mapped) is None
    mapped.get_by_role("button", name="Forgotten 1").click()
    mapped.get_by_text("More about this map").click()
    mapped.get_by_label("Colour").select_option("predicted")
    assert mapped.locator(".colours").inner_text().split("\n") == ["happy", HOSTILE[1]]
    mapped.get_by_label("Colour").select_option("person")
    assert HOSTILE[0] in mapped.locator(".colours").inner_text()
    row = mapped.get_by_role("row", name=re.compile("Forgotten"))
    assert row.get_by_role("cell").all_text_contents() == ["1", "1", "70.7 %", "1 (100 %)"]


def test_the_map_follows_the_theme(mapped: Any) -> None:
    forgotten_at(mapped)
    mapped.evaluate("document.body.classList.add('dark')")
    wait_until(lambda: places_of_forgotten(mapped) is None)  # drawn in the light colour no more


# ---- small screens ---------------------------------------------------------------------------------------------------


def test_a_phone_shows_everything_without_scrolling_sideways(phone: Any) -> None:
    LOOKED_AT.set()
    person(phone, "Person 03").tap()
    phone.get_by_role("button", name="run", exact=True).tap()
    phone.get_by_text("Finished.", exact=True).first.wait_for()
    phone.get_by_role("button", name="map", exact=True).tap()
    drawing = phone.get_by_role("application")
    drawing.wait_for()
    assert drawing.bounding_box()["height"] == pytest.approx(354, abs=4)
    drawing.tap()  # the kept photo stands in the middle
    phone.get_by_role("heading", name=NAMES[1]).wait_for()
    for summary in ("The curves as a table", "More about this map"):
        phone.get_by_text(summary).tap()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
