"""Published forget sets by name: ``set:NAME`` in place of people, for photos that are forgotten as others did."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from dlfd_core.data.schema import FaceData
from dlfd_core.errors import InvalidRequest, UnknownName

PREFIX = "set:"


def members_of(data: FaceData, people: Sequence[str], known: Collection[str]) -> np.ndarray | None:
    """Photo indices of the forget set that ``people`` names; None where it names people only.

    Args:
        known: ids of people who can be forgotten; one that happens to begin with ``set:`` is a person.

    Raises:
        InvalidRequest: a set beside something else, or of a data set that has none. UnknownName: no such set.
    """
    named = [entry for entry in people if entry.startswith(PREFIX) and entry not in known]
    if not named:
        return None
    if len(set(people)) > 1:
        raise InvalidRequest(f"{named[0]} stands for all photos to forget; name it alone, without people.")
    if not data.forget_sets:
        raise InvalidRequest(f"{data.title} has no published forget set; pick people instead of {named[0]}.")
    name = named[0].removeprefix(PREFIX)
    if name not in data.forget_sets:
        raise UnknownName("forget set", name, data.forget_sets)
    return data.forget_sets[name]


def shown_names(data: FaceData, people: Sequence[str]) -> tuple[str, ...]:
    """Names of people, and ``forget set NAME`` of a set, for a report."""
    names = {person.id: person.name for person in data.people}
    return tuple(names[one] if one in names else f"forget set {one.removeprefix(PREFIX)}" for one in people)
