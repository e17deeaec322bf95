"""Published forget sets: ``set:NAME`` in a request, in place of people, to forget the same photos as a publication."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np

from dlfd_core.data.schema import FaceData
from dlfd_core.errors import InvalidRequest, UnknownName
from dlfd_core.types import IDENTITY

PREFIX = "set:"


def find_forget_set(data: FaceData, people: Sequence[str], person_ids: Collection[str]) -> np.ndarray | None:
    """Photo indices of the forget set named in ``people``; None where only people are named.

    Args:
        person_ids: ids of people who can be forgotten; an id that happens to begin with ``set:`` means the person.

    Raises:
        InvalidRequest: a set is named together with something else, or the data set has no forget sets.
        UnknownName: no such set.
    """
    set_entries = [entry for entry in people if entry.startswith(PREFIX) and entry not in person_ids]
    if not set_entries:
        return None
    if len(set(people)) > 1:
        raise InvalidRequest(f"{set_entries[0]} stands for all photos to forget; name it alone, without people.")
    if not data.forget_sets:
        raise InvalidRequest(f"{data.title} has no published forget set; pick people instead of {set_entries[0]}.")
    name = set_entries[0].removeprefix(PREFIX)
    if name not in data.forget_sets:
        raise UnknownName("forget set", name, data.forget_sets)
    return data.forget_sets[name]


def display_names(data: FaceData, people: Sequence[str]) -> tuple[str, ...]:
    """Names for a report: the name of each person, and ``forget set NAME`` for a set."""
    names = {person.id: person.name for person in data.people}
    return tuple(names[entry] if entry in names else f"forget set {entry.removeprefix(PREFIX)}" for entry in people)


def class_names(data: FaceData, task: str, classes: Sequence[str]) -> tuple[str, ...]:
    """Names of the classes for a report: where each person is a class, the people's names; a name that two people have
    is followed by the id."""
    if task != IDENTITY:
        return tuple(classes)
    names = display_names(data, classes)
    counts = Counter(names)
    return tuple(
        name if counts[name] == 1 else f"{name} ({person})" for name, person in zip(names, classes, strict=True)
    )
