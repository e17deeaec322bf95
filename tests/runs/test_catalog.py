"""What the page offers: the tasks of a data set, joined ones after the single ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dlfd_core.data.schema import Task
from dlfd_core.data.sources import load_data
from dlfd_core.runs.catalog import data_card, offered_tasks, shipped_card
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


def test_the_portraits_are_offered_with_the_identity_for_the_same_people() -> None:
    data = load_data("portraits")
    card = shipped_card(data)
    assert [task.name for task in card.tasks][-1] == "identity"
    names = {person.id: person.name for person in data.people}
    assert set(card.tasks[-1].classes) >= {names[person.id] for person in card.people}
    assert card.people == data_card(data, tasks=["emotion"]).people
    assert len(data_card(data, tasks=["identity"]).people) > len(card.people)
