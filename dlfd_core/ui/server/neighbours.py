"""Limit on the visitors of one network address that have own photos here at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from dlfd_core.errors import TooOften
from dlfd_core.types import caller
from dlfd_core.ui.server.visits import SHARED


class Neighbours:
    """Keys of visitors by their address; safe to use from several threads.

    Args:
        most: visitors of one address; None counts nobody.
        give_way: deletes the photos of a visitor who does not seem to need them, such as one whose page was closed a
            minute ago; returns whether it did.
    """

    def __init__(self, most: int | None, give_way: Callable[[str], bool]):
        self.most, self._give_way = most, give_way
        self._addresses: dict[str, str] = {}
        self._lock = threading.Lock()

    def admit(self, key: str) -> None:
        """Count a visitor, once. Raises ``TooOften`` where the address has too many others."""
        address = caller.get()
        if self.most is None or address is None:
            return
        if self._counted(key, address, self.most):
            return
        with self._lock:
            others = [one for one, its in self._addresses.items() if its == address]
        # not under the lock: a deletion calls ``leave``
        if any(self._give_way(other) for other in others) and self._counted(key, address, self.most):
            return
        raise TooOften(
            f"{self.most} visitors of your network are using photos of their own just now; try again in a minute, or "
            f"when one of them has deleted theirs. {SHARED}"
        )

    def _counted(self, key: str, address: str, most: int) -> bool:
        """Count a visitor, if the address does not have too many."""
        with self._lock:
            if key not in self._addresses:
                if sum(1 for one in self._addresses.values() if one == address) >= most:
                    return False
                self._addresses[key] = address
            return True

    def rename(self, before: str, key: str) -> None:
        """Count a visitor under another key."""
        with self._lock:
            if before in self._addresses:
                self._addresses[key] = self._addresses.pop(before)

    def leave(self, key: str) -> None:
        """Stop counting a visitor, whose photos are deleted."""
        with self._lock:
            self._addresses.pop(key, None)
