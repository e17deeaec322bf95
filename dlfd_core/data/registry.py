"""Data sets by name, and where the user's copies lie. A new data set is one file with one ``@source(...)``."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from dlfd_core.data.listing import is_safe
from dlfd_core.data.schema import FaceData
from dlfd_core.errors import InvalidData
from dlfd_core.registry import Registry

#: The environment variable that names the folder in which data sets asked for without a path are looked for.
VARIABLE = "DLFD_DATA"

Load = TypeVar("Load", bound=Callable[..., FaceData])
TakesPath = Literal["never", "always", "optional"]


@dataclass(frozen=True)
class Source:
    """A data set that can be asked for.

    Attributes:
        load: with a path where one is given.
        takes_path: whether ``name:PATH`` is a form of it, the only one, or none.
    """

    load: Callable[..., FaceData]
    takes_path: TakesPath

    def form(self, name: str) -> str:
        """How it is asked for, for lists: ``portraits``, ``folder:PATH``, ``lfw[:PATH]``."""
        return name + {"never": "", "always": ":PATH", "optional": "[:PATH]"}[self.takes_path]


SOURCES: Registry[Source] = Registry("data set")


def source(name: str, takes_path: TakesPath) -> Callable[[Load], Load]:
    """Decorator of a loader: makes it known to the page and the command line."""

    def add(load: Load) -> Load:
        SOURCES.register(name)(Source(load, takes_path))
        return load

    return add


def own_copy(path: Path | None, name: str, remedy: str) -> Path:
    """The folder of the user's copy, links resolved; without a path, ``name`` in the folder ``DLFD_DATA`` names.

    Args:
        remedy: where to get the data set and how it has to look, as the end of a sentence.

    Raises:
        InvalidData: no such folder, or no place to look for one.
    """
    if path is None:
        parent = os.environ.get(VARIABLE)
        if not parent:
            raise InvalidData(
                f"It is not said where {name} lies: give {name}:PATH, or name the folder that holds {name} in "
                f"{VARIABLE}; {remedy}."
            )
        path = Path(parent) / name
    folder = path.expanduser()
    if not is_safe(Path.is_dir, folder):
        raise InvalidData(f"There is no folder {folder}; {remedy}.")
    return folder.resolve()


def missing(root: Path, what: str, remedy: str) -> InvalidData:
    """The error for a copy that lacks a file or folder."""
    return InvalidData(f"{root} holds no {what}; {remedy}.")
