"""The map moves while a run goes on: the same photos and places as on the finished map and its film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from dlfd_core.models.training import Recipe
from dlfd_core.types import ForgetEvent, ForgetProgress, MapReady
from tests.feature_map.test_points import REQUEST as FIRST
from tests.small import small_service

pytestmark = pytest.mark.usefixtures("few_steps")

REQUEST = replace(FIRST, retrain=False, seed=1)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[list[ForgetEvent]]:
    """Two runs of one service: the projection is fitted at the end of the first."""
    with small_service(tmp_path_factory.mktemp("cache"), Recipe(epochs=2, batch_size=16)) as service:
        return [list(service.forget(request, lambda: False)) for request in (replace(REQUEST, seed=2), REQUEST)]


def progress(events: Sequence[ForgetEvent]) -> list[ForgetProgress]:
    return [event for event in events if isinstance(event, ForgetProgress)]


def test_no_run_waits_for_the_projection(runs: list[list[ForgetEvent]]) -> None:
    assert all(event.map_start is None and event.map_frame is None for event in progress(runs[0]))


def test_the_start_is_the_finished_map_before_forgetting(runs: list[list[ForgetEvent]]) -> None:
    starts = [event.map_start for event in progress(runs[1]) if event.map_start is not None]
    last = runs[1][-1]
    assert len(starts) == 1 and isinstance(last, MapReady) and last.report.points is not None
    begun, finished = starts[0].points, last.report.points
    assert list(begun.views) == ["original"] and begun.film is None and begun.faces is None
    assert begun.people == finished.people
    for name in ("group", "label", "person"):
        np.testing.assert_array_equal(getattr(begun, name), getattr(finished, name))
    # the finished map places more photos at once, which some chips round differently
    np.testing.assert_allclose(begun.before, finished.before, atol=1e-4)
    assert finished.film is not None
    np.testing.assert_array_equal(starts[0].filmed, finished.film.photos)


def test_every_frame_of_the_film_comes_once_and_where_it_will_be(runs: list[list[ForgetEvent]]) -> None:
    frames = [event.map_frame for event in progress(runs[1]) if event.map_frame is not None]
    last = runs[1][-1]
    assert isinstance(last, MapReady) and last.report.points is not None and last.report.points.film is not None
    film = last.report.points.film
    assert [frame.step for frame in frames] == list(film.steps[1:])
    assert [frame.phase for frame in frames] == list(film.phases[1:])
    for k, frame in enumerate(frames, 1):
        np.testing.assert_array_equal(frame.predicted, film.predicted[k])
        np.testing.assert_allclose(frame.places, film.places[k], atol=0.05)  # the last one is not rounded
