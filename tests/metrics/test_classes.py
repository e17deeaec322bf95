"""Confusion matrices and the accuracy gap between classes: by scikit-learn, by hand, and by simulation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn.metrics import confusion_matrix

from dlfd_core.data.label_space import Attributes, SingleLabel
from dlfd_core.data.splits import TaskData, split_for
from dlfd_core.metrics.classes import MAX_CLASSES, class_accuracies, confusion, confusion_by_set
from dlfd_core.models.outputs import Outputs
from tests.small import small_task


def answering(task: TaskData, said: np.ndarray) -> Outputs:
    """Outputs with these predictions."""
    if isinstance(task.space, Attributes):
        logits = 2.0 * task.space.bits(torch.from_numpy(said)).numpy() - 1.0
    else:
        logits = np.eye(len(task.classes))[said]
    return Outputs(np.zeros((len(said), 2), np.float32), logits.astype(np.float32), task.space)


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_counts_are_those_of_scikit_learn(rng: np.random.Generator, classes: int) -> None:
    labels, said = rng.integers(0, classes, 200), rng.integers(0, classes, 200)
    found = confusion(labels, said, classes)
    np.testing.assert_array_equal(found, confusion_matrix(labels, said, labels=range(classes)))
    assert found.dtype == np.int64


def test_photos_without_a_label_take_no_part() -> None:
    np.testing.assert_array_equal(confusion(np.array([-1, 0, 1, -1]), np.array([0, 1, 1, 1]), 2), [[0, 1], [0, 1]])
    np.testing.assert_array_equal(confusion(np.zeros(0, np.int64), np.zeros(0, np.int64), 2), np.zeros((2, 2)))


def test_each_set_has_its_matrix_and_its_diagonal_the_accuracy(rng: np.random.Generator) -> None:
    task = small_task(people=40)
    splits = split_for(task, task.training_people()[:4])
    outputs = answering(task, rng.integers(0, 3, len(task.labels)))
    found = confusion_by_set(outputs, task, splits)
    for name, index in [("forget", splits.forget), ("retain", splits.retain), ("unseen", splits.unseen)]:
        truth, said = task.labels[index], outputs.predictions()[index]
        np.testing.assert_array_equal(found[name], confusion_matrix(truth, said, labels=[0, 1, 2]))
        share = np.trace(found[name]) / found[name].sum()
        assert share == pytest.approx(outputs.correctness(task.labels)[index].mean())


def test_several_questions_at_once_have_the_combinations_as_classes(rng: np.random.Generator) -> None:
    task = small_task(people=40)
    names = ("no, no", "yes, no", "no, yes", "yes, yes")
    both = replace(task, space=Attributes(names, ("a", "b")), labels=rng.integers(0, 4, len(task.labels)))
    splits = split_for(both, both.training_people()[:4])
    said = rng.integers(0, 4, len(both.labels))
    found = confusion_by_set(answering(both, said), both, splits)["unseen"]
    np.testing.assert_array_equal(found, confusion_matrix(both.labels[splits.unseen], said[splits.unseen]))
    each, _ = class_accuracies(answering(both, said), both, splits)
    assert [one.name for one in each] == list(names)
    mean = sum(one.accuracy * one.photos for one in each) / sum(one.photos for one in each)
    assert mean > np.trace(found) / found.sum()  # half an answer counts there, here it does not


def test_too_many_classes_are_left_out() -> None:
    task = small_task(people=40)
    many = replace(task, space=SingleLabel(tuple(f"class {i}" for i in range(MAX_CLASSES + 1))))
    splits, outputs = split_for(many, many.training_people()[:4]), answering(many, many.labels)
    assert confusion_by_set(outputs, many, splits) == {}
    assert class_accuracies(outputs, many, splits) == ((), None)


def test_the_worst_answer_is_named_with_its_interval() -> None:
    task = small_task(people=60)
    splits = split_for(task, task.training_people()[:4])
    said = task.labels.copy()
    said[(task.labels == 1) & (task.data.person % 2 == 0)] = 0  # every second person's "middle" is taken for "left"
    each, gap = class_accuracies(answering(task, said), task, splits)
    assert [one.name for one in each] == list(task.classes) and gap is not None
    assert (gap.best, gap.worst) == ("left", "middle") and gap.gap == pytest.approx(1 - each[1].accuracy)
    low, high = each[1].interval or (0, 0)
    assert 0.1 < low < each[1].accuracy < high < 0.9 and 0 < gap.by_chance < gap.gap
    assert (each[0].accuracy, (each[0].interval or (0, 0))[1]) == (1, 1)
    assert sum(one.photos for one in each) == len(splits.unseen)


def test_a_class_with_few_people_has_no_interval_and_an_empty_one_no_row() -> None:
    task = small_task(people=60)
    splits = split_for(task, task.training_people()[:4])
    labels = task.labels.copy()
    labels[splits.unseen] = 0
    labels[splits.unseen[:2]] = 1
    odd = replace(task, labels=labels)
    each, gap = class_accuracies(answering(odd, labels), odd, splits)
    assert [(one.name, one.people, one.interval is None) for one in each][1] == ("middle", 1, True)
    assert len(each) == 2 and gap is not None and gap.gap == 0
    labels[splits.unseen] = 0
    each, gap = class_accuracies(answering(odd, labels), odd, splits)
    assert len(each) == 1 and gap is None
    labels[splits.unseen] = -1
    assert class_accuracies(answering(odd, np.zeros_like(labels)), odd, splits) == ((), None)


def test_chance_makes_no_larger_gap_in_19_of_20_draws(rng: np.random.Generator) -> None:
    """All classes are equally hard, but some people are harder than others: the gap is chance, and counts as chance."""
    task = small_task(people=240)
    splits = split_for(task, task.training_people()[:4])
    beyond, draws = 0, 200
    for _ in range(draws):
        easy = rng.beta(8, 3, task.data.person.max() + 1)[task.data.person]
        said = np.where(rng.random(len(easy)) < easy, task.labels, (task.labels + 1) % 3)
        _, gap = class_accuracies(answering(task, said), task, splits)
        assert gap is not None
        beyond += gap.gap > gap.by_chance
    assert 0.01 <= beyond / draws <= 0.10
