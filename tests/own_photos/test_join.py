"""Own people joined with the portraits, or in their place: tasks, splits, roles and notes."""

from __future__ import annotations

import numpy as np
import pytest

from dlfd_core.data.portraits import load_portraits
from dlfd_core.data.schema import FaceData
from dlfd_core.data.splits import assign_roles, prepare_task, split_for
from dlfd_core.errors import InvalidData
from dlfd_core.own_photos.join import OTHER_PICTURES, Propose, join, only_own, own_photo_indices
from dlfd_core.own_photos.people import OwnPerson
from dlfd_core.types import IDENTITY
from tests.own_photos.test_people import crops
from tests.small import small_data


@pytest.fixture(scope="module")
def portraits() -> FaceData:
    return load_portraits()


def somebody(count: int = 8, seed: int = 0, side: int = 64, **labels: tuple[int | None, ...]) -> OwnPerson:
    return OwnPerson(f"Own {seed}", crops(count, seed, side), labels)


def always(label: int) -> Propose:
    return lambda task, images: np.full(len(images), label, dtype=np.int64)


def test_the_portraits_stay_as_they_are(portraits: FaceData) -> None:
    data = join(portraits, [somebody(), somebody(5, 1)], token="s", propose=always(1))
    n = len(portraits.images)
    assert (data.images[:n] == portraits.images).all() and (data.person[:n] == portraits.person).all()
    assert data.people[:240] == portraits.people and list(data.tasks) == list(portraits.tasks)
    for name, task in portraits.tasks.items():
        assert (data.tasks[name].labels[:n] == task.labels).all() and data.tasks[name].classes == task.classes
    assert data.faces is not None and data.faces.shape == (242, 128, 128, 3)
    assert data.faces[:240].tobytes() == portraits.faces.tobytes()  # type: ignore[union-attr]
    assert portraits.notes == () and len(portraits.images) == n


def test_own_people_can_be_forgotten(portraits: FaceData) -> None:
    own = [somebody(), somebody(5, 1)]
    data = join(portraits, own, token="s", propose=always(1))
    assert [(one.id, one.name, one.role) for one in data.people[240:]] == [
        ("me1", "Own 0", "train"),
        ("me2", "Own 1", "train"),
    ]
    assert own_photo_indices(data).tolist() == list(range(5760, 5773))
    task = prepare_task(data, "emotion")
    assert (task.labels[own_photo_indices(data)] == 1).all()
    splits = split_for(task, ["me2"])
    assert splits.forget.tolist() == list(range(5768, 5773))
    before = prepare_task(portraits, "emotion")
    assert (splits.unseen == before.unseen).all() and (splits.validation == before.validation).all()
    assert prepare_task(data, "smiling+glasses").training_people()[-2:] == ["me1", "me2"]


def test_identity_needs_no_labels(portraits: FaceData) -> None:
    data = join(portraits, [somebody(16), somebody(3, 1)], token="s")
    assert data.tasks == {}
    task, before = prepare_task(data, IDENTITY), prepare_task(portraits, IDENTITY)
    assert task.classes == (*before.classes, "me1")  # three photos are too few to be learned and tested
    for part in ("train", "validation", "unseen"):
        now = getattr(task, part)
        assert (now[now < len(portraits.images)] == getattr(before, part)).all()
    splits = split_for(task, ["me1"])
    assert (len(splits.forget), len(splits.validation_non_members), len(splits.unseen_non_members)) == (10, 2, 4)


def test_given_labels_stand_and_missing_ones_are_proposed(portraits: FaceData) -> None:
    asked = []

    def propose(task: str, images: np.ndarray) -> np.ndarray:
        asked.append((task, images.shape))
        return np.ones(len(images), dtype=np.int64)

    own = somebody(3, emotion=(0, None, 6), smiling=(1, 0, 1))
    data = join(portraits, [own], token="s", propose=propose)
    assert data.tasks["emotion"].labels[-3:].tolist() == [0, 1, 6]
    assert data.tasks["smiling"].labels[-3:].tolist() == [1, 0, 1]
    assert ("emotion", (1, 64, 64, 3)) in asked and not any(name == "smiling" for name, _ in asked)
    assert data.notes[-1] == OTHER_PICTURES
    assert "(emotion 1 of 3, age_group 3 of 3, glasses 3 of 3)" in data.notes[0]


def test_tasks_without_labels_are_left_out(portraits: FaceData) -> None:
    data = join(portraits, [somebody(2, smiling=(0, 1))], token="s")
    assert list(data.tasks) == ["smiling"] and data.notes == (OTHER_PICTURES,)


def test_name_and_digest(portraits: FaceData) -> None:
    one, other = (join(portraits, [somebody()], token=token) for token in ("a", "b"))
    assert (one.name, other.name) == ("own-a", "own-b") and one.digest == other.digest != portraits.digest
    changed = crops(8, 0, 64)
    changed[0, 0, 0, 0] ^= 1
    assert join(portraits, [OwnPerson("x", changed)], token="a").digest != one.digest
    labelled = join(portraits, [somebody(8, smiling=(1,) * 8)], token="a")
    assert labelled.digest != join(portraits, [somebody(8, smiling=(0,) + (1,) * 7)], token="a").digest


def test_names_stay_text(portraits: FaceData) -> None:
    hostile = OwnPerson("<b>'\"\u202e</b>../../p000", crops(4, 0, 64))
    person = join(portraits, [hostile], token="s").people[-1]
    assert (person.id, person.name) == ("me1", "<b>'\"</b>../../p000")


@pytest.mark.parametrize(
    ("own", "match"),
    [
        ([], "nobody to join; give"),
        ([somebody(side=32)], "cropped to 64 pixels; crop"),
        ([somebody(2, emotion=(0, 7))], "label that the task emotion does not have; choose"),
    ],
)
def test_what_cannot_join(portraits: FaceData, own: list[OwnPerson], match: str) -> None:
    with pytest.raises(InvalidData, match=match):
        join(portraits, own, token="s")


def test_data_without_published_roles_keep_those_that_would_be_drawn() -> None:
    data = small_data()
    joined = join(data, [somebody(4, side=16)], token="s", propose=always(0))
    assert [one.role for one in joined.people] == [*assign_roles(data), "train"]


# --- only own people ------------------------------------------------------------------------------------------------


def test_only_own_people(portraits: FaceData) -> None:
    own = [somebody(16, seed) for seed in range(6)]
    data = only_own(own, token="s")
    assert (data.name, len(data.people), data.images.shape, data.tasks) == ("own-s", 6, (96, 64, 64, 3), {})
    assert own_photo_indices(data).tolist() == list(range(96))
    task = prepare_task(data, IDENTITY)
    assert len(split_for(task, ["me3"]).forget) == 10
    assert data.notes == ()


def test_only_own_people_with_labels(portraits: FaceData) -> None:
    own = [somebody(8, seed, emotion=(0, 0, 3, 3, 0, 0, 3, 3)) for seed in range(6)]
    data = only_own(own, token="s", tasks=portraits.tasks)
    assert {name: task.classes for name, task in data.tasks.items()} == {"emotion": ("neutral", "surprised")}
    task = prepare_task(data, "emotion")
    assert task.labels.tolist() == [0, 0, 1, 1, 0, 0, 1, 1] * 6
    assert len(split_for(task, task.training_people()[:1]).forget) == 8


def test_too_few_own_people() -> None:
    with pytest.raises(InvalidData, match="There are 5 people; give at least 6, or let your people join"):
        only_own([somebody(8, seed) for seed in range(5)], token="s")
