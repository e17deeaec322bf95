"""Duplicate photos (equal pixel for pixel): count them, find those shared between sets, and remove them.

MUFAC's published splits hold such pairs, some between photos to forget and photos to keep. A photo that is in both is
trained on until the end, so a verdict on it means nothing.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, replace
from itertools import combinations_with_replacement

import numpy as np

from dlfd_core.data.schema import ROLES, FaceData
from dlfd_core.data.splits import Splits


@dataclass(frozen=True)
class Duplicates:
    """Counts of duplicate photos in a data set.

    Attributes:
        copies: photos that equal an earlier photo.
        pairs: number of pairs of equal photos by the two sets they are in, e.g. ``("train", "unseen")``; for a data set
            whose split is drawn later, all are counted under ``("all", "all")``.
    """

    copies: int
    pairs: dict[tuple[str, str], int]

    def sentence(self) -> str:
        """One sentence for the notes of a data set."""
        listed = ", ".join(f"{count} {first}-{second}" for (first, second), count in self.pairs.items())
        return (
            f"Photos that are copies of others, pixel for pixel: {self.copies} (pairs: {listed}); --drop-duplicates "
            "leaves them out."
        )


@dataclass(frozen=True)
class Leaks:
    """Photos of one forget request whose pixels occur in two sets at once (data leakage).

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
                "The verdict is void: photos to forget are also among the photos to keep, pixel for pixel "
                f"({self.forget_in_retain}), and are trained on until the end; leave copies out with --drop-duplicates."
            )
        if self.forget_in_held_out:
            caveats.append(
                "Photos to forget are also among validation or unseen photos, pixel for pixel "
                f"({self.forget_in_held_out}): the attack compares them with themselves, so forgetting looks better."
            )
        if self.retain_in_held_out:
            caveats.append(
                "Photos to keep are also among validation or unseen photos, pixel for pixel "
                f"({self.retain_in_held_out}): accuracy there looks better than it is."
            )
        return caveats


def find_duplicates(data: FaceData) -> Duplicates:
    """Count the duplicate photos of a data set, and their pairs by published set."""
    first_copies, sets = data.first_copies, _set_names(data)
    groups, sizes = np.unique(first_copies, return_counts=True)
    repeated = np.isin(first_copies, groups[sizes > 1])
    set_counts: dict[int, Counter[str]] = {}  # per group of equal photos: how many are in each set
    for group, name in zip(first_copies[repeated].tolist(), sets[repeated].tolist(), strict=True):
        set_counts.setdefault(group, Counter())[name] += 1
    pairs: Counter[tuple[str, str]] = Counter()
    for first, second in combinations_with_replacement(dict.fromkeys((*ROLES, "all")), 2):
        for count in set_counts.values():
            group_pairs = count[first] * (count[first] - 1) // 2 if first == second else count[first] * count[second]
            if group_pairs:
                pairs[first, second] += group_pairs
    return Duplicates(len(first_copies) - len(groups), dict(pairs))


def drop_duplicates(data: FaceData) -> FaceData:
    """Keep one photo of each group of equal photos: one of train before validation before unseen, and the first there.

    People left without a photo are removed too. A forget set loses a photo whose copy outside the set comes first.
    """
    first_copies, sets = data.first_copies, _set_names(data)
    rank = np.array([(*ROLES, "all").index(name) for name in sets.tolist()])
    order = np.argsort(rank, kind="stable")
    kept = np.sort(order[np.unique(first_copies[order], return_index=True)[1]])
    copies = len(first_copies) - len(kept)
    if not copies:
        return data
    return replace(_select(data, kept), notes=(*data.notes, f"Copies of other photos that were left out: {copies}."))


def find_leaks(data: FaceData, splits: Splits) -> Leaks:
    """Count the photos of one request that leak between its sets and so make its scores wrong."""
    held_out_index = np.concatenate(
        [splits.validation, splits.unseen, splits.validation_non_members, splits.unseen_non_members]
    )
    forget, retain, held_out = (data.first_copies[index] for index in (splits.forget, splits.retain, held_out_index))
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
    )
