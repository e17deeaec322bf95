"""LRU cache: bounded by number and by bytes, and emptied of one data set at once."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from torch import nn

from dlfd_core.runs.keys import FollowUpKey
from dlfd_core.runs.lru_cache import DataSetCache, LRUCache, size_in_bytes
from dlfd_core.types import ForgetRequest
from tests.fakes import make_report


def block(bytes_: int) -> np.ndarray:
    return np.zeros(bytes_, np.uint8)


def test_what_was_used_longest_ago_goes_first() -> None:
    kept = LRUCache[str, int](2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (1, None, 3)
    assert kept.values() == [1, 3]


def test_a_removed_value_frees_its_bytes() -> None:
    kept = LRUCache[str, np.ndarray](100, limit=1_000)
    kept.put("a", block(900))
    assert kept.pop("a") is not None and kept.pop("a") is None and kept.values() == []
    kept.put("b", block(500))
    kept.put("c", block(500))
    assert kept.get("b") is not None and kept.get("c") is not None


def test_everything_of_one_data_set_is_dropped_and_nothing_else() -> None:
    """A name may also be a person, or part of another name: only the field ``data`` of the key counts."""
    kept = DataSetCache[ForgetRequest, int](100)
    of_it, others = ForgetRequest(("p00",), data="own-1"), ["own-12", "portraits"]
    kept.put(of_it, 1)
    for number, name in enumerate(others):
        kept.put(ForgetRequest(("own-1",), data=name), number)
    kept.drop_data("own-1")
    assert kept.get(of_it) is None and len(kept.values()) == len(others)
    assert [kept.get(ForgetRequest(("own-1",), data=name)) for name in others] == [0, 1]
    later = DataSetCache[FollowUpKey, int](100)
    later.put(FollowUpKey(of_it, 3), 1)
    later.put(FollowUpKey(replace(of_it, data="portraits"), (("own-1",),)), 2)
    later.drop_data("own-1")
    assert later.values() == [2]


def test_many_large_values_do_not_fill_the_memory() -> None:
    kept = LRUCache[object, np.ndarray](100, limit=1_000)
    for i in range(10):
        kept.put(i, block(300))
    assert [i for i in range(10) if kept.get(i) is not None] == [7, 8, 9]


def test_a_value_put_again_is_weighed_anew() -> None:
    kept = LRUCache[object, np.ndarray](100, limit=1_000)
    kept.put("a", block(900))
    kept.put("a", block(100))
    kept.put("b", block(800))
    assert kept.get("a") is not None and kept.get("b") is not None
    kept.put("b", block(950))
    assert kept.get("a") is None and kept.get("b") is not None


def test_a_value_above_the_bound_is_kept_alone() -> None:
    kept = LRUCache[object, np.ndarray](100, limit=1_000)
    kept.put("small", block(10))
    kept.put("huge", block(5_000))
    assert kept.get("huge") is not None and kept.get("small") is None
    kept.put("next", block(10))
    assert kept.get("huge") is None and kept.get("next") is not None


def test_from_many_threads_the_bounds_hold() -> None:
    kept = LRUCache[object, np.ndarray](20, limit=5_000)

    def fill(thread_number: int) -> None:
        for i in range(200):
            kept.put((thread_number, i), block(400))

    threads = [threading.Thread(target=fill, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # 12 * 400 bytes fit; a size that stayed behind when its value was dropped would leave room for fewer
    assert sum(map(size_in_bytes, kept.values())) <= 5_000 and len(kept.values()) == 12


def test_a_report_weighs_at_least_its_pictures_and_arrays() -> None:
    report = make_report(ForgetRequest(("p00", "p01", "p02"), retrain=True, control=True))
    assert report.points is not None and report.photos is not None and report.points.faces is not None
    arrays = [losses for sets in report.losses.values() for losses in sets.values()]
    points = [report.points.before, report.points.after, report.points.group, report.points.label]
    known = sum(array.nbytes for array in (*arrays, *points))
    known += len(report.photos.image) + len(report.points.faces.image)
    assert known < size_in_bytes(report) < 10 * known


def test_a_model_weighs_its_parameters_and_buffers() -> None:
    model = nn.Sequential(nn.Linear(10, 20), nn.BatchNorm1d(20))
    assert size_in_bytes(model) == (200 + 20 + 20 + 20 + 20 + 20) * 4 + 8


@pytest.mark.parametrize(("value", "bytes_"), [(1, 8), (None, 8), ("abc", 3), ((1.0, [b"ab"]), 10), ({"a": 1}, 9)])
def test_weights_of_plain_values(value: object, bytes_: int) -> None:
    assert size_in_bytes(value) == bytes_
