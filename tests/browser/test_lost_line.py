"""The line is cut for 20 seconds: in the middle of a run, in the middle of teaching, and after both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from dlfd_core.ui.launch import launch_page
from tests.browser.conftest import Served, Visitor, free_port, wait_until
from tests.browser.lost_line import Line
from tests.browser.parts import finished, forget, open_tab
from tests.browser.test_own_faces import give, opened, photo
from tests.browser.test_page import people, pick
from tests.browser.test_race import choose, start
from tests.fakes import FakeService

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def far_page() -> Iterator[tuple[Line, Served]]:
    """The page at the end of a line that can be cut."""
    service = FakeService(pause=0.03, steps=12)
    page, url = launch_page(service, host="127.0.0.1", port=free_port(), quiet=True)
    line = Line(url)
    yield line, Served(service, url)
    line.close()
    page.close()


def teach(page: Page, name: str) -> None:
    """Teach the classifier one person of one's own; returns at the click."""
    opened(page)
    give(page, *(photo(f"{name} {i}.jpg", i) for i in range(2)))
    expect(page.get_by_text("Found 2 faces of 1 person")).to_be_visible()
    page.get_by_label("These people agreed").check()
    page.get_by_role("button", name="Teach the classifier these people").click()


def test_a_lost_line_is_no_end(far_page: tuple[Line, Served], visit: Visitor) -> None:
    line, served = far_page
    service = served.service
    earlier = set(service.own.sessions.by_key)  # of a first try of this test
    after = visit(line.url).page
    teach(after, "Cleo")
    expect(after.locator("#own-photos .end")).to_contain_text("now knows 1 person of yours")
    (taught,) = set(service.own.sessions.by_key) - earlier
    pupil, runner = visit(line.url).page, visit(line.url).page
    service.own.held = True
    teach(pupil, "Dora")
    expect(pupil.locator("#own-photos .doing")).to_contain_text("Teaching the classifier")
    pick(runner, 0, 1, 2)
    before, cancelled = len(service.requests), service.cancelled
    with service.holding("unlearn 6"):
        forget(runner)
        expect(runner.locator("#progress")).to_contain_text("5 of 12")
        with line.cut():
            expect(runner.locator("#headline .lost")).to_contain_text("The connection to the server is lost")
            expect(runner.locator("#status")).to_be_hidden()
            expect(runner.get_by_test_id("toast-body")).to_contain_text("This page tries again")
            runner.wait_for_timeout(8_000)
            service.hold("unlearn 10")  # the run goes on meanwhile
            runner.wait_for_timeout(10_000)
        expect(runner.locator("#progress")).to_contain_text("9 of 12")
        expect(runner.locator("#map figcaption").first).to_contain_text("Step 9 of 12")
        expect(people(runner).nth(2)).to_have_attribute("aria-selected", "true")  # the form comes back as well
        expect(runner.get_by_role("button", name="Cancel")).to_be_enabled()
    finished(runner)
    expect(runner.locator("#verdict .tag")).to_have_text("Your run")
    assert len(service.requests) == before + 1 and service.cancelled == cancelled

    open_tab(pupil, "Your photos")
    expect(pupil.locator("#own-photos .doing")).to_contain_text("Teaching the classifier")
    service.own.held = False
    expect(pupil.locator("#own-photos .end")).to_contain_text("now knows 1 person of yours")

    sessions = service.own.sessions.by_key
    wait_until(lambda: sessions[taught].left is not None, 60)  # the server has noticed
    after.evaluate("window.dispatchEvent(new Event('online'))")  # the browser knows of no line to this machine
    for _ in range(100):  # not by ``wait_until``: the driver must pass on the page's question meanwhile
        after.wait_for_timeout(200)
        if sessions[taught].left is None:
            break
    assert sessions[taught].left is None
    open_tab(after, "Demo")
    forget(after)
    finished(after)
    assert service.requests[-1].data.startswith("own-")


def test_a_reload_in_the_middle_of_a_run_shows_it_again_and_cancel_still_stops_it(
    far_page: tuple[Line, Served], visit: Visitor
) -> None:
    _, served = far_page
    page = visit(served.url).page
    pick(page, 3, 4)
    before = served.service.cancelled
    with served.service.holding("unlearn 8"):
        forget(page)
        expect(page.locator("#progress")).to_contain_text("7 of 12")
        page.reload()
        expect(page.locator("#progress")).to_contain_text("7 of 12")
        page.get_by_role("button", name="Cancel").click()
        expect(page.locator("#status")).to_contain_text("Cancelled")
        wait_until(lambda: served.service.cancelled == before + 1)
    page.wait_for_function("!new URL(location.href).searchParams.has('run')")
    page.reload()
    expect(page.locator("#verdict .tag")).to_have_text("Example")
    expect(page.locator("#status")).to_contain_text("was made to forget 3 of the people")


def test_a_page_without_a_job_waits_for_nothing(far_page: tuple[Line, Served], visit: Visitor) -> None:
    _, served = far_page
    seen = visit(served.url)
    page, asked = seen.page, []
    page.on("request", lambda request: asked.append(request.url) if "/queue/" in request.url else None)
    page.reload()
    page.wait_for_function("'ready' in document.documentElement.dataset")
    page.wait_for_timeout(1500)
    assert asked == []
    pick(page, 3)
    forget(page)
    finished(page)
    page.wait_for_timeout(500)
    assert sum("/queue/join" in address for address in asked) == 1
    page.reload()  # gradio calls it an error where the page still waits for something
    expect(page.locator("#verdict .tag")).to_have_text("Your run")
    assert seen.complaints == []


def test_a_race_a_sequence_and_a_relearn_test_go_on_over_a_reload(
    far_page: tuple[Line, Served], visit: Visitor
) -> None:
    _, served = far_page
    page = visit(served.url).page
    before = served.service.cancelled
    open_tab(page, "Evidence")
    page.get_by_role("button", name="Requests that come one after another").click()
    for pair in ((0, 1), (2, 3)):
        open_tab(page, "Demo")
        pick(page, *pair)
        open_tab(page, "Evidence")
        page.get_by_role("button", name="Add the picked people").click()
    expect(page.locator("#sequence-queue li")).to_have_count(2)
    with served.service.holding("unlearn 6"):
        page.get_by_role("button", name="Forget one after another").click()
        page.get_by_role("button", name="Try to bring it back").click()
        open_tab(page, "Compare")
        choose(page, "DLFD", "NegGrad")
        start(page)
        expect(page.locator("#lanes .lane").first).to_contain_text("forgetting")
        page.reload()
        open_tab(page, "Compare")
        expect(page.locator("#lanes .lane")).to_have_count(2)
        expect(page.get_by_role("button", name="Start the race")).to_be_disabled()
        open_tab(page, "Evidence")
        expect(page.locator("#sequence-queue li")).to_have_count(2)
    expect(page.locator("#relearn-status")).to_contain_text("Finished")
    expect(page.locator("#sequence-status")).to_contain_text("Finished: 2 requests")
    open_tab(page, "Compare")
    expect(page.locator("#race-status")).to_contain_text("Finished")
    expect(page.locator("#pair")).to_be_visible()
    assert served.service.cancelled == before


def test_the_address_of_a_run_shows_it_to_others_while_it_goes_on(
    far_page: tuple[Line, Served], visit: Visitor
) -> None:
    _, served = far_page
    page = visit(served.url).page
    pick(page, 4, 5, 6)  # not the seventh: its run fails
    before = len(served.service.requests)
    with served.service.holding("unlearn 6"):
        forget(page)
        expect(page.locator("#progress")).to_contain_text("5 of 12")
        expect(page.get_by_role("button", name="Copy link to this run")).to_be_visible()
        other = visit(page.url).page
        expect(other.locator("#progress")).to_contain_text("5 of 12")
        expect(people(other).nth(6)).to_have_attribute("aria-selected", "true")
        left = visit(page.url).page
        expect(left.locator("#progress")).to_contain_text("5 of 12")
        left.get_by_role("button", name="Cancel").click()
        expect(left.locator("#status")).to_contain_text("no longer watch")
    for each in (page, other):
        finished(each)
        expect(each.locator("#verdict .tag")).to_have_text("Your run")
        expect(each.get_by_role("button", name="Copy link to this run")).to_be_hidden()
        assert "run=" in each.url and "watch=" not in each.url
    assert len(served.service.requests) == before + 1
