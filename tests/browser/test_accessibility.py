"""Nobody is left out: contrast, names, order and sizes by axe-core; tables beside charts; keyboard; still motion."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from dlfd_core.ui.launch import launch_page
from tests.browser import accessibility as a11y
from tests.browser.conftest import Served, Visit, Visitor, free_port
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


def audit(page: Page, state: str) -> None:
    found = [f"{state}, {look}: {line}" for look in a11y.looks(page) for line in a11y.violations(page)]
    assert not found, "\n".join(found)


def fill(page: Page) -> None:
    """Every part of the page with a result of its own, and unfolded."""
    a11y.find_own_faces(page)
    a11y.unfold(page)
    page.get_by_role("button", name="Add the picked people").click()
    expect(page.locator("#sequence-queue li")).to_have_count(1)
    pick(page, 3, 4)
    page.get_by_role("button", name="Add the picked people").click()
    expect(page.locator("#sequence-queue li")).to_have_count(2)
    a11y.run(page, "Try to bring it back", "#relearn-status")
    a11y.run(page, "Forget one after another", "#sequence-status")
    choose(page, "DLFD", "NegGrad", "Diverging")
    seeds(page, 1)
    a11y.run(page, "Start the race", "#race-status")
    page.get_by_role("button", name="Put side by side").click()
    expect(page.locator("#duel svg")).to_have_count(2)
    a11y.unfold(page)


@pytest.mark.timeout(600)
def test_nobody_is_left_out(served: Served, visit: Visitor) -> None:
    """One page, from the opening to everything unfolded; in each state light and dark, wide and narrow."""
    seen: Visit = visit(served.url)
    page = seen.page
    audit(page, "opened with the example")
    pick(page, 0, 1, 8)
    a11y.run(page, "Forget these people", "#status")
    audit(page, "after a run")
    fill(page)
    audit(page, "everything unfolded")
    assert page.evaluate(a11y.CHARTS) >= 20
    assert page.evaluate(a11y.BARE_CHARTS) == []
    ringless, mouse_only = a11y.walk(page)
    assert (ringless, mouse_only) == ([], [])
    assert seen.complaints == [] and seen.foreign == []
