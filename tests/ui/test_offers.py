"""A page for each data set and network that the host offers: requests, texts, and the parts that are left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import gradio as gr
import pytest
from gradio_client import Client  # type: ignore[import-untyped]
from typing_extensions import override

from dlfd_core.types import Catalog, ForgetRequest, Offer
from dlfd_core.ui.api import Api
from dlfd_core.ui.compare.form import RaceWishes
from dlfd_core.ui.compare.handlers import RaceHandlers
from dlfd_core.ui.components.run_ticket import RunTicket
from dlfd_core.ui.evidence_tab.handlers import EvidenceHandlers
from dlfd_core.ui.forget import views
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.forget.place import Place, address_of, choice
from dlfd_core.ui.links.handlers import OTHER_PLACE, READY_BARE, LinkHandlers
from dlfd_core.ui.page import build_page
from dlfd_core.ui.receipt.link import link_of
from dlfd_core.ui.server.page_root import SCRIPT
from tests.fakes import FakeService, make_catalog
from tests.ui.served import Served, serve

PLAIN = ForgetRequest(())


def offers() -> tuple[Offer, Offer]:
    """The portraits, and people of a folder with another network and given weights."""
    card = make_catalog().data[0]
    own = replace(card, name="folder:<b>", title="<b>", tasks=card.tasks[:1], about="These are photos of <b>.")
    other = Offer(own, "resnet18", "o.safetensors", "cpu", 0.5, 300)
    return Offer(card, PLAIN.backbone, accuracy=0.7, seconds=9.0), other


class OfferingService(FakeService):
    @override
    def catalog(self) -> Catalog:
        return replace(super().catalog(), data=tuple(offer.data for offer in offers()), offers=offers())


def wishes(handlers: Handlers) -> Wishes:
    card = handlers.catalog.methods[0]
    preset = handlers.preset(card.name, "emotion")
    return Wishes(("p00",), "emotion", card.name, knobs=[preset[knob.name] for knob in card.knobs])


def test_a_request_is_about_the_pages_offer() -> None:
    handlers = Handlers(OfferingService(), offer=offers()[1])
    request = handlers.request(wishes(handlers))
    assert (request.data, request.backbone, request.weights, request.device) == (
        "folder:<b>",
        "resnet18",
        "o.safetensors",
        "cpu",
    )
    assert "no finished example" in handlers.opening()["result"] and "shown" not in handlers.opening()
    plain = Handlers(OfferingService(), offer=offers()[0])
    assert plain.place.standard and "shown" in plain.opening()


def test_the_choice_names_people_accuracy_and_seconds() -> None:
    html = choice(offers(), 1)
    assert f'href="./{address_of(1)}" aria-current=page' in html and 'href="./"' in html
    assert "accuracy on unseen photos 70" in html and "about 9 s" in html and "slow on this machine" in html
    assert "<b>" not in html and choice(offers()[:1], 0) == ""


def test_each_offer_has_a_page_with_the_parts_that_fit() -> None:
    page = build_page(OfferingService())
    config = page.get_config_file()
    places = {}
    for number in (0, 1):
        ids = set(config["page"][address_of(number)]["components"])
        places[number] = {part["props"].get("elem_id") for part in config["components"] if part["id"] in ids}
    assert {"part-lessons", "part-photos", "part-compare", "offers"} <= places[0]
    assert {"part-demo", "part-evidence", "offers"} <= places[1]
    assert not {"part-lessons", "part-photos", "part-compare"} & places[1]  # a race takes no given weights


def test_each_page_shows_a_run_again_after_a_reload() -> None:
    page = build_page(OfferingService())
    tickets = {block._id for block in page.blocks.values() if isinstance(block, RunTicket)}
    asked = [event for event in page.fns.values() if tickets & {block for block, name in event.targets}]
    loads = [event.page for event in page.fns.values() if ("load" in {name for _, name in event.targets})]
    assert {"", address_of(1)} <= {event.page for event in asked} and {"", address_of(1)} <= set(loads)


def test_portraits_without_the_task_of_the_lessons_have_no_lessons() -> None:
    offer = offers()[0]
    tasks = tuple(task for task in offer.data.tasks if task.name != PLAIN.task)
    other = replace(offer, data=replace(offer.data, tasks=tasks))
    assert tasks and Place.of(make_catalog(), offer).standard and not Place.of(make_catalog(), other).standard


def test_races_and_the_evidence_are_about_the_pages_offer() -> None:
    service = OfferingService()
    card, race = offers()[1].data, RaceHandlers(Handlers(service, offer=replace(offers()[1], weights=None)))
    request = race.request(RaceWishes(("p00",), "emotion", ["dlfd"]))
    assert (request.data, request.backbone, request.device) == (card.name, "resnet18", "cpu")
    page = Handlers(service, offer=offers()[1])
    *_, slots = [slots for slots in page.forget(wishes(page)) if "shown" in slots]
    assert slots["shown"].request.data == card.name
    report = page.runs.report(slots["shown"])
    assert (report.request.data, report.request.weights) == (card.name, "o.safetensors")
    assert views.caption(report, page.catalog) in EvidenceHandlers(page).paint(slots["shown"], None)["see"]


def test_a_link_fills_the_form_of_its_own_page_only() -> None:
    service = OfferingService()
    first, second = (LinkHandlers(Handlers(service, offer=offer)) for offer in offers())
    values = [(link_of(desk.page.request(wishes(desk.page))) or "").removeprefix("?run=") for desk in (first, second)]
    filled, slots = second.open(values[1])
    assert filled is not None and second.page.request(filled) == second.page.request(wishes(second.page))
    assert READY_BARE in slots["status"] and "finished example" not in slots["status"]
    assert first.open(values[0])[0] is not None
    for desk, value in ((first, values[1]), (second, values[0])):
        filled, slots = desk.open(value)
        assert filled is None and slots["toast"] == OTHER_PLACE


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serve(OfferingService()) as served:
        yield served


def test_a_program_finds_and_requests_each_offer(server: Served) -> None:
    client = Client(server.url, verbose=False)
    catalog = client.predict(api_name="/catalog")
    assert [(offer["data"], offer["backbone"]) for offer in catalog["offers"]] == [
        ("portraits", PLAIN.backbone),
        ("folder:<b>", "resnet18"),
    ]
    second = catalog["offers"][1]
    assert (second["accuracy"], second["seconds"], second["about"]) == (0.5, 300, "These are photos of <b>.")
    assert [task["name"] for task in second["tasks"]] == ["emotion"] and second["people"][0]["photos"] > 0
    asked: dict[str, Any] = {"people": ["p01"], "api_name": "/forget"}
    plain = client.predict(**asked)["report"]["request"]
    other = client.predict(data="folder:<b>", backbone="resnet18", seed=1, **asked)["report"]
    assert (plain["data"], plain["backbone"], plain["task"]) == ("portraits", PLAIN.backbone, "emotion")
    assert (other["request"]["data"], other["request"]["backbone"]) == ("folder:<b>", "resnet18")
    assert client.predict(key=other["key"], api_name="/report") == other


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"data": "lfw"}, "Unknown data set 'lfw'"),
        ({"data": ["portraits"]}, "Unknown data set"),
        ({"backbone": "resnet18"}, "Unknown network 'resnet18'"),  # not with the first data set
        ({"data": "folder:<b>", "backbone": PLAIN.backbone}, "Unknown network"),
        ({"data": "folder:<b>", "task": "smiling"}, "Unknown task 'smiling'"),
    ],
)
def test_what_is_not_offered_is_one_sentence(changes: dict[str, Any], words: str) -> None:
    service = OfferingService()
    first, second = (Handlers(service, offer=offer) for offer in offers())
    asked = {"people": ["p00"], "task": "", "method": "dlfd", "preset": "quality", "seed": 0, "retrain": False,
             "control": False, "knobs": None, "data": "", "backbone": ""}  # fmt: skip
    with pytest.raises(gr.Error, match=re.escape(words)):
        list(Api(first, (second,)).run(None, tuple((asked | changes).values())))
    assert service.requests == []


def test_the_second_page_has_its_own_head_and_root(server: Served) -> None:
    for place in ("/", f"/{address_of(1)}"):
        text = server.ask("GET", place).text
        assert SCRIPT.decode() in text and text.count('property="og:title"') == 1
        assert f'content="{server.url}preview.jpg"' in text and "githubusercontent" not in text
