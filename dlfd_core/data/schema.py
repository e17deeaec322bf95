"""The common format of all data sets: ``FaceData`` with ``Person`` and ``Task``."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np

from dlfd_core.data.near_copies import first_near_copies

Role = Literal["train", "validation", "unseen"]
ROLES: tuple[Role, ...] = ("train", "validation", "unseen")


@dataclass(frozen=True)
class PhotoFile:
    """A listed photo file, not yet decoded.

    Attributes:
        key: path inside the folder of photos, with forward slashes.
        labels: one value per label column.
        role: the set in a published split; None where there is none.
        sets: names of the published forget sets it belongs to.
    """

    person: str
    key: str
    path: Path
    labels: tuple[str, ...] = ()
    role: Role | None = None
    sets: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """A file that takes no part.

    Attributes:
        name: path inside the folder of photos, safe to show.
        reason: a predicate for the file, such as ``is damaged``.
    """

    name: str
    reason: str


@dataclass(frozen=True)
class Person:
    """Someone whose photos are in the data set.

    Attributes:
        role: people of ``train`` can be forgotten; people of ``validation`` are used to steer methods; people of
            ``unseen`` are used for the report only. None: no published split, ``splits.assign_roles`` draws one.
        attributes: shown in the picker, e.g. ``{"age group": "20-30"}``.
    """

    id: str
    name: str
    role: Role | None = None
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Task:
    """A classification task over all photos.

    Attributes:
        labels: (N,) int64 in ``[0, len(classes))``, one per photo.
    """

    name: str
    title: str
    classes: tuple[str, ...]
    labels: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class FaceData:
    """A data set in memory.

    Attributes:
        images: (N, S, S, 3) uint8 RGB, square.
        person: (N,) int64 index into ``people``; the photos of one person are next to each other.
        faces: (P, T, T, 3) uint8, one picture per person for the picker (same order as ``people``), or None.
        tasks: by name. The task ``identity`` (class = person) is never listed here: it is made from ``person``.
        skipped: number of listed photos that could not be read.
        digest: hex sha256 over images, labels and published splits; it identifies the data in caches and receipts.
        forget_sets: published forget sets by name: sorted photo indices, all of people of ``train``.
        notes: caveats for the reader of results on this data, one sentence each.
        left_out: every file that takes no part, with the reason; unreadable photos are among them.
        refused_tasks: label columns that cannot be tasks, each with a sentence that says why.
        files: (N,) path of each photo inside its folder, safe to show; empty where photos are not in files.
    """

    name: str
    title: str
    images: np.ndarray = field(repr=False)
    person: np.ndarray = field(repr=False)
    people: tuple[Person, ...] = field(repr=False)
    tasks: dict[str, Task] = field(repr=False)
    digest: str
    faces: np.ndarray | None = field(default=None, repr=False)
    skipped: int = 0
    forget_sets: dict[str, np.ndarray] = field(default_factory=dict, repr=False)
    notes: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = field(default=(), repr=False)
    refused_tasks: dict[str, str] = field(default_factory=dict, repr=False)
    files: tuple[str, ...] = field(default=(), repr=False)

    @cached_property
    def first_copies(self) -> np.ndarray:
        """(N,) int64: index of the first photo with the same pixels; for most photos, the photo itself.

        Cached, because every report needs it and all pixels have to be hashed for it.
        """
        firsts: dict[bytes, int] = {}
        hashes = (hashlib.sha256(image).digest() for image in np.ascontiguousarray(self.images))
        return np.array([firsts.setdefault(key, i) for i, key in enumerate(hashes)], dtype=np.int64)

    @cached_property
    def first_near_copies(self) -> np.ndarray:
        """(N,) int64: index of the first photo of the same group of equal photos and near-copies; for most photos, the
        photo itself. Cached like ``first_copies``: hashing takes about 0.1 ms per photo."""
        return first_near_copies(self.images, self.first_copies)

    def retold(self, **texts: Any) -> FaceData:
        """The data set with other names or notes and the same photos; what is cached of the photos stays.

        Args:
            texts: attributes to replace, not ``images``.
        """
        other = replace(self, **texts)
        vars(other).update(
            {name: vars(self)[name] for name in ("first_copies", "first_near_copies") if name in vars(self)}
        )
        return other
