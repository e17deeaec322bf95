"""Duplicate photos (equal pixel for pixel, or near-copies): count, find those that two sets share, and remove them.

MUFAC's published splits hold such pairs, some between photos to forget and photos to keep. A photo that is in both is
trained on until the end, so a verdict on it means nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import combinations_with_replacement

import numpy as np

from dlfd_core.data.names import listed
from dlfd_core.data.schema import ROLES, FaceData
from dlfd_core.data.splits import Splits


@dataclass(frozen=True)
class Duplicates:
    """Counts of duplicate photos in a data set.

    Attributes:
        copies: photos that equal an earlier photo.
        pairs: number of pairs of equal photos by the two sets they are in, e.g. ``("train", "unseen")``; for a data set
            whose split is drawn later, all are counted under ``("all", "all")``.
        near_copies: further photos that are near-copies of an earlier photo.
        near_pairs: as ``pairs``, of photos that are near-copies.
        near_names: names of the photos of each group with near-copies.
    """

    copies: int
    pairs: dict[tuple[str, str], int]
    near_copies: int = 0
    near_pairs: dict[tuple[str, str], int] = field(default_factory=dict)
    near_names: tuple[tuple[str, ...], ...] = ()

    def sentences(self) -> list[str]:
        """Sentences for the notes of a data set; empty where there are no duplicates."""
        sentences = []
        if self.copies:
            sentences.append(
                f"Photos that are copies of others, pixel for pixel: {self.copies} (pairs: {_listed(self.pairs)}); "
                "--drop-duplicates leaves them out."
            )
        if self.near_copies:
            groups = listed([" = ".join(names[:3]) for names in self.near_names], 3)
            sentences.append(
                "Photos that are near-copies of others (the same photo as another JPEG, smaller, in grey or brighter): "
                f"{self.near_copies} (pairs: {_listed(self.near_pairs)}): {groups}; --drop-near-duplicates leaves them "
                "out."
            )
        return sentences


def _listed(pairs: dict[tuple[str, str], int]) -> str:
    return ", ".join(f"{count} {first}-{second}" for (first, second), count in pairs.items())


@dataclass(frozen=True)
class Leaks:
    """Photos of one forget request that are in two sets at once, as equal photos or near-copies (data leakage).

    Attributes:
        forget_in_retain: photos to forget that are also photos to keep, and so are trained on until the end.
        forget_in_held_out, retain_in_held_out: photos to forget or to keep that are also validation or unseen photos.
    """

    forget_in_retain: int
    forget_in_held_out: int
    retain_in_held_out: int

    def sentences(self) -> list[str]:
        """Caveats for the report, the most serious first; empty where no photo leaks."""
        caveats = []
        if self.forget_in_retain:
            caveats.append(
                "The verdict is void: photos to forget are also among the photos to keep, as copies or near-copies "
                f"({self.forget_in_retain}), and are trained on until the end; leave them out with "
                "--drop-near-duplicates."
            )
        if self.forget_in_held_out:
            caveats.append(
                "Photos to forget are also among validation or unseen photos, as copies or near-copies "
                f"({self.forget_in_held_out}): the attack compares them with themselves, so forgetting looks better."
            )
        if self.retain_in_held_out:
            caveats.append(
                "Photos to keep are also among validation or unseen photos, as copies or near-copies "
                f"({self.retain_in_held_out}): accuracy there looks better than it is."
            )
        return caveats


def find_duplicates(data: FaceData) -> Duplicates:
    """Count the duplicate photos of a data set, and their pairs by published set."""
    equal, near = data.first_copies, data.first_near_copies
    equal_pairs, all_pairs = _count_pairs(data, equal), _count_pairs(data, near)
    copies, all_copies = (len(firsts) - len(np.unique(firsts)) for firsts in (equal, near))
    return Duplicates(
        copies,
        dict(equal_pairs),
        all_copies - copies,
        dict(all_pairs - equal_pairs),
        tuple(_groups(data, np.unique(equal))),
    )


def duplicate_groups(data: FaceData) -> list[tuple[str, ...]]:
    """Names of the photos of each group of equal photos and near-copies."""
    return _groups(data, np.arange(len(data.person)))


def _groups(data: FaceData, photos: np.ndarray) -> list[tuple[str, ...]]:
    """The groups with several of these photos (ascending indices): their names."""
    groups: dict[int, list[int]] = {}
    for photo, first in zip(photos.tolist(), data.first_near_copies[photos].tolist(), strict=True):
        groups.setdefault(first, []).append(photo)
    return [tuple(photo_name(data, photo) for photo in group) for group in groups.values() if len(group) > 1]


def photo_name(data: FaceData, photo: int) -> str:
    """The file of a photo, or the person and the photo's number where it is in no file of its own."""
    if data.files:
        return data.files[photo]
    person = data.person[photo]
    number = photo - int(np.searchsorted(data.person, person)) + 1  # the photos of a person are next to each other
    return f"{data.people[person].id}, photo {number}"


def _count_pairs(data: FaceData, firsts: np.ndarray) -> Counter[tuple[str, str]]:
    """Number of pairs of photos with the same first photo, by the sets of the two."""
    sets = _set_names(data)
    groups, sizes = np.unique(firsts, return_counts=True)
    repeated = np.isin(firsts, groups[sizes > 1])
    set_counts: dict[int, Counter[str]] = {}  # per group of photos: how many are in each set
    for group, name in zip(firsts[repeated].tolist(), sets[repeated].tolist(), strict=True):
        set_counts.setdefault(group, Counter())[name] += 1
    pairs: Counter[tuple[str, str]] = Counter()
    for first, second in combinations_with_replacement(dict.fromkeys((*ROLES, "all")), 2):
        for count in set_counts.values():
            group_pairs = count[first] * (count[first] - 1) // 2 if first == second else count[first] * count[second]
            if group_pairs:
                pairs[first, second] += group_pairs
    return pairs


def drop_duplicates(data: FaceData, *, near: bool = False) -> FaceData:
    """Keep one photo of each group of equal photos: one of train before validation before unseen, and the first there.

    People left without a photo are removed too. A forget set loses a photo whose copy outside the set comes first.

    Args:
        near: near-copies are in one group, too.
    """
    firsts, sets = data.first_near_copies if near else data.first_copies, _set_names(data)
    rank = np.array([(*ROLES, "all").index(name) for name in sets.tolist()])
    order = np.argsort(rank, kind="stable")
    kept = np.sort(order[np.unique(firsts[order], return_index=True)[1]])
    copies = len(firsts) - len(kept)
    if not copies:
        return data
    kind = "Copies and near-copies" if near else "Copies"
    return replace(_select(data, kept), notes=(*data.notes, f"{kind} of other photos that were left out: {copies}."))


def find_leaks(data: FaceData, splits: Splits) -> Leaks:
    """Count the photos of one request that leak between its sets and so make its scores wrong."""
    held_out_index = np.concatenate(
        [splits.validation, splits.unseen, splits.validation_non_members, splits.unseen_non_members]
    )
    forget, retain, held_out = (
        data.first_near_copies[index] for index in (splits.forget, splits.retain, held_out_index)
    )
    return Leaks(*(int(np.isin(a, b).sum()) for a, b in ((forget, retain), (forget, held_out), (retain, held_out))))


def _set_names(data: FaceData) -> np.ndarray:
    """(N,) name of the published set of each photo; ``all`` where the split is drawn later."""
    drawn_later = any(person.role is None for person in data.people)
    return np.array(["all" if drawn_later else person.role for person in data.people])[data.person]


def _select(data: FaceData, kept: np.ndarray) -> FaceData:
    """The data set with only the photos ``kept`` (sorted indices) and their people."""
    people, person = np.unique(data.person[kept], return_inverse=True)
    new_index = np.full(len(data.person), -1)
    new_index[kept] = np.arange(len(kept))
    forget_sets = {name: new_index[members] for name, members in data.forget_sets.items()}
    return replace(
        data,
        images=data.images[kept],
        person=person.astype(np.int64),
        people=tuple(data.people[i] for i in people),
        tasks={name: replace(task, labels=task.labels[kept]) for name, task in data.tasks.items()},
        digest=hashlib.sha256(data.digest.encode() + kept.astype(np.int64).tobytes()).hexdigest(),
        faces=None if data.faces is None else data.faces[people],
        forget_sets={name: members[members >= 0] for name, members in forget_sets.items()},
        files=tuple(data.files[photo] for photo in kept) if data.files else (),
    )
