"""Expected seconds: from measured steps, scaled to the request, and only from what is comparable."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from dlfd_core.artifacts import weights_hash
from dlfd_core.data.splits import split_for
from dlfd_core.models.training import Recipe
from dlfd_core.runs import expected_time
from dlfd_core.runs.expected_time import Measured, measure, time_first_steps
from dlfd_core.runs.keys import ModelKey, OriginalKey
from dlfd_core.runs.step_seconds import StepSeconds
from dlfd_core.service import UnlearningService
from dlfd_core.types import ForgetProgress, ForgetRequest
from dlfd_core.unlearning import configured_method, dlfd
from dlfd_core.unlearning.synthesis import synthesise
from dlfd_core.unlearning.synthesis_look import inspect_synthesis
from tests.small import small_context, small_service, small_task

pytestmark = pytest.mark.usefixtures("few_steps")

PEOPLE = tuple(small_task().training_people()[:3])
REQUEST = ForgetRequest(PEOPLE, data="small", task="place", method="fine_tune")


class Clock:
    """Stands for the module ``time``: it goes on only where a part of a run says that it took time."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


def spent(function: Callable[..., Any], clock: Clock, seconds: float) -> Callable[..., Any]:
    """The function, which takes so many seconds of ``clock``."""

    def timed(*arguments: Any, **options: Any) -> Any:
        clock.now += seconds
        return function(*arguments, **options)

    return timed


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UnlearningService]:
    with small_service(tmp_path_factory.mktemp("cache"), Recipe(epochs=2, batch_size=16)) as made:
        yield made


def expected(measured: StepSeconds, request: ForgetRequest) -> float | None:
    method = configured_method(request)
    return measured.expected(ModelKey.of(request, method), method, split_for(small_task(), request.people))


def test_scheduled_methods_scale_with_their_steps() -> None:
    measured = StepSeconds()
    assert expected(measured, REQUEST) is None
    method = configured_method(REQUEST)
    splits = split_for(small_task(), PEOPLE)
    steps = method.planned_steps(len(splits.retain), len(splits.forget))
    assert steps
    measured.note(ModelKey.of(REQUEST, method), len(splits.retain), 2, 0.5)
    assert expected(measured, REQUEST) == pytest.approx(steps * 0.25)
    one_epoch, two_epochs = (replace(REQUEST, knobs=(("epochs", number), ("least_steps", 0))) for number in (1, 2))
    seconds = expected(measured, one_epoch)
    assert seconds and expected(measured, two_epochs) == pytest.approx(2 * seconds)


def test_a_step_with_more_photos_takes_longer() -> None:
    measured = StepSeconds()
    few, many = (replace(REQUEST, knobs=(("batch_size", size), ("least_steps", 500))) for size in (8, 512))
    retain = len(split_for(small_task(), PEOPLE).retain)
    measured.note(ModelKey.of(few, configured_method(few)), retain, 500, 4.0)
    assert expected(measured, few) == pytest.approx(4.0)
    assert expected(measured, many) == pytest.approx(4.0 * retain / 8)  # a batch has no more photos than there are


def test_other_methods_are_estimated_only_with_equal_settings() -> None:
    measured, request = StepSeconds(), replace(REQUEST, method="neg_grad")
    splits = split_for(small_task(), PEOPLE)
    measured.note(ModelKey.of(request, configured_method(request)), len(splits.retain), 3, 0.6)
    assert expected(measured, request) == pytest.approx(0.6)
    assert expected(measured, replace(request, seed=5)) == pytest.approx(0.6)
    assert expected(measured, replace(request, knobs=(("lr", 0.002),))) is None
    assert expected(measured, replace(request, backbone="slim_resnet")) is None


def test_the_service_knows_after_a_run(service: UnlearningService) -> None:
    assert service.expected_seconds(REQUEST) is None
    list(service.forget(REQUEST, lambda: False))
    assert service.expected_seconds(REQUEST) == 0.0  # its report is cached
    again = service.expected_seconds(replace(REQUEST, seed=1))
    assert again is not None and again > 0.0
    assert service.expected_seconds(replace(REQUEST, seed=1, retrain=True)) is None


def test_the_first_steps_give_a_first_estimate(service: UnlearningService) -> None:
    request = replace(REQUEST, method="dlfd", seed=2)
    assert service.expected_seconds(request) is None
    prepared = service.bench.prepared(request)
    assert prepared is not None
    before = weights_hash(prepared.original.model.state_dict())
    time_first_steps(service.bench, prepared, request)
    assert weights_hash(prepared.original.model.state_dict()) == before
    seconds = service.expected_seconds(request)
    assert seconds is not None and seconds > 0.0


def test_a_first_estimate_counts_every_part_of_a_run(service: UnlearningService) -> None:
    # 31 steps: the last live score is not at a full interval; tau and guard: the run goes on forgetting to its end
    knobs = (("least_steps", 31), ("tau", -0.5), ("guard", 0.0))
    request = replace(REQUEST, method="dlfd", seed=4, knobs=knobs)
    events = [event for event in service.forget(request, lambda: False) if isinstance(event, ForgetProgress)]
    run = [event for event in events if event.stage == "unlearn"]
    scores, looks = sum(event.point is not None for event in run), sum(event.look is not None for event in run)
    assert scores == 4 and looks > 1
    interval = configured_method(request).monitor_interval(run[0].total)
    assert Measured(step=1e6, score=1e3, look=1.0).run(run[0].total, interval) == 31e6 + scores * 1e3 + looks


def test_the_first_steps_time_the_inspection_of_the_synthesis_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(expected_time, "time", clock)
    context = small_context(small_task(), split_for(small_task(), PEOPLE))
    scored = spent(context.monitor.observe, clock, 100.0)
    monkeypatch.setattr(context.monitor, "observe", scored)
    monkeypatch.setattr(dlfd, "inspect_synthesis", spent(inspect_synthesis, clock, 10.0))
    monkeypatch.setattr(dlfd, "synthesise", spent(synthesise, clock, 1.0))
    method = configured_method(replace(REQUEST, method="dlfd", knobs=(("least_steps", 60),)))
    assert measure(context, method.run(context)) == Measured(
        step=0.5, score=100.0, look=10.0
    )  # half of them synthesise
    assert measure(context, iter(())) == Measured(step=0.0, score=100.0, look=0.0)  # no step


def test_measuring_is_guessed_from_the_forward_pass_until_it_was_measured(service: UnlearningService) -> None:
    request = replace(REQUEST, method="fine_tune", seed=6, knobs=(("lr", 0.003),))
    prepared = service.bench.prepared(request)
    assert prepared is not None and prepared.forward_seconds > 0
    other = replace(request, data="other")
    slow = replace(prepared, forward_seconds=50.0)
    service.bench._originals.put(OriginalKey.of(other), slow)
    before = service.bench.times_of(other).ahead(["evaluate"])
    assert before is not None and before > 50.0
    service.bench.times_of(other).note("evaluate", 7.0)
    assert service.bench.times_of(other).ahead(["evaluate"]) == 7.0
    assert service.bench.times_of(request).ahead(["evaluate"]) != 7.0  # other data take another time
