"""Own people: grouped by name, and refused where there is nothing to forget."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dlfd_core.errors import InvalidData
from dlfd_core.own_photos.people import OwnPerson, group_by_person
from dlfd_core.own_photos.reading.limits import LIMITS
from dlfd_core.own_photos.reading.names import clean_name, person_of


def crops(count: int, seed: int = 0, side: int = 16) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (count, side, side, 3), dtype=np.uint8)


def test_people_in_the_order_of_their_first_photo() -> None:
    a, b, c, d, e = crops(5)
    people, skipped = group_by_person(
        [("Ben", "1", a), ("Anna", "2", b), ("Ben", "3", c), ("Anna", "4", d), ("Al", "5", e)]
    )
    assert [(one.name, len(one.crops)) for one in people] == [("Ben", 2), ("Anna", 2)]
    assert (people[0].crops == [a, c]).all()
    assert [(one.name, one.sentence) for one in skipped] == [("Al", "Al has one usable photo only; give at least 2.")]


def test_the_same_photo_counts_once() -> None:
    a, b = crops(2)
    (anna,), (skipped,) = group_by_person([("Anna", "1.png", a), ("Anna", "2.png", b), ("Anna", "3.png", a)])
    assert len(anna.crops) == 2
    assert (skipped.name, skipped.sentence) == ("3.png", "Anna has the same photo already; it counts once.")


def test_limits() -> None:
    limits = replace(LIMITS, people=1, photos_per_person=2)
    people, skipped = group_by_person(
        [("Anna", str(i), one) for i, one in enumerate(crops(3))] + [("B", "b", crops(1)[0])], limits
    )
    assert [len(one.crops) for one in people] == [2]
    assert [one.sentence for one in skipped] == [
        "Anna has 2 photos already; leave some out.",
        "There are more than 1 people; leave some out.",
    ]


def test_nobody_with_two_photos() -> None:
    with pytest.raises(InvalidData, match="Nobody has 2 usable photos; give"):
        group_by_person([("Anna", "1", crops(1)[0])])
    with pytest.raises(InvalidData, match="Nobody has 2 usable photos; give"):
        group_by_person([])


@pytest.mark.parametrize(
    ("photos", "match"),
    [
        (crops(1), "has 1 usable photo; give"),
        (crops(2).astype(np.float32), "not square RGB pictures; crop"),
        (crops(2)[:, :8], "not square RGB pictures; crop"),
        (crops(2)[..., :1], "not square RGB pictures; crop"),
        (crops(2)[0], "not square RGB pictures; crop"),
    ],
)
def test_what_is_no_person(photos: np.ndarray, match: str) -> None:
    with pytest.raises(InvalidData, match=match):
        OwnPerson("Anna", photos)


def test_labels_that_do_not_fit() -> None:
    with pytest.raises(InvalidData, match="labels of Anna do not fit the photos; give"):
        OwnPerson("Anna", crops(2), {"emotion": (1,)})


def test_names_are_cleaned_wherever_a_person_is_made() -> None:
    assert OwnPerson("\u202eAn\0na\n", crops(2)).name == "Anna"
    people, _ = group_by_person([("Zoe\u0308", "1", crops(1)[0]), ("Zoë\u200b", "2", crops(1, 1)[0])])
    assert [one.name for one in people] == ["Zoë"]


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("Anna", "1.jpg"), "Anna"),
        (("Anna", "more", "1.jpg"), "Anna"),
        (("anna_01.jpg",), "anna"),
        (("Anna Maria (3).jpeg",), "Anna Maria"),
        (("IMG_20240101_1.jpg",), "Me"),
        (("DSC0001.JPG",), "Me"),
        (("12345",), "Me"),
        (("photo.jpg",), "Me"),
    ],
)
def test_who_a_path_shows(parts: tuple[str, ...], name: str) -> None:
    assert person_of(parts) == name


def test_long_names_are_cut_between_letters() -> None:
    assert clean_name("word " * 20, 12) == "word word w…"
