"""Limit on the visitors of one network address that have own photos here at the same time."""

from __future__ import annotations

import threading

from dlfd_core.errors import TooOften
from dlfd_core.ui.server.hosting import caller
from dlfd_core.ui.server.visits import SHARED


class Neighbours:
    """Keys of visitors by their address; safe to use from several threads.

    Args:
        most: visitors of one address; None counts nobody.
    """

    def __init__(self, most: int | None):
        self.most = most
        self._addresses: dict[str, str] = {}
        self._lock = threading.Lock()

    def admit(self, key: str) -> None:
        """Count a visitor, once. Raises ``TooOften`` where the address has too many others."""
        address = caller.get()
        if self.most is None or address is None:
            return
        with self._lock:
            if key in self._addresses:
                return
            if sum(1 for one in self._addresses.values() if one == address) >= self.most:
                raise TooOften(
                    f"{self.most} visitors of your network are using photos of their own just now; try again when one "
                    f"of them has deleted theirs. {SHARED}"
                )
            self._addresses[key] = address

    def rename(self, before: str, key: str) -> None:
        """Count a visitor under another key."""
        with self._lock:
            if before in self._addresses:
                self._addresses[key] = self._addresses.pop(before)

    def leave(self, key: str) -> None:
        """Stop counting a visitor, whose photos are deleted."""
        with self._lock:
            self._addresses.pop(key, None)
