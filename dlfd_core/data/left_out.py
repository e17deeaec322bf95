"""Sentences on the files of a data set that take no part: counted by reason and named."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from dlfd_core.data.listing import NO_PHOTO
from dlfd_core.data.names import listed
from dlfd_core.data.schema import LeftOut


def by_reason(files: Iterable[LeftOut]) -> dict[str, list[str]]:
    """Names of files by reason, the most frequent reason first."""
    names: dict[str, list[str]] = {}
    for file in files:
        names.setdefault(file.reason, []).append(file.name)
    return dict(sorted(names.items(), key=lambda item: -len(item[1])))


def left_out_notes(files: Sequence[LeftOut], missing_people: Sequence[str] = ()) -> list[str]:
    """One sentence per reason, and one on people whose files are all left out. Documents beside the photos are not
    worth a sentence in a report."""
    notes = [
        f"Left out because the file {reason}: {len(names):,} ({listed(names)})."
        for reason, names in by_reason(files).items()
        if reason != NO_PHOTO
    ]
    if missing_people:
        notes.append(f"People without a photo that can be read, who are missing: {listed(missing_people)}.")
    return notes


def why_none(files: Sequence[LeftOut]) -> str:
    """The reasons in one clause, for an error: ``12 files: is damaged (a.jpg ...)``."""
    parts = [f"{listed(names, 2)}: each {reason}" for reason, names in by_reason(files).items()]
    return "; ".join(parts[:3])
