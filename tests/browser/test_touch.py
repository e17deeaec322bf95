"""What is tapped on a phone is large enough, or far enough from what else can be tapped."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import PATIENT, Served
from tests.browser.parts import CONTENT, open_tab

pytestmark = pytest.mark.browser

#: Targets lower than 44 pixels with another target in the 44 pixels around their middle. Links inside a sentence do not
#: count: the lines of a text cannot be 44 pixels high. Neither does what a larger target or a label holds.
SMALL = """() => {
    const wanted = 'button, a[href], summary, input, select, textarea, [role=option], [role=tab], [role=slider]';
    const shown = (each) => {
        if (!each.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
        const box = each.getBoundingClientRect();
        return box.width > 1 && box.height > 1;
    };
    const holder = (each) => each.closest('label') ?? each;
    const all = [...new Set([...document.querySelectorAll(wanted)].filter(shown).map(holder))]
        .filter((each) => !(each.matches('a') && each.closest('p, li:not(nav li), td, dd, figcaption')));
    const boxes = new Map(all.map((each) => [each, each.getBoundingClientRect()]));
    const near = (each) => {
        const box = boxes.get(each);
        const [top, bottom] = [box.y + box.height / 2 - 22, box.y + box.height / 2 + 22];
        return all.some((other) => {
            const next = boxes.get(other);
            if (other === each || other.contains(each) || each.contains(other)) return false;
            return next.x < box.right - 1 && next.right > box.x + 1 && next.y < bottom - 1 && next.bottom > top + 1;
        });
    };
    return all.filter((each) => boxes.get(each).height < 43.5 && near(each))
        .map((each) => `${each.tagName} ${each.id} ${each.className} "${each.textContent.trim().slice(0, 30)}" `
            + `${Math.round(boxes.get(each).height)} px`);
}"""


@pytest.mark.timeout(200)
def test_what_is_tapped_is_large_enough_for_a_finger(fake_page: Served, chromium: Browser) -> None:
    context = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, reduced_motion="reduce"
    )
    try:
        context.set_default_timeout(PATIENT)
        page = context.new_page()
        page.goto(fake_page.url)
        expect(page.locator("#people")).to_be_visible()
        assert page.evaluate("matchMedia('(pointer: coarse)').matches")
        small = {"Demo": page.evaluate(SMALL)}
        page.get_by_role("button", name="Adjust").tap()
        small["the drawer"] = page.evaluate(SMALL)
        page.locator("#adjust [data-shut]").tap()
        for title in CONTENT:
            open_tab(page, title)
            small[title] = page.evaluate(SMALL)
        assert not any(small.values()), "\n".join(f"{place}: {found}" for place, found in small.items())
    finally:
        context.close()


def test_the_link_of_the_open_tab_is_in_view(fake_page: Served, chromium: Browser) -> None:
    """The row of links is wider than a phone; a link from elsewhere opens a tab whose link is outside at first."""
    context = chromium.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    try:
        context.set_default_timeout(PATIENT)
        page = context.new_page()
        page.goto(fake_page.url)
        links = page.get_by_role("navigation", name="Parts of the page")
        expect(page.locator("#people")).to_be_visible()
        expect(links.get_by_role("link", name="About")).not_to_be_in_viewport(ratio=0.8)
        for part, title in (("about", "About"), ("demo", "Demo")):
            page.evaluate("(part) => window.openPart(part)", part)
            expect(links.get_by_role("link", name=title)).to_be_in_viewport(ratio=0.8)
        assert page.evaluate("scrollX") == 0
    finally:
        context.close()
