"""A link to a run: what the page makes reads back to the same form, and what anybody else makes is one sentence."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dlfd_core.types import MAX_SEED, ForgetRequest
from dlfd_core.ui.forget import views
from dlfd_core.ui.forget.form import Wishes
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.links.handlers import GONE, OTHER_PLACE, READY, STOPPED, LinkHandlers
from dlfd_core.ui.receipt.link import BROKEN, LONGEST, NO_OWN, link_of, place_key, read_link
from dlfd_core.ui.receipt.take_away import take_away
from dlfd_core.ui.server.jobs import Slots
from tests.fakes import HOSTILE, FakeService, make_report
from tests.generators import close

REQUEST = ForgetRequest(
    ("p00", "p08"), task="smiling", preset="paper", seed=3, retrain=True, control=True,
    knobs=(("alpha", 2.5), ("augment", False), ("epochs", 4), ("mode", "released")),
)  # fmt: skip


def value_of(request: ForgetRequest) -> str:
    link = link_of(request)
    assert link is not None and link.startswith("?run=")
    return link.removeprefix("?run=")


def packed(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def desk(service: FakeService | None = None) -> LinkHandlers:
    return LinkHandlers(Handlers(service or FakeService()))


@pytest.mark.parametrize(
    "request_",
    [REQUEST, ForgetRequest(("p03",), method="neg_grad"), replace(REQUEST, knobs=(), preset="quality", control=False)],
)
def test_a_link_fills_the_form_so_that_the_same_run_is_asked_for(request_: ForgetRequest) -> None:
    links = desk()
    wishes = links.wishes(value_of(request_))
    assert links.page.request(wishes) == request_
    assert len(wishes.knobs) == len(links.page.method(request_.method).knobs)


def test_a_link_is_short_and_safe_in_an_address() -> None:
    value = value_of(replace(REQUEST, people=tuple(f"p{i:03}" for i in range(140))))
    assert len(value) < LONGEST / 2 and set(value) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )
    assert len(value_of(ForgetRequest(tuple(f"p{i:03}" for i in range(20)), control=True))) < 400


def test_opening_a_link_starts_nothing() -> None:
    service = FakeService()
    wishes, slots = desk(service).open(value_of(REQUEST))
    assert wishes is not None and wishes.people == ["p00", "p08"] and READY in slots["status"]
    assert set(slots) == {"status"} and service.requests == []


def test_a_run_in_memory_is_shown_at_once() -> None:
    service = FakeService()
    service.memory[REQUEST] = make_report(REQUEST)
    wishes, slots = desk(service).open(value_of(REQUEST))
    assert wishes is not None and service.requests == []
    assert {"map", "result", "progress", "shown"} <= set(slots)
    assert slots["request"] == REQUEST and 'data-state="done"' in slots["status"]


FINE: dict[str, Any] = {"people": ["p00"], "task": "emotion", "method": "dlfd", "seed": 0}


@pytest.mark.parametrize(
    "value",
    [
        None, 7, "", "x", "%%%", "=" * 8, "a" * (LONGEST + 1), packed(b"\xff\xfe"), packed(b"[" * 4_000), packed([]),
        packed(None), packed("people"), packed({}), packed(FINE | {"people": []}), packed(FINE | {"people": "p00"}),
        packed(FINE | {"people": [7]}), packed(FINE | {"people": ["p" * 61]}), packed(FINE | {"people": ["p00"] * 501}),
        packed(FINE | {"seed": "0"}), packed(FINE | {"seed": True}), packed(FINE | {"seed": 0.5}),
        packed(FINE | {"retrain": 1}), packed(FINE | {"knobs": {"lr": [1]}}), packed(FINE | {"knobs": {"lr": None}}),
        packed(FINE | {"knobs": [["lr", 1]]}), packed(FINE | {"weights": "/etc/passwd"}),
        packed(FINE | {"data": "own-abc"}), packed(FINE | {"device": "cuda"}), packed(b'{"seed":' + b"9" * 3_000),
    ],
)  # fmt: skip
def test_a_link_of_another_form_is_one_sentence(value: object) -> None:
    wishes, slots = desk().open(value)
    assert wishes is None and slots["toast"] == BROKEN and 'data-state="failed"' in slots["status"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"people": ["p00", "nobody", HOSTILE[0]]}, "2 of 3 people who are not on this page"),
        ({"people": ["me1"]}, NO_OWN),
        ({"people": ["set:official"]}, "1 of 1 people"),
        ({"task": HOSTILE[0]}, "Unknown task"),
        ({"method": HOSTILE[1]}, "Unknown method"),
        ({"preset": HOSTILE[2]}, "Unknown preset"),
        ({"knobs": {HOSTILE[0]: 1}}, "does not have"),
        ({"knobs": {"lr": 7.0}}, "is not a number between"),
        ({"knobs": {"lr": float("nan")}}, "is not a number between"),
        ({"knobs": {"epochs": "many"}}, "is not a number between"),
        ({"seed": MAX_SEED + 1}, "The seed must be a whole number"),
        ({"seed": -1}, "The seed must be a whole number"),
    ],
)
def test_what_the_page_does_not_know_is_one_sentence(change: dict[str, Any], says: str) -> None:
    service = FakeService()
    wishes, slots = desk(service).open(packed(FINE | change))
    assert wishes is None and says in slots["toast"] and set(slots) == {"status", "toast"}
    assert not any(word in slots["status"] for word in ("<img", "<b>")) and service.requests == []


def test_an_error_nobody_foresaw_names_no_place(monkeypatch: pytest.MonkeyPatch) -> None:
    service = FakeService()

    def broken(*_: object) -> None:
        raise RuntimeError("/secret/place")

    monkeypatch.setattr(service, "cached_report", broken)
    wishes, slots = desk(service).open(value_of(REQUEST))
    assert wishes is None and "/secret/place" not in str(slots)


@pytest.mark.parametrize("change", [{"data": "folder:/home/me/x"}, {"backbone": "vit_tiny"}, {"weights": "/home/me/w"}])
def test_a_link_to_another_page_shows_no_path_and_is_refused_here(change: dict[str, str]) -> None:
    request = replace(REQUEST, **change)  # type: ignore[arg-type]
    value = value_of(request)
    link = read_link(value)
    assert (
        link.place
        == place_key(request.data, request.backbone, request.weights)
        != ""
        == read_link(value_of(REQUEST)).place
    )
    assert "home" not in base64.urlsafe_b64decode(value + "==").decode()
    wishes, slots = desk().open(value)
    assert wishes is None and slots["toast"] == OTHER_PLACE


def test_own_people_are_in_no_link() -> None:
    own = replace(REQUEST, data="own-abc", people=("me1", "me2"))
    assert link_of(own) is None and link_of(replace(REQUEST, people=("me1",))) is None
    html = take_away(replace(make_report(REQUEST), request=own))
    assert "data-link" not in html and NO_OWN in html and "?run=" not in html
    assert f'data-link="?run={value_of(REQUEST)}"' in take_away(make_report(REQUEST))


def test_a_link_holds_no_place_of_the_server() -> None:
    link = read_link(value_of(REQUEST))
    assert set(type(link).model_fields) == {
        "people", "task", "method", "preset", "seed", "retrain", "control", "place", "knobs"
    }  # fmt: skip


# ---- a run that goes on ----------------------------------------------------------------------------------------------


def running(links: LinkHandlers, people: tuple[str, ...] = ("p00", "p08")) -> tuple[Iterator[Slots], str]:
    """A run after its first message, and its address."""
    wishes = Wishes(people, "emotion", "dlfd", 0, False, False, knobs=knobs_of(links))
    stream = links.page.keep(links.page.forget(wishes, "owner"), "owner", wishes)
    assert set(next(stream)["ticket"]) == {"ticket"}
    return stream, next(stream)["ticket"]["address"]


def knobs_of(links: LinkHandlers) -> list[Any]:
    preset = links.page.preset("dlfd", "emotion")
    return [preset[knob.name] for knob in links.page.method("dlfd").knobs]


def test_the_address_of_a_run_that_goes_on_shows_it_and_then_its_result() -> None:
    service = FakeService()
    links = desk(service)
    mine, address = running(links)
    parameters = parse_qs(urlsplit(address).query)
    assert links.wishes(parameters["run"][0]).people == ["p00", "p08"]
    other = links.watch(parameters["watch"][0])
    wishes, shown = next(other)
    assert wishes is not None and wishes.people == ("p00", "p08") and shown["busy"] is True and "ticket" not in shown
    assert list(mine)[-1]["ticket"]["address"] == ""
    slots = [changed for _, changed in other]
    assert any("result" in changed for changed in slots) and slots[-1]["busy"] is False
    assert slots[-1]["ticket"] == {"address": ""} and len(service.requests) == 1
    assert GONE in links.gone()["status"] and list(links.watch("unknown")) == list(links.watch(None)) == []


def test_who_watches_cannot_stop_a_run_and_sees_that_it_was_stopped() -> None:
    service = FakeService(pause=0.01, steps=200)
    links = desk(service)
    mine, address = running(links)
    watched = links.watch(parse_qs(urlsplit(address).query)["watch"][0])
    next(watched)
    assert "no longer watch" in links.page.cancelled(views.status("running"), None, "other")["status"]
    next(mine)
    close(mine)
    assert "Cancelled" in links.page.cancelled(views.status("running"), None, "owner")["status"]
    _, last = list(watched)[-1]
    assert STOPPED in last["status"] and last["busy"] is False
