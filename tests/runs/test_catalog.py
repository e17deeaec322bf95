"""What the page offers: the tasks of a data set, joined ones after the single ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dlfd_core.data.schema import Task
from dlfd_core.runs.catalog import offered_tasks
from tests.small import small_data


def test_joined_tasks_are_offered_after_the_single_ones() -> None:
    data = small_data()
    count = np.arange(len(data.person))
    binary = {
        "smiling": Task("smiling", "Smiling", ("no", "yes"), count % 2),
        "glasses": Task("glasses", "Glasses", ("no", "yes"), count // 2 % 2),
    }
    more = replace(data, tasks=data.tasks | binary)
    assert [task.name for task in offered_tasks(more)] == ["place", "smiling", "glasses", "smiling+glasses"]
    assert [task.name for task in offered_tasks(data)] == ["place"]
