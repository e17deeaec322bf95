"""LRU cache bounded by the number and the bytes of its values, and an estimate of the bytes a value holds."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import fields, is_dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from torch import nn

Key = TypeVar("Key")
Value = TypeVar("Value")


def size_in_bytes(value: object) -> int:
    """Bytes that a value holds, roughly: arrays, pictures, texts and parameters, at any depth in dataclasses,
    dictionaries and sequences; anything else counts as a number of 8 bytes."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, bytes | str):
        return len(value)
    if isinstance(value, nn.Module):
        return sum(tensor.numel() * tensor.element_size() for tensor in value.state_dict().values())
    if is_dataclass(value):
        return sum(size_in_bytes(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, dict):
        return sum(size_in_bytes(key) + size_in_bytes(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return sum(map(size_in_bytes, value))
    return 8


class LRUCache(Generic[Key, Value]):
    """A bounded dictionary that drops the least recently used value first; safe to use from several threads.

    Args:
        size: values kept at most.
        limit: bytes kept at most, by ``size_in_bytes``, except that the latest value is always kept; None for no limit.
    """

    def __init__(self, size: int, limit: int | None = None):
        self._size, self._limit = size, limit
        self._items, self._lock = OrderedDict[Key, Value](), threading.Lock()
        self._bytes: dict[Key, int] = {}

    def grow(self, size: int) -> None:
        """Keep at least ``size`` values."""
        self._size = max(self._size, size)

    def get(self, key: Key) -> Value | None:
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
            return self._items.get(key)

    def put(self, key: Key, value: Value, size: int | None = None) -> Value:
        """Keep a value, and return it.

        Args:
            size: bytes that it adds, where it shares some with other values; None: ``size_in_bytes``.
        """
        if size is None:
            size = 0 if self._limit is None else size_in_bytes(value)
        with self._lock:
            self._items[key], self._bytes[key] = value, size
            self._items.move_to_end(key)
            while len(self._items) > 1 and self._full():
                oldest, _ = self._items.popitem(last=False)
                del self._bytes[oldest]
        return value

    def pop(self, key: Key) -> Value | None:
        """Remove a value and return it; None where there is none."""
        with self._lock:
            self._bytes.pop(key, None)
            return self._items.pop(key, None)

    def values(self) -> list[Value]:
        """All values, the least recently used first; this does not count as a use."""
        with self._lock:
            return list(self._items.values())

    def _full(self) -> bool:
        if len(self._items) > self._size:
            return True
        return self._limit is not None and sum(self._bytes.values()) > self._limit


class HasData(Protocol):
    """A key that names the data set it belongs to."""

    @property
    def data(self) -> str: ...


DataKey = TypeVar("DataKey", bound=HasData)


class DataSetCache(LRUCache[DataKey, Value]):
    """LRU cache whose keys name a data set, so that everything made from one data set can be dropped."""

    def drop_data(self, name: str) -> None:
        """Remove everything of the data set ``name``."""
        with self._lock:
            for key in [key for key in self._items if key.data == name]:
                del self._items[key], self._bytes[key]
