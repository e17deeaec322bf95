"""The map of a real, small run: all models in one projection, with the film of the run."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlfd_core.feature_map.projection import faithfulness
from dlfd_core.models.training import Recipe
from dlfd_core.reports.serialise import archive_report, restore_report
from dlfd_core.types import ForgetEvent, ForgetProgress, ForgetReport, ForgetRequest, MapPoints, MapReady
from dlfd_core.unlearning.monitor import Monitor
from tests.small import small_service, small_task

pytestmark = pytest.mark.usefixtures("few_steps")

REQUEST = ForgetRequest(
    tuple(small_task().training_people()[:3]), data="small", task="place", method="dlfd", retrain=True,
    knobs=(("batch_size", 16), ("check_every", 2), ("epochs", 2), ("guard", 0.0), ("tau", -0.5)),
)  # fmt: skip


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[ForgetEvent]:
    with small_service(tmp_path_factory.mktemp("cache"), Recipe(epochs=2, batch_size=16)) as service:
        return list(service.forget(REQUEST, lambda: False))


@pytest.fixture(scope="module")
def report(events: list[ForgetEvent]) -> ForgetReport:
    last = events[-1]
    assert isinstance(last, MapReady)
    return last.report


@pytest.fixture(scope="module")
def points(report: ForgetReport) -> MapPoints:
    assert report.points is not None
    return report.points


def test_every_model_says_something_about_every_photo(points: MapPoints) -> None:
    n = len(points.group)
    assert list(points.views) == ["original", "unlearned", "retrained"]
    for view in points.views.values():
        assert view.places.shape == (n, 2) and view.neighbours.shape == (n, 5)
        np.testing.assert_allclose(view.probabilities.sum(1), 1, atol=1e-5)
        assert (view.probabilities.argmax(1) == view.predicted).all()
        own = view.probabilities[np.arange(n), points.label]
        np.testing.assert_allclose(view.losses, -np.log(own), rtol=1e-3, atol=1e-4)
        assert (view.neighbours != np.arange(n)[:, None]).all()  # no photo is its own neighbour
        assert 0 <= view.trustworthiness <= 1 and 0 <= view.continuity <= 1


def test_the_film_begins_at_the_original_and_ends_where_the_run_did(points: MapPoints) -> None:
    film = points.film
    assert film is not None and film.steps[0] == 0 and film.phases[0] == "original" and "forgetting" in film.phases
    assert film.places.shape == (len(film.steps), len(film.photos), 2)
    assert film.predicted.shape == film.places.shape[:2]
    np.testing.assert_allclose(film.places[0], points.before[film.photos], atol=1e-4)
    assert film.kept == len(film.steps) - 1  # the method keeps its last state
    np.testing.assert_allclose(film.places[-1], points.after[film.photos], atol=1e-4)
    assert set(np.unique(points.group[film.photos])) == {0, 1, 2}  # the film shows no unseen people


@pytest.mark.parametrize("wanted", [3, 5])
def test_the_film_marks_the_state_that_was_kept(wanted: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The monitor looks every 5 steps, so step 3 is not recorded: the state after it gets a frame of its own."""
    step = itertools.count(1)
    monkeypatch.setattr(Monitor, "selection_score", lambda monitor: -abs(next(step) - wanted))
    knobs = dict(REQUEST.knobs) | {"keep": "best", "check_every": 1}
    request = replace(REQUEST, knobs=tuple(sorted(knobs.items())), retrain=False)
    with small_service(tmp_path, Recipe(epochs=2, batch_size=16)) as service:
        *_, last = service.forget(request, lambda: False)
    assert isinstance(last, MapReady) and last.report.points is not None
    points, film = last.report.points, last.report.points.film
    assert film is not None and film.steps[film.kept] == wanted and film.kept < len(film.steps) - 1
    assert list(film.steps) == sorted(set(film.steps)) and len(film.places) == len(film.steps) == len(film.phases)
    np.testing.assert_allclose(film.places[film.kept], points.after[film.photos], atol=1e-4)
    np.testing.assert_array_equal(film.predicted[film.kept], points.predicted_after[film.photos])


def test_looks_come_while_the_run_goes_on_and_stay_in_its_report(
    events: list[ForgetEvent], report: ForgetReport
) -> None:
    live = [event.look for event in events if isinstance(event, ForgetProgress) and event.look is not None]
    assert live and [look.step for look in live] == [look.step for look in report.looks]


def test_map_and_looks_survive_being_archived(report: ForgetReport, points: MapPoints) -> None:
    back = restore_report(json.loads(json.dumps(archive_report(report))))
    assert back.points is not None and back.points.film is not None and points.film is not None
    for name, view in points.views.items():
        np.testing.assert_allclose(back.points.views[name].probabilities, view.probabilities, atol=1e-3)
        np.testing.assert_array_equal(back.points.views[name].neighbours, view.neighbours)
    np.testing.assert_allclose(back.points.film.places, points.film.places, atol=1e-3)
    assert (back.points.film.steps, back.points.film.kept) == (points.film.steps, points.film.kept)
    assert [look.step for look in back.looks] == [look.step for look in report.looks]
    for new, old in zip(back.looks, report.looks, strict=True):
        assert new.retain == old.retain and new.paper.decided_by_task == old.paper.decided_by_task
        np.testing.assert_allclose(new.plan, old.plan, atol=1e-4)
    assert restore_report(archive_report(replace(report, points=None, looks=()))).points is None


def test_an_archive_from_before_a_field_takes_its_default(report: ForgetReport) -> None:
    document = archive_report(report)
    del document["points"]["film"]["kept"]
    back = restore_report(document)
    assert back.points is not None and back.points.film is not None and back.points.film.kept == -1
    del document["points"]["film"]["steps"]
    with pytest.raises(KeyError):
        restore_report(document)


def test_a_map_that_keeps_neighbours_is_faithful_and_a_shuffled_one_is_not() -> None:
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(200, 2)).astype(np.float32)
    features = np.concatenate([flat, np.zeros((200, 6), dtype=np.float32)], axis=1)
    assert faithfulness(features, flat) == (1.0, 1.0)
    assert max(faithfulness(features, rng.permutation(flat))) < 0.7
