"""People without names: a number in place of the id and name of each person, and no file names in the notes."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from dlfd_core.data.schema import FaceData


def hide_names(data: FaceData) -> FaceData:
    """The data set with the ids ``person-001`` ... and the names ``Person 1`` ..., in the order of the data set.

    Names of files may name people, so they, the notes of the loader and the list of files left out are dropped; only
    the number of those stays.
    """
    width = max(3, len(str(len(data.people))))
    people = tuple(
        replace(person, id=f"person-{number:0{width}d}", name=f"Person {number}")
        for number, person in enumerate(data.people, 1)
    )
    note = f"Names of people and files are hidden; files that were left out: {len(data.left_out):,}."
    digest = hashlib.sha256(f"hidden {data.digest}".encode()).hexdigest()
    return data.retold(people=people, digest=digest, notes=(note,), left_out=(), refused_tasks={}, files=())
