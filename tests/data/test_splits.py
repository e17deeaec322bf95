"""Division of people into sets (by person, seeded, complete, never overlapping), and tasks joined by a plus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlfd_core.data.label_space import Attributes
from dlfd_core.data.people import resolve_people
from dlfd_core.data.photos import Augmentation, PhotoSet, batches_per_epoch, iterate_batches
from dlfd_core.data.schema import FaceData, Person, Task
from dlfd_core.data.splits import assign_roles, prepare_task, split_for
from dlfd_core.errors import DlfdError, InvalidData, InvalidRequest, UnknownName
from dlfd_core.seeding import make_generator
from dlfd_core.types import IDENTITY
from tests.small import CPU, PHOTOS, picked, small_data, small_task


def test_the_sets_divide_all_photos_by_person() -> None:
    task = small_task()
    splits = picked(task)
    sets = [splits.retain, splits.forget, splits.validation, splits.unseen]
    assert sorted(np.concatenate(sets).tolist()) == list(range(len(task.data.person)))
    people = [set(task.data.person[index].tolist()) for index in sets]
    assert all(not a & b for i, a in enumerate(people) for b in people[i + 1 :])
    assert [len(group) for group in people] == [9, 3, 3, 5]


def test_roles_are_drawn_by_seed_and_published_ones_are_kept() -> None:
    data = small_data()
    assert (assign_roles(data, 1) == assign_roles(data, 1)).all()
    assert (assign_roles(data, 1) != assign_roles(data, 2)).any()
    given = ["unseen", "train", "validation", "train", "unseen", "train"]
    people = tuple(Person(f"a{i}", "A", role) for i, role in enumerate(given))  # type: ignore[arg-type]
    assert assign_roles(replace(data, people=people)).tolist() == given


def test_the_identity_task_divides_photos_instead_of_people() -> None:
    task = prepare_task(small_data(), IDENTITY)
    splits = split_for(task, task.training_people()[:4])
    assert len(task.classes) == 20
    assert set(task.data.person[splits.unseen_non_members].tolist()) == set(task.data.person[splits.forget].tolist())
    assert not set(splits.unseen_non_members.tolist()) & set(splits.forget.tolist())
    assert not set(task.data.person[splits.retain].tolist()) & set(task.data.person[splits.forget].tolist())
    assert not splits.by_person


def test_a_pick_is_seeded_and_sorted() -> None:
    task = small_task()
    assert resolve_people(task, "random:4", 0) == resolve_people(task, "random:4", 0)
    assert resolve_people(task, "random:4", 0) != resolve_people(task, "random:4", 1)
    first, second = task.training_people()[:2]
    assert resolve_people(task, f"{second}, {first},{second}", 0) == (first, second)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "Nobody is picked"),
        (",", "Nobody is picked"),
        ("nobody", "Unknown person 'nobody'"),
        ("random:0", "between 1 and"),
        ("random:12", "between 1 and 11"),
        ("random:-3", "between 1 and"),
        ("random:many", "between 1 and"),
        ("random:²", "between 1 and"),
    ],
)
def test_a_pick_that_cannot_be_is_refused_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words):
        resolve_people(small_task(), text, 0)


def test_everybody_and_people_with_one_photo_are_refused() -> None:
    task = small_task()
    with pytest.raises(InvalidRequest, match="Everybody is picked"):
        split_for(task, task.training_people())
    lonely = replace(task, train=np.setdiff1d(task.train, task.train[1:PHOTOS]))
    with pytest.raises(InvalidRequest, match="1 training photo; at least 2"):
        split_for(lonely, lonely.training_people()[:1])


def test_unknown_task_lists_the_known() -> None:
    with pytest.raises(UnknownName, match=r"Unknown task 'mood'; choose one of: place, identity\."):
        prepare_task(small_data(), "mood")


def test_too_few_people_and_a_class_nobody_shows_are_refused() -> None:
    with pytest.raises(InvalidData, match="at least 6"):
        prepare_task(small_data(people=5), "place")
    data = small_data()
    rare = Task("rare", "Rare", ("common", "rare"), np.zeros(len(data.person), dtype=np.int64))
    with pytest.raises(DlfdError, match="No training person shows the class rare"):
        prepare_task(replace(data, tasks={"rare": rare}), "rare")


def test_batches_cover_an_epoch_once_and_follow_the_seed() -> None:
    import torch

    count = 50
    images = torch.arange(count, dtype=torch.uint8)[:, None, None, None].expand(count, 3, 4, 4).contiguous()
    photos = PhotoSet(images.to(CPU.device), torch.arange(count))

    def labels(seed: int) -> list[int]:
        batches = iterate_batches(
            photos, batch_size=8, generator=make_generator(seed, "t"), augmentation=Augmentation(flip=False)
        )
        return [int(label) for batch in batches for label in batch.labels]

    assert batches_per_epoch(len(photos), 8) == 6 and len(labels(0)) == 48 == len(set(labels(0)))
    assert labels(0) == labels(0) != labels(1)
    (only,) = iterate_batches(
        photos, batch_size=99, generator=make_generator(0, "t"), augmentation=Augmentation(flip=False)
    )
    assert len(only.labels) == count  # fewer photos than a batch holds: one smaller batch, not none


def test_batches_draw_as_if_one_by_one() -> None:
    """Orders and flips are sent to the device once an epoch, but drawn in the order in which they are used."""
    import torch

    generator = torch.Generator().manual_seed(5)
    photos = PhotoSet(torch.randint(0, 256, (21, 3, 4, 4), dtype=torch.uint8, generator=generator), torch.arange(21))
    drawn = make_generator(0, "t")
    found = iterate_batches(
        photos, batch_size=8, generator=make_generator(0, "t"), augmentation=Augmentation(flip=True), cycles=3
    )
    for _ in range(3):
        order = torch.randperm(21, generator=drawn)
        for start in (0, 8):
            index = order[start : start + 8]
            pixels = photos.images[index].float() / 255
            mirrored = torch.rand(8, generator=drawn) < 0.5
            pixels[mirrored] = pixels[mirrored].flip(3)
            batch = next(found)
            assert torch.equal(batch.labels, index) and torch.equal(batch.images, pixels)
    assert next(found, None) is None


def test_flipping_mirrors_left_and_right() -> None:
    import torch

    images = torch.zeros(64, 3, 4, 4, dtype=torch.uint8)
    images[..., 0] = 255
    photos = PhotoSet(images, torch.zeros(64, dtype=torch.int64))
    (batch,) = iterate_batches(
        photos, batch_size=64, generator=make_generator(0, "f"), augmentation=Augmentation(flip=True)
    )
    mirrored = batch.images[:, 0, 0, 3] == 1
    assert 16 < int(mirrored.sum()) < 48
    assert bool((batch.images[mirrored][..., 3] == 1).all() and (batch.images[mirrored][..., 0] == 0).all())


def binary(data: FaceData, **columns: np.ndarray) -> FaceData:
    """The data set with a yes/no task for each column."""
    tasks = {name: Task(name, name.title(), ("no", "yes"), values) for name, values in columns.items()}
    return replace(data, tasks=data.tasks | tasks)


@pytest.fixture
def two_questions() -> FaceData:
    """The small data set with two yes/no tasks more."""
    data = small_data()
    count = np.arange(len(data.person))
    return binary(data, smiling=count % 2, glasses=count // 2 % 2)


def test_a_label_holds_one_bit_per_attribute(two_questions: FaceData) -> None:
    task = prepare_task(two_questions, "smiling+glasses")
    assert task.labels[:4].tolist() == [0, 1, 2, 3]
    assert task.classes == (
        "smiling: no, glasses: no", "smiling: yes, glasses: no",
        "smiling: no, glasses: yes", "smiling: yes, glasses: yes",
    )  # fmt: skip
    assert isinstance(task.space, Attributes)
    assert task.space.names == ("Smiling", "Glasses") and task.space.outputs == 2
    swapped = prepare_task(two_questions, "glasses+smiling")
    assert swapped.labels[:4].tolist() == [0, 2, 1, 3]


def test_the_same_people_are_divided_as_for_one_task(two_questions: FaceData) -> None:
    joined, single = prepare_task(two_questions, "smiling+glasses"), prepare_task(two_questions, "smiling")
    for role in ("train", "validation", "unseen"):
        np.testing.assert_array_equal(getattr(joined, role), getattr(single, role))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("smiling+smiling", "names an attribute twice"),
        ("smiling+place", "place has 3 classes; only tasks with two can be joined"),
        ("+".join(f"t{i}" for i in range(7)), "joins 7 attributes; at most 6"),
    ],
)
def test_what_cannot_be_joined_is_refused_in_a_sentence(two_questions: FaceData, name: str, says: str) -> None:
    more = binary(two_questions, **{f"t{i}": np.arange(len(two_questions.person)) % 2 for i in range(7)})
    with pytest.raises(InvalidRequest, match=says):
        prepare_task(more, name)


@pytest.mark.parametrize("name", ["smiling+warp", "smiling+", "+"])
def test_an_unknown_part_is_answered_with_the_known_tasks(two_questions: FaceData, name: str) -> None:
    with pytest.raises(UnknownName, match="choose one of: place, smiling, glasses, identity"):
        prepare_task(two_questions, name)


def test_an_attribute_needs_both_values_but_not_every_combination(two_questions: FaceData) -> None:
    count = np.arange(len(two_questions.person))
    never_both = binary(two_questions, a=count % 2, b=1 - count % 2)
    assert set(prepare_task(never_both, "a+b").labels.tolist()) == {1, 2}
    with pytest.raises(InvalidData, match="No training person shows the class yes of B of task a\\+b"):
        prepare_task(binary(two_questions, a=count % 2, b=count * 0), "a+b")
