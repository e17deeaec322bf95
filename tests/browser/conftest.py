"""A real Chromium from the system, the page on a fake service at a free port, and waiting for what passes by."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Dialog, JSHandle, Locator, Page, Route, expect, sync_playwright

from dlfd_core.ui.launch import launch_page
from tests.fakes import FakeService

FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip

#: Milliseconds that a test waits for the page at most. A wait ends at once where the page is ready, so the limit costs
#: nothing; on a core that other processes share, one paint can take many seconds.
PATIENT = 60_000
expect.set_options(timeout=PATIENT)


def wait_until(holds: Callable[[], bool], seconds: float = 10.0, says: Callable[[], str] = lambda: "") -> None:
    """Wait for a fact that stays once it holds; fails after ``seconds`` with what ``says`` returns."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not so after {seconds:g} s: {says()}"
        time.sleep(0.02)


def shown_texts(page: Page, selector: str) -> JSHandle:
    """A list, in the page, of every text that an element shows from now on.

    The texts that pass by between two looks of the driver stay in it; wait for one by ``page.wait_for_function``.
    """
    return page.locator(selector).evaluate_handle(
        """element => {
            const texts = [element.textContent];
            new MutationObserver(() => texts.push(element.textContent))
                .observe(element, { childList: true, characterData: true, subtree: true });
            return texts;
        }"""
    )


def seconds_until(button: Locator, selector: str, text: str = "") -> float:
    """Seconds from a click until an element of ``selector`` shows ``text``, at most 10.

    By the clock of the page: the delays of the driver, which are long on a busy core, do not count.
    """
    seconds: float = button.evaluate(
        """(button, [selector, text]) => new Promise((done) => {
            const start = performance.now();
            const shown = () => [...document.querySelectorAll(selector)]
                .some((each) => each.textContent.includes(text));
            const end = () => {
                observer.disconnect();
                done((performance.now() - start) / 1000);
            };
            const observer = new MutationObserver(() => { if (shown()) end(); });
            observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
            setTimeout(end, 10000);
            button.click();
        })""",
        [selector, text],
    )
    return seconds


def drawn(page: Page) -> None:
    """Wait until the next frame is painted: canvases are drawn in it."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


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
    """The page on a service whose runs take half a second; a test that looks at a run in progress holds it."""
    service = FakeService(pause=0.03, steps=12)
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


def note_dialog(complaints: list[str], dialog: Dialog) -> None:
    """A dialog comes only from a name that was run as code."""
    complaints.append(f"dialog {dialog.message}")
    dialog.dismiss()


def block(foreign: list[str], route: Route) -> None:
    """Note a request to another host and let it fail."""
    foreign.append(route.request.url)
    route.abort()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visitor]:
    """Opens an address in a fresh context; whatever goes to another host is blocked and noted."""
    contexts: list[BrowserContext] = []

    def open_page(url: str, *, width: int = 1280, dark: bool = False, path: str = "") -> Visit:
        context = chromium.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
        )
        context.set_default_timeout(PATIENT)
        contexts.append(context)
        found = Visit(context.new_page())
        host = url.split("/")[2]
        context.route(
            lambda address: not address.startswith((f"http://{host}/", "data:", "blob:")),
            lambda route: block(found.foreign, route),
        )
        found.page.on("console", lambda m: found.complaints.append(m.text) if m.type == "error" else None)
        found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
        found.page.on("dialog", lambda dialog: note_dialog(found.complaints, dialog))
        found.page.goto(url + path)
        expect(found.page.locator("#run")).to_be_attached()
        expect(found.page.locator("#people [role=option]").first).to_be_attached()
        return found

    yield open_page
    for context in contexts:
        context.close()
