"""The own photos of all visitors: kept apart by key, bounded in number, bytes and time, and deleted after use."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from dlfd_core.errors import InvalidRequest
from dlfd_core.own_photos.photo_session import FULL, PhotoSession
from dlfd_core.own_photos.reading.allowance import Room
from dlfd_core.own_photos.reading.faces import Detector
from dlfd_core.own_photos.reading.limits import LIMITS, UploadLimits
from dlfd_core.own_photos.sessions import PhotoSessions
from dlfd_core.own_photos.teaching import teach
from dlfd_core.runs.cancellation import CancellationPoll
from dlfd_core.runs.device_queue import DeviceQueue
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

#: Bytes of files, unpacked photos and unconfirmed faces of all visitors together.
MOST_BYTES = 240_000_000
#: Visitors with photos at once: an adapted model and its outputs take some 40 MB.
MOST_VISITORS = 8
#: Seconds without use after which photos are deleted, and between two searches for such photos.
IDLE, SWEEP = 30 * 60.0, 20.0
#: Seconds for which photos stay while their visitor's page is not connected: a locked phone, a lost line, a reload.
ABSENCE = 5 * 60.0


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
        visitors: at once. idle: seconds without use before a deletion. absence: seconds without a connected page
            before a deletion. sweep: seconds between two searches for such sessions. most_bytes: of files, photos and
            unconfirmed faces of all visitors together.

    Attributes:
        sessions: the photo sessions by key. room: the memory that all files, photos and unconfirmed faces share.
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
        absence: float = ABSENCE,
        sweep: float = SWEEP,
        limits: UploadLimits = LIMITS,
        most_bytes: int = MOST_BYTES,
    ):
        self._bench, self._queue, self._drop_data, self._limit = bench, queue, drop_data, limit
        self.detector, self.limits, self.device = detector, limits, "auto"
        self.room = Room(most_bytes, FULL)
        self.sessions = PhotoSessions(
            lambda: PhotoSession(self.detector, self.limits, self.room),
            lambda session: drop_data(_data_name(session)),
            most=visitors, idle=idle, absence=absence, sweep=sweep,
        )  # fmt: skip

    @property
    def largest(self) -> int:
        """Bytes of files that one visitor may have waiting."""
        return self.limits.zip_bytes

    # ---- reading ----

    def start(self, key: str) -> str:
        """Get ready for new files: earlier ones that were not confirmed are dropped. Returns the secret with which a
        reloaded page gets the photos back. Raises ``InvalidRequest``."""
        with self.sessions.change(key, opens=True) as session:
            session.reset()
            return session.secret

    def send(self, key: str, file: int, name: str, person: str, place: int, count: int, content: bytes) -> None:
        """Add one piece of a file; see ``PhotoSession.add_piece``. Raises ``DlfdError``."""
        with self.sessions.change(key, opens=True) as session:
            session.add_piece(file, name, person, place, count, content)

    def read(self, key: str, *, cropped: bool) -> OwnReading:
        """List the photos once all files have arrived; the files themselves are dropped. Raises ``DlfdError``."""
        with self.sessions.change(key, wait=0) as session:
            return session.read(cropped=cropped)

    def find_faces(self, key: str) -> OwnFaceSearch:
        """Find the faces in the next photo. Raises ``InvalidRequest``, also while another photo of the same visitor is
        searched: each search takes a thread for seconds."""
        with self.sessions.change(key, wait=0) as session:
            return session.find_faces()

    def confirm(self, key: str, choices: Sequence[OwnChoice], *, only: bool = False) -> OwnPeople:
        """Keep the chosen faces; what was taught before is dropped. Raises ``DlfdError``.

        Args:
            only: the own people replace the portraits instead of joining them.
        """
        with self.sessions.use(key, alone=True) as session, session.lock:
            people = session.confirm(choices, only=only)
            self._drop_data(_data_name(session))
            return people

    # ---- teaching and using ----

    def adapt(self, key: str, task: str, should_stop: Callable[[], bool]) -> Generator[ForgetProgress, None, OwnReady]:
        """Teach the classifier of ``task`` the confirmed people, once the device is free.

        Raises:
            DlfdError: nobody is confirmed, a task that cannot be taught, or ``RunCancelled``.
        """
        with self.sessions.use(key, alone=True) as session:
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
        session = self.sessions.current(key)
        return None if session is None else session.ready

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
            with self.sessions.lock:
                key = next((key for key, session in self.sessions.by_key.items() if _data_name(session) == data), None)
                if key is None:
                    raise InvalidRequest(DELETED)
                session = stack.enter_context(self.sessions.use(key))
            yield session.deleting.is_set

    # ---- deleting ----

    def leave(self, key: str) -> None:
        """Delete all photos of a visitor whose page is not connected any more, unless it comes back in time."""
        self.sessions.leave(key)

    def come_back(self, key: str, secret: str) -> str | None:
        """Give the photos with this secret to the page ``key``; returns the key they had, None where they are not
        here."""
        return self.sessions.come_back(key, secret)

    def give_way(self, key: str) -> bool:
        """Delete the session of a visitor who does not seem to need it, for another one of the same network; see
        ``PhotoSessions.give_way``."""
        return self.sessions.give_way(key)

    def is_open(self, key: str) -> bool:
        """Whether the visitor has a session here, with photos or still without."""
        return key in self.sessions.by_key

    def wipe(self, key: str, wait: float = 0.0) -> bool:
        """Delete all photos of a visitor and everything made from them, as soon as no work uses them.

        Args:
            wait: seconds to wait for that at most.

        Returns:
            Whether they are deleted.
        """
        return self.sessions.start_deletion(key).wait(wait)

    def deletion_reason(self, key: str) -> str:
        """Why a visitor's photos were deleted without a request; empty where they were not. The reason is returned
        once."""
        return self.sessions.deletion_reason(key)

    def on_wiped(self, watcher: Callable[[str], None]) -> None:
        """Call ``watcher`` with the key of every visitor whose photos are deleted."""
        self.sessions.watchers.append(watcher)


def _data_name(session: PhotoSession) -> str:
    return f"{OWN_DATA_PREFIX}{session.confirmed.token}"
