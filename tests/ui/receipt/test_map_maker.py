"""The figure of the map for print and its sheet of faces, which the browser requests by the key and mark of a run."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from dlfd_core.types import ForgetReport, ForgetRequest, MapPoints
from dlfd_core.ui.components.feature_map import FeatureMap
from dlfd_core.ui.components.map_views import map_mark
from dlfd_core.ui.receipt.file_maker import GONE
from dlfd_core.ui.receipt.map_maker import NO_FACES, face_maker, map_maker
from dlfd_core.ui.server.failures import NO_FIGURE
from tests.fakes import FakeService, make_report

REQUEST = ForgetRequest(("p00", "p01"), retrain=True)


def report() -> ForgetReport:
    return make_report(REQUEST)


def points() -> MapPoints:
    found = report().points
    assert found is not None
    return found


def asked(about: ForgetReport, kind: str = "svg") -> str:
    assert about.points is not None
    return json.dumps({"key": about.key, "mark": map_mark(about.points), "kind": kind})


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_a_remembered_run_and_the_example_give_a_figure(kind: str) -> None:
    service = FakeService()
    service.memory[REQUEST] = report()
    for about in (report(), service.example()):
        answer = map_maker(service)(asked(about, kind))
        assert answer["name"] == f"map-{about.key}-print.{kind}" and answer["type"].startswith("image/")
        assert base64.b64decode(answer["content"]).decode() == f"{kind} map of {about.key}"


def test_another_run_of_the_same_request_is_not_taken_for_it() -> None:
    service = FakeService(with_example=False)
    assert map_maker(service)(asked(report())) == {"error": GONE}
    moved = replace(points().views["original"], places=points().views["original"].places + 1)
    service.memory[REQUEST] = replace(report(), points=replace(points(), views=points().views | {"original": moved}))
    assert map_maker(service)(asked(report())) == {"error": GONE}


@pytest.mark.parametrize(
    "question",
    [None, 3, "", "{", "[]", json.dumps({"key": "k", "mark": "m"}), json.dumps({"key": 1, "mark": "m", "kind": "svg"}),
     json.dumps({"key": "k", "mark": "m", "kind": "exe"}), "[" * 60_000],
)  # fmt: skip
def test_other_questions_get_a_sentence(question: object) -> None:
    assert map_maker(FakeService())(question)["error"].endswith("load the page again.")


def test_what_nobody_foresaw_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    service = FakeService()

    def broken(*_: object) -> bytes:
        raise RuntimeError("the path /secret/place is broken")

    monkeypatch.setattr(service, "map_figure", broken)
    assert map_maker(service)(asked(service.example())) == {"error": NO_FIGURE}


def test_the_button_is_there_only_where_somebody_answers() -> None:
    answering = FeatureMap(figure=map_maker(FakeService()))
    assert answering.js_on_load is not None and '"print": true' in answering.js_on_load
    assert [function.__name__ for function in answering.server_fns] == ["map_figure"]  # as the script calls it
    silent = FeatureMap()
    assert silent.js_on_load is not None and '"print": false' in silent.js_on_load and silent.server_fns == []


def test_the_faces_of_a_shown_run_are_given_and_of_another_not() -> None:
    service = FakeService(with_example=False)
    service.memory[REQUEST] = report()
    faces = points().faces
    assert faces is not None
    address = face_maker(service)(asked(report()))["address"]
    assert base64.b64decode(address.removeprefix("data:image/webp;base64,")) == faces.image
    assert face_maker(service)(json.dumps({"key": report().key, "mark": "0" * 16})) == {"error": GONE}
    service.memory[REQUEST] = replace(report(), points=replace(points(), faces=None))
    assert face_maker(service)(asked(report())) == {"error": "There are no pictures of the photos on this map."}
    assert face_maker(service)("{")["error"].endswith("load the page again.")


def test_an_unexpected_failure_of_the_faces_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    service = FakeService()

    def broken(*_: object) -> ForgetReport:
        raise RuntimeError("the path /secret/place is broken")

    monkeypatch.setattr(service, "find_report", broken)
    assert face_maker(service)(asked(service.example())) == {"error": NO_FACES}
