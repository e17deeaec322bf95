"""The one shape every data set is brought into."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

Role = Literal["train", "validation", "unseen"]
ROLES: tuple[Role, ...] = ("train", "validation", "unseen")


@dataclass(frozen=True)
class PhotoFile:
    """A file that should be a photo, before it is read.

    Attributes:
        key: path inside the folder of photos, with forward slashes.
        labels: one cell per column of its listing.
        role: in a published split; None where there is none.
        sets: names of the published forget sets it belongs to.
    """

    person: str
    key: str
    path: Path
    labels: tuple[str, ...] = ()
    role: Role | None = None
    sets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Person:
    """Someone whose photos are in the data set.

    Attributes:
        role: people of ``train`` can be forgotten; ``validation`` people steer methods; ``unseen`` people are
            for the report only. None: the data set has no published split, ``splits.assign_roles`` draws one.
        attributes: for the picker, e.g. ``{"age group": "20-30"}``.
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
        person: (N,) int64 index into ``people``; photos of one person stand together.
        faces: (P, T, T, 3) uint8, one picture per person for the picker (same order as ``people``), or None.
        tasks: by name. The task ``identity`` (class = person) is never listed here: it is made from ``person``.
        skipped: photos that were there but could not be read.
        digest: hex sha256 over images and labels, and over published splits; caches and receipts name the data by it.
        forget_sets: published ones by name: sorted photo indices, all of people of ``train``.
        notes: what the reader of results on this data should know, one sentence each.
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

    @cached_property
    def alike(self) -> np.ndarray:
        """(N,) int64: the first photo with the same pixels, which for most photos is the photo itself.

        Read for every report, and the same in each: all pixels are hashed once.
        """
        firsts: dict[bytes, int] = {}
        hashes = (hashlib.sha256(image).digest() for image in np.ascontiguousarray(self.images))
        return np.array([firsts.setdefault(key, i) for i, key in enumerate(hashes)], dtype=np.int64)
