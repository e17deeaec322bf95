"""Opening the parts of the page as a visitor does: the tabs, the views of the stage, the drawer with the settings."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

#: Milliseconds that a run of a real service may take on a slow core that other programs share.
COMPUTED = 200_000
#: What a tab shows once it is painted.
CONTENT = {
    "Demo": "#people",
    "Evidence": "#see .whose",
    "Compare": "#board",
    "Lessons": "#lessons",
    "Your photos": "#own",
    "About": "#promises",
}


def open_tab(page: Page, title: str) -> None:
    """Open a tab by its link, and wait until it is painted."""
    page.get_by_role("navigation", name="Parts of the page").get_by_role("link", name=title, exact=True).click()
    expect(page.locator(CONTENT[title])).to_be_visible()


def open_view(page: Page, title: str) -> None:
    """Open a view in the middle of the stage."""
    page.locator("#views").get_by_role("tab", name=title).click()


def adjust(page: Page) -> None:
    """Open the drawer with the settings of a run."""
    page.get_by_role("button", name="Adjust").click()
    expect(page.get_by_role("heading", name="Adjust the run")).to_be_visible()


def forget(page: Page) -> None:
    """Press the button that starts a run; its name has the number of people and the seconds."""
    page.locator("#run").click()


def finished(page: Page, timeout: float | None = None) -> None:
    """Wait for the end of a run; in a test that runs a second time, the service may have its result in memory.

    Args:
        timeout: milliseconds, ``COMPUTED`` for a real service; None waits as long as for the page.
    """
    expect(page.locator("#status")).to_contain_text(re.compile("Finished|computed before"), timeout=timeout)
