"""Own people in a real Chromium, from the first photo to its deletion; faces are found by their colour."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import pytest
from playwright.sync_api import FilePayload, Page, expect

from dlfd_core.ui.launch import launch_page
from tests.browser.conftest import Visitor, free_port, wait_until
from tests.browser.parts import finished, forget, open_tab
from tests.fake_own import draw_photo
from tests.fakes import HOSTILE, FakeService

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[gr.Blocks, FakeService, str]]:
    service = FakeService(pause=0.1, steps=5)
    page, url = launch_page(service, host="127.0.0.1", port=free_port(), quiet=True)
    yield page, service, url
    page.close()


@pytest.fixture(autouse=True)
def _nobody_is_here(served: tuple[gr.Blocks, FakeService, str]) -> Iterator[None]:
    """Delete the photos of each test: they stay some minutes after their page is closed, all browsers here have one
    address, and only three visitors of one address may have photos."""
    yield
    own = served[1].own
    for key in list(own.sessions.by_key):
        own.wipe(key, 10)


def photo(name: str, number: int, faces: int = 1) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": draw_photo(number, faces)}


def give(page: Page, *files: FilePayload) -> None:
    page.locator("#own-photos .files").set_input_files(list(files))


def opened(page: Page) -> None:
    open_tab(page, "Your photos")
    expect(page.get_by_text("Drop photos, folders or a zip here")).to_be_visible()


def everything(page: Page) -> None:
    """Three photos of Ada with one that holds two faces, two of Bo, one without a face, one that is none."""
    give(
        page,
        *(photo(f"Ada {i}.jpg", i, faces=2 if i == 2 else 1) for i in range(3)),
        *(photo(f"Bo {i}.jpg", 10 + i) for i in range(2)),
        photo("Nobody.jpg", 3, faces=0),
        {"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"},
    )
    expect(page.get_by_text("Found 5 faces of 2 people")).to_be_visible()


def wide(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (390, True)])
def test_from_photos_to_deletion(
    served: tuple[gr.Blocks, FakeService, str], visit: Visitor, width: int, dark: bool
) -> None:
    blocks, service, url = served
    temp = Path(tempfile.gettempdir())
    before = {path for path in temp.glob("gradio*/**/*") if path.is_file()}
    seen = visit(url, width=width, dark=dark)
    page = seen.page
    opened(page)
    everything(page)

    left = page.locator("#own-photos .left")
    left.locator("summary").click()
    expect(left).to_contain_text("2 files were left out")
    expect(left).to_contain_text("Nobody.jpg: No face was found")
    expect(left).to_contain_text("note.txt: This browser cannot open it")
    teach = page.get_by_role("button", name="Teach the classifier these people")
    expect(teach).to_be_disabled()
    page.get_by_label("These people agreed").check()
    expect(teach).to_be_enabled()
    expect(page.get_by_label("They replace the drawn portraits")).to_be_disabled()

    page.get_by_label("Use Bo 1.jpg").uncheck()
    expect(page.get_by_role("group", name="Person 2")).to_contain_text("1 photo: too few")
    page.get_by_label("Use Bo 1.jpg").focus()
    page.keyboard.press("Space")
    other = page.get_by_role("button", name="Face 1 of 2 in Ada 2.jpg")
    first = page.get_by_alt_text("Face in Ada 2.jpg").get_attribute("src")
    other.click()
    assert page.get_by_alt_text("Face in Ada 2.jpg").get_attribute("src") != first
    page.get_by_label("Name of person 1").fill(HOSTILE[0])
    assert wide(page) <= 0

    service.own.held = True
    try:
        teach.click()
        expect(page.locator("#own-photos .doing")).to_contain_text("Teaching the classifier")
    finally:
        service.own.held = False
    expect(page.locator("#own-photos .end")).to_contain_text("now knows 2 people of yours")
    open_tab(page, "Demo")
    people = page.locator("#people").get_by_role("option", include_hidden=True)
    expect(people.nth(0)).to_contain_text(HOSTILE[0])
    expect(people.nth(1)).to_contain_text("Bo")
    expect(people.nth(0)).to_have_attribute("aria-selected", "true")
    expect(page.locator("#pick-hint")).to_contain_text("5 photos")
    forget(page)
    finished(page)
    assert service.requests[-1].people == ("me1", "me2") and service.requests[-1].data.startswith("own-")
    open_tab(page, "Evidence")
    expect(page.locator("#see .whose")).to_contain_text("Own 1, Own 2")
    (session,) = service.own.sessions.by_key
    assert "Own 1" in json.dumps(blocks.state_holder.session_data[session].config_values, default=str)

    open_tab(page, "Your photos")
    page.get_by_role("button", name="Delete my photos now").click()
    expect(page.locator("#own-photos .end")).to_contain_text("are deleted")
    expect(people.nth(0)).to_contain_text("Ada")  # the drawn one
    expect(page.locator("#people .count")).to_contain_text("Nobody picked yet")
    expect(page.get_by_alt_text("Face in Ada 2.jpg")).to_have_count(0)
    assert service.own.sessions.by_key == {}
    assert "Own 1" not in json.dumps(blocks.state_holder.session_data[session].config_values, default=str)
    assert {path for path in temp.glob("gradio*/**/*") if path.is_file()} == before
    assert wide(page) <= 0 and seen.complaints == [] and seen.foreign == []


def test_what_leaves_the_browser_holds_no_exif(served: tuple[gr.Blocks, FakeService, str], visit: Visitor) -> None:
    _, service, url = served
    sent: list[bytes] = []
    real = service.own.send

    def spy(key: str, file: int, name: str, person: str, place: int, count: int, content: bytes) -> None:
        sent.append(content)
        real(key, file, name, person, place, count, content)

    page = visit(url).page
    opened(page)
    service.own.send = spy  # type: ignore[method-assign]
    try:
        give(page, photo("Ada 1.jpg", 1), photo("Ada 2.jpg", 2))
        expect(page.get_by_text("Found 2 faces of 1 person")).to_be_visible()
    finally:
        del service.own.send
    assert b"secret place" in draw_photo(1) and len(sent) == 2
    assert all(content.startswith(b"\xff\xd8\xff") and b"secret" not in content for content in sent)


#: What browsers do to a canvas against fingerprints, as a script.
PROTECTIONS = {
    "nothing comes": "HTMLCanvasElement.prototype.toBlob = (done) => done(null)",
    "white": """HTMLCanvasElement.prototype.toBlob = function (done, ...more) {
        const blank = new OffscreenCanvas(this.width, this.height);
        const pen = blank.getContext('2d');
        pen.fillStyle = 'white';
        pen.fillRect(0, 0, this.width, this.height);
        blank.convertToBlob({ type: more[0] }).then(done);
    }""",
    "noise": """CanvasRenderingContext2D.prototype.getImageData = (x, y, width, height) =>
        new ImageData(Uint8ClampedArray.from({ length: 4 * width * height }, () => 256 * Math.random()), width, height)
    """,
}


def test_a_browser_that_protects_the_canvas(served: tuple[gr.Blocks, FakeService, str], visit: Visitor) -> None:
    """The photos are sent as they are, and the page says so."""
    page = visit(served[2]).page
    opened(page)
    said = page.get_by_text("your photos were sent as they are")
    page.evaluate(
        "window.untouched = [HTMLCanvasElement.prototype.toBlob, CanvasRenderingContext2D.prototype.getImageData]"
    )
    for number, script in enumerate(PROTECTIONS.values()):
        page.evaluate(f"() => {{ {script} }}")
        give(page, *(photo(f"Ada {i}.jpg", i) for i in range(2 + number)))
        expect(page.get_by_text(f"Found {2 + number} faces of 1 person")).to_be_visible()
        expect(said).to_be_visible()
        page.evaluate(
            """() => {
            [HTMLCanvasElement.prototype.toBlob, CanvasRenderingContext2D.prototype.getImageData] = window.untouched;
        }"""
        )
    give(page, *(photo(f"Ada {i}.jpg", i) for i in range(5)))
    expect(page.get_by_text("Found 5 faces of 1 person")).to_be_visible()
    expect(said).to_be_hidden()


def test_a_zip_comes_in_pieces(served: tuple[gr.Blocks, FakeService, str], visit: Visitor) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for i in range(4):
            archive.writestr(f"Zoë/{i}.png", draw_photo(i, kind="PNG"))
        archive.writestr("Zoë/readme.txt", bytes(400_000))
    assert len(buffer.getvalue()) > 400_000
    page = visit(served[2]).page
    opened(page)
    give(page, {"name": "people.zip", "mimeType": "application/zip", "buffer": buffer.getvalue()})
    expect(page.get_by_text("Found 4 faces of 1 person")).to_be_visible()
    expect(page.get_by_label("Name of person 1")).to_have_value("Zoë")
    expect(page.locator("#own-photos .left")).to_contain_text("1 file was left out")


def test_what_goes_wrong_is_said(served: tuple[gr.Blocks, FakeService, str], visit: Visitor) -> None:
    seen = visit(served[2])
    page = seen.page
    opened(page)
    error = page.locator("#own-photos .error")
    give(page, {"name": "broken.zip", "mimeType": "application/zip", "buffer": b"PK\x03\x04 nonsense"})
    expect(error).to_contain_text("damaged")
    give(page, photo("Nobody.jpg", 3, faces=0))
    expect(error).to_contain_text("No face was found")
    give(page, photo("Fail 1.jpg", 1), photo("Fail 2.jpg", 2))
    expect(page.get_by_text("Found 2 faces of 1 person")).to_be_visible()
    expect(error).to_be_hidden()
    page.get_by_label("These people agreed").check()
    page.get_by_role("button", name="Teach the classifier these people").click()
    expect(error).to_contain_text("stopped being a number")
    expect(page.get_by_role("button", name="Teach the classifier these people")).to_be_enabled()
    assert seen.complaints == []


def test_teaching_can_be_stopped_and_closing_the_page_deletes(
    served: tuple[gr.Blocks, FakeService, str], visit: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks, service, url = served
    temp = Path(tempfile.gettempdir())
    files = {path for path in temp.glob("gradio*/**/*") if path.is_file()}
    monkeypatch.setattr(service.own, "held", True)
    page = visit(url).page
    before = set(service.own.sessions.by_key)
    opened(page)
    give(page, photo("Ada 1.jpg", 1), photo("Ada 2.jpg", 2))
    page.get_by_label("These people agreed").check()
    page.get_by_role("button", name="Teach the classifier these people").click()
    expect(page.locator("#own-photos .doing")).to_contain_text("Teaching")
    page.locator("#own-photos .stop").click()
    expect(page.locator("#own-photos .end")).to_contain_text("Stopped")
    (session,) = set(service.own.sessions.by_key) - before
    assert service.own.ready(session) is None
    monkeypatch.setattr(service.own.sessions, "_absence", 0.5)
    page.close()

    def deleted() -> bool:
        service.own.sessions.sweep()
        return session not in service.own.sessions.by_key

    wait_until(deleted, 40)
    wait_until(lambda: session not in blocks.state_holder.session_data)
    assert {path for path in temp.glob("gradio*/**/*") if path.is_file()} == files


def test_a_reload_and_a_lost_line_keep_the_people(served: tuple[gr.Blocks, FakeService, str], visit: Visitor) -> None:
    """The line is lost for 20 seconds after teaching. "Delete" deletes at once; a reload then brings nothing back."""
    _, service, url = served
    page = visit(url).page
    opened(page)
    give(page, *(photo(f"Ada {i}.jpg", i) for i in range(3)))
    expect(page.get_by_text("Found 3 faces of 1 person")).to_be_visible()
    page.get_by_label("These people agreed").check()
    page.get_by_role("button", name="Teach the classifier these people").click()
    expect(page.locator("#own-photos .end")).to_contain_text("now knows 1 person of yours")
    open_tab(page, "Demo")
    people = page.locator("#people").get_by_role("option", include_hidden=True)
    expect(people.nth(0)).to_contain_text("Ada")

    page.reload()
    open_tab(page, "Your photos")
    expect(page.locator("#own-photos .end")).to_contain_text("now knows 1 person of yours", timeout=30_000)
    open_tab(page, "Demo")
    expect(people.nth(0)).to_have_attribute("data-person", "me1")
    expect(people.nth(0)).to_have_attribute("aria-selected", "true")
    (session,) = service.own.sessions.by_key

    forget(page)
    finished(page)
    assert service.requests[-1].data.startswith("own-")

    page.context.set_offline(True)
    page.wait_for_timeout(20_000)
    page.context.set_offline(False)
    wait_until(lambda: service.own.sessions.by_key[session].left is None, 40)
    assert service.own.ready(session) is not None

    open_tab(page, "Your photos")
    page.get_by_role("button", name="Delete my photos now").click()
    expect(page.locator("#own-photos .end")).to_contain_text("are deleted")
    assert service.own.sessions.by_key == {}
    page.reload()
    open_tab(page, "Your photos")
    page.wait_for_timeout(2_000)
    expect(page.get_by_role("button", name="Delete my photos now")).to_be_hidden()
