"""What the components send to the browser and what they accept from it."""

from __future__ import annotations

import base64
import io
import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest
from PIL import Image

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import (
    CurvePoint,
    DataCard,
    DataCounts,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    MapPoints,
    PersonCard,
    Seconds,
    Sprite,
    TaskCard,
    Verdict,
)
from dlfd_core.ui.components import assets
from dlfd_core.ui.components.face_picker import FacePicker
from dlfd_core.ui.components.feature_map import FeatureMap, map_value
from dlfd_core.ui.components.live_curves import STAGES, LiveCurves, curves_value
from tests.fakes import make_view

HOSTILE = ("<img src=x onerror=alert(1)>", "${alert(1)}", "{{7*7}}", "`'\"\\")
SOURCES = Path(assets.__file__).parent


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


def make_report(points: MapPoints | None) -> ForgetReport:
    return ForgetReport(
        key="abc",
        request=ForgetRequest(people=("p0",)),
        names=("Ann",),
        classes=("happy", "sad"),
        data=DataCounts({}, {}),
        scores={},
        verdict=Verdict("cannot_tell", ""),
        losses={},
        predictions=(),
        photos=None,
        curve=(),
        points=points,
        seconds=Seconds(),
        caveats=(),
        versions={},
    )


def make_points(faces: Sprite | None = None) -> MapPoints:
    before, after = ([[0, 0], [3, 4], [1, 1]], [[3, 4], [3, 4], [1, 1]])
    label = np.array([0, 1, 0])
    return MapPoints(
        views={
            "original": make_view(np.array(before, dtype=np.float32), np.array([0, 1, 0]), label, 2),
            "unlearned": make_view(np.array(after, dtype=np.float32), np.array([1, 1, 0]), label, 2),
        },
        group=np.array([0, 1, 3]),
        label=label,
        person=np.array([0, 1, 1]),
        people=(("p0", "Ann"), ("p1", HOSTILE[0])),
        faces=faces,
    )


def make_curve(count: int) -> list[CurvePoint]:
    return [CurvePoint(10 * i, 0.9, 0.95, 0.8, 0.1, 0.6, "forgetting") for i in range(count)]


def unpack(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<u2")


def baked(component: Any) -> dict[str, Any]:
    """The values a component's script starts from."""
    head = component.js_on_load.split("\n", 1)[0]
    return json.loads(head.removeprefix("const CONFIG = ").removesuffix(";"))


# ---- templates -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [*assets.FOLDER.glob("*.css"), *assets.FOLDER.glob("*.html")], ids=lambda p: p.name)
def test_templates_hold_nothing_that_gradio_compiles(path: Path) -> None:
    """gradio runs templates through Handlebars and then as a JavaScript template literal."""
    assert re.findall(r"\{\{|\$\{|`|\\", path.read_text(encoding="utf-8")) == []


def test_scripts_never_set_markup() -> None:
    for path in assets.FOLDER.glob("*.js"):
        text = path.read_text(encoding="utf-8")
        assert re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", text) == [], path.name


def test_assets_stay_short() -> None:
    for path in assets.FOLDER.iterdir():
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 250, path.name


def test_no_stub_files_are_written() -> None:
    """gradio writes a .pyi beside each component it knows; mypy would then check the stub instead of the source."""
    assert list(SOURCES.glob("*.pyi")) == []


def test_names_are_baked_as_json_not_as_templates() -> None:
    picker = FacePicker(make_card(HOSTILE))
    assert [person["name"] for person in baked(picker)["people"]] == list(HOSTILE)
    assert all(name not in picker.html_template + picker.css_template for name in HOSTILE)
    assert picker.props == {}  # custom props are lost when an update reaches a tab that was never opened


# ---- face picker -----------------------------------------------------------------------------------------------------


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


# ---- feature map -----------------------------------------------------------------------------------------------------


def test_coordinates_share_one_frame_and_y_points_down() -> None:
    value = map_value(make_report(make_points()))
    full = 65_535
    before, after = (unpack(value["views"][name]["places"]).reshape(3, 2) for name in ("original", "unlearned"))
    assert before.tolist()[0] == [0, full]
    assert after.tolist()[0] == [full, 0]
    assert before.tolist()[2] == [round(full / 3), round(full * 0.75)]
    assert value["aspect"] == pytest.approx(0.75)


def test_every_array_and_name_arrives() -> None:
    value = map_value(make_report(make_points(make_sheet(3))))
    assert unpack(value["group"]).tolist() == [0, 1, 3]
    assert list(base64.b64decode(value["views"]["original"]["predicted"])) == [0, 1, 0]
    assert list(base64.b64decode(value["views"]["unlearned"]["predicted"])) == [1, 1, 0]
    assert unpack(value["person"]).tolist() == [0, 1, 1]
    assert value["people"] == ["Ann", HOSTILE[0]] and value["classes"] == ["happy", "sad"]
    assert value["faces"]["count"] == 3
    assert json.loads(json.dumps(value, allow_nan=False)) == value


def test_the_table_says_how_far_each_set_moved() -> None:
    value = map_value(make_report(make_points()))
    assert value["table"] == [
        {"set": 0, "photos": 1, "people": 1, "moved": 1.0, "changed": 1},
        {"set": 1, "photos": 1, "people": 1, "moved": 0.0, "changed": 0},
        {"set": 3, "photos": 1, "people": 1, "moved": 0.0, "changed": 0},
    ]
    assert "Forgotten people: 1 photos, moved by 100.0 %" in value["summary"]


def test_no_map_yet_is_the_empty_state() -> None:
    assert map_value(make_report(None)) == {}
    assert FeatureMap().value == {} and FeatureMap().postprocess(None) == {}


def test_points_in_one_place_do_not_divide_by_zero() -> None:
    same = np.ones((3, 2), dtype=np.float32)
    points = make_points()
    views = {name: replace(view, places=same) for name, view in points.views.items()}
    value = map_value(make_report(replace(points, views=views)))
    assert value["aspect"] == 1 and value["table"][0]["moved"] == 0


@pytest.mark.parametrize("component", [FeatureMap, LiveCurves])
def test_drawings_ignore_what_is_no_object(component: Any) -> None:
    assert [component().preprocess(sent) for sent in (None, "x", [1], 3)] == [{}, {}, {}, {}]


# ---- live curves -----------------------------------------------------------------------------------------------------


def test_every_stage_has_a_name_for_people() -> None:
    stages = ("load", "train", "unlearn", "retrain", "evaluate", "project", "control")
    assert set(stages) == set(STAGES) and all(STAGES[stage] for stage in stages)


def test_the_step_axis_is_long_enough_from_the_start() -> None:
    value = curves_value(make_curve(3), ForgetProgress("unlearn", 20, 120, "Forgetting with DLFD", 6.24))
    assert value["steps"] == 120 and value["points"]["step"] == [0, 10, 20]
    assert value["progress"] == {"stage": "Forgetting", "done": 20, "total": 120, "unit": "steps", "left": 6.24}
    assert value["message"] == "Forgetting with DLFD"


def test_later_stages_do_not_stretch_the_curves() -> None:
    assert curves_value(make_curve(3), ForgetProgress("retrain", 1, 900, ""))["steps"] == 20


def test_a_finished_run_keeps_its_curves_and_says_so() -> None:
    value = curves_value(make_curve(2), None, band=0.08, message="Finished in 7 s.")
    assert value["progress"] is None and value["message"] == "Finished in 7 s." and value["band"] == 0.08
    assert curves_value([], None) == {
        "points": {"step": [], "forget": [], "retain": [], "validation": [], "score": [], "phase": []},
        "steps": 0,
        "band": None,
        "progress": None,
        "message": "",
    }


def test_numbers_that_are_none_are_left_out() -> None:
    broken = CurvePoint(5, math.nan, 0.5, math.inf, 0.1, 0.5, "training")
    value = curves_value([broken], ForgetProgress("load", 0, 0, "", math.nan), band=math.nan)
    assert value["points"]["forget"] == [None] and value["points"]["validation"] == [None]
    assert value["band"] is None and value["progress"]["left"] is None
    json.dumps(value, allow_nan=False)
