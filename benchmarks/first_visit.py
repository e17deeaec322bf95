"""``python -m benchmarks.first_visit``: a first visit in a browser: weight, seconds to the answers, tabs, film.

The app and a headless Chromium run on this machine. Each width is measured with an empty cache, once the app has warmed
up. Nothing is asserted, because speed depends on the machine; a figure that misses its goal is marked.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.soak import served

SIZES = ((1280, 800), (390, 844))
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
#: Folders of the files that gradio serves to each of its pages.
GRADIO = ("/assets/", "/static/")
WEIGHT_GOAL, ANSWER_GOAL, TAB_GOAL = 700.0, 1.5, 300.0  # kB, seconds, milliseconds
#: Seconds that the app prepares its models after it has started.
WARM_UP = 40.0
#: What each tab shows once it is there.
TABS = {
    "Evidence": "#see .whose", "Compare": "#board", "Lessons": "#lessons", "Your photos": "#own", "About": "#promises"
}  # fmt: skip

#: Script that notes in ``window.marks`` when each thing is painted.
PROBE = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


@contextmanager
def opened(
    browser: Browser, url: str, size: tuple[int, int], *, click: bool = False
) -> Iterator[tuple[Page, dict[str, float]]]:
    """Context with the page in a fresh browser profile, and the bytes of each file that it has loaded.

    Args:
        click: a face is clicked until it is picked, which is the mark ``answer``.
    """
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, is_mobile=width < 640)
    page = context.new_page()
    names, weights = dict[str, str](), dict[str, float]()
    network = context.new_cdp_session(page)
    network.send("Network.enable")

    def answered(event: dict[str, Any]) -> None:
        names[event["requestId"]] = urlsplit(event["response"]["url"]).path

    def loaded(event: dict[str, Any]) -> None:
        if name := names.get(event["requestId"]):
            weights[name] = weights.get(name, 0) + event["encodedDataLength"]

    network.on("Network.responseReceived", answered)
    network.on("Network.loadingFinished", loaded)
    page.add_init_script(PROBE + ("" if click else "window.unmark('answer');"))
    page.goto(url, wait_until="commit")
    try:
        yield page, weights
    finally:
        context.close()


def until(page: Page, *names: str, seconds: float = 60) -> dict[str, float]:
    """Wait for marks of the probe; seconds since the page was asked for."""
    holds = "names => names.every((name) => name in window.marks)"
    page.wait_for_function(holds, arg=list(names), timeout=1000 * seconds)
    marks: dict[str, float] = page.evaluate("window.marks")
    return {name: mark / 1000 for name, mark in marks.items()}


def weigh(browser: Browser, url: str, size: tuple[int, int]) -> dict[str, float]:
    """kB of each file of a first load, by path."""
    with opened(browser, url, size) as (page, weights):
        until(page, "faces", "map", "verdict")
        page.wait_for_timeout(4000)  # what is loaded after the first picture
        return {name: weight / 1000 for name, weight in weights.items()}


def first_answer(browser: Browser, url: str, size: tuple[int, int], times: int) -> dict[str, float]:
    """Median seconds until faces, map and verdict are painted, and until a click on a face shows."""
    found = []
    for _ in range(times):
        with opened(browser, url, size, click=True) as (page, _):
            found.append(until(page, "faces", "map", "verdict", "answer"))
    return {name: statistics.median(marks[name] for marks in found) for name in ("faces", "map", "verdict", "answer")}


def tabs(browser: Browser, url: str, size: tuple[int, int], times: int) -> dict[str, float]:
    """Median milliseconds for opening each tab for the first time."""
    found: dict[str, list[float]] = {title: [] for title in TABS}
    for _ in range(times):
        with opened(browser, url, size) as (page, _):
            until(page, "faces", "map", "verdict")
            page.wait_for_timeout(5000)  # a visitor looks at the film first
            for title, selector in TABS.items():
                found[title].append(page.evaluate("each => window.openTab(each)", [title, selector]))
                page.wait_for_timeout(500)
    return {title: statistics.median(values) for title, values in found.items()}


def film(browser: Browser, url: str, size: tuple[int, int]) -> list[tuple[str, float]]:
    """Seconds of what a first visitor sees, who presses Forget once the film of the example has played."""
    with opened(browser, url, size) as (page, _):
        until(page, "faces", "map", "verdict")
        page.wait_for_timeout(4000)
        for _ in range(2 * SIZES.index(size)):  # other people: the first draw was forgotten in the film before
            page.locator("#people .random").click()
        page.evaluate("window.marks.click = performance.now(); document.querySelector('#run').click()")
        marks = until(page, "progress", "movement", "result", "control", seconds=900)
    titles = {
        "faces": "faces seen", "map": "map seen", "verdict": "verdict of the example seen", "click": "click on Forget",
        "progress": "the run is shown", "movement": "first movement of the map", "result": "verdict of the run",
        "control": "the control is done",
    }  # fmt: skip
    return [("the page is asked for", 0.0), *((title, marks[name]) for name, title in titles.items())]


def show(name: str, value: float, unit: str, goal: float | None = None) -> None:
    """Print a row."""
    text = f"{value:.2f} {unit}" if unit == "s" else f"{value:.0f} {unit}"
    verdict = "" if goal is None else f"  goal {goal:g} {unit}: {'reached' if value <= goal else 'MISSED'}"
    print(f"  {name:34}{text:>10}{verdict}", flush=True)


def measure(browser: Browser, url: str, size: tuple[int, int], times: int) -> None:
    """Measure and print one width."""
    print(f"\n{size[0]} x {size[1]}")
    weights = weigh(browser, url, size)
    own = {name: weight for name, weight in weights.items() if not name.startswith(GRADIO)}
    show("first load beyond gradio's files", sum(own.values()), "kB", WEIGHT_GOAL)
    for name, weight in sorted(own.items(), key=lambda each: -each[1])[:6]:
        show(f"  {name[-30:]}", weight, "kB")
    show("gradio's files", sum(weights.values()) - sum(own.values()), "kB")
    for name, seconds in first_answer(browser, url, size, times).items():
        show(f"until {name}", seconds, "s", ANSWER_GOAL)
    for title, milliseconds in tabs(browser, url, size, times).items():
        show(f"tab {title}", milliseconds, "ms", TAB_GOAL)
    for title, seconds in film(browser, url, size):
        show(title, seconds, "s")


@contextmanager
def page_at(url: str | None, folder: Path) -> Iterator[str]:
    """Context with the address of a warm page: the given one, or that of an app that is started for the measurement."""
    if url:
        yield url
        return
    with served(False, folder) as (port, _):
        time.sleep(WARM_UP)
        yield f"http://127.0.0.1:{port}/"


def main(arguments: list[str] | None = None) -> None:
    """Measure both widths."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_visit", description=__doc__)
    parser.add_argument("--times", type=int, default=5, help="visits of which the median is printed (default 5)")
    parser.add_argument("--url", help="address of a page that runs already; it must be warm")
    options = parser.parse_args(arguments)
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        parser.error("There is no Chromium on the path; `make browser` installs one.")
    with (
        tempfile.TemporaryDirectory() as folder,
        page_at(options.url, Path(folder)) as url,
        sync_playwright() as driver,
    ):
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        for size in SIZES:
            measure(browser, url, size, options.times)
        browser.close()


if __name__ == "__main__":
    main()
