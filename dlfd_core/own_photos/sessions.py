"""Photo sessions of all visitors, by key: opened, used, deleted on request or when idle, and bounded in number."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hmac import compare_digest

from dlfd_core.errors import InvalidRequest
from dlfd_core.own_photos.photo_session import FULL, PhotoSession
from dlfd_core.runs.lru_cache import LRUCache

log = logging.getLogger(__name__)

#: Seconds without use after which a session that its visitor does not seem to need gives way to a neighbour.
UNNEEDED = 60.0
#: Seconds to wait for other work on the same visitor's photos: pieces of a file are received at the same time.
PATIENCE = 5.0

NOTHING = "There are no photos of yours here; choose photos first."
BUSY = "The server is still busy with your photos; wait a moment."
BY_ABSENCE = "Your photos were deleted because this page was not connected for {minutes:.0f} minutes; send them again."
BY_NEIGHBOUR = (
    "Your photos were deleted because this page was not connected and another visitor of your network sent photos; "
    "send yours again."
)
BY_IDLENESS = "Your photos were deleted after {minutes:.0f} minutes without use; send them again if you want to go on."


class PhotoSessions:
    """The photo sessions; safe to use from several threads.

    Args:
        make: makes an empty session. forget: removes everything made from a session elsewhere, before its own data.
        most: at once. idle: seconds without use before a deletion. absence: seconds that the visitor's page may be
            disconnected. sweep: seconds between two searches for such sessions.

    Attributes:
        by_key: the open sessions. lock: held while ``by_key`` or the users of a session change.
    """

    def __init__(
        self,
        make: Callable[[], PhotoSession],
        forget: Callable[[PhotoSession], None],
        *,
        most: int,
        idle: float,
        absence: float,
        sweep: float,
    ):
        self._make, self._forget, self._most, self._idle, self._sweep_every = make, forget, most, idle, sweep
        self._absence = absence
        self.lock = threading.RLock()
        self.by_key: dict[str, PhotoSession] = {}
        self.watchers: list[Callable[[str], None]] = []
        self._reasons = LRUCache[str, str](256)
        self._sweeper: threading.Thread | None = None

    @contextmanager
    def use(self, key: str, *, opens: bool = False, alone: bool = False) -> Iterator[PhotoSession]:
        """The session of a visitor, which is not deleted inside this context. Raises ``InvalidRequest``.

        Args:
            opens: make a session where there is none. alone: refuse while other work uses it.
        """
        with self.lock:
            session = self.by_key.get(key)
            if session is None and opens:
                session = self._open(key)
            if session is None:
                raise InvalidRequest(self.deletion_reason(key) or NOTHING)
            if session.deleting.is_set():
                raise InvalidRequest("Your photos are being deleted; wait a moment.")
            if alone and session.users:  # the data that the other work uses would change
                raise InvalidRequest("Something is still being done with your people; wait for its end, or cancel it.")
            session.users += 1
            session.last_used, session.left = time.monotonic(), None
        try:
            yield session
        finally:
            with self.lock:
                session.users -= 1
                session.last_used = time.monotonic()
                if session.deleting.is_set() and not session.users and not session.deleted.is_set():
                    self._delete(session)

    @contextmanager
    def change(self, key: str, *, opens: bool = False, wait: float = PATIENCE) -> Iterator[PhotoSession]:
        """The session of a visitor, for work that nothing else does at the same time on its photos. Raises
        ``InvalidRequest``, also where such work is not over after ``wait`` seconds."""
        with self.use(key, opens=opens) as session:
            if not session.lock.acquire(timeout=wait):
                raise InvalidRequest(BUSY)
            try:
                yield session
            finally:
                session.lock.release()

    def current(self, key: str) -> PhotoSession | None:
        """The session of a visitor, unless it is being deleted; counts as a use."""
        with self.lock:
            session = self.by_key.get(key)
            if session is None or session.deleting.is_set():
                return None
            session.last_used, session.left = time.monotonic(), None
            return session

    def leave(self, key: str) -> None:
        """Start the absence of a visitor whose page is not connected any more."""
        with self.lock:
            session = self.by_key.get(key)
            if session is not None and session.left is None:
                session.left = time.monotonic()

    def give_way(self, key: str) -> bool:
        """Delete a session for another visitor of the same network, if nothing has used it for ``UNNEEDED`` seconds,
        and it holds no photos or its page is not connected. Returns whether this was so."""
        with self.lock:
            session = self.by_key.get(key)
            if session is None or session.users or time.monotonic() - session.last_used < UNNEEDED:
                return False
            if session.left is None and session.holds_photos:
                return False
            self.start_deletion(key, BY_NEIGHBOUR if session.holds_photos else "")
            return True

    def come_back(self, key: str, secret: str) -> str | None:
        """Put the session with this secret under ``key``; returns the key it had. None where there is no such session,
        where it is being deleted, or where another open page uses it."""
        with self.lock:
            given = secret.encode()
            found = [(k, v) for k, v in self.by_key.items() if compare_digest(v.secret.encode(), given)]
            if not found:
                return None
            old, session = found[0]
            if session.deleting.is_set() or (old != key and (session.left is None or key in self.by_key)):
                return None
            self.by_key[key] = self.by_key.pop(old)
            session.last_used, session.left = time.monotonic(), None
            return old

    def start_deletion(self, key: str, reason: str = "") -> threading.Event:
        """Delete a session as soon as no work uses it; returns the event that is set then.

        Args:
            reason: for the visitor; empty where the visitor asked for it.
        """
        with self.lock:
            session = self.by_key.get(key)
            if session is None:
                deleted = threading.Event()
                deleted.set()
                return deleted
            if reason:
                self._reasons.put(key, reason)
            session.deleting.set()
            if not session.users:
                self._delete(session)
            return session.deleted

    def deletion_reason(self, key: str) -> str:
        """Why a session was deleted without a request; empty where it was not. The reason is returned once."""
        return self._reasons.pop(key) or ""

    def sweep(self) -> None:
        """Delete sessions that were not used for ``idle`` seconds, or whose visitors are absent for too long; work that
        uses these stops."""
        with self.lock:
            now = time.monotonic()
            for key in [k for k, v in self.by_key.items() if v.left is not None and now - v.left > self._absence]:
                self.start_deletion(key, BY_ABSENCE.format(minutes=self._absence / 60))
            idle = [k for k, v in self.by_key.items() if not v.users and now - v.last_used > self._idle]
            for key in idle:
                self.start_deletion(key, BY_IDLENESS.format(minutes=self._idle / 60))

    def _delete(self, session: PhotoSession) -> None:
        key = next(key for key, one in self.by_key.items() if one is session)
        del self.by_key[key]
        self._forget(session)
        session.wipe()
        for watcher in self.watchers:
            try:
                watcher(key)
            except Exception:  # the sweeper thread has other sessions to delete
                log.exception("A watcher of deletions failed")

    def _open(self, key: str) -> PhotoSession:
        """A new session; where there are too many, one that holds no photos is deleted. Photos stay until their own
        time is over: the new visitor has to wait."""
        if len(self.by_key) >= self._most:
            self.sweep()
        if len(self.by_key) >= self._most:
            empty = [k for k, v in self.by_key.items() if not v.users and not v.holds_photos]
            if not empty:
                raise InvalidRequest(FULL)
            self.start_deletion(min(empty, key=lambda k: self.by_key[k].last_used))
        session = self.by_key[key] = self._make()
        if self._sweeper is None:
            self._sweeper = threading.Thread(target=self._keep_sweeping, name="own photos", daemon=True)
            self._sweeper.start()
        return session

    def _keep_sweeping(self) -> None:
        while True:
            time.sleep(self._sweep_every)
            self.sweep()
            with self.lock:
                if not self.by_key:
                    self._sweeper = None
                    return
