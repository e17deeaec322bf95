"""Published forget sets in place of people: the photos they forget, refused requests, and a whole run."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dlfd_core.cli import main
from dlfd_core.data.forget_sets import class_names, display_names
from dlfd_core.data.people import resolve_people
from dlfd_core.data.schema import FaceData
from dlfd_core.data.splits import TaskData, prepare_task, split_for
from dlfd_core.errors import InvalidRequest, UnknownName
from dlfd_core.runs import prepared_original as prepared
from dlfd_core.types import IDENTITY
from tests.data.copies import write_face
from tests.small import PHOTOS, small_data

pytestmark = pytest.mark.usefixtures("few_steps")

PUBLISHED = ("set:published",)


def with_set(members: list[int], people: int = 20) -> FaceData:
    """The small data set: the first 12 people are for training, and a forget set of photos is published."""
    data = small_data(people=people)
    roles = ["train"] * 12 + ["validation"] * 3 + ["unseen"] * (people - 15)
    given = tuple(replace(person, role=role) for person, role in zip(data.people, roles, strict=True))  # type: ignore[arg-type]
    return replace(data, people=given, forget_sets={"published": np.array(members, dtype=np.int64)})


def task(members: list[int]) -> TaskData:
    return prepare_task(with_set(members), "place")


def test_a_set_is_forgotten_photo_by_photo() -> None:
    cut = list(range(PHOTOS + 2))  # the first person, and two photos of the second
    given = task(cut)
    assert resolve_people(given, "set:published", 0) == PUBLISHED
    splits = split_for(given, PUBLISHED)
    assert splits.forget.tolist() == cut
    assert splits.retain.tolist() == list(range(PHOTOS + 2, 12 * PHOTOS))
    assert splits.validation is given.validation and splits.unseen_non_members is given.unseen
    assert splits.by_person and splits.shared_people == 1
    assert splits.counts(given.data).people == {"retain": 11, "forget": 2, "validation": 3, "unseen": 5}


def test_a_set_of_whole_people_is_as_if_they_were_picked() -> None:
    given = task(list(range(2 * PHOTOS)))
    splits, picked = split_for(given, PUBLISHED), split_for(given, given.training_people()[:2])
    assert splits.forget.tolist() == picked.forget.tolist() and splits.retain.tolist() == picked.retain.tolist()
    assert splits.shared_people == picked.shared_people == 0


def test_its_name_is_shown() -> None:
    data = with_set([0, 1])
    assert display_names(data, PUBLISHED) == ("forget set published",)
    assert display_names(data, ("q01", "q00")) == ("Person 1", "Person 0")


def test_classes_of_people_have_the_names_of_the_people() -> None:
    data = with_set([0])
    first, second, third = (
        replace(person, name=name) for person, name in zip(data.people, ("Ann", "Bo", "Ann"), strict=False)
    )
    named = replace(data, people=(first, second, third, *data.people[3:]))
    ids = (first.id, second.id, third.id)
    assert class_names(named, IDENTITY, ids) == (f"Ann ({first.id})", "Bo", f"Ann ({third.id})")
    assert class_names(named, "place", ("left", "right")) == ("left", "right")


def test_somebody_whose_id_looks_like_a_set_is_a_person() -> None:
    data = with_set([0, 1, 2])
    data = replace(data, people=(replace(data.people[0], id="set:published"), *data.people[1:]))
    assert len(split_for(prepare_task(data, "place"), PUBLISHED).forget) == PHOTOS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("set:other", "Unknown forget set 'other'; choose one of: published."),
        ("set:", "Unknown forget set ''"),
        ("set:published,q01", "name it alone"),
        ("set:published,set:other", "name it alone"),
    ],
)
def test_a_set_that_cannot_be_is_refused_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        resolve_people(task([0, 1]), text, 0)
    assert words in str(caught.value)


def test_data_without_a_set_says_so() -> None:
    with pytest.raises(InvalidRequest, match="Small has no published forget set; pick people"):
        resolve_people(prepare_task(small_data(), "place"), "set:published", 0)
    with pytest.raises(UnknownName):
        resolve_people(prepare_task(small_data(), "place"), "nobody", 0)


def test_too_little_or_everything_is_refused() -> None:
    for members in ([3], list(range(12 * PHOTOS))):
        with pytest.raises(InvalidRequest, match=f"The forget set has {len(members)} of 72 training photos"):
            split_for(task(members), PUBLISHED)


def test_not_for_the_task_identity() -> None:
    with pytest.raises(InvalidRequest, match="do not go with the task identity"):
        split_for(prepare_task(with_set([0, 1, 2]), IDENTITY), PUBLISHED)


def write_raf(root: Path) -> None:
    """20 training photos and 5 test photos of each emotion; one test photo is a copy of a training photo."""
    for number in range(1, 8):
        for i in range(20):
            write_face(root / f"train/{number}/train_{i:05d}_aligned.jpg", 100 * number + i)
        for i in range(5):
            write_face(root / f"test/{number}/test_{i:04d}_aligned.jpg", 1000 + 10 * number + i)
    write_face(root / "test/7/test_0000_aligned.jpg", 700)


class FlatProjection:
    """Projection on the first two features, in place of UMAP, which takes long to compile."""

    def __init__(self, features: np.ndarray, points: np.ndarray | None):
        self.count = len(features)

    def transform(self, *features: np.ndarray) -> list[np.ndarray]:
        return [one[:, :2] for one in features]


@pytest.mark.parametrize("unique", [False, True])
def test_the_published_set_is_forgotten_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unique: bool
) -> None:
    """RAF-DB, given by name only; each photo is a person, and more photos are forgotten than are unseen."""
    write_raf(tmp_path / "raf_db")
    monkeypatch.setenv("DLFD_DATA", str(tmp_path))
    monkeypatch.setenv("DLFD_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(prepared, "Projection", FlatProjection)
    out = tmp_path / "report.json"
    asked = ["--data", "raf_db", "--task", "emotion", "--people", "set:published", "--method", "fine_tune"]
    extra = ["--drop-duplicates"] if unique else []
    assert main(["forget", *asked, *extra, "--epochs", "1", "--set", "epochs=1", "--json", str(out)]) == 0
    report = json.loads(out.read_text())
    assert report["request"]["people"] == ["set:published"] and report["data"]["photos"]["forget"] == 38
    assert report["request"]["data"] == ("raf_db?unique" if unique else "raf_db")
    said = " ".join(report["caveats"])
    assert ("Photos that are copies of others" in said) is not unique
    assert ("Copies of other photos that were left out: 1." in said) is unique
    assert ("also among validation or unseen photos" in said) is not unique
