"""What the accessibility tests share: the looks of the page, opening all of it, and what axe-core and scripts find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, Page, expect

from tests.fake_own import draw_photo

#: WCAG 2.0, 2.1 and 2.2, levels A and AA, and axe-core's own advice: order of headings, landmarks, names that differ.
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
LOOKS = tuple((width, dark) for width in (1280, 390) for dark in (False, True))
SLOW = 90_000


# ---- states of the page ----------------------------------------------------------------------------------------------


def looks(page: Page, chosen: Sequence[tuple[int, bool]] = LOOKS) -> Iterator[str]:
    """Turns the open page to each width and theme; gradio follows the system's theme without a reload."""
    for width, dark in chosen:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.wait_for_function("dark => document.body.classList.contains('dark') === dark", arg=dark)
        page.wait_for_function("document.getAnimations().every((each) => each.playState !== 'running')")
        yield f"{width} px, {'dark' if dark else 'light'}"


def run(page: Page, button: str, status: str) -> None:
    """Presses ``button`` and waits until ``status`` says that it is finished."""
    page.get_by_role("button", name=button).click()
    expect(page.locator(status)).to_contain_text("Finished", timeout=SLOW)


def find_own_faces(page: Page) -> None:
    """Gives photos of two people, one photo with two faces and one without any, in the tab Your photos."""
    given = (("Ada 0", 0, 1), ("Ada 1", 1, 2), ("Bo 0", 10, 1), ("Bo 1", 11, 1), ("Nobody", 3, 0))
    photos: list[FilePayload] = [
        {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": draw_photo(number, faces)}
        for name, number, faces in given
    ]
    page.locator("#own-photos .files").set_input_files(photos)
    expect(page.get_by_text("Found 4 faces of 2 people")).to_be_visible(timeout=SLOW)


def unfold(page: Page) -> None:
    """Every accordion of gradio and every ``<details>`` of ours."""
    heads = page.locator("button.label-wrap:not(.open):visible")
    while heads.count():
        heads.first.click()
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


# ---- what is wrong with it -------------------------------------------------------------------------------------------


def violations(page: Page, *parts: str) -> list[str]:
    """A line per element and rule that axe-core finds broken, in the whole page or in the selected parts of it."""
    context = {"include": [[part] for part in parts]} if parts else None
    options = {
        "runOnly": {"type": "tag", "values": list(TAGS)},
        "rules": {"target-size": {"enabled": True}},  # of WCAG 2.2; axe-core leaves it out unless told
        "resultTypes": ["violations"],
    }
    return [
        f"{rule['id']} at {node['target']}: {node['failureSummary']} {node['html'][:160]}"
        for rule in Axe().run(page, context, options).response["violations"]
        for node in rule["nodes"]
    ]


#: Pictures of numbers that no filled table in the same block or panel repeats. The loss histograms and their table are
#: neighbours, as are the gauge and the table of scores, which share a block.
BARE_CHARTS = """() => {
    const twin = (chart) => chart.closest('#losses') ? document.querySelector('#loss-table')
        : chart.closest('.panel, .duel, .block');
    const charts = 'canvas:not(.portrait, [aria-hidden=true]), svg[role], .ev-plot, .gauge';
    return [...document.querySelectorAll(charts)]
        .filter((chart) => chart.checkVisibility())
        .map((chart) => [chart, twin(chart)?.querySelector('tbody td')])
        .filter(([, cell]) => !cell?.checkVisibility() || !cell.textContent.trim())
        .map(([chart]) => chart.outerHTML.slice(0, 160));
}"""

CHARTS = "document.querySelectorAll('canvas:not(.portrait), svg[role], .ev-plot, .gauge').length"

#: Elements of a selector that reach beyond a width, and are in no part that scrolls by itself or cuts them off.
BEYOND = """([selector, width]) => {
    const scrolls = (element) => element && (/auto|scroll|hidden|clip/.test(getComputedStyle(element).overflowX)
        || scrolls(element.parentElement));
    return [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility()
        && element.getBoundingClientRect().right > width + 1 && !scrolls(element.parentElement))
        .map((element) => element.outerHTML.slice(0, 120));
}"""

#: Called after each Tab: notes the element, and whether an outline shows that it has the focus; the spots of a plane
#: have a halo. A list that unfolds on focus is folded again by the next Tab. True at the end of the page.
STOP = """() => {
    const here = document.activeElement;
    window.stops ??= new Map();
    if (!here || here === document.body) return window.stops.size > 0;
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(here);
    const outlined = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && !/, 0\\)$/.test(outlineColor);
    const halo = here.querySelector('.halo');
    window.stops.set(here, outlined || (halo !== null && getComputedStyle(halo).opacity === '1'));
    return false;
}"""

#: What a mouse can use, and the Tab walk did not come by. In a group with one stop (a list of people, the spots of a
#: plane, radio buttons) the arrow keys do the rest.
UNREACHED = """() => {
    const usable = 'a[href], button, input, select, textarea, summary, [role=option], [role=slider], [tabindex="0"]';
    const stops = [...window.stops.keys()];
    const shared = (element) => {
        const group = element.closest('[role=listbox], svg[role=group], [role=radiogroup]');
        return (group && stops.some((stop) => group.contains(stop)))
            || (element.type === 'radio' && stops.some((stop) => stop.name === element.name));
    };
    const there = (element) => element.checkVisibility({ visibilityProperty: true }) && !element.disabled;
    const points = (element) => element && getComputedStyle(element).cursor === 'pointer';
    const missed = [...document.querySelectorAll(usable)]
        .filter((element) => there(element) && !window.stops.has(element) && !shared(element));
    const mouseOnly = [...document.querySelectorAll('body *')].filter((element) => points(element) && there(element)
        && !points(element.parentElement) && !element.matches(usable) && !element.closest('label, svg[role=group]')
        && !element.querySelector(usable));
    return [...missed, ...mouseOnly].map((element) => element.outerHTML.slice(0, 160));
}"""

#: Keeps in ``window.moved`` what is animated or in transition in any frame from now on.
WATCH_MOTION = """() => {
    window.moved = new Set();
    const look = () => {
        for (const each of document.getAnimations()) {
            if (each.playState === 'running') window.moved.add(each.effect.target.outerHTML.slice(0, 160));
        }
        requestAnimationFrame(look);
    };
    look();
}"""

#: Sums in ``window.shifted`` how far the page jumps from now on without a visitor's doing: the cumulative layout shift
#: of web.dev without its windows of five seconds, which is never less.
WATCH_SHIFTS = """() => {
    window.shifted = { sum: 0, by: [] };
    window.watcher?.disconnect();
    window.watcher = new PerformanceObserver((list) => {
        for (const each of list.getEntries()) {
            if (each.hadRecentInput) continue;
            window.shifted.sum += each.value;
            window.shifted.by.push(...each.sources.map(({ node }) => node?.outerHTML?.slice(0, 120)));
        }
    });
    window.watcher.observe({ type: 'layout-shift' });
}"""


def walk(page: Page, most: int = 600) -> tuple[list[str], list[str]]:
    """From the top to the end of the page by Tab.

    Returns:
        The stops without a visible ring, and what can be used by mouse only.
    """
    page.evaluate("document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')")
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(STOP):
            break
    else:
        raise AssertionError(f"The page has no end after {most} presses of Tab.")
    ringless = "[...window.stops].filter(([, ringed]) => !ringed).map(([element]) => element.outerHTML.slice(0, 160))"
    expect(page.locator("main ul[role=listbox]")).to_have_count(0)  # gradio folds its lists with a short fade
    return page.evaluate(ringless), page.evaluate(UNREACHED)
