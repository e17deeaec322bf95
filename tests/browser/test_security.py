"""The browser obeys the policy and finds nothing to complain about."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Served, Visitor
from tests.browser.parts import CONTENT, finished, forget, open_tab

pytestmark = pytest.mark.browser


def test_a_whole_run_breaks_no_rule_of_the_policy(fake_page: Served, visit: Visitor) -> None:
    found = visit(fake_page.url)
    found.page.get_by_role("listbox").get_by_role("option").first.click()
    forget(found.page)
    finished(found.page)
    for title in CONTENT:
        open_tab(found.page, title)
    assert (found.complaints, found.foreign) == ([], [])


def test_nothing_can_be_sent_to_or_loaded_from_another_host(fake_page: Served, visit: Visitor) -> None:
    found = visit(fake_page.url)
    sent = found.page.evaluate("fetch('https://example.com/').then(() => 'sent', () => 'refused')")
    drawn = found.page.evaluate(
        "new Promise(end => { const i = new Image(); i.onload = () => end('drawn'); i.onerror = () => end('refused');"
        " i.src = 'https://example.com/x.png' })"
    )
    assert (sent, drawn, found.foreign) == ("refused", "refused", [])  # the policy stopped them before the network
    assert any("Content Security Policy" in said for said in found.complaints)


def test_another_site_cannot_put_the_page_in_a_frame(fake_page: Served, visit: Visitor) -> None:
    found = visit(fake_page.url)
    framed = found.page.context.new_page()
    with framed.expect_console_message(lambda message: "frame-ancestors" in message.text):
        framed.set_content(f'<iframe src="{fake_page.url}"></iframe>')  # a page of no origin
