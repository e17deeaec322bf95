"""Expected seconds: from measured steps, scaled to the request, and only from what is comparable."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from dlfd_core.artifacts import weights_hash
from dlfd_core.data.splits import split_for
from dlfd_core.models.training import Recipe
from dlfd_core.runs.expected_time import time_first_steps
from dlfd_core.runs.keys import ModelKey
from dlfd_core.runs.step_seconds import StepSeconds
from dlfd_core.service import UnlearningService
from dlfd_core.types import ForgetRequest
from dlfd_core.unlearning import configured_method
from tests.small import small_service, small_task

pytestmark = pytest.mark.usefixtures("few_steps")

PEOPLE = tuple(small_task().training_people()[:3])
REQUEST = ForgetRequest(PEOPLE, data="small", task="place", method="fine_tune")


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
