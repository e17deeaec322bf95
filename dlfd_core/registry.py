"""A registry of items by name, for data sets, backbones and methods; an unknown name gives an error with all names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

from dlfd_core.errors import UnknownName

T = TypeVar("T")


class Registry(Generic[T]):
    """Dictionary of items by name, with a decorator to register and an error that lists the names.

    Args:
        kind: word for an item in the error message ("method", "backbone" ...).
    """

    def __init__(self, kind: str):
        self.kind = kind
        self._items: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """Decorator that registers an item under ``name``; a name that is taken raises ``ValueError`` at import."""

        def add(item: T) -> T:
            if name in self._items:
                raise ValueError(f"{self.kind} {name!r} is registered twice")
            self._items[name] = item
            return item

        return add

    def get(self, name: str) -> T:
        """The item of this name; raises ``UnknownName`` where there is none."""
        try:
            return self._items[name]
        except (KeyError, TypeError):
            raise UnknownName(self.kind, name, self._items) from None

    def names(self) -> list[str]:
        """All names, in the order of registration."""
        return list(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items.values())
