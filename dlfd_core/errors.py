"""Every error a user can cause or meet. The message is one sentence or two: what is wrong and what to do."""

from __future__ import annotations

import errno
from collections.abc import Iterable


class DlfdError(Exception):
    """Base of all errors whose text may be shown to a user as it is."""


class InvalidRequest(DlfdError):
    """A request that cannot be carried out as it stands."""


#: Known names an answer lists: all methods fit, hundreds of people do not.
LISTED = 16


class UnknownName(InvalidRequest):
    """A name that no registry or catalog knows."""

    def __init__(self, kind: str, name: str, known: Iterable[str]):
        shown = list(known)
        listed = ", ".join(shown[:LISTED]) + (f" and {len(shown) - LISTED} more" if len(shown) > LISTED else "")
        super().__init__(f"Unknown {kind} {name!r}; choose one of: {listed}.")


class InvalidData(DlfdError):
    """A data set on disk that is missing, empty or malformed."""


class MissingArtifact(DlfdError):
    """A shipped or given file (weights, portraits) that is absent or not what its manifest says."""


class Diverged(DlfdError):
    """Training or unlearning whose loss stopped being a number."""


class RunCancelled(DlfdError):
    """The visitor cancelled, or closed the page."""


class TooOften(DlfdError):
    """More runs than one visitor may start in a while, or have going on."""


class TooMuch(DlfdError):
    """A run that memory, the disk or the time allowed does not suffice for."""


DISK_FULL = "The disk is full; free some space, or name another cache folder in DLFD_CACHE."


def is_disk_full(error: OSError) -> bool:
    """Whether the disk, or what one may use of it, is full."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)
