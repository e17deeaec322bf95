"""The page in Korean: nearly all of it, at once, by keyboard, and back to the very same English."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from dlfd_core.ui.language import words
from dlfd_core.ui.text.texts import ASSETS
from tests.browser import accessibility as a11y
from tests.browser.conftest import Served, Visit, Visitor, wait_until
from tests.browser.test_page import people, pick
from tests.ui.evidence.test_shadows import shown

pytestmark = pytest.mark.browser

KOREAN = "?lang=ko"
TABS = ("demo", "evidence", "compare", "lessons", "photos", "about")
#: Texts that stay: names of people, methods and papers, kinds of files, and what the fake service says of itself.
OWN_WORDS = re.compile(
    r"""Ada|Ben|Cleo|Dora|Emil|Finn|Gül|Hana|O'Brien.*|.*alert\(1\).*|DLFD|NegGrad\+?|SCRUB|SalUn|UNSIR|Bad\ Teacher
    |NoMUS|CSV|JSON|HTML|PDF|PNG|SVG|safetensors|RMIA|AUC|[\w&,. ]*(?:AAAI|arXiv)[\w. ,]*|folklore|a\ test
    |the\ definition|English|adamw|sgd|paper|released|noise|features|logits|last|best|calm|[a-z_]+\.[a-z]{2,4}
    |Diverging|Always\ fails\.|Moves\ features\ away\.|Passes\ over\ the\ photos\.|At\ the\ start\..*|Which\ text\.
    |Per\ step\.|Mirrors?\ half\ of\ the\ photos\.|Mirror\ photos|Step\ size|Mode|age:.*""",
    re.VERBOSE,
)

#: Shown texts with a word in them, each once; of a spoken attribute its name stands in front.
TEXTS = """(attributes) => {
    const found = new Set();
    const skip = 'script, style, code, pre, textarea, #language';
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.nodeType === Node.TEXT_NODE ? node.parentElement : node;
        if (element.closest(skip) || !element.checkVisibility()) continue;
        if (node === element) {
            for (const name of attributes) if (node.hasAttribute(name)) found.add(node.getAttribute(name).trim());
        } else found.add(node.nodeValue.trim());
    }
    return [...found].filter((text) => /[A-Za-z]{3}|[가-힣]/.test(text));
}"""
SPOKEN = ["aria-label", "placeholder", "alt", "aria-valuetext", "aria-roledescription"]

#: Everything of the page that a language may change, as text.
SNAPSHOT = """(attributes) => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    const found = [document.title, document.documentElement.lang];
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (node.nodeType === Node.TEXT_NODE) found.push(node.nodeValue);
        else for (const name of attributes) found.push(node.getAttribute(name) ?? '');
    }
    return found;
}"""


def switch(page: Page):  # type: ignore[no-untyped-def]
    return page.get_by_role("combobox", name="Language / 언어")


def speaks_korean(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("얼굴 모델이 잊게 하기")
    expect(page.locator("html")).to_have_attribute("lang", "ko")


def missing(page: Page) -> tuple[list[str], float]:
    """Shown texts that are still English, and the share of all that are not."""
    texts: list[str] = page.evaluate(TEXTS, SPOKEN)
    english = [text for text in texts if not re.search("[가-힣]", text) and not OWN_WORDS.fullmatch(text)]
    return english, 1 - len(english) / len(texts)


def open_korean(visit: Visitor, url: str) -> Visit:
    seen = visit(url, path=KOREAN)
    speaks_korean(seen.page)
    return seen


@pytest.mark.timeout(300)
def test_nearly_everything_is_translated(fake_page: Served, visit: Visitor) -> None:
    seen = open_korean(visit, fake_page.url)
    page = seen.page
    said = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--says-previous')")
    assert "이전 실행" in said  # by a style sheet
    pick(page, 0, 1, 4)
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("끝났습니다")
    for name in TABS:
        open_tab(page, name)
        unfold(page)
        wait_until(lambda: missing(page)[1] >= 0.95, says=lambda: "\n".join(missing(page)[0]))
        if name == "evidence":
            expect(page.locator("#xray .switches code")).to_have_text("방식 = released")
            found = [line for _ in a11y.looks(page, a11y.LOOKS[::3]) for line in a11y.violations(page)]
            assert found == []
            page.set_viewport_size({"width": 1280, "height": 900})
    for number in range(page.locator("#lessons [data-open]").count()):
        open_tab(page, "lessons")
        page.locator("#lessons [data-open]").nth(number).click()
        page.evaluate("document.querySelectorAll('.lesson:not([hidden]) [data-part]').forEach((e) => e.hidden = false)")
        wait_until(lambda: missing(page)[1] >= 0.95, says=lambda: "\n".join(missing(page)[0]))
    assert seen.complaints == [] and seen.foreign == []


def open_tab(page: Page, name: str) -> None:
    page.locator(f'nav [data-tab="{name}"]').click()
    expect(page.locator(f'nav [data-tab="{name}"]')).to_have_attribute("aria-current", "page")


def unfold(page: Page) -> None:
    a11y.unfold(page)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


def settled(page: Page) -> list[str]:
    """The page as text once it stays the same for half a second: charts that have just been unfolded are drawn late."""
    snapshots: list[list[str]] = [[]]

    def stays() -> bool:
        snapshots.append(page.evaluate(SNAPSHOT, [*SPOKEN, "title"]))
        page.wait_for_timeout(500)
        return snapshots[-1] == page.evaluate(SNAPSHOT, [*SPOKEN, "title"])

    wait_until(stays)
    return snapshots[-1]


def test_the_keyboard_switches_both_ways_and_the_english_comes_back(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    a11y.unfold(page)
    before = settled(page)
    assert "translated" not in (page.locator("html").get_attribute("class") or "")
    switch(page).focus()
    page.keyboard.press("ArrowDown")
    speaks_korean(page)
    assert page.url.endswith(KOREAN) and page.evaluate("document.activeElement.closest('#language') !== null")
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("heading", level=1)).to_have_text("Make a face model forget")
    assert settled(page) == before
    assert page.url.endswith("?lang=en")
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]


def test_the_language_of_the_browser_is_taken_and_the_address_beats_it(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    assert page.locator("html").get_attribute("lang") == "en"
    page.add_init_script("Object.defineProperty(navigator, 'language', { get: () => 'ko-KR' })")
    page.reload()
    speaks_korean(page)
    expect(switch(page)).to_have_value("ko")
    for other in ("?lang=en", "?lang=xx"):
        page.goto(fake_page.url + other)
        if other == "?lang=en":
            expect(page.get_by_role("heading", level=1)).to_have_text("Make a face model forget")
        else:
            speaks_korean(page)


def test_a_chosen_task_is_translated_and_stays_chosen(fake_page: Served, visit: Visitor) -> None:
    page = open_korean(visit, fake_page.url).page
    page.locator("[data-adjust]").click()
    task = page.locator("#adjust .task input")
    expect(task).to_have_value("감정")
    task.click()
    page.get_by_role("option", name="미소", exact=True).click()
    expect(task).to_have_value("미소")
    page.keyboard.press("Escape")
    pick(page, 0)
    page.locator("#run").click()
    expect(page.locator("#status")).to_contain_text("끝났습니다")
    assert fake_page.service.requests[-1].task == "smiling"
    open_tab(page, "evidence")
    expect(page.locator("#see .whose")).to_contain_text("미소")
    switch(page).select_option("en")
    open_tab(page, "demo")
    page.locator("[data-adjust]").click()
    expect(task).to_have_value("Smiling")


def test_names_and_what_is_typed_stay(fake_page: Served, visit: Visitor) -> None:
    page = open_korean(visit, fake_page.url).page
    expect(people(page).nth(0)).to_contain_text("Ada")
    unfold(page)
    search = page.get_by_placeholder("이름 찾기")
    search.fill("Seconds")  # a word of the dictionary
    expect(search).to_have_value("Seconds")
    open_tab(page, "evidence")
    expect(page.locator("#proof code", has_text="python -m dlfd_core").first).to_be_visible()
    assert page.locator(".seed input").first.input_value() == "0"


def test_a_language_that_does_not_come_leaves_the_page_english(fake_page: Served, visit: Visitor) -> None:
    page = visit(fake_page.url).page
    page.route("**/component_server**", lambda route: route.abort())
    switch(page).select_option("ko")
    expect(page.locator("#language [data-trouble]")).to_have_text("This language could not be loaded just now.")
    expect(switch(page)).to_have_value("en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Make a face model forget")


# ---- the dictionary by itself ----------------------------------------------------------------------------------------

WORDS = {
    "Retrain": "재학습",
    "{#} people": "{}명",
    "{#} of {#} photos": "{2}장 중 {1}장",
    "{} leads; {} follows.": "{1}이(가) 앞서고 {2}이(가) 뒤를 잇습니다.",
    "It has {}.": "{}을(를) 가집니다.",
    "It is over.": "끝났습니다.",
    "Train on |kept| photos": "남는 사진 |만| 학습",
    'It said: "{}"': "한 말: “{}”",
    "{#} % is ideal": "{}%으로(로)",
}
SAID = {
    " Retrain\n": "재학습",
    "1,440 of 2,000 photos": "2,000장 중 1,440장",
    "Retrain leads; Ada follows.": "재학습이 앞서고 Ada가 뒤를 잇습니다.",
    "It has 20 people. It is over.": "20명을 가집니다. 끝났습니다.",
    "It has 3. Nobody knows. It is over.": None,  # not half of a paragraph
    "Train on |kept| photos": "남는 사진 |만| 학습",
    "Ada, 3 people · Retrain": "Ada, 3명 · 재학습",
    "Ada and Ben, who came from far away, 3 people": None,  # no list of names
    'It said: "It has 1. It is over."': "한 말: “1을 가집니다. 끝났습니다.”",
    "50 % is ideal": "50%로",
    "constructor": None,
    "": None,
}


def test_the_dictionary_translates_what_it_knows(chromium: Browser) -> None:
    page = chromium.new_page()
    script = (ASSETS / "language" / "dictionary.js").read_text(encoding="utf-8")
    ask = f"([words, texts]) => {{ {script}; return texts.map(dictionary(words)); }}"
    assert dict(zip(SAID, page.evaluate(ask, [WORDS, list(SAID)]), strict=True)) == SAID
    page.close()


def test_a_list_of_sets_is_translated_set_by_set(chromium: Browser) -> None:
    page = chromium.new_page()
    script = (ASSETS / "language" / "dictionary.js").read_text(encoding="utf-8")
    text = (
        "Measured on 20 people with 480 photos (forgotten people); 80 people with 1,920 photos (kept people); "
        "20 people with 480 photos (validation people); 40 people with 960 photos (unseen people)."
    )
    said = page.evaluate(f"([words, text]) => {{ {script}; return dictionary(words)(text); }}", [words("ko"), text])
    assert said == (
        "측정 대상: 잊힌 사람들 20명, 사진 480장; 남는 사람들 80명, 사진 1,920장; 검증용 사람들 20명, 사진 480장; "
        "본 적 없는 사람들 40명, 사진 960장."
    )
    page.close()


@pytest.mark.parametrize(
    "aucs", [(0.53, 0.53, 0.5, 0.5, 0.5), (0.62, 0.8, 0.6, 0.74, 0.51), (0.62, 0.8, 0.6, 0.74, 0.6)]
)
def test_the_panel_of_shadow_models_is_translated(
    chromium: Browser, monkeypatch: pytest.MonkeyPatch, aucs: tuple[float, ...]
) -> None:
    """No run of the page with a fake service has this panel."""
    page = chromium.new_page()
    script = (ASSETS / "language" / "dictionary.js").read_text(encoding="utf-8")
    page.set_content(shown(monkeypatch, *aucs))
    unfold(page)
    texts = page.evaluate(TEXTS, SPOKEN)
    ask = f"([words, texts]) => {{ {script}; return texts.map(dictionary(words)); }}"
    said = page.evaluate(ask, [words("ko"), texts])
    assert [text for text, other in zip(texts, said, strict=True) if not other and not OWN_WORDS.fullmatch(text)] == []
    page.close()
