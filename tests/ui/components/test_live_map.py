"""The map of a run in progress, as it is sent to the browser."""

from __future__ import annotations

import base64
import json

import numpy as np

from dlfd_core.types import ForgetRequest, MapPoints
from dlfd_core.ui.components.feature_map import map_value
from dlfd_core.ui.components.live_map import LiveMap
from dlfd_core.ui.components.map_views import BEYOND, FULL
from tests.fakes import make_report

REPORT = make_report(ForgetRequest(("p00", "p01")))


def points() -> MapPoints:
    assert REPORT.points is not None
    return REPORT.points


def test_it_begins_with_the_photos_by_the_original() -> None:
    film = points().film
    assert film is not None
    begun, finished = LiveMap(points(), film.photos, REPORT.classes).begin(), map_value(REPORT)
    assert list(begun["views"]) == ["original"] and begun["n"] == finished["n"]
    same = ("group", "label", "person", "people", "ids", "classes")
    assert {name: begun[name] for name in same} == {name: finished[name] for name in same}
    assert np.frombuffer(base64.b64decode(begun["filmed"]), dtype="<u2").tolist() == film.photos.tolist()
    assert [row["photos"] for row in begun["table"]] == [row["photos"] for row in finished["table"]]
    assert json.loads(json.dumps(begun, allow_nan=False)) == begun


def test_a_frame_lies_in_the_frame_of_its_beginning() -> None:
    film = points().film
    assert film is not None
    live = LiveMap(points(), film.photos, REPORT.classes)
    sent = live.frame(20, 40, "forgetting", film.places[0], film.predicted[2])
    assert (sent["step"], sent["total"], sent["phase"]) == (20, 40, "forgetting")
    wide = np.frombuffer(base64.b64decode(sent["places"]), dtype="<u2").reshape(-1, 2) / FULL
    places = wide * (1 + 2 * BEYOND) - BEYOND
    begun = live.begin()["views"]["original"]["places"]
    first = np.frombuffer(base64.b64decode(begun), dtype="<u2").reshape(-1, 2) / FULL
    assert np.allclose(places, first[film.photos], atol=1e-4)
    assert list(base64.b64decode(sent["predicted"])) == film.predicted[2].tolist()


def test_a_frame_is_small() -> None:
    """Of 416 photos, as they are recorded at most."""
    live = LiveMap(points(), np.arange(120), REPORT.classes)
    places, predicted = np.zeros((416, 2), dtype=np.float32), np.zeros(416, dtype=np.int64)
    assert len(json.dumps(live.frame(1, 2, "forgetting", places, predicted))) < 3_200
