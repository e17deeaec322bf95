"""Models and film of the map as they are sent to the browser, and their size."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import Any

import numpy as np

from dlfd_core.types import Film, ForgetReport, ForgetRequest, MapPoints
from dlfd_core.ui.components.feature_map import map_value
from dlfd_core.ui.components.map_views import BEYOND, FULL, LOSSES
from tests.fakes import make_points, make_report, make_view

REQUEST = ForgetRequest(("p00", "p01"), retrain=True)


def report() -> ForgetReport:
    return make_report(REQUEST)


def points() -> MapPoints:
    found = report().points
    assert found is not None
    return found


def numbers(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<u2")


def classes(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype=np.uint8)


def test_every_model_says_its_own() -> None:
    value = map_value(report())
    assert list(value["views"]) == ["original", "unlearned", "retrained"]
    assert list(map_value(make_report(replace(REQUEST, retrain=False)))["views"]) == ["original", "unlearned"]
    for name, view in points().views.items():
        sent = value["views"][name]
        chances = numbers(sent["chances"]).reshape(-1, sent["width"]) / FULL
        exponent = numbers(sent["losses"]) / FULL * LOSSES["decades"] + LOSSES["low"]
        assert np.allclose(chances, view.probabilities, atol=1e-4) and sent["top"] is None
        assert np.allclose(10.0**exponent, view.losses, rtol=1e-3)
        assert np.array_equal(classes(sent["predicted"]), view.predicted)
        assert np.array_equal(numbers(sent["neighbours"]).reshape(-1, sent["near"]), view.neighbours)
        assert (sent["trustworthiness"], sent["continuity"]) == (0.93, 0.95)
    assert json.loads(json.dumps(value, allow_nan=False)) == value


def test_all_models_share_one_frame() -> None:
    far = points().views["original"].places.copy()
    far[0] = (100, 100)
    views = points().views | {"retrained": replace(points().views["retrained"], places=far)}
    value = map_value(replace(report(), points=replace(points(), views=views)))
    retrained = numbers(value["views"]["retrained"]["places"]).reshape(-1, 2)
    assert retrained[0].tolist() == [FULL, 0]
    assert numbers(value["views"]["original"]["places"]).max(initial=0) <= FULL and value["aspect"] > 0


def test_losses_that_are_nothing_or_endless_stay_in_the_range() -> None:
    view = replace(points().views["unlearned"], losses=np.full(120, 0, dtype=np.float32))
    value = map_value(replace(report(), points=replace(points(), views=points().views | {"unlearned": view})))
    assert set(numbers(value["views"]["unlearned"]["losses"])) == {0}
    view = replace(view, losses=np.full(120, 1e9, dtype=np.float32))
    value = map_value(replace(report(), points=replace(points(), views=points().views | {"unlearned": view})))
    assert set(numbers(value["views"]["unlearned"]["losses"])) == {FULL}


def many(count: int) -> dict[str, Any]:
    """The map of a task with that many classes."""
    label = np.arange(120) % count
    views = {name: make_view(view.places, label, label, count) for name, view in points().views.items()}
    names = tuple(f"class {k}" for k in range(count))
    return map_value(replace(report(), classes=names, points=replace(points(), views=views, label=label, film=None)))


def test_of_many_classes_only_the_most_probable_travel() -> None:
    sent = many(40)["views"]["original"]
    assert sent["width"] == 3 and numbers(sent["chances"]).reshape(-1, 3)[0].tolist()[0] == round(0.8 * FULL)
    assert np.array_equal(classes(sent["top"]).reshape(-1, 3)[:, 0], np.arange(120) % 40)


def test_more_classes_than_a_byte_holds_take_two() -> None:
    value = many(300)
    assert numbers(value["label"]).tolist() == list(range(120))
    assert numbers(value["views"]["original"]["top"]).reshape(-1, 3)[:, 0].tolist() == list(range(120))


def test_the_film_lies_in_the_frame_of_the_map() -> None:
    value, film = map_value(report()), points().film
    assert film is not None
    sent = value["film"]
    assert sent["steps"] == [0, 10, 20, 30, 40] and sent["phases"][1] == "forgetting" and sent["kept"] == 4
    assert np.array_equal(numbers(sent["photos"]), film.photos)
    assert np.array_equal(classes(sent["predicted"]).reshape(5, -1), film.predicted)
    frames = numbers(sent["places"]).reshape(5, -1, 2) / FULL * (1 + 2 * BEYOND) - BEYOND
    before = numbers(value["views"]["original"]["places"]).reshape(-1, 2) / FULL
    assert np.allclose(frames[0], before[film.photos], atol=1e-4)


def test_the_film_changes_nothing_else() -> None:
    early, late = map_value(replace(report(), points=replace(points(), film=None))), map_value(report())
    assert early["film"] is None and late["film"] is not None
    assert early | {"film": late["film"]} == late


def test_a_film_of_one_frame_is_none() -> None:
    film = points().film
    assert film is not None
    short = Film(film.steps[:1], film.phases[:1], film.photos, film.places[:1], film.predicted[:1])
    assert map_value(replace(report(), points=replace(points(), film=short)))["film"] is None


def test_it_is_small_enough_to_send() -> None:
    """1,180 photos, three models, seven classes, and 416 of them watched at 19 looks."""
    n, rng = 1180, np.random.default_rng(0)
    where, label = rng.normal(size=(n, 2)).astype(np.float32), rng.integers(0, 7, n)
    view = make_view(where, label, label, 7)
    steps = tuple(range(0, 190, 10))
    film = Film(
        steps,
        ("forgetting",) * 19,
        np.arange(416),
        np.repeat(where[None, :416], 19, 0),
        np.repeat(label[None, :416], 19, 0),
    )
    some = make_points(("p00",), n=n)
    views = dict.fromkeys(some.views, view) | {"retrained": view}
    full = replace(some, views=views, label=label, faces=None, film=film)
    names = tuple(f"class {k}" for k in range(7))
    assert len(json.dumps(map_value(replace(report(), classes=names, points=full)))) < 190_000
