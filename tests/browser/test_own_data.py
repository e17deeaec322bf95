"""The page on a host's own people, with a real service: generated ones everywhere, and real faces where a folder
of them is named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dlfd_core.cli import main
from dlfd_core.models.training import default_recipe
from dlfd_core.runs.event_streams import result_of
from dlfd_core.runs.offers import Wanted
from dlfd_core.service import UnlearningService
from dlfd_core.types import Offer
from dlfd_core.ui.launch import launch_page
from tests.browser.conftest import Visit, Visitor, free_port
from tests.browser.parts import COMPUTED, adjust, finished, forget, open_tab
from tests.small import small_data, write_as_folder

BACKBONE, EPOCHS = "slim_resnet", 2
#: Names a folder of photos as ``folder:`` takes it, with a label ``male``.
FACES = "DLFD_TEST_FACES"
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.usefixtures("few_steps")]


@pytest.fixture(scope="module", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Originals are trained for these tests, and read again by ``verify``."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DLFD_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


class Host:
    """A page with the offers of a host, and its address."""

    def __init__(self, names: tuple[str, ...], tasks: tuple[str, ...]) -> None:
        service = UnlearningService(default_recipe(BACKBONE, EPOCHS))
        wanted = Wanted({name: name for name in names}, tasks, (BACKBONE,), device="cpu")
        result_of(service.prepare_offers(wanted, lambda: False), lambda event: None)
        service.warm_up()  # as the app does: the first fit of UMAP takes longer than a test waits
        self.offers: tuple[Offer, ...] = service.catalog().offers
        self.page, self.url = launch_page(service, host="127.0.0.1", port=free_port(), quiet=True)


@pytest.fixture(scope="module")
def two_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """Two folders of generated people; the label of both is the place of a bright bar."""
    root = tmp_path_factory.mktemp("people")
    for name, seed in (("first", 1), ("second", 2)):
        write_as_folder(small_data(people=16, side=16, seed=seed), root / name)
    host = Host((f"folder:{root / 'first'}", f"folder:{root / 'second'}"), ("place",))
    yield host
    host.page.close(verbose=False)


@pytest.fixture(scope="module")
def real_faces() -> Iterator[Host]:
    folder = os.environ.get(FACES)
    if not folder:
        pytest.skip(f"{FACES} names no folder of real photos with a label male")
    host = Host((f"folder:{Path(folder).resolve()}",), ("male", "identity"))
    yield host
    host.page.close(verbose=False)


def run_on_the_other_page(seen: Visit, offer: Offer, picks: int) -> list[str]:
    """Follow the link of the drawer to the second offer, pick people, and wait for their run; returns their names."""
    page = seen.page
    adjust(page)
    links = page.get_by_role("navigation", name="People and network").get_by_role("link")
    expect(links).to_have_count(2)
    links.nth(1).click()
    page.wait_for_url("**/people-2")
    expect(page.locator("#people [role=option]")).to_have_count(len(offer.data.people))
    return pick_and_run(page, offer, picks)


def pick_and_run(page: Page, offer: Offer, picks: int) -> list[str]:
    """Pick the first people of the page, forget them, and wait for the end; returns their names."""
    faces = page.locator("#people [role=option]")
    for number in range(picks):
        faces.nth(number).click()
        expect(faces.nth(number)).to_have_attribute("aria-selected", "true")
    forget(page)
    finished(page, COMPUTED)
    expect(page.locator("#verdict .tag")).to_have_text("Your run")
    expect(page.get_by_role("button", name="Back to the example")).to_be_hidden()  # there is none of these people
    return [person.name for person in offer.data.people[:picks]]


def expect_whole_sentence_on_the_people(page: Page) -> None:
    """Whose photos these are is readable on a narrow column: no part of the sentence is cut."""
    page.set_viewport_size({"width": 1280, "height": 720})
    sentence = page.locator("#host-data p")
    expect(sentence).to_have_text("These are photos of first, given by the host of this page.")
    expect(sentence).to_be_in_viewport(ratio=1)
    assert sentence.evaluate("node => node.scrollWidth <= node.clientWidth && node.scrollHeight <= node.clientHeight")


def expect_photos_on_the_map(page: Page) -> None:
    """A photo of the folder appears beside the name when a point of the map is chosen by the keyboard."""
    page.get_by_role("application", name="Map of photos").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        """() => {
            const face = document.querySelector('#map .portrait');
            if (!face || face.hidden || !face.width) return false;
            const colours = face.getContext('2d').getImageData(0, 0, face.width, face.height).data;
            return new Set(colours.filter((_, i) => i % 4 < 3)).size > 8 && colours[3 + 4 * 40] === 255;
        }"""
    )


def verified(page: Page, offer: Offer, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What ``verify`` prints about the receipt that the page saves."""
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Receipt (JSON)").click()
    receipt = folder / waiting.value.suggested_filename
    waiting.value.save_as(receipt)
    capsys.readouterr()
    code = main(["verify", str(receipt), "--data", offer.data.name, "--epochs", str(EPOCHS)])
    said = capsys.readouterr()
    assert code == 0, said.out + said.err
    return said.out


def test_people_of_a_second_folder_are_forgotten(
    two_folders: Host, visit: Visitor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = two_folders.offers
    assert (first.data.title, second.data.title) == ("first", "second")
    seen = visit(two_folders.url)
    expect_whole_sentence_on_the_people(seen.page)
    names = run_on_the_other_page(seen, second, 4)
    expect_photos_on_the_map(seen.page)
    open_tab(seen.page, "Evidence")
    expect(seen.page.locator("#see .whose")).to_contain_text(", ".join(names))
    assert "The same: every score is within the tolerance" in verified(seen.page, second, tmp_path, capsys)
    assert seen.complaints == [] and seen.foreign == []


@pytest.mark.parametrize("number", [0, 1], ids=["male", "identity"])
def test_real_people_are_forgotten(
    real_faces: Host, visit: Visitor, tmp_path: Path, capsys: pytest.CaptureFixture[str], number: int
) -> None:
    offer = real_faces.offers[number]
    assert [task.name for task in offer.data.tasks] == [["male"], ["identity"]][number]
    seen = visit(real_faces.url)
    names = run_on_the_other_page(seen, offer, 5) if number else pick_and_run(seen.page, offer, 5)
    expect_photos_on_the_map(seen.page)
    open_tab(seen.page, "Evidence")
    expect(seen.page.locator("#see .whose")).to_contain_text(names[0])
    assert "The same: every score is within the tolerance" in verified(seen.page, offer, tmp_path, capsys)
    assert seen.complaints == [] and seen.foreign == []
