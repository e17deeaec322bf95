"""The photos being synthesised and the look inside DLFD, in a real Chromium on the page of the fake service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect
from typing_extensions import override

from dlfd_core.types import DEFAULT_PRESET, Catalog, ForgetReport, ForgetRequest, Knob, KnobValue
from dlfd_core.ui.launch import launch_page
from tests.browser import accessibility as a11y
from tests.browser.conftest import Served, Visitor, free_port
from tests.browser.parts import adjust, finished, forget, open_tab, open_view
from tests.browser.test_page import pick
from tests.fakes import HOSTILE, METHODS, FakeService, make_look

pytestmark = pytest.mark.browser
WEIGHT = Knob(
    "lambda_f", "Weight of distance", "float", 3.0, "Pushes.", "λ_f", low=0, high=50, step=0.5, advanced=False
)
LAYER = Knob("layer", "Distance between", "choice", "features", "Which.", choices=("features", "logits"))
MODES = ("paper", "released", "noise")


class Ablatable(FakeService):
    """DLFD has more settings here; the example's classes have names that would run wherever they are taken for code."""

    def __init__(self) -> None:
        super().__init__(pause=0.05, steps=12)
        dlfd = METHODS[0]
        knobs = tuple(replace(knob, choices=MODES) if knob.name == "mode" else knob for knob in dlfd.knobs)
        self._catalog = replace(
            self._catalog, methods=(replace(dlfd, knobs=(*knobs, WEIGHT, LAYER)), *self._catalog.methods[1:])
        )

    @override
    def catalog(self) -> Catalog:
        return self._catalog

    @override
    def preset(
        self, method: str, data: str, task: str, backbone: str, name: str = DEFAULT_PRESET
    ) -> dict[str, KnobValue]:
        more: dict[str, KnobValue] = {"lambda_f": 3.0, "layer": "features"} if method == "dlfd" else {}
        return super().preset(method, data, task, backbone, name) | more

    @override
    def _check(self, request: ForgetRequest) -> None:
        super()._check(replace(request, knobs=()))  # it knows only its own

    @override
    def example(self) -> ForgetReport:
        report = super().example()
        return replace(report, classes=HOSTILE[:3], looks=(*report.looks, make_look(30, n=4, m=5)))


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    service = Ablatable()
    page, url = launch_page(service, host="127.0.0.1", port=free_port(), quiet=True)
    yield Served(service, url)
    page.close()


def strip(page: Page) -> Locator:
    return page.locator("#synthesis")


def inside(page: Page) -> Locator:
    return page.locator("#xray")


def opened(page: Page) -> Locator:
    """The look inside, unfolded, with its map."""
    if not inside(page).is_visible():
        open_tab(page, "Evidence")
    inside(page).get_by_role("heading", name="Look inside DLFD").click()
    expect(plan(page).get_by_role("gridcell").first).to_be_visible()
    return inside(page)


def plan(page: Page) -> Locator:
    return inside(page).get_by_role("grid")


def at(page: Page) -> Locator:
    return inside(page).locator(".at")


def questions(page: Page) -> list[Request]:
    """Fills with what the look inside asks the server from now on."""
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if is_question(request) else None)
    return asked


def is_question(request: Request) -> bool:
    return "component_server" in request.url and '"fn_name":"look"' in (request.post_data or "").replace(" ", "")


# ---- the strip and the curves ----------------------------------------------------------------------------------------


def test_the_example_shows_its_last_look(served: Served, visit: Visitor) -> None:
    seen = visit(served.url)
    open_view(seen.page, "The run")
    expect(strip(seen.page)).to_contain_text("at step 30 of 40, weight of the task λ_r = 0.75")
    for name in ("Kept photos", "Their change, ten times larger", "The synthesised photos"):
        row = strip(seen.page).get_by_role(
            "img", name=f"{name}: {HOSTILE[0]}; {HOSTILE[1]}; {HOSTILE[2]}; {HOSTILE[0]}"
        )
        expect(row).to_be_visible()
        assert "data:image/webp" in row.locator(".tile").first.evaluate(
            "tile => getComputedStyle(tile).backgroundImage"
        )
    assert seen.complaints == [] and seen.foreign == []


def test_the_strip_follows_a_run_without_a_jump(served: Served, visit: Visitor) -> None:
    seen = visit(served.url)
    page = seen.page
    open_view(page, "The run")
    pick(page, 0, 1)
    with served.service.holding("unlearn 1"):
        forget(page)
        expect(strip(page)).to_contain_text("none yet in this run")
        empty = strip(page).bounding_box()
        for step in (1, 4, 7):
            served.service.hold(f"unlearn {step + 1}")
            expect(strip(page)).to_contain_text(f"at step {step} of 12")
        expect(strip(page).get_by_role("img", name="Kept photos: calm; happy; sad")).to_be_visible()
        filled = strip(page).bounding_box()
    assert empty and filled and abs(empty["height"] - filled["height"]) < 60  # four columns became six smaller ones
    finished(page)
    expect(strip(page)).to_contain_text("at step 14 of 40")  # the report's last look stays
    assert seen.complaints == []


def test_after_a_cancel_the_last_look_stays(served: Served, visit: Visitor) -> None:
    page = visit(served.url).page
    pick(page, 2)
    with served.service.holding("unlearn 5"):
        forget(page)
        open_view(page, "The run")
        expect(strip(page)).to_contain_text("at step 4 of 12")
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("#status")).to_contain_text("Cancelled")
    expect(strip(page)).to_contain_text(re.compile(r"at step \d+ of 12"))


def test_methods_without_synthesis_hide_the_strip(served: Served, visit: Visitor) -> None:
    page = visit(served.url).page
    adjust(page)
    page.get_by_role("radio", name="NegGrad", exact=True).check()
    page.keyboard.press("Escape")
    open_view(page, "The run")
    pick(page, 3)
    forget(page)
    expect(strip(page).get_by_text("Photos being synthesised")).to_be_hidden()
    finished(page)
    open_tab(page, "Evidence")
    expect(inside(page)).to_contain_text("The run shown here changed no photos. Run DLFD to look inside.")
    inside(page).get_by_role("heading", name="Look inside DLFD").click()
    expect(plan(page)).to_be_hidden()
    expect(inside(page).get_by_role("heading", name="Leave out a part")).to_be_visible()


def test_the_synthesis_has_curves_of_its_own(served: Served, visit: Visitor) -> None:
    page = visit(served.url).page
    open_view(page, "The run")
    curves = page.locator("#curves")
    expect(curves.get_by_role("img", name="Transport cost after 36 steps: 0.38.")).to_be_visible()
    expect(curves.get_by_role("img", name="Weight of the task after 36 steps: 0.90.")).to_be_visible()
    curves.get_by_text("The curves as a table").click()
    heads = curves.get_by_role("columnheader").all_text_contents()
    assert heads[-2:] == ["transport cost", "weight of the task"]


# ---- the look inside -------------------------------------------------------------------------------------------------


def test_a_look_is_asked_for_when_it_is_wanted(served: Served, visit: Visitor) -> None:
    """None with the page, one on opening, one per new step, none twice."""
    seen = visit(served.url)
    asked = questions(seen.page)
    open_tab(seen.page, "Evidence")
    expect(inside(seen.page).get_by_text("At some steps of the run")).to_be_hidden()
    opened(seen.page)
    expect(at(seen.page)).to_have_text("Step 30 of 40, weight of the task λ_r = 0.75")
    assert len(asked) == 1
    inside(seen.page).get_by_role("button", name="Earlier step").click()
    expect(at(seen.page)).to_have_text("Step 14 of 40, weight of the task λ_r = 0.35")
    inside(seen.page).get_by_role("button", name="Later step").click()
    expect(at(seen.page)).to_have_text("Step 30 of 40, weight of the task λ_r = 0.75")
    expect(inside(seen.page).get_by_role("button", name="Later step")).to_be_disabled()
    assert len(asked) == 2 and seen.complaints == [] and seen.foreign == []


def test_the_steps_are_walked_by_keyboard(served: Served, visit: Visitor) -> None:
    page = visit(served.url).page
    slider = opened(page).get_by_role("slider", name="Step shown")
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "step 0 of 40")
    expect(at(page)).to_have_text("Step 0 of 40, weight of the task λ_r = 0.00")
    expect(plan(page).get_by_role("gridcell")).to_have_count(48)
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_attribute("aria-valuetext", "step 7 of 40")
    page.keyboard.press("End")
    expect(plan(page).get_by_role("gridcell")).to_have_count(20)


def test_the_map_is_read_by_keyboard_and_by_pointing(served: Served, visit: Visitor) -> None:
    page = visit(served.url).page
    words = opened(page).locator(".cell-words")
    look = make_look(30, n=4, m=5)
    cells = plan(page).get_by_role("gridcell")
    assert cells.evaluate_all("cells => cells.filter((cell) => cell.tabIndex === 0).length") == 1
    page.mouse.move(1, 1)  # a pointer that rests on the map points at a cell as well
    cells.first.focus()
    for key, (row, column) in (("ArrowRight", (0, 1)), ("ArrowDown", (1, 1)), ("End", (1, 4)), ("ArrowUp", (0, 4))):
        page.keyboard.press(key)
        focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert f"synthesised photo {row + 1} " in focused and f"to forgotten photo {column + 1} " in focused
        assert f"{round(look.plan[row, column], 3):.2f} times what a plan without preference moves" in focused
        expect(words).to_contain_text(f"cost {round(look.cost[row, column], 3):.2f}")
    cells.nth(7).hover()
    expect(words).to_contain_text(f"Synthesised photo 2 ({HOSTILE[1]}) → forgotten photo 3 ({HOSTILE[2]})")


def test_plan_or_cost_and_both_in_a_table(served: Served, visit: Visitor) -> None:
    page = visit(served.url).page
    part = opened(page)
    expect(part).to_contain_text("1: no preference")
    part.get_by_role("button", name="Cost").click()
    expect(page.get_by_role("grid", name="Transport cost")).to_be_visible()
    expect(part.get_by_role("button", name="Cost")).to_have_attribute("aria-pressed", "true")
    look = make_look(30, n=4, m=5)
    expect(part.locator(".ends")).to_have_text(
        f"near: {round(look.cost.min(), 3):.2f}far: {round(look.cost.max(), 3):.2f}"
    )
    part.get_by_text("The same as a table").click()
    table = part.get_by_role("region", name="Plan and cost in numbers")
    expect(table.get_by_role("row")).to_have_count(21)
    expect(table.get_by_role("row").nth(1)).to_contain_text(
        f"{round(look.plan[0, 0], 3):.2f}{round(look.cost[0, 0], 3):.2f}"
    )


def test_what_pulls_and_what_each_objective_makes(served: Served, visit: Visitor) -> None:
    page = visit(served.url).page
    part = opened(page)
    expect(part).to_contain_text(
        "91 % of the pixels follow the transport term: move away from the forgotten people (50 % by chance)."
    )
    expect(part).to_contain_text("The pull of the transport term is exactly zero: it moves no pixel.")
    expect(part).to_contain_text("and its pull is exactly zero")
    rows = part.get_by_role("table", name="Mean pull at a pixel").get_by_role("row")
    expect(rows).to_have_count(6)
    cells = rows.nth(2).get_by_role("cell").all_text_contents()
    assert len(cells) == 4 and cells[2] == "0" and float(cells[0]) > 0
    for name in ("Kept photos", "Result of the paper’s objective", "Result of the public code’s objective"):
        expect(part.get_by_role("img", name=name)).to_be_visible()
    expect(part.locator(".costs")).to_contain_text(re.compile(r"as they were\s*0.320.*paper\s*0.610.*code\s*0.310"))


def test_the_look_follows_the_theme(served: Served, visit: Visitor) -> None:
    page = visit(served.url).page
    opened(page)
    colour = "cell => getComputedStyle(cell).backgroundColor"
    cell = plan(page).get_by_role("gridcell").first
    light = cell.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("([cell, light]) => getComputedStyle(cell).backgroundColor !== light",
                           arg=[plan(page).get_by_role("gridcell").first.element_handle(), light])  # fmt: skip


def test_a_look_that_cannot_be_fetched_is_asked_for_again(served: Served, visit: Visitor) -> None:
    page = visit(served.url).page
    lost: list[str] = []

    def lose(route: Route) -> None:
        if is_question(route.request) and not lost:
            lost.append(route.request.url)
            route.abort()
        else:
            route.continue_()

    page.route("**/component_server**", lose)
    open_tab(page, "Evidence")
    inside(page).get_by_role("heading", name="Look inside DLFD").click()
    expect(inside(page).get_by_role("status")).to_have_text("The step could not be loaded just now.")
    expect(plan(page)).to_be_hidden()
    inside(page).get_by_role("button", name="Try again").click()
    expect(plan(page).get_by_role("gridcell").first).to_be_visible()
    expect(inside(page).get_by_role("button", name="Try again")).to_be_hidden()


def test_a_finished_run_is_looked_into(served: Served, visit: Visitor) -> None:
    """Open during the run, it waits for the end and then shows the run's own looks."""
    page = visit(served.url).page
    opened(page)  # the example's
    open_tab(page, "Demo")
    pick(page, 5, 6)
    with served.service.holding("control 3"):
        forget(page)
        expect(page.locator("#status")).to_contain_text("The control still runs")
        open_tab(page, "Evidence")
        expect(inside(page).get_by_role("status")).to_have_text(
            "The run is almost finished; you can open its steps in a moment."
        )
    finished(page)
    expect(at(page)).to_have_text("Step 14 of 40, weight of the task λ_r = 0.35")
    expect(plan(page).get_by_role("gridcell")).to_have_count(48)
    expect(inside(page)).to_contain_text("calm")


# ---- ablations -------------------------------------------------------------------------------------------------------


def test_a_switch_sets_the_form_and_brings_the_visitor_there(served: Served, visit: Visitor) -> None:
    seen = visit(served.url)
    page = seen.page
    adjust(page)
    page.get_by_role("radio", name="NegGrad", exact=True).check()
    page.keyboard.press("Escape")
    part = opened(page)
    button = part.get_by_role("button", name="Fill in the form like this")
    expect(button).to_be_disabled()
    part.get_by_role("switch", name="As released").check()
    part.get_by_role("switch", name="Random noise").check()  # of the same setting
    expect(part.get_by_role("switch", name="As released")).not_to_be_checked()
    part.get_by_role("switch", name="As released").focus()
    page.keyboard.press("Space")
    expect(part.get_by_role("switch", name="Random noise")).not_to_be_checked()
    part.get_by_role("switch", name="No transport").check()
    expect(part.locator(".chosen")).to_have_text("λ_f = 0, Mode = released")
    button.click()
    expect(page.locator("#run")).to_be_focused()
    expect(page.locator("#run")).to_be_in_viewport()
    expect(page.get_by_role("heading", name="Adjust the run")).to_be_visible()
    expect(page.get_by_test_id("toast-body")).to_contain_text(
        "DLFD is set to its preset with: no transport and as released"
    )
    expect(page.get_by_role("radio", name="DLFD", exact=True)).to_be_checked()
    expect(page.get_by_label("Mode", exact=True)).to_have_value("released")
    pick(page, 7 - 3)
    forget(page)
    finished(page)
    assert dict(served.service.requests[-1].knobs) == {"lambda_f": 0.0, "mode": "released"}
    assert seen.complaints == []


# ---- everybody, everywhere -------------------------------------------------------------------------------------------


def test_it_is_clean_at_every_size_and_in_both_themes(served: Served, visit: Visitor) -> None:
    seen = visit(served.url)
    page = seen.page
    opened(page)
    inside(page).get_by_text("The same as a table").click()
    inside(page).get_by_role("switch", name="Logits").check()
    for look in a11y.looks(page):
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), look
        assert a11y.violations(page, "#xray") == [], look
    assert seen.complaints == [] and seen.foreign == []
