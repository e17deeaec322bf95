"""The service: order of events, caches, cancelling, one run at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from dlfd_core import workbench
from dlfd_core.errors import InvalidRequest, RunCancelled, UnknownName
from dlfd_core.reports.serialise import archive_report, report_to_json, restore_report
from dlfd_core.service import UnlearningService, canonical
from dlfd_core.training import Recipe
from dlfd_core.types import ForgetEvent, ForgetProgress, ForgetReport, ForgetRequest
from tests.small import small_data, small_task

TRAINABLE = small_task().training_people()
REQUEST = ForgetRequest(tuple(TRAINABLE[:3]), data="small", task="place", method="fine_tune")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnlearningService]:
    """A service whose only data set is the small one."""
    patch = pytest.MonkeyPatch()
    patch.setenv("DLFD_CACHE", str(tmp_path_factory.mktemp("cache")))
    patch.setattr(workbench, "load_data", lambda name: small_data())
    yield UnlearningService(Recipe(epochs=2, batch_size=16))
    patch.undo()


def never() -> bool:
    return False


def reports(events: list[ForgetEvent]) -> list[ForgetReport]:
    return [event for event in events if isinstance(event, ForgetReport)]


def test_progress_then_scores_then_the_map(service: UnlearningService) -> None:
    events = list(service.forget(REQUEST, never))
    progress = [event for event in events if isinstance(event, ForgetProgress)]
    assert progress[0].stage == "load"
    stages = list(dict.fromkeys(event.stage for event in progress))
    assert stages in (["load", "train", "unlearn", "evaluate"], ["load", "unlearn", "evaluate"])
    assert all(0 <= event.done <= event.total for event in progress)
    assert any(event.point is not None for event in progress if event.stage == "unlearn")
    first, last = reports(events)
    assert isinstance(events[-1], ForgetReport)
    assert first.points is None and last.points is not None
    assert first.scores == last.scores and set(first.scores) == {"original", "unlearned"}
    assert len(last.curve) >= 2 and last.curve[0].step == 0
    assert last.seconds.total >= last.seconds.unlearn > 0
    assert set(np.unique(last.points.group)) == {0, 1, 2, 3}
    assert last.points.faces is not None and last.points.faces.count == len(last.points.before)


def test_a_request_known_already_comes_back_at_once(service: UnlearningService) -> None:
    list(service.forget(REQUEST, never))
    shuffled = ForgetRequest(REQUEST.people[::-1] + REQUEST.people[:1], data="small", task="place", method="fine_tune")
    events = list(service.forget(shuffled, never))
    assert len(events) == 1 and isinstance(events[0], ForgetReport) and events[0].points is not None


def test_the_retrained_reference_is_made_once_for_all_methods(service: UnlearningService) -> None:
    stages = []
    for method in ("fine_tune", "neg_grad"):
        request = ForgetRequest(REQUEST.people, data="small", task="place", method=method, retrain=True)
        events = list(service.forget(request, never))
        stages.append({event.stage for event in events if isinstance(event, ForgetProgress)})
        assert set(reports(events)[-1].scores) == {"original", "unlearned", "retrained"}
    assert "retrain" in stages[0] and "retrain" not in stages[1]


def test_cancelling_stops_within_a_step_and_leaves_the_service_usable(service: UnlearningService) -> None:
    request = ForgetRequest(REQUEST.people, data="small", task="place", method="dlfd", seed=77)
    seen = []
    with pytest.raises(RunCancelled):
        for event in service.forget(request, lambda: len(seen) >= 3):
            seen.append(event)
    assert len(seen) <= 4 and not reports(seen)
    assert reports(list(service.forget(REQUEST, never)))


def test_a_closed_run_frees_its_place(service: UnlearningService) -> None:
    run = service.forget(ForgetRequest(REQUEST.people, data="small", task="place", seed=5), never)
    next(run)
    next(run)
    run.close()  # type: ignore[attr-defined]  # it is a generator
    assert not service._slot.locked()


def test_a_second_run_waits_says_so_and_can_be_cancelled(service: UnlearningService) -> None:
    first = service.forget(ForgetRequest(REQUEST.people, data="small", task="place", seed=6), never)
    next(first), next(first)  # it holds the place now
    stop = threading.Event()
    waiting = service.forget(ForgetRequest(REQUEST.people, data="small", task="place", seed=8), stop.is_set)
    said = next(waiting)
    assert isinstance(said, ForgetProgress) and "Waiting" in said.message
    threading.Timer(0.2, stop.set).start()
    started = time.monotonic()
    with pytest.raises(RunCancelled):
        next(waiting)
    assert time.monotonic() - started < 2
    first.close()  # type: ignore[attr-defined]


def test_bad_requests_are_refused_before_anything_is_computed(service: UnlearningService) -> None:
    for request, error in [
        (ForgetRequest((), data="small", task="place"), InvalidRequest),
        (ForgetRequest(tuple(TRAINABLE), data="small", task="place"), InvalidRequest),
        (ForgetRequest(("x",), data="small", task="place"), UnknownName),
        (ForgetRequest(REQUEST.people, data="small", task="mood"), UnknownName),
        (ForgetRequest(REQUEST.people, data="small", task="place", method="magic"), UnknownName),
        (ForgetRequest(REQUEST.people, data="small", task="place", backbone="vgg"), UnknownName),
        (ForgetRequest(REQUEST.people, data="small", task="place", seed=-1), InvalidRequest),
        (ForgetRequest(REQUEST.people, data="small", task="place", knobs=(("alpha", 1e9),)), InvalidRequest),
    ]:
        with pytest.raises(error):
            next(iter(service.forget(request, never)))
    assert not service._slot.locked()


def test_one_spelling_per_request() -> None:
    one = canonical(ForgetRequest(("b", "a", "b"), knobs=(("steps", "4"), ("alpha", "1"))))
    assert one.people == ("a", "b")
    assert one.knobs == (("steps", 4),)  # alpha is at its preset


def test_a_report_survives_being_archived(service: UnlearningService) -> None:
    report = reports(list(service.forget(REQUEST, never)))[-1]
    back = restore_report(archive_report(report))
    assert back.request == report.request and back.scores == report.scores and back.verdict == report.verdict
    assert back.points is not None and report.points is not None
    np.testing.assert_allclose(back.points.after, report.points.after, atol=1e-3)
    np.testing.assert_array_equal(back.points.group, report.points.group)
    np.testing.assert_allclose(back.losses["unlearned"]["forget"], report.losses["unlearned"]["forget"], atol=1e-4)
    assert back.photos == report.photos and back.predictions == report.predictions
    assert "photos" not in report_to_json(report)  # the public report shows nobody


@pytest.mark.parametrize("dark", [False, True])
def test_the_loss_figure_is_an_svg_that_repeats(service: UnlearningService, dark: bool) -> None:
    report = reports(list(service.forget(REQUEST, never)))[-1]
    figure = service.loss_figure(report, dark=dark)
    assert b"<svg" in figure and figure == service.loss_figure(report, dark=dark)


def test_look_alikes_are_other_people_nearest_first(service: UnlearningService) -> None:
    found = service.look_alikes("small", "place", "slim_resnet", TRAINABLE[0], 4)
    assert len(found) == 4 and TRAINABLE[0] not in found and set(found) <= set(TRAINABLE)
    with pytest.raises(UnknownName):
        service.look_alikes("small", "place", "slim_resnet", "nobody", 4)


def test_the_catalog_and_presets_agree(service: UnlearningService) -> None:
    catalog = service.catalog()
    assert [person.id for person in catalog.data[0].people] == TRAINABLE
    for method in catalog.methods:
        preset = service.preset(method.name, "small", "place", "slim_resnet")
        assert list(preset) == [knob.name for knob in method.knobs]
