"""Several yes/no tasks at once: ``smiling+glasses``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlfd_core.data.label_space import Attributes
from dlfd_core.data.schema import FaceData, Task
from dlfd_core.data.splits import prepare_task
from dlfd_core.errors import InvalidData, InvalidRequest, UnknownName
from dlfd_core.runs.catalog import offered_tasks
from tests.small import small_data


def binary(data: FaceData, **columns: np.ndarray) -> FaceData:
    tasks = {name: Task(name, name.title(), ("no", "yes"), values) for name, values in columns.items()}
    return replace(data, tasks=data.tasks | tasks)


@pytest.fixture
def data() -> FaceData:
    found = small_data()
    count = np.arange(len(found.person))
    return binary(found, smiling=count % 2, glasses=count // 2 % 2)


def test_a_label_holds_one_bit_per_attribute(data: FaceData) -> None:
    task = prepare_task(data, "smiling+glasses")
    assert task.labels[:4].tolist() == [0, 1, 2, 3]
    assert task.classes == (
        "smiling: no, glasses: no", "smiling: yes, glasses: no",
        "smiling: no, glasses: yes", "smiling: yes, glasses: yes",
    )  # fmt: skip
    assert isinstance(task.space, Attributes)
    assert task.space.names == ("Smiling", "Glasses") and task.space.outputs == 2
    swapped = prepare_task(data, "glasses+smiling")
    assert swapped.labels[:4].tolist() == [0, 2, 1, 3]


def test_the_same_people_are_divided_as_for_one_task(data: FaceData) -> None:
    joined, single = prepare_task(data, "smiling+glasses"), prepare_task(data, "smiling")
    for role in ("train", "validation", "unseen"):
        np.testing.assert_array_equal(getattr(joined, role), getattr(single, role))


def test_joined_tasks_are_offered_after_the_single_ones(data: FaceData) -> None:
    assert [task.name for task in offered_tasks(data)] == ["place", "smiling", "glasses", "smiling+glasses"]
    assert [task.name for task in offered_tasks(small_data())] == ["place"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("smiling+smiling", "names an attribute twice"),
        ("smiling+place", "place has 3 classes; only tasks with two can be joined"),
        ("+".join(f"t{i}" for i in range(7)), "joins 7 attributes; at most 6"),
    ],
)
def test_what_cannot_be_joined_is_refused_in_a_sentence(data: FaceData, name: str, says: str) -> None:
    more = binary(data, **{f"t{i}": np.arange(len(data.person)) % 2 for i in range(7)})
    with pytest.raises(InvalidRequest, match=says):
        prepare_task(more, name)


@pytest.mark.parametrize("name", ["smiling+warp", "smiling+", "+"])
def test_an_unknown_part_is_answered_with_the_known_tasks(data: FaceData, name: str) -> None:
    with pytest.raises(UnknownName, match="choose one of: place, smiling, glasses, identity"):
        prepare_task(data, name)


def test_an_attribute_needs_both_values_but_not_every_combination(data: FaceData) -> None:
    count = np.arange(len(data.person))
    never_both = binary(data, a=count % 2, b=1 - count % 2)
    assert set(prepare_task(never_both, "a+b").labels.tolist()) == {1, 2}
    with pytest.raises(InvalidData, match="No training person shows the class yes of B of task a\\+b"):
        prepare_task(binary(data, a=count % 2, b=count * 0), "a+b")
