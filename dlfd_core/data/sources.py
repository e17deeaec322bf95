"""Data sets by name: ``portraits`` is embedded, ``folder:PATH`` is the user's own."""

from __future__ import annotations

from pathlib import Path

from dlfd_core.data.folder import load_folder
from dlfd_core.data.portraits import load_portraits
from dlfd_core.data.schema import FaceData
from dlfd_core.errors import UnknownName

PREFIX = "folder:"


def load_data(name: str) -> FaceData:
    """Load a data set into memory.

    Raises:
        UnknownName: neither ``portraits`` nor ``folder:PATH``. InvalidData: the folder is missing or malformed.
    """
    if name == "portraits":
        return load_portraits()
    if name.startswith(PREFIX) and len(name) > len(PREFIX):
        return load_folder(Path(name.removeprefix(PREFIX)).expanduser())
    raise UnknownName("data set", name, ["portraits", "folder:PATH"])
