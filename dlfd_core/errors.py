"""Errors that a user can cause or see. A message has one or two sentences: what is wrong and what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterable


class DlfdError(Exception):
    """Base class of all errors whose message may be shown to a user."""


class InvalidRequest(DlfdError):
    """A request that cannot be carried out with its current values."""


#: Largest number of names listed in an error message: enough for all methods, but not for hundreds of people.
LISTED = 16


class UnknownName(InvalidRequest):
    """A name that is in no registry or catalog."""

    def __init__(self, kind: str, name: str, valid_names: Iterable[str]):
        names = list(valid_names)
        listed = ", ".join(names[:LISTED]) + (f" and {len(names) - LISTED} more" if len(names) > LISTED else "")
        super().__init__(f"Unknown {kind} {name!r}; choose one of: {listed}.")


class InvalidData(DlfdError):
    """A data set on disk that is missing, empty or malformed."""


class MissingArtifact(DlfdError):
    """A shipped or given file (weights, portraits) that is missing or differs from its manifest."""


class Diverged(DlfdError):
    """Training or unlearning whose loss is no longer finite."""


class RunCancelled(DlfdError):
    """The visitor cancelled the run, or closed the page."""


class TooOften(DlfdError):
    """A run beyond the number that one visitor may start within some time, or may have running at once."""


class TooMuch(DlfdError):
    """A run that needs more memory, disk space or time than there is."""


DISK_FULL = "The disk is full; free some space, or name another cache folder in DLFD_CACHE."


def is_disk_full(error: OSError) -> bool:
    """Whether the disk, or the user's quota on it, is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
