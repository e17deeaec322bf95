"""The face picker: what it sends to the browser, and the picks it accepts from it."""

from __future__ import annotations

import io
import json
import math
from typing import Any

import gradio as gr
import pytest
from PIL import Image

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import (
    DataCard,
    PersonCard,
    Sprite,
    TaskCard,
)
from dlfd_core.ui.components.face_picker import FacePicker

HOSTILE = ("<img src=x onerror=alert(1)>", "${alert(1)}", "{{7*7}}", "`'\"\\")


def make_sheet(count: int, columns: int = 4, tile: int = 8) -> Sprite:
    picture = Image.new("RGB", (columns * tile, math.ceil(count / columns) * tile), "teal")
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP")
    return Sprite(buffer.getvalue(), columns, tile, count)


def make_card(names: tuple[str, ...] = ("Ann", "Ben", "Cleo", "Dan")) -> DataCard:
    ages = ("7-12", "13-19", "7-12", "0-6")
    people = tuple(
        PersonCard(f"p{i}", name, 20 + i, i, {"age": ages[i % 4], "planet": "earth", "number": str(i)})
        for i, name in enumerate(names)
    )
    return DataCard("portraits", "Portraits", (TaskCard("t", "T", ("a", "b")),), people, make_sheet(len(people)))


def baked(component: Any) -> dict[str, Any]:
    """The values a component's script starts from."""
    head = component.js_on_load.split("\n", 1)[0]
    return json.loads(head.removeprefix("const CONFIG = ").removesuffix(";"))


def test_names_are_baked_as_json_not_as_templates() -> None:
    picker = FacePicker(make_card(HOSTILE))
    assert [person["name"] for person in baked(picker)["people"]] == list(HOSTILE)
    assert all(name not in picker.html_template + picker.css_template for name in HOSTILE)
    assert picker.props == {}  # custom props are lost when an update reaches a tab that was never opened


def test_filters_are_attributes_with_a_handful_of_values() -> None:
    names = tuple(f"Person {i}" for i in range(12))
    (only,) = baked(FacePicker(make_card(names)))["filters"]
    assert only["name"] == "age"
    assert only["values"] == [
        {"value": "0-6", "count": 3},
        {"value": "7-12", "count": 6},
        {"value": "13-19", "count": 3},
    ]


def test_sprite_is_baked_and_may_be_missing() -> None:
    assert baked(FacePicker(make_card()))["faces"]["address"].startswith("data:image/webp;base64,")
    bare = DataCard("d", "D", (), make_card().people, None)
    assert baked(FacePicker(bare))["faces"] is None


@pytest.mark.parametrize("payload", [["p2", "p0"], [], ["p0", "p1", "p2", "p3"]])
def test_a_valid_pick_comes_through_in_its_order(payload: list[str]) -> None:
    assert FacePicker(make_card()).preprocess(payload) == payload


def test_no_pick_is_an_empty_one() -> None:
    picker = FacePicker(make_card())
    assert picker.preprocess(None) == [] and picker.postprocess(None) == []


@pytest.mark.parametrize(
    "payload",
    [["p0", "nobody"], ["p0", "p0"], "p0", {"p0": 1}, [1], [["p0"]], [None], 7, True, ["p0"] * 5000],
)
def test_a_bad_pick_is_refused_with_a_sentence(payload: Any) -> None:
    with pytest.raises(gr.Error) as refusal:
        FacePicker(make_card()).preprocess(payload)
    assert refusal.value.message.endswith(".") and refusal.value.print_exception is False
    assert "nobody" not in refusal.value.message  # what was sent is not sent back


def test_the_interface_is_described_without_listing_everybody() -> None:
    picker = FacePicker(make_card())
    assert picker.api_info() == {"type": "array", "items": {"type": "string"}, "maxItems": 4}
    assert picker.preprocess(picker.example_payload()) == picker.example_payload()


def test_random_is_never_everybody() -> None:
    assert baked(FacePicker(make_card()))["random"] == 2
    assert baked(FacePicker(make_card(tuple(f"Person {i}" for i in range(140)))))["random"] == 20


def test_look_alikes_answer_with_people_or_a_sentence(caplog: pytest.LogCaptureFixture) -> None:
    def similar(person: str) -> list[str]:
        if person == "p1":
            raise InvalidRequest("There are no weights for this.")
        if person == "p2":
            raise RuntimeError("inner matters")
        return ["p3", "p1", "gone"]

    (ask,) = FacePicker(make_card(), similar=similar).server_fns
    assert ask("p0") == {"people": ["p3", "p1"]}
    assert ask("p1") == {"error": "There are no weights for this."}
    assert "inner" not in ask("p2")["error"] and "inner matters" in caplog.text
    for stranger in ("nobody", None, ["p0"], {"a": 1}, 3):
        assert "not in the data set" in ask(stranger)["error"]


def test_no_look_alikes_without_somebody_to_ask() -> None:
    picker = FacePicker(make_card())
    assert picker.server_fns == [] and baked(picker)["similar"] is False
