"""Loads a data set by name: ``portraits`` comes with the project, all others are read from the user's disk.

Every module of this package is imported here, so that each loader is registered.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import dlfd_core.data
from dlfd_core.data.duplicates import drop_duplicates, find_duplicates
from dlfd_core.data.hidden_names import hide_names
from dlfd_core.data.portraits import load_portraits
from dlfd_core.data.registry import SOURCES, source
from dlfd_core.data.schema import FaceData
from dlfd_core.errors import InvalidRequest, UnknownName

#: Suffixes of a name: without equal photos, without equal photos and near-copies, and without the names of people. They
#: are part of the name, and so of every request that holds the name.
UNIQUE, DISTINCT, HIDDEN = "?unique", "?distinct", "?hidden"


@source("portraits", "never")
def _portraits() -> FaceData:
    return load_portraits()


for _module in iter_modules(dlfd_core.data.__path__):
    import_module(f"{dlfd_core.data.__name__}.{_module.name}")


def load_data(name: str) -> FaceData:
    """Load a data set into memory.

    Args:
        name: ``NAME`` or ``NAME:PATH``; with the suffix ``?unique``, all but one of equal photos are left out, with
            ``?distinct`` also near-copies. ``FaceData.notes`` says how many duplicates are left. With the suffix
            ``?hidden`` after it, people have numbers in place of names (``hide_names``).

    Raises:
        UnknownName: no such data set, or not in this form.
        InvalidData: it is missing or malformed.
        InvalidRequest: ``?unique`` or ``?distinct`` after ``portraits``, which hold no duplicates.
    """
    if name.endswith(HIDDEN):
        return hide_names(load_data(name.removesuffix(HIDDEN)))
    plain_name = name.removesuffix(UNIQUE).removesuffix(DISTINCT)
    key, colon, path = plain_name.partition(":")
    entry = SOURCES.get(key) if key in SOURCES.names() else None
    if entry is None or (entry.takes_path != "optional" and bool(colon) != (entry.takes_path == "always")):
        raise _unknown(plain_name)
    if colon and not path:
        raise _unknown(plain_name)
    if entry.takes_path == "never":
        if plain_name != name:
            raise InvalidRequest(f"The {key} hold no duplicates; request them without dropping any.")
        return entry.load()
    data = entry.load(Path(path).expanduser() if colon else None)
    if plain_name != name:
        data = drop_duplicates(data, near=name.endswith(DISTINCT))
    return data.retold(notes=(*data.notes, *find_duplicates(data).sentences()))


def _unknown(name: str) -> UnknownName:
    """The error for an unknown name, with a list: the built-in data set, those that need a path, the published ones."""
    order = ("never", "always", "optional")
    names = sorted(SOURCES.names(), key=lambda key: (order.index(SOURCES.get(key).takes_path), key))
    return UnknownName("data set", name, [SOURCES.get(key).form(key) for key in names])
