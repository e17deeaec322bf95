"""Photos that are there more than once, pixel for pixel: how many, between which sets, and a data set without them.

MUFAC's published splits hold such pairs, also between photos to forget and photos to keep. A photo that is forgotten
and kept at once is trained on to the end, so no verdict about it means anything.
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
    """Attributes:
    copies: photos that have an equal one before them.
    pairs: number of pairs of equal photos by the sets they stand in, e.g. ``("train", "unseen")``; for a data set
        whose split is drawn later all stand under ``("all", "all")``.
    """

    copies: int
    pairs: dict[tuple[str, str], int]

    def sentence(self) -> str:
        """For the notes of a data set."""
        listed = ", ".join(f"{count} {one}-{other}" for (one, other), count in self.pairs.items())
        return (
            f"Photos that are copies of others, pixel for pixel: {self.copies} (pairs: {listed}); --drop-duplicates "
            "leaves them out."
        )


@dataclass(frozen=True)
class Leaks:
    """Photos of one forget request that stand in two sets at once, by pixels.

    Attributes:
        forget_in_retain: forgotten photos that are also trained on to the end.
        forget_in_held_out, retain_in_held_out: training photos that are also among validation or unseen photos.
    """

    forget_in_retain: int
    forget_in_held_out: int
    retain_in_held_out: int

    def sentences(self) -> list[str]:
        """Caveats, the gravest first; none where no photo leaks."""
        found = []
        if self.forget_in_retain:
            found.append(
                "The verdict is void: photos to forget are also among the photos to keep, pixel for pixel "
                f"({self.forget_in_retain}), and are trained on to the end; leave copies out with --drop-duplicates."
            )
        if self.forget_in_held_out:
            found.append(
                "Photos to forget are also among validation or unseen photos, pixel for pixel "
                f"({self.forget_in_held_out}): the attack compares them with themselves, so forgetting looks better."
            )
        if self.retain_in_held_out:
            found.append(
                "Photos to keep are also among validation or unseen photos, pixel for pixel "
                f"({self.retain_in_held_out}): accuracy there looks better than it is."
            )
        return found


def find_duplicates(data: FaceData) -> Duplicates:
    """How many photos are copies, and in which published sets the pairs stand."""
    alike, sets = data.alike, _sets(data)
    groups, sizes = np.unique(alike, return_counts=True)
    repeated = np.isin(alike, groups[sizes > 1])
    members: dict[int, Counter[str]] = {}
    for group, name in zip(alike[repeated].tolist(), sets[repeated].tolist(), strict=True):
        members.setdefault(group, Counter())[name] += 1
    pairs: Counter[tuple[str, str]] = Counter()
    for one, other in combinations_with_replacement(dict.fromkeys((*ROLES, "all")), 2):
        for count in members.values():
            among = count[one] * (count[one] - 1) // 2 if one == other else count[one] * count[other]
            if among:
                pairs[one, other] += among
    return Duplicates(len(alike) - len(groups), dict(pairs))


def drop_duplicates(data: FaceData) -> FaceData:
    """The data set with one of each group of equal photos: the first, and of train before validation before unseen.

    People left without a photo go too. A forget set loses a photo whose copy outside it comes first.
    """
    alike, sets = data.alike, _sets(data)
    rank = np.array([(*ROLES, "all").index(name) for name in sets.tolist()])
    order = np.argsort(rank, kind="stable")
    kept = np.sort(order[np.unique(alike[order], return_index=True)[1]])
    copies = len(alike) - len(kept)
    if not copies:
        return data
    chosen = _select(data, kept)
    return replace(chosen, notes=(*data.notes, f"Copies of other photos that were left out: {copies}."))


def leaks(data: FaceData, splits: Splits) -> Leaks:
    """Photos that undermine the scores of one request."""
    alike = data.alike
    held = np.concatenate([splits.validation, splits.unseen, splits.validation_strangers, splits.unseen_strangers])
    forget, retain = alike[splits.forget], alike[splits.retain]
    return Leaks(
        *(int(np.isin(a, b).sum()) for a, b in ((forget, retain), (forget, alike[held]), (retain, alike[held])))
    )


def _sets(data: FaceData) -> np.ndarray:
    """(N,) name of the published set each photo stands in; ``all`` where the split is drawn later."""
    drawn = any(person.role is None for person in data.people)
    return np.array(["all" if drawn else person.role for person in data.people])[data.person]


def _select(data: FaceData, kept: np.ndarray) -> FaceData:
    """The data set with only the photos ``kept`` (sorted indices)."""
    who, person = np.unique(data.person[kept], return_inverse=True)
    position = np.full(len(data.person), -1)
    position[kept] = np.arange(len(kept))
    moved = {name: position[members] for name, members in data.forget_sets.items()}
    return replace(
        data,
        images=data.images[kept],
        person=person.astype(np.int64),
        people=tuple(data.people[i] for i in who),
        tasks={name: replace(task, labels=task.labels[kept]) for name, task in data.tasks.items()},
        digest=hashlib.sha256(data.digest.encode() + kept.astype(np.int64).tobytes()).hexdigest(),
        faces=None if data.faces is None else data.faces[who],
        forget_sets={name: members[members >= 0] for name, members in moved.items()},
    )
