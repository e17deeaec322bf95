"""The feature map: coordinates, names and the table that are sent to the browser."""

from __future__ import annotations

import base64
import io
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from dlfd_core.types import (
    DataCounts,
    ForgetReport,
    ForgetRequest,
    MapPoints,
    Seconds,
    Sprite,
    Verdict,
)
from dlfd_core.ui.components.feature_map import FeatureMap, map_value
from tests.fakes import make_view

HOSTILE = ("<img src=x onerror=alert(1)>", "${alert(1)}", "{{7*7}}", "`'\"\\")


def make_sheet(count: int, columns: int = 4, tile: int = 8) -> Sprite:
    picture = Image.new("RGB", (columns * tile, math.ceil(count / columns) * tile), "teal")
    buffer = io.BytesIO()
    picture.save(buffer, "WEBP")
    return Sprite(buffer.getvalue(), columns, tile, count)


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


def unpack(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<u2")


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
    assert value["faces"] == {"columns": 4, "tile": 8, "count": 3}  # the sheet itself is requested later
    assert value["ids"] == ["p0", "p1"]
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
