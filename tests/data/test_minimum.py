"""The smallest requests that can be measured: each is checked before anything is trained."""

from __future__ import annotations

import numpy as np
import pytest

from dlfd_core.data.minimum import check_measurable
from dlfd_core.data.schema import FaceData, Person
from dlfd_core.data.splits import prepare_task, split_for
from dlfd_core.errors import InvalidRequest
from dlfd_core.metrics.calibration import null_band
from dlfd_core.metrics.membership import attack_accuracy
from dlfd_core.types import IDENTITY


def people_with(photos: int, count: int) -> FaceData:
    person = np.repeat(np.arange(count), photos)
    people = tuple(Person(f"p{i}", f"P{i}", None, {}) for i in range(count))
    images = np.zeros((len(person), 8, 8, 3), dtype=np.uint8)
    return FaceData("small", "Small", images, person, people, {}, "0", None, 0, {}, ())


@pytest.mark.parametrize(("people", "photos", "picked"), [(4, 4, 2), (5, 4, 3), (4, 8, 1), (12, 4, 2)])
def test_few_photos_of_each_are_refused_before_training(people: int, photos: int, picked: int) -> None:
    task = prepare_task(people_with(photos, people), IDENTITY)
    with pytest.raises(InvalidRequest, match="are needed to measure forgetting"):
        split_for(task, [f"p{i}" for i in range(picked)])


@pytest.mark.parametrize("sizes", [(1, 1), (2,), (1, 5), (3, 1), (1, 1, 1), (1, 1, 9)])
@pytest.mark.parametrize("members", [1, 2, 5])
def test_unseen_people_that_cannot_be_divided(sizes: tuple[int, ...], members: int) -> None:
    groups = np.concatenate([np.arange(5), 100 + np.repeat(np.arange(len(sizes)), sizes)])
    unseen = np.arange(5, len(groups))
    with pytest.raises(InvalidRequest, match="two unseen people"):
        check_measurable(np.arange(members), np.arange(5, 7), unseen, groups, same_people=False)


@pytest.mark.parametrize("sizes", [(2, 2), (2, 3), (1, 1, 1, 1), (2, 2, 2), (1, 1, 1, 1, 1, 9), (4, 4, 4, 4)])
@pytest.mark.parametrize("members", [2, 3, 9])
def test_what_is_accepted_can_be_measured(sizes: tuple[int, ...], members: int) -> None:
    rng = np.random.default_rng(0)
    of = np.repeat(np.arange(len(sizes)), sizes)
    groups = np.concatenate([1_000 + np.arange(members), of])
    unseen = np.arange(members, len(groups))
    check_measurable(np.arange(members), unseen[:2], unseen, groups, same_people=False)
    band = null_band(rng.random(len(of)), of, members=members, rng=rng, repeats=20)
    assert 0 <= band.auc[0] <= band.auc[1] <= 1
    assert attack_accuracy(rng.random((1, 2)), rng.random((1, 2))).shape == (1,)
