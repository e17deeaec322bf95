"""Caches of the workbench: bounded by number and by bytes."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from torch import nn

from dlfd_core.models.originals import ModelSpec
from dlfd_core.models.training import Recipe
from dlfd_core.runs.workbench import LRUCache, Made, Workbench, weight
from dlfd_core.types import ForgetRequest
from tests.fakes import make_report
from tests.small import CPU, small_task


def block(bytes_: int) -> np.ndarray:
    return np.zeros(bytes_, np.uint8)


def test_what_was_used_longest_ago_goes_first() -> None:
    kept = LRUCache[int](2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)
    assert kept.values() == [1, 3]


def test_many_large_values_do_not_fill_the_memory() -> None:
    kept = LRUCache[np.ndarray](100, limit=1_000)
    for i in range(10):
        kept.put(i, block(300))
    assert [i for i in range(10) if kept.get(i) is not None] == [7, 8, 9]


def test_a_value_put_again_is_weighed_anew() -> None:
    kept = LRUCache[np.ndarray](100, limit=1_000)
    kept.put("a", block(900))
    kept.put("a", block(100))
    kept.put("b", block(800))
    assert kept.get("a") is not None and kept.get("b") is not None
    kept.put("b", block(950))
    assert kept.get("a") is None and kept.get("b") is not None


def test_a_value_above_the_bound_is_kept_alone() -> None:
    kept = LRUCache[np.ndarray](100, limit=1_000)
    kept.put("small", block(10))
    kept.put("huge", block(5_000))
    assert kept.get("huge") is not None and kept.get("small") is None
    kept.put("next", block(10))
    assert kept.get("huge") is None and kept.get("next") is not None


def test_from_many_threads_the_bounds_hold() -> None:
    kept = LRUCache[np.ndarray](20, limit=5_000)

    def fill(thread_number: int) -> None:
        for i in range(200):
            kept.put((thread_number, i), block(400))

    threads = [threading.Thread(target=fill, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # 12 * 400 bytes fit; a size that stayed behind when its value was dropped would leave room for fewer
    assert sum(map(weight, kept.values())) <= 5_000 and len(kept.values()) == 12


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


def test_the_bytes_of_models_are_bounded() -> None:
    """Of three networks of 0.4 GB, two fit into 1 GB. A buffer on the meta device has a size but takes no memory."""
    made = Workbench(Recipe()).made
    for number in range(3):
        model = ModelSpec(small_task(), "slim_resnet", CPU).build(0, "original")
        model.register_buffer("ballast", torch.empty(100_000_000, device="meta"))
        made.put(number, Made(model, 1.0))
    assert [number for number in range(3) if made.get(number) is not None] == [1, 2]
