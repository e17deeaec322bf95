"""Data sets by name: ``portraits`` is embedded, all others are read from the user's disk.

Every module of this package is imported, so that a new file registers itself.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import dlfd_core.data
from dlfd_core.data.duplicates import drop_duplicates, find_duplicates
from dlfd_core.data.portraits import load_portraits
from dlfd_core.data.registry import SOURCES, source
from dlfd_core.data.schema import FaceData
from dlfd_core.errors import InvalidRequest, UnknownName

#: At the end of a name: without the copies of photos. It is part of the name, since it is part of what was asked for.
UNIQUE = "?unique"


@source("portraits", "never")
def _portraits() -> FaceData:
    return load_portraits()


for _module in iter_modules(dlfd_core.data.__path__):
    import_module(f"{dlfd_core.data.__name__}.{_module.name}")


def load_data(name: str) -> FaceData:
    """Load a data set into memory.

    Args:
        name: ``NAME`` or ``NAME:PATH``; with ``?unique`` at its end, all but one of equal photos are left out. Without
            it, ``FaceData.notes`` says how many there are.

    Raises:
        UnknownName: no such data set, or not in this form. InvalidData: it is missing or malformed. InvalidRequest:
            the portraits, which hold no copies, without them.
    """
    asked = name.removesuffix(UNIQUE)
    key, colon, path = asked.partition(":")
    found = SOURCES.get(key) if key in SOURCES.names() else None
    if found is None or (found.takes_path != "optional" and bool(colon) != (found.takes_path == "always")):
        raise _unknown(asked)
    if colon and not path:
        raise _unknown(asked)
    if found.takes_path == "never":
        if asked != name:
            raise InvalidRequest(f"The {key} hold no duplicates; ask for them without dropping any.")
        return found.load()
    data = found.load(Path(path).expanduser() if colon else None)
    if asked != name:
        return drop_duplicates(data)
    duplicates = find_duplicates(data)
    return replace(data, notes=(*data.notes, duplicates.sentence())) if duplicates.copies else data


def _unknown(name: str) -> UnknownName:
    """The embedded data set first, then those that need a path, then the published ones."""
    ways = ("never", "always", "optional")
    known = sorted(SOURCES.names(), key=lambda key: (ways.index(SOURCES.get(key).takes_path), key))
    return UnknownName("data set", name, [SOURCES.get(key).form(key) for key in known])
