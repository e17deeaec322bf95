"""Folds: other validation people, drawn from those who are not unseen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlfd_core.benchmark.settings import Setting, folded, task_of
from dlfd_core.data.schema import Role
from dlfd_core.data.splits import TaskData
from dlfd_core.errors import InvalidRequest
from tests.small import small_data

AGES = Setting(task="age_group", backbone="compact_resnet")
ROLES: tuple[Role, ...] = ("train", "validation", "unseen")


def people_of(task: TaskData) -> dict[str, set[int]]:
    """Numbers of the people of each role."""
    return {role: set(task.data.person[getattr(task, role)].tolist()) for role in ROLES}


def test_folds_share_nobody_and_leave_the_unseen_people_alone() -> None:
    whole = people_of(task_of(AGES))
    folds = [people_of(task_of(replace(AGES, fold=fold))) for fold in (1, 2, 3, 4)]
    assert all(fold["unseen"] == whole["unseen"] for fold in folds)
    assert all(len(fold["validation"]) == len(whole["validation"]) for fold in folds)
    assert len(set().union(*(fold["validation"] for fold in folds))) == 4 * len(whole["validation"])
    for fold in folds:
        assert fold["train"] | fold["validation"] == whole["train"] | whole["validation"]
        assert not fold["train"] & fold["validation"]


def test_a_fold_is_other_data_so_that_originals_and_banks_of_the_whole_are_not_taken_for_it() -> None:
    whole, fold = task_of(AGES).data, task_of(replace(AGES, fold=1)).data
    assert fold.digest != whole.digest and fold.name != whole.name
    assert fold.images is whole.images


def test_the_people_of_a_fold_are_the_same_each_time() -> None:
    first, again = (folded(small_data(), 1) for _ in range(2))
    np.testing.assert_array_equal([one.role for one in first.people], [one.role for one in again.people])


def test_a_fold_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"Fold 5 of .* there are 4"):
        task_of(replace(AGES, fold=5))
