"""A page for each data set and network that the host offers: requests, texts, and the parts that are left out."""

from __future__ import annotations

from dataclasses import replace

from typing_extensions import override

from dlfd_core.types import Catalog, ForgetRequest, Offer
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.forget.place import address_of, choice
from dlfd_core.ui.page import build_page
from tests.fakes import FakeService, make_catalog

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
