"""The demo as it is delivered: ``python app.py`` in a process of its own, real model, real faces."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor, free_port, seconds_until
from tests.browser.parts import COMPUTED, adjust, forget, open_tab

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def wait_for(url: str, process: subprocess.Popen[str], seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            pytest.fail(f"app.py ended with {process.returncode}: {process.communicate()[0]}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"No page at {url} after {seconds} s.")


@pytest.fixture(scope="module")
def app_url() -> Iterator[str]:
    port = free_port()
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        url = f"http://127.0.0.1:{port}/"
        try:
            wait_for(url, process, 90)
            yield url
        finally:
            process.terminate()


def test_forgetting_three_people_for_real(app_url: str, visit: Visitor) -> None:
    seen = visit(app_url)
    page = seen.page
    expect(page.locator("#verdict .tag")).to_have_text("Example")
    for number in (0, 3, 5):
        page.get_by_role("listbox").get_by_role("option").nth(number).click()
    expect(page.locator("#people .count")).to_contain_text("72 photos")
    adjust(page)
    page.get_by_role("radio", name="Paper").check()  # one epoch, and without its control: half the time, twice
    page.get_by_role("checkbox", name="Also run the control").uncheck()
    forget(page)
    expect(page.locator("#status")).to_contain_text("Finished", timeout=COMPUTED)
    expect(page.locator("#verdict .tag")).to_have_text("Your run")
    expect(page.locator("#map")).to_contain_text("Forgotten")
    page.locator("#adjust").get_by_label("Seed").fill("1")
    forget(page)
    expect(page.locator("#progress .stage")).to_have_text("Forgetting")
    assert seconds_until(page.get_by_role("button", name="Cancel"), "#status", "Cancelled") < 2.0
    expect(page.locator("#status")).to_contain_text("Cancelled")
    open_tab(page, "Evidence")
    expect(page.locator("#proof").get_by_role("row", name="Forgetting score")).to_be_visible()
    assert seen.complaints == [] and seen.foreign == []
