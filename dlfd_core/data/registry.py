"""Registry of data sets by name, and the search for the user's local copies.

A new data set is one file with one function under ``@source(...)``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, TypeVar

from dlfd_core.data.listing import is_safe, sub_folders
from dlfd_core.data.schema import FaceData
from dlfd_core.errors import InvalidData
from dlfd_core.registry import Registry

#: Environment variable with the folder that is searched for data sets requested without a path.
VARIABLE = "DLFD_DATA"
#: How many folders deeper than the path given a copy is looked for, and in how many folders beside each other.
DEPTH, WIDTH = 3, 40

Load = TypeVar("Load", bound=Callable[..., FaceData])
TakesPath = Literal["never", "always", "optional"]


@dataclass(frozen=True)
class Source:
    """A data set that can be requested by name.

    Attributes:
        load: the loader, called with the path where one is given.
        takes_path: whether the request ``name:PATH`` is never, always or optionally used.
    """

    load: Callable[..., FaceData]
    takes_path: TakesPath

    def form(self, name: str) -> str:
        """The form of a request, for lists: ``portraits``, ``folder:PATH``, ``lfw[:PATH]``."""
        return name + {"never": "", "always": ":PATH", "optional": "[:PATH]"}[self.takes_path]


SOURCES: Registry[Source] = Registry("data set")


def source(name: str, takes_path: TakesPath) -> Callable[[Load], Load]:
    """Decorator that registers a loader, for the page and the command line."""

    def add(load: Load) -> Load:
        SOURCES.register(name)(Source(load, takes_path))
        return load

    return add


def local_copy(path: Path | None, name: str, remedy: str) -> Path:
    """The folder of the user's copy, links resolved; without a path, the folder ``name`` inside ``$DLFD_DATA``.

    Args:
        remedy: where to get the data set and what its folder holds; the end of the error message.

    Raises:
        InvalidData: no such folder, or neither a path nor ``DLFD_DATA`` is given.
    """
    if path is None:
        parent = os.environ.get(VARIABLE)
        if not parent:
            raise InvalidData(
                f"No folder is given for {name}: give {name}:PATH, or set {VARIABLE} to the folder that holds {name}; "
                f"{remedy}."
            )
        path = Path(parent) / name
    folder = path.expanduser()
    if not is_safe(Path.is_dir, folder):
        raise InvalidData(f"There is no folder {folder}; {remedy}.")
    return folder.resolve()


def find_inside(root: Path, holds: Callable[[Path], bool]) -> Path:
    """The first folder for which ``holds`` is true: ``root``, or one up to ``DEPTH`` folders deeper, nearest first,
    then by name; ``root`` where there is none."""
    return next((folder for folder in _nested(root) if is_safe(holds, folder)), root)


def _nested(root: Path) -> Iterator[Path]:
    """Yield ``root`` and the folders inside it, level by level, the first ``WIDTH`` of each folder."""
    level = [root]
    for _ in range(DEPTH + 1):
        yield from level
        level = [inner for folder in level for inner in islice(sub_folders(folder), WIDTH)]


def missing_error(root: Path, what: str, remedy: str) -> InvalidData:
    """The error for a copy that lacks a file or folder."""
    return InvalidData(f"{root} holds no {what}; {remedy}.")
