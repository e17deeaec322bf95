"""The own photos of all visitors: kept apart by key, bounded in number, bytes and time, and deleted after use."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from dlfd_core.errors import InvalidRequest
from dlfd_core.own_photos.photo_session import FULL, PhotoSession
from dlfd_core.own_photos.reading.allowance import Room
from dlfd_core.own_photos.reading.faces import Detector
from dlfd_core.own_photos.reading.limits import LIMITS, UploadLimits
from dlfd_core.own_photos.teaching import teach
from dlfd_core.runs.cancellation import CancellationPoll
from dlfd_core.runs.device_queue import DeviceQueue
from dlfd_core.runs.lru_cache import LRUCache
from dlfd_core.runs.queued_work import queued
from dlfd_core.runs.workbench import DELETED, Workbench
from dlfd_core.types import (
    OWN_DATA_PREFIX,
    DataCard,
    ForgetProgress,
    OwnChoice,
    OwnFaceSearch,
    OwnPeople,
    OwnReading,
    OwnReady,
)

log = logging.getLogger(__name__)

#: Bytes of files, unpacked photos and unconfirmed faces of all visitors together.
MOST_BYTES = 240_000_000
#: Visitors with photos at once: an adapted model and its outputs take some 40 MB.
MOST_VISITORS = 8
#: Seconds without use after which photos are deleted, and between two searches for such photos.
IDLE, SWEEP = 30 * 60.0, 20.0

NOTHING = "There are no photos of yours here; choose photos first."
BY_IDLENESS = "Your photos were deleted after {minutes:.0f} minutes without use; send them again if you want to go on."
BUSY = "The server is still busy with your photos; wait a moment."
#: Seconds to wait for other work on the same visitor's photos: pieces of a file are received at the same time.
PATIENCE = 5.0


class OwnPhotos:
    """The photo sessions of all visitors.

    A ``key`` names the session of one visitor, and every method works on that session alone; a key must be one that
    others cannot guess. A session that a run uses is deleted when the run has ended: a deletion tells the run to stop
    at its next step.

    Args:
        queue: for the device, shared with the service.
        drop_data: called with the name of a data set; removes everything made from it, in all caches.
        limit: seconds that teaching may take.
        detector: finds faces; None takes ``reading.faces.mtcnn``.
        visitors: at once. idle: seconds without use before a deletion. sweep: seconds between two searches for idle
            sessions. most_bytes: of files, photos and unconfirmed faces of all visitors together.

    Attributes:
        device: that teaches, as in ``ForgetRequest``; it may be another one than runs are carried out on.
    """

    def __init__(
        self,
        bench: Workbench,
        queue: DeviceQueue,
        drop_data: Callable[[str], None],
        *,
        limit: float | None = None,
        detector: Detector | None = None,
        visitors: int = MOST_VISITORS,
        idle: float = IDLE,
        sweep: float = SWEEP,
        limits: UploadLimits = LIMITS,
        most_bytes: int = MOST_BYTES,
    ):
        self._bench, self._queue, self._drop_data, self._limit = bench, queue, drop_data, limit
        self.detector, self.limits, self._most, self._idle, self._sweep_every = detector, limits, visitors, idle, sweep
        self.device = "auto"
        self._room = Room(most_bytes, FULL)
        self._lock = threading.RLock()
        self._sessions: dict[str, PhotoSession] = {}
        self._reasons = LRUCache[str, str](256)
        self._watchers: list[Callable[[str], None]] = []
        self._sweeper: threading.Thread | None = None

    @property
    def largest(self) -> int:
        """Bytes of files that one visitor may have waiting."""
        return self.limits.zip_bytes

    # ---- reading ----

    def start(self, key: str) -> None:
        """Get ready for new files: earlier ones that were not confirmed are dropped. Raises ``InvalidRequest``."""
        with self._use(key, opens=True) as session, _alone(session):
            session.reset()

    def send(self, key: str, file: int, name: str, person: str, place: int, count: int, content: bytes) -> None:
        """Add one piece of a file; see ``PhotoSession.add_piece``. Raises ``DlfdError``."""
        with self._use(key, opens=True) as session, _alone(session):
            session.add_piece(file, name, person, place, count, content)

    def read(self, key: str, *, cropped: bool) -> OwnReading:
        """List the photos once all files have arrived; the files themselves are dropped. Raises ``DlfdError``."""
        with self._use(key) as session, _alone(session, wait=0):
            return session.read(cropped=cropped)

    def find_faces(self, key: str) -> OwnFaceSearch:
        """Find the faces in the next photo. Raises ``InvalidRequest``, also while another photo of the same visitor is
        searched: each search takes a thread for seconds."""
        with self._use(key) as session, _alone(session, wait=0):
            return session.find_faces()

    def confirm(self, key: str, choices: Sequence[OwnChoice], *, only: bool = False) -> OwnPeople:
        """Keep the chosen faces; what was taught before is dropped. Raises ``DlfdError``.

        Args:
            only: the own people replace the portraits instead of joining them.
        """
        with self._use(key, alone=True) as session, session.lock:
            people = session.confirm(choices, only=only)
            self._drop_data(_data_name(session))
            return people

    # ---- teaching and using ----

    def adapt(self, key: str, task: str, should_stop: Callable[[], bool]) -> Generator[ForgetProgress, None, OwnReady]:
        """Teach the classifier of ``task`` the confirmed people, once the device is free.

        Raises:
            DlfdError: nobody is confirmed, a task that cannot be taught, or ``RunCancelled``.
        """
        with self._use(key, alone=True) as session:
            poll = CancellationPoll(lambda: should_stop() or session.deleting.is_set(), self._limit)
            work = partial(self._teach, session, task, poll.raise_if_cancelled)
            return (yield from queued(self._queue, "own", poll, work))

    def _teach(
        self, session: PhotoSession, task: str, raise_if_cancelled: Callable[[], None]
    ) -> Generator[ForgetProgress, None, OwnReady]:
        session.ready = None
        self._drop_data(_data_name(session))  # no run uses it: this work has the device
        session.ready = yield from teach(
            self._bench, session.confirmed, task,
            only=session.only, raise_if_cancelled=raise_if_cancelled, device=self.device,
        )  # fmt: skip
        return session.ready

    def ready(self, key: str) -> OwnReady | None:
        """The people that the visitor can forget, once the classifier was taught."""
        with self._lock:
            session = self._sessions.get(key)
            if session is None or session.deleting.is_set():
                return None
            session.last_used = time.monotonic()
            return session.ready

    def card(self, key: str) -> DataCard | None:
        """The card of the visitor's data set, once the classifier was taught; its name is for requests."""
        ready = self.ready(key)
        return None if ready is None else ready.card

    @contextmanager
    def lease(self, data: str) -> Iterator[Callable[[], bool]]:
        """Keep a data set while a run uses it; yields a function that says whether the run has to stop, because the
        photos are to be deleted.

        Raises:
            InvalidRequest: own photos that are deleted, or were never here.
        """
        if not data.startswith(OWN_DATA_PREFIX):
            yield lambda: False
            return
        with ExitStack() as stack:
            with self._lock:
                key = next((key for key, session in self._sessions.items() if _data_name(session) == data), None)
                if key is None:
                    raise InvalidRequest(DELETED)
                session = stack.enter_context(self._use(key))
            yield session.deleting.is_set

    # ---- deleting ----

    def wipe(self, key: str, wait: float = 0.0) -> bool:
        """Delete all photos of a visitor and everything made from them, as soon as no work uses them.

        Args:
            wait: seconds to wait for that at most.

        Returns:
            Whether they are deleted.
        """
        return self._start_deletion(key, "").wait(wait)

    def deletion_reason(self, key: str) -> str:
        """Why a visitor's photos were deleted without a request; empty where they were not. The reason is returned
        once."""
        return self._reasons.pop(key) or ""

    def on_wiped(self, watcher: Callable[[str], None]) -> None:
        """Call ``watcher`` with the key of every visitor whose photos are deleted."""
        self._watchers.append(watcher)

    def sweep(self) -> None:
        """Delete sessions that were not used for ``idle`` seconds."""
        with self._lock:
            now = time.monotonic()
            idle = [k for k, v in self._sessions.items() if not v.users and now - v.last_used > self._idle]
            for key in idle:
                self._start_deletion(key, BY_IDLENESS.format(minutes=self._idle / 60))

    def _start_deletion(self, key: str, reason: str) -> threading.Event:
        """Returns the event that is set when the session is deleted."""
        with self._lock:
            session = self._sessions.get(key)
            if session is None:
                deleted = threading.Event()
                deleted.set()
                return deleted
            if reason:
                self._reasons.put(key, reason)
            session.deleting.set()
            if not session.users:
                self._delete(key, session)
            return session.deleted

    def _delete(self, key: str, session: PhotoSession) -> None:
        del self._sessions[key]
        self._drop_data(_data_name(session))
        session.wipe()
        for watcher in self._watchers:
            try:
                watcher(key)
            except Exception:  # the sweeper thread has other sessions to delete
                log.exception("A watcher of deletions failed")

    # ---- the sessions ----

    @contextmanager
    def _use(self, key: str, *, opens: bool = False, alone: bool = False) -> Iterator[PhotoSession]:
        """The session of a visitor, which is not deleted inside this context.

        Args:
            opens: make a session where there is none. alone: refuse while other work uses it.
        """
        with self._lock:
            session = self._sessions.get(key)
            if session is None and opens:
                session = self._open(key)
            if session is None:
                raise InvalidRequest(self.deletion_reason(key) or NOTHING)
            if session.deleting.is_set():
                raise InvalidRequest("Your photos are being deleted; wait a moment.")
            if alone and session.users:  # the data that the other work uses would change
                raise InvalidRequest("Something is still being done with your people; wait for its end, or cancel it.")
            session.users += 1
            session.last_used = time.monotonic()
        try:
            yield session
        finally:
            with self._lock:
                session.users -= 1
                session.last_used = time.monotonic()
                if session.deleting.is_set() and not session.users and not session.deleted.is_set():
                    self._delete(key, session)

    def _open(self, key: str) -> PhotoSession:
        """A new session; where there are too many, one that holds no photos is deleted. Photos stay until their own
        time is over: the new visitor has to wait."""
        if len(self._sessions) >= self._most:
            self.sweep()
        if len(self._sessions) >= self._most:
            empty = [k for k, v in self._sessions.items() if not v.users and not v.holds_photos]
            if not empty:
                raise InvalidRequest(FULL)
            self._start_deletion(min(empty, key=lambda k: self._sessions[k].last_used), "")
        session = self._sessions[key] = PhotoSession(self.detector, self.limits, self._room)
        if self._sweeper is None:
            self._sweeper = threading.Thread(target=self._keep_sweeping, name="own photos", daemon=True)
            self._sweeper.start()
        return session

    def _keep_sweeping(self) -> None:
        while True:
            time.sleep(self._sweep_every)
            self.sweep()
            with self._lock:
                if not self._sessions:
                    self._sweeper = None
                    return


@contextmanager
def _alone(session: PhotoSession, wait: float = PATIENCE) -> Iterator[None]:
    """Context of work that nothing else does on the same session. Raises ``InvalidRequest`` where other work is not
    over after ``wait`` seconds."""
    if not session.lock.acquire(timeout=wait):
        raise InvalidRequest(BUSY)
    try:
        yield
    finally:
        session.lock.release()


def _data_name(session: PhotoSession) -> str:
    return f"{OWN_DATA_PREFIX}{session.confirmed.token}"
