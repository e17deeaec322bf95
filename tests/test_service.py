"""The service: order of events, caches, cancelling, one run at a time."""

from __future__ import annotations

import json
import lzma
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlfd_core.data.schema import Task
from dlfd_core.errors import Diverged, InvalidRequest, MissingArtifact, RunCancelled, UnknownName
from dlfd_core.models.training import Recipe
from dlfd_core.reports.build import caveats_of
from dlfd_core.reports.serialise import archive_report, report_to_json, restore_report
from dlfd_core.runs import workbench
from dlfd_core.runs.finished_runs import EXAMPLE
from dlfd_core.runs.validation import validated_forget
from dlfd_core.service import UnlearningService
from dlfd_core.types import (
    CachedReport,
    ControlReady,
    ForgetEvent,
    ForgetProgress,
    ForgetReport,
    ForgetRequest,
    MapReady,
    ReportReady,
    ScoresReady,
)
from dlfd_core.unlearning import METHODS
from dlfd_core.unlearning.control import Control
from tests.fake_race import make_scores
from tests.generators import close
from tests.small import small_data, small_service, small_task

pytestmark = pytest.mark.usefixtures("few_steps")

TRAINABLE = small_task().training_people()
REQUEST = ForgetRequest(tuple(TRAINABLE[:3]), data="small", task="place", method="fine_tune")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnlearningService]:
    """A service whose only data set is the small one."""
    with small_service(tmp_path_factory.mktemp("cache"), Recipe(epochs=2, batch_size=16)) as made:
        yield made


def never() -> bool:
    return False


def reports(events: list[ForgetEvent]) -> list[ForgetReport]:
    return [event.report for event in events if isinstance(event, ReportReady)]


def test_progress_then_scores_then_the_map(service: UnlearningService) -> None:
    events = list(service.forget(REQUEST, never))
    progress = [event for event in events if isinstance(event, ForgetProgress)]
    assert progress[0].stage == "load"
    stages = list(dict.fromkeys(event.stage for event in progress))
    assert stages in (["load", "train", "unlearn", "evaluate"], ["load", "unlearn", "evaluate"])
    assert all(0 <= event.done <= event.total for event in progress)
    assert any(event.point is not None for event in progress if event.stage == "unlearn")
    first, last = reports(events)
    assert [type(event) for event in events if isinstance(event, ReportReady)] == [ScoresReady, MapReady]
    assert [event.final for event in events if isinstance(event, ReportReady)] == [False, True]
    assert isinstance(events[-1], MapReady)
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
    assert len(events) == 1 and isinstance(events[0], CachedReport) and events[0].report.points is not None
    assert events[0].final


def test_the_retrained_reference_is_made_once_for_all_methods(service: UnlearningService) -> None:
    stages = []
    for method in ("fine_tune", "neg_grad"):
        request = ForgetRequest(REQUEST.people, data="small", task="place", method=method, retrain=True)
        events = list(service.forget(request, never))
        stages.append({event.stage for event in events if isinstance(event, ForgetProgress)})
        assert set(reports(events)[-1].scores) == {"original", "unlearned", "retrained"}
    assert "retrain" in stages[0] and "retrain" not in stages[1]


CONTROLLED = ForgetRequest(REQUEST.people, data="small", task="place", seed=3, control=True)


def test_the_control_arrives_last_and_changes_nothing_else(service: UnlearningService) -> None:
    events = list(service.forget(CONTROLLED, never))
    ready = [event for event in events if isinstance(event, ReportReady)]
    assert [(type(event), event.final) for event in ready] == [
        (ScoresReady, False), (MapReady, False), (ControlReady, True),
    ]  # fmt: skip
    scored, mapped, last = reports(events)
    assert scored.points is None and mapped.points is not None and ready[-1] is events[-1]
    assert scored.scores == mapped.scores and set(mapped.scores) == {"original", "unlearned"}
    assert list(last.scores) == list(last.losses) == ["original", "unlearned", "control"]
    assert {name: last.scores[name] for name in mapped.scores} == mapped.scores
    assert last.points is mapped.points and last.verdict == mapped.verdict and last.curve == mapped.curve
    assert last.seconds.control > 0 and last.seconds.total > mapped.seconds.total
    stages = [event.stage for event in events[events.index(ready[1]) :] if isinstance(event, ForgetProgress)]
    assert stages and set(stages) == {"control"}
    again = list(service.forget(CONTROLLED, never))
    assert [type(event) for event in again] == [CachedReport]
    assert report_to_json(reports(again)[0]) == report_to_json(last)  # the report with the control is cached


def test_the_control_is_run_once_for_one_schedule(service: UnlearningService) -> None:
    """Settings of the synthesis do not change the control; the learning rate does."""
    stages = []
    for knobs in [(), (("steps", 1),), (("lr", 0.003),)]:
        events = list(service.forget(replace(CONTROLLED, seed=4, knobs=knobs), never))
        assert "control" in reports(events)[-1].scores
        stages.append({event.stage for event in events if isinstance(event, ForgetProgress)})
    assert ["control" in seen for seen in stages] == [True, False, True]


def test_the_control_is_the_method_of_that_name_with_the_same_settings(service: UnlearningService) -> None:
    """Also with changed settings: the run and its control differ in synthesis only."""
    knobs = (("epochs", 1), ("lr", 0.003))
    beside = reports(list(service.forget(replace(CONTROLLED, preset="paper", knobs=knobs), never)))[-1]
    alone = replace(CONTROLLED, method="control", preset="paper", knobs=knobs, control=False)
    assert reports(list(service.forget(alone, never)))[-1].scores["unlearned"] == beside.scores["control"]


def test_cancelling_during_the_control_keeps_the_result_and_remembers_nothing(service: UnlearningService) -> None:
    seen: list[ForgetEvent] = []
    request = replace(CONTROLLED, seed=12)

    def in_control() -> bool:
        return bool(seen) and isinstance(seen[-1], ForgetProgress) and seen[-1].stage == "control"

    with pytest.raises(RunCancelled):
        for event in service.forget(request, in_control):
            seen.append(event)
    assert reports(seen)[-1].points is not None
    assert "control" in reports(list(service.forget(request, never)))[-1].scores


def test_a_control_that_diverges_leaves_the_result_and_says_so(
    service: UnlearningService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def diverge(*_: object) -> Iterator[object]:
        yield from ()
        raise Diverged("The loss stopped being a number.")

    monkeypatch.setattr(Control, "steps", diverge)
    events = list(service.forget(replace(CONTROLLED, seed=13), never))
    last = reports(events)[-1]
    assert isinstance(events[-1], ControlReady) and events[-1].final
    assert set(last.scores) == {"original", "unlearned"} and last.points is not None
    assert "There is no control beside this run: The loss stopped being a number." in last.caveats


def test_cancelling_stops_within_a_step_and_leaves_the_service_usable(service: UnlearningService) -> None:
    request = ForgetRequest(REQUEST.people, data="small", task="place", method="dlfd", seed=77)
    seen: list[ForgetEvent] = []
    with pytest.raises(RunCancelled):
        for event in service.forget(request, lambda: len(seen) >= 3):
            seen.append(event)
    assert len(seen) <= 4 and not reports(seen)
    assert reports(list(service.forget(REQUEST, never)))


def test_a_closed_run_frees_its_place(service: UnlearningService) -> None:
    run = service.forget(ForgetRequest(REQUEST.people, data="small", task="place", seed=5), never)
    next(run)
    next(run)
    close(run)
    assert not service._queue.busy()


def test_a_second_run_waits_says_so_and_can_be_cancelled(service: UnlearningService) -> None:
    first = service.forget(ForgetRequest(REQUEST.people, data="small", task="place", seed=6), never)
    next(first), next(first)  # it has the device now
    stop = threading.Event()
    waiting = service.forget(ForgetRequest(REQUEST.people, data="small", task="place", seed=8), stop.is_set)
    said = next(waiting)
    assert isinstance(said, ForgetProgress) and "Waiting" in said.message
    threading.Timer(0.2, stop.set).start()
    started = time.monotonic()
    with pytest.raises(RunCancelled):
        list(waiting)  # before the cancel another event may come: the estimated wait has become shorter
    assert time.monotonic() - started < 2
    close(first)


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
    assert not service._queue.busy()


def test_one_spelling_per_request() -> None:
    one = validated_forget(ForgetRequest(("b", "a", "b"), knobs=(("steps", "5"), ("alpha", "8"))))
    assert one.people == ("a", "b")
    assert one.knobs == (("steps", 5),)  # alpha is at its preset


def test_settings_are_counted_from_the_chosen_preset() -> None:
    paper = ForgetRequest(("a",), preset="paper", knobs=(("epochs", "1"), ("lr", 0.005), ("tau", 0.04)))
    assert validated_forget(paper).knobs == ()
    back = replace(paper, knobs=(("epochs", 4),))  # the default differs from the preset here
    assert validated_forget(back).knobs == (("epochs", 4),)
    with pytest.raises(UnknownName, match="preset of salun 'paper'; choose one of: quality"):
        validated_forget(replace(paper, method="salun"))


def test_only_methods_that_have_a_control_are_run_with_it() -> None:
    for method in METHODS.names():
        assert validated_forget(ForgetRequest(("a",), method=method, control=True)).control == (method == "dlfd")
    assert not validated_forget(ForgetRequest(("a",))).control


def test_a_report_from_before_presets_can_be_opened(service: UnlearningService) -> None:
    document = archive_report(reports(list(service.forget(REQUEST, never)))[-1])
    for name in ("preset", "control"):
        del document["request"][name]
    del document["seconds"]["control"]
    back = restore_report(document)
    assert back.request.preset == "quality" and not back.request.control and back.seconds.control == 0


def test_a_run_that_loses_the_task_is_warned_about() -> None:
    task, scores = small_task(), make_scores(0.8, 0.6, 0.6)
    told = {
        method: caveats_of(task, method, {"original": scores, "unlearned": replace(scores, validation_accuracy=0.6)})
        for method in ("dlfd", "fine_tune")
    }
    assert "from 87% to 60%; try a lower learning rate, fewer perturbation steps or another seed." in told["dlfd"][0]
    assert "try a lower learning rate or another seed." in told["fine_tune"][0]
    fine = caveats_of(task, "dlfd", {"original": scores, "unlearned": replace(scores, validation_accuracy=0.61)})
    assert not any("beyond repair" in caveat for caveat in fine)


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


def test_the_loss_figure_is_an_svg_that_repeats(service: UnlearningService) -> None:
    report = reports(list(service.forget(REQUEST, never)))[-1]
    figure = service.loss_figure(report)
    assert b"<svg" in figure and figure == service.loss_figure(report)


def test_look_alikes_are_other_people_nearest_first(service: UnlearningService) -> None:
    found = service.look_alikes("small", "place", "slim_resnet", TRAINABLE[0], 4)
    assert len(found) == 4 and TRAINABLE[0] not in found and set(found) <= set(TRAINABLE)
    with pytest.raises(UnknownName):
        service.look_alikes("small", "place", "slim_resnet", "nobody", 4)


def test_the_catalog_and_presets_agree(service: UnlearningService) -> None:
    catalog = service.catalog()
    assert [person.id for person in catalog.data[0].people] == TRAINABLE
    for method in catalog.methods:
        assert method.presets[0].name == "quality"
        for card in method.presets:
            preset = service.preset(method.name, "small", "place", "slim_resnet", card.name)
            assert list(preset) == [knob.name for knob in method.knobs]


def test_several_attributes_go_the_whole_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Training, unlearning, scores, predictions and the map work with one logit per attribute."""
    data = small_data()
    left, right = (Task(name, name.title(), ("no", "yes"), (data.tasks["place"].labels == i).astype(np.int64))
                   for name, i in [("left", 0), ("right", 2)])  # fmt: skip
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path))
    monkeypatch.setattr(workbench, "load_data", lambda name: replace(data, tasks={"left": left, "right": right}))
    service = UnlearningService(Recipe(epochs=2, batch_size=16))
    # two epochs teach the larger network these few photos
    request = replace(
        REQUEST, task="left+right", backbone="slim_resnet", method="dlfd", knobs=(("epochs", 1),), retrain=True
    )
    report = reports(list(service.forget(request, never)))[-1]
    assert len(report.classes) == 4 and report.points is not None
    assert set(report.scores) == {"original", "unlearned", "retrained"}
    for scores in report.scores.values():
        assert 0.4 < scores.utility <= 1 and 0 <= scores.forgetting_score <= 0.5
    assert {row.label for row in report.predictions} <= {0, 1, 2}  # class 3 would be a bar on the left and on the right
    assert any("mean over the attributes" in caveat for caveat in report.caveats)


@pytest.mark.parametrize("kept", [0, 1, 1_000, 100_000, 400_000])
def test_a_damaged_example_is_named_with_what_to_do(kept: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlfd_core.runs.finished_runs.EXAMPLE", tmp_path / "report.json.xz")
    (tmp_path / "report.json.xz").write_bytes(EXAMPLE.read_bytes()[:kept])
    with pytest.raises(MissingArtifact, match=r"report\.json\.xz is damaged.*dlfd_core example"):
        UnlearningService().example()


@pytest.mark.parametrize("field", ["request", "scores", "losses", "points", "curve", "seconds", "verdict"])
def test_an_example_of_another_shape_is_named_too(field: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlfd_core.runs.finished_runs.EXAMPLE", tmp_path / "report.json.xz")
    document = json.loads(lzma.decompress(EXAMPLE.read_bytes()))
    for content in (document | {field: 7}, {name: value for name, value in document.items() if name != field}):
        (tmp_path / "report.json.xz").write_bytes(lzma.compress(json.dumps(content).encode()))
        with pytest.raises(MissingArtifact, match=r"finished example report.json.xz is damaged.*dlfd_core example"):
            UnlearningService().example()
