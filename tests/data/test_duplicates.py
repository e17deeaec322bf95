"""Equal photos: counted by set, dropped in a fixed order, and found in the sets of a request."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dlfd_core.data.duplicates import Duplicates, Leaks, drop_duplicates, find_duplicates, find_leaks
from dlfd_core.data.schema import FaceData
from dlfd_core.data.splits import assign_roles, prepare_task, split_for
from dlfd_core.reports.build import caveats_of
from tests.fake_race import make_scores
from tests.small import PHOTOS, small_data


def published() -> FaceData:
    """The small data set with roles: 8 training people, 2 for validation, 2 unseen, 6 photos each."""
    data = small_data(people=12)
    given = ["unseen"] * 2 + ["train"] * 8 + ["validation"] * 2  # in data order unseen people come first
    people = tuple(replace(person, role=role) for person, role in zip(data.people, given, strict=True))  # type: ignore[arg-type]
    return replace(data, people=people)


def with_copies(data: FaceData, *pairs: tuple[int, int]) -> FaceData:
    """Photo ``to`` becomes a copy of photo ``of``, for each pair (of, to)."""
    images = data.images.copy()
    for of, to in pairs:
        images[to] = images[of]
    return replace(data, images=images)


UNSEEN, TRAIN, VALIDATION = 0, 2 * PHOTOS, 10 * PHOTOS  # the first photo of each


def test_copies_are_counted_by_pairs_of_sets() -> None:
    assert find_duplicates(published()) == Duplicates(0, {})
    data = with_copies(
        published(), (TRAIN, TRAIN + 9), (TRAIN, TRAIN + 20), (TRAIN + 1, UNSEEN), (VALIDATION, VALIDATION + 1)
    )
    found = find_duplicates(data)
    assert found.copies == 4
    # three equal photos in train are three pairs
    assert found.pairs == {("train", "train"): 3, ("train", "unseen"): 1, ("validation", "validation"): 1}
    assert found.sentences() == [
        "Photos that are copies of others, pixel for pixel: 4 (pairs: 3 train-train, 1 train-unseen, "
        "1 validation-validation); --drop-duplicates leaves them out."
    ]
    assert data.first_copies[TRAIN + 20] == TRAIN and data.first_copies[TRAIN + 1] == UNSEEN


def test_without_a_published_split_all_stand_together() -> None:
    assert find_duplicates(with_copies(small_data(), (3, 80))).pairs == {("all", "all"): 1}


def test_one_pixel_makes_a_near_copy() -> None:
    data = with_copies(published(), (TRAIN, TRAIN + 1))
    data.images[TRAIN, 0, 0, 0] ^= 1
    found = find_duplicates(data)
    assert (found.copies, found.near_copies, found.near_pairs) == (0, 1, {("train", "train"): 1})
    assert found.near_names == (("q02, photo 1", "q02, photo 2"),)


def test_the_photo_that_stays_is_the_training_one_then_the_first() -> None:
    data = with_copies(published(), (TRAIN, UNSEEN), (TRAIN + 1, TRAIN + 7), (VALIDATION, UNSEEN + 1))
    kept = drop_duplicates(data)
    assert len(kept.images) == len(data.images) - 3 and find_duplicates(kept).copies == 0
    gone = [UNSEEN, UNSEEN + 1, TRAIN + 7]
    left = np.setdiff1d(np.arange(len(data.images)), gone)
    assert (kept.images == data.images[left]).all()
    assert (kept.tasks["place"].labels == data.tasks["place"].labels[left]).all()
    assert [kept.people[i].id for i in kept.person] == [data.people[i].id for i in data.person[left]]
    assert kept.notes == ("Copies of other photos that were left out: 3.",)
    assert kept.digest != data.digest == replace(data).digest
    assert drop_duplicates(data).digest == kept.digest


def test_people_without_a_photo_left_go_too() -> None:
    copied = [(TRAIN + i, TRAIN + PHOTOS + i) for i in range(PHOTOS)]  # the second training person is all copies
    data = with_copies(published(), *copied)
    kept = drop_duplicates(data)
    assert [person.id for person in kept.people] == [p.id for p in data.people if p.id != data.people[3].id]
    assert kept.faces is not None and data.faces is not None
    assert (kept.faces[3] == data.faces[4]).all() and len(kept.faces) == 11
    assert assign_roles(kept).tolist().count("train") == 7


def test_forget_sets_move_with_their_photos() -> None:
    members = np.array([TRAIN + 1, TRAIN + 8, TRAIN + 20])
    data = replace(with_copies(published(), (TRAIN, TRAIN + 8), (TRAIN + 1, UNSEEN)), forget_sets={"some": members})
    kept = drop_duplicates(data)
    # the second member is dropped, as a copy of an earlier kept photo; one photo before the first member is dropped too
    assert (kept.images[kept.forget_sets["some"]] == data.images[[TRAIN + 1, TRAIN + 20]]).all()


def test_nothing_to_drop_changes_nothing() -> None:
    data = published()
    assert drop_duplicates(data) is data


def test_leaks_between_the_sets_of_a_request() -> None:
    def found(*pairs: tuple[int, int]) -> Leaks:
        data = with_copies(published(), *pairs)
        task = prepare_task(data, "place")
        return find_leaks(data, split_for(task, [data.people[2].id]))  # the first training person is forgotten

    assert found() == Leaks(0, 0, 0)
    assert found((TRAIN, TRAIN + PHOTOS), (TRAIN, TRAIN + 3 * PHOTOS), (TRAIN + 1, TRAIN + 2)) == Leaks(1, 0, 0)
    assert found((TRAIN, UNSEEN), (TRAIN + 1, VALIDATION)) == Leaks(0, 2, 0)
    assert found((TRAIN + PHOTOS, UNSEEN), (TRAIN + PHOTOS, UNSEEN + 1)) == Leaks(0, 0, 1)


def test_leaks_are_told_the_gravest_first() -> None:
    assert Leaks(0, 0, 0).sentences() == []
    said = Leaks(26, 3, 54).sentences()
    assert [sentence.split(" are also among ")[0] for sentence in said] == [
        "The verdict is void: photos to forget",
        "Photos to forget",
        "Photos to keep",
    ]
    assert all(f"({count})" in sentence for count, sentence in zip((26, 3, 54), said, strict=True))
    assert len(Leaks(0, 0, 1).sentences()) == 1


def test_a_report_says_that_its_verdict_is_void() -> None:
    data = with_copies(published(), (TRAIN, TRAIN + PHOTOS))
    task = prepare_task(replace(data, notes=("A note.",)), "place")
    scores = {name: make_scores(0.7, 0.6, 0.6) for name in ("original", "unlearned")}
    splits = split_for(task, [data.people[2].id])
    caveats = caveats_of(task, "dlfd", scores, splits)
    assert caveats[0].startswith("The verdict is void") and "A note." in caveats
    cut = caveats_of(task, "dlfd", scores, replace(splits, shared_people=2))
    assert "The forget set cuts through people: of 2 some photos are kept." in cut
    clean = caveats_of(task, "dlfd", scores, split_for(task, [data.people[4].id]))
    assert not any("void" in caveat for caveat in clean)
