"""Caches are bounded, by number and by bytes."""

from __future__ import annotations

import pickle
import threading
from dataclasses import replace

import numpy as np
import pytest
from torch import nn

from dlfd_core.reports.serialise import report_to_json
from dlfd_core.runs.report_store import REPORT_BYTES, REPORTS, Remembered
from dlfd_core.runs.workbench import MADE_BYTES, LeastRecent, weight
from dlfd_core.service import UnlearningService
from dlfd_core.types import ForgetRequest
from tests.fakes import make_report


def block(bytes_: int) -> np.ndarray:
    return np.zeros(bytes_, np.uint8)


def test_what_was_used_longest_ago_goes_first() -> None:
    kept = LeastRecent[int](2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)
    assert kept.values() == [1, 3]


def test_many_large_values_do_not_fill_the_memory() -> None:
    kept = LeastRecent[np.ndarray](100, limit=1_000)
    for i in range(10):
        kept.put(i, block(300))
    assert [i for i in range(10) if kept.get(i) is not None] == [7, 8, 9]


def test_a_value_put_again_is_weighed_anew() -> None:
    kept = LeastRecent[np.ndarray](100, limit=1_000)
    kept.put("a", block(900))
    kept.put("a", block(100))
    kept.put("b", block(800))
    assert kept.get("a") is not None and kept.get("b") is not None
    kept.put("b", block(950))
    assert kept.get("a") is None and kept.get("b") is not None


def test_a_value_above_the_bound_is_kept_alone() -> None:
    kept = LeastRecent[np.ndarray](100, limit=1_000)
    kept.put("small", block(10))
    kept.put("huge", block(5_000))
    assert kept.get("huge") is not None and kept.get("small") is None
    kept.put("next", block(10))
    assert kept.get("huge") is None and kept.get("next") is not None


def test_from_many_threads_the_bounds_hold() -> None:
    kept = LeastRecent[np.ndarray](20, limit=5_000)

    def fill(own: int) -> None:
        for i in range(200):
            kept.put((own, i), block(400))

    threads = [threading.Thread(target=fill, args=(own,)) for own in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(map(weight, kept.values())) <= 5_000 and len(kept._weights) == len(kept.values()) == 12


def test_a_report_weighs_at_least_its_pictures_and_arrays() -> None:
    report = make_report(ForgetRequest(("p00", "p01", "p02"), retrain=True, control=True))
    assert report.points is not None and report.photos is not None and report.points.faces is not None
    arrays = [losses for sets in report.losses.values() for losses in sets.values()]
    points = [report.points.before, report.points.after, report.points.group, report.points.label]
    known = sum(array.nbytes for array in (*arrays, *points))
    known += len(report.photos.image) + len(report.points.faces.image)
    assert known < weight(report) < 10 * known


def test_a_model_weighs_its_parameters_and_buffers() -> None:
    model = nn.Sequential(nn.Linear(10, 20), nn.BatchNorm1d(20))
    assert weight(model) == (200 + 20 + 20 + 20 + 20 + 20) * 4 + 8


@pytest.mark.parametrize(("value", "bytes_"), [(1, 8), (None, 8), ("abc", 3), ((1.0, [b"ab"]), 10), ({"a": 1}, 9)])
def test_weights_of_plain_values(value: object, bytes_: int) -> None:
    assert weight(value) == bytes_


def test_the_service_uses_both_bounds() -> None:
    service = UnlearningService()
    kept = service._reports._packed
    assert (kept._size, kept._limit) == (REPORTS, REPORT_BYTES)
    assert service.bench.made._limit == MADE_BYTES
    report = make_report(ForgetRequest(("p00",)))
    service._reports.put(report.request, report)
    found = service.finished(report.key)
    assert found is not None and report_to_json(found) == report_to_json(report)
    assert service.finished("another") is None


def test_reports_are_kept_packed_and_come_back_whole() -> None:
    kept, report = Remembered(), UnlearningService().example()
    kept.put(report.request, report)
    packed = kept._packed.get(report.request)
    assert packed is not None and weight(packed) < 0.75 * len(pickle.dumps(report)) < REPORT_BYTES / 40
    for found in (kept.get(report.request), kept.find(report.key)):
        assert found is not None and report_to_json(found) == report_to_json(report)
    other = replace(report.request, seed=report.request.seed + 1)
    assert kept.get(other) is None and kept.find("another") is None
    kept.drop("faces elsewhere")
    assert kept.get(report.request) is not None
    kept.drop(report.request.data)
    assert kept.get(report.request) is None


def test_of_reports_the_ones_used_last_are_kept() -> None:
    kept = Remembered(size=2)
    requests = [ForgetRequest(("p00",), seed=seed) for seed in range(3)]
    for request in requests[:2]:
        kept.put(request, make_report(request))
    kept.get(requests[0])
    kept.put(requests[2], make_report(requests[2]))
    assert [kept.get(request) is not None for request in requests] == [True, False, True]
