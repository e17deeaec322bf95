"""A real Chromium from the system, and the page on a fake service at a free port."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from dlfd_core.ui.launch import launch_page
from tests.fakes import FakeService

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip

expect.set_options(timeout=10_000)  # on a core that other tests share


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each test opens contexts of its own."""
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        pytest.fail("No Chromium on the path; `make browser` installs one, `make test BROWSER=no` goes without.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@dataclass(frozen=True)
class Served:
    """A running page and the service behind it."""

    service: FakeService
    url: str


@pytest.fixture(scope="session")
def fake_page() -> Iterator[Served]:
    """The page on a service whose runs take about two seconds."""
    service = FakeService(pause=0.15, steps=12)
    page, url = launch_page(service, host="127.0.0.1", port=free_port(), quiet=True)
    yield Served(service, url)
    page.close()


@dataclass
class Visit:
    """An open page and what the browser complained about."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)


Visitor = Callable[..., Visit]


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visitor]:
    """Opens an address in a fresh context; whatever goes to another host is blocked and noted."""
    contexts: list[BrowserContext] = []

    def open_page(url: str, *, width: int = 1280, dark: bool = False, path: str = "") -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
        )
        contexts.append(context)
        found = Visit(context.new_page())
        host = url.split("/")[2]
        context.route(
            lambda address: not address.startswith((f"http://{host}/", "data:", "blob:")),
            lambda route: (found.foreign.append(route.request.url), route.abort()),
        )
        found.page.on("console", lambda m: found.complaints.append(m.text) if m.type == "error" else None)
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.on("dialog", lambda dialog: (found.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))
        found.page.goto(url + path)
        expect(found.page.locator("#run")).to_be_visible(timeout=30_000)
        expect(found.page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
        return found

    yield open_page
    for context in contexts:
        context.close()
