"""Paths inside a zip: which are ignored, which are refused, and the parts of all others."""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Mapping
from typing import TypeVar

from dlfd_core.own_photos.reading.limits import UploadLimits

V = TypeVar("V")

#: Files that operating systems add without the sender's knowledge.
JUNK_FOLDERS = frozenset({"__macosx", ".git", ".trashes", ".spotlight-v100", ".fseventsd"})
JUNK_FILES = frozenset({".ds_store", "thumbs.db", "desktop.ini", "ehthumbs.db", ".localized"})
OUTSIDE = "Its path leads out of the zip; zip the photos again from their own folder."
_DRIVE = re.compile(r"[A-Za-z]:")


class Unusable(Exception):
    """One file that is skipped; the message is the sentence that says why."""


def is_ignored(name: str, info: zipfile.ZipInfo) -> bool:
    """Whether it is the entry of an empty folder, or junk."""
    parts = name.lower().split("/")
    junk = not JUNK_FOLDERS.isdisjoint(parts) or parts[-1] in JUNK_FILES or parts[-1].startswith("._")
    return junk or (name.endswith("/") and not info.file_size)


def safe_parts(name: str, info: zipfile.ZipInfo, limits: UploadLimits) -> tuple[str, ...]:
    """Folders and file name of a safe path; nothing is written to it all the same.

    Raises:
        Unusable: the path leads outside, is too long or too deep, or is no ordinary file.
    """
    if len(name) > limits.path_length:
        raise Unusable(f"Its name has more than {limits.path_length} characters; rename it.")
    parts = tuple(part for part in name.split("/") if part != ".")
    if name.startswith("/") or _DRIVE.match(name) or ".." in parts:
        raise Unusable(OUTSIDE)
    if name.endswith("/"):
        raise Unusable("It is named as a folder but holds data; zip the photos again.")
    if "\0" in name or not parts or "" in parts:
        raise Unusable("Its name is malformed; rename it and zip the photos again.")
    if len(parts) - 1 > limits.depth:
        raise Unusable(f"It lies more than {limits.depth} folders deep; use one folder per person.")
    _check_type(info.external_attr >> 16)
    return parts


def _check_type(mode: int) -> None:
    """Raise for links and special files. Unix writes the file type into the attributes; other systems leave these bits
    zero."""
    if stat.S_ISLNK(mode):
        raise Unusable("It is a link, not a photo; put the photo itself into the zip.")
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise Unusable("It is a device or another special file, not a photo; leave it out.")


def without_wrapping(kept: Mapping[tuple[str, ...], V]) -> dict[tuple[str, ...], V]:
    """Remove folders that all paths share, as long as a folder per person remains."""
    paths = dict(kept)
    while paths and len({path[0] for path in paths}) == 1 and all(len(path) > 2 for path in paths):
        paths = {path[1:]: content for path, content in paths.items()}
    return paths
