"""Limits on the memory for visitors' files: bytes that are held, and bytes, files and photos of one reading."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dlfd_core.errors import InvalidData
from dlfd_core.own_photos.reading.limits import UploadLimits

#: Bytes that every piece, file and photo is counted with beyond its own: what Python needs to keep one.
OVERHEAD = 600


class Room:
    """A number of bytes that may be held in memory at once; safe to use from several threads.

    Args:
        most: bytes.
        full: the sentence for a sender whose bytes have no room.
        inside: a room that all bytes of this one count in as well.
    """

    def __init__(self, most: int, full: str, inside: Room | None = None):
        self.most, self.full, self.inside, self.held = most, full, inside, 0
        self._lock = threading.Lock()

    def take(self, count: int) -> None:
        """Count ``count`` more bytes as held. Raises ``InvalidData`` where there is no room; then nothing changes."""
        if self.inside is not None:
            self.inside.take(count)
        with self._lock:
            if self.held + count <= self.most:
                self.held += count
                return
        if self.inside is not None:
            self.inside.give(count)
        raise InvalidData(self.full)

    def give(self, count: int) -> None:
        """Count ``count`` bytes as free again."""
        with self._lock:
            self.held -= count
        if self.inside is not None:
            self.inside.give(count)

    @contextmanager
    def kept_on_success(self) -> Iterator[None]:
        """Give back what was taken inside this context if it ends with an error. One thread at a time may use it."""
        before = self.held
        try:
            yield
        except BaseException:
            self.give(self.held - before)
            raise


class Allowance:
    """What may still be unpacked in one reading of a visitor's files, all of them together.

    Attributes:
        bytes_left: unpacked bytes; those of files that are left out count, too.
        entries_left: files, folders and junk included.
        photos_left: photos that are kept.
    """

    def __init__(self, limits: UploadLimits, room: Room | None = None):
        self.limits = limits
        self.bytes_left, self.entries_left, self.photos_left = limits.total_bytes, limits.entries, limits.photos
        self._room = room

    def count_entries(self, count: int) -> None:
        """Raises ``InvalidData`` above the limit."""
        self.entries_left -= count
        if self.entries_left < 0:
            raise InvalidData(f"There are more than {self.limits.entries} files; send fewer at once.")

    def count_bytes(self, count: int) -> None:
        """Raises ``InvalidData`` above the limit."""
        self.bytes_left -= count
        if self.bytes_left < 0:
            raise InvalidData(
                f"The files unpack to more than {self.limits.total_bytes // 1_000_000} MB in all; send fewer or "
                "smaller photos."
            )

    def keep_photo(self, size: int) -> None:
        """Count a photo of ``size`` bytes that is kept. Raises ``InvalidData`` where there is no room."""
        self.photos_left -= 1
        if self.photos_left < 0:
            raise InvalidData(f"There are more than {self.limits.photos} photos; send fewer at once.")
        if self._room is not None:
            self._room.take(size + OVERHEAD)
