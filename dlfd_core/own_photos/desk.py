"""Who has sent photos: kept apart by key, bounded in number, bytes and time, deleted as soon as nobody uses them."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial

from dlfd_core.errors import InvalidData, InvalidRequest
from dlfd_core.own_photos.photo_session import Visit
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
    OwnLook,
    OwnPeople,
    OwnReading,
    OwnReady,
)

log = logging.getLogger(__name__)

#: Bytes of files of all visitors together that wait to be looked at: four zips of the largest size.
MOST_BYTES = 240_000_000
#: Visitors with photos at once: an adapted model and its outputs take some 40 MB.
MOST_VISITORS = 8
#: Seconds without use after which photos are deleted, and between two looks at the clock.
IDLE, SWEEP = 30 * 60.0, 20.0

NOTHING = "There are no photos of yours here; choose photos first."
FULL = "Many visitors are using photos of their own just now; try again in a few minutes."
BY_IDLENESS = "Your photos were deleted after {minutes:.0f} minutes without use; send them again if you want to go on."
BY_OTHERS = "Your photos were deleted to make room for other visitors; send them again if you want to go on."


class OwnPhotos:
    """The photos of all visitors.

    Every method that takes a ``key`` is about the photos of that visitor alone; the key must be one that others cannot
    guess. What a visitor works with is deleted only when the work has ended, which a deletion makes it do at its next
    step.

    Args:
        drop_data: called with the name of a data set; removes everything made from it, in all caches.
        limit: seconds that teaching may take.
        detector: finds faces; None takes ``uploads.faces.mtcnn``.
        visitors: at once; idle: seconds; sweep: seconds between two looks for idle ones.

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
    ):
        self._bench, self._queue, self._drop_data, self._limit = bench, queue, drop_data, limit
        self.detector, self.limits, self._most, self._idle, self._sweep_every = detector, limits, visitors, idle, sweep
        self.device = "auto"
        self._lock = threading.RLock()
        self._visits: dict[str, Visit] = {}
        self._reasons = LRUCache[str, str](256)
        self._watchers: list[Callable[[str], None]] = []
        self._sweeper: threading.Thread | None = None

    @property
    def largest(self) -> int:
        """Bytes that one visitor may send before they are read."""
        return self.limits.zip_bytes

    # ---- reading ----

    def start(self, key: str) -> None:
        """Files are about to come; those before them that were not confirmed go. Raises ``InvalidRequest``."""
        with self._use(key, opens=True) as visit, visit.lock:
            visit.reset()

    def send(self, key: str, file: int, name: str, person: str, place: int, count: int, content: bytes) -> None:
        """One piece of a file; see ``Visit.take``. Raises ``DlfdError``."""
        with self._use(key, opens=True) as visit, visit.lock:
            with self._lock:
                total = sum(other.held for other in list(self._visits.values()))
            if total + len(content) > MOST_BYTES:
                raise InvalidData(FULL)
            visit.take(file, name, person, place, count, content)

    def read(self, key: str, *, cropped: bool) -> OwnReading:
        """All files are here: which photos there are. Raises ``DlfdError``; nothing is then kept of the files."""
        with self._use(key) as visit, visit.lock:
            return visit.start(cropped=cropped)

    def look(self, key: str) -> OwnLook:
        """Look for faces in the next photo. Raises ``InvalidRequest``."""
        with self._use(key) as visit, visit.lock:
            return visit.look()

    def confirm(self, key: str, choices: Sequence[OwnChoice], *, only: bool = False) -> OwnPeople:
        """Whose faces are meant; what was taught before is let go. Raises ``DlfdError``.

        Args:
            only: the own people are to stand in place of the portraits, not beside them.
        """
        with self._use(key, alone=True) as visit, visit.lock:
            found = visit.confirm(choices, only=only)
            self._dismiss(visit)
            return found

    # ---- teaching and using ----

    def adapt(self, key: str, task: str, should_stop: Callable[[], bool]) -> Generator[ForgetProgress, None, OwnReady]:
        """Teach the classifier of ``task`` the confirmed people, when it is this visitor's turn.

        Raises:
            DlfdError: nobody is confirmed, a task that cannot be taught, or ``RunCancelled``.
        """
        with self._use(key, alone=True) as visit:
            poll = CancellationPoll(lambda: should_stop() or visit.leaving.is_set(), self._limit)
            work = partial(self._teach, visit, task, poll.raise_if_cancelled)
            return (yield from queued(self._queue, "own", poll, work))

    def _teach(
        self, visit: Visit, task: str, raise_if_cancelled: Callable[[], None]
    ) -> Generator[ForgetProgress, None, OwnReady]:
        visit.ready = None
        self._dismiss(visit)  # nothing else computes just now: it is this visitor's turn
        visit.ready = yield from teach(
            self._bench, visit.session, task, only=visit.only, raise_if_cancelled=raise_if_cancelled, device=self.device
        )
        return visit.ready

    def ready(self, key: str) -> OwnReady | None:
        """What the visitor can forget, once the classifier was taught."""
        with self._lock:
            visit = self._visits.get(key)
            if visit is None or visit.leaving.is_set():
                return None
            visit.touched = time.monotonic()
            return visit.ready

    def card(self, key: str) -> DataCard | None:
        """The data set of a visitor who can forget own people; its name is for requests."""
        ready = self.ready(key)
        return None if ready is None else ready.card

    @contextmanager
    def lease(self, data: str) -> Iterator[Callable[[], bool]]:
        """While a run works with a data set; gives what says that the run has to end, since the photos are to go.

        Raises:
            InvalidRequest: own photos that are gone, or were never here.
        """
        if not data.startswith(OWN_DATA_PREFIX):
            yield lambda: False
            return
        with ExitStack() as using:
            with self._lock:
                key = next((k for k, visit in self._visits.items() if _name(visit) == data), None)
                if key is None:
                    raise InvalidRequest(DELETED)
                visit = using.enter_context(self._use(key))
            yield visit.leaving.is_set

    # ---- deleting ----

    def wipe(self, key: str, wait: float = 0.0) -> bool:
        """Delete all photos of a visitor and what was made of them, once no work uses them.

        Args:
            wait: seconds to wait for that at most.

        Returns:
            Whether it is done.
        """
        return self._leave(key, "").wait(wait)

    def farewell(self, key: str) -> str:
        """Why a visitor's photos went without being asked to: told once, empty where they did not."""
        return self._reasons.pop(key) or ""

    def on_wiped(self, watcher: Callable[[str], None]) -> None:
        """Call ``watcher`` with the key of every visitor whose photos are deleted."""
        self._watchers.append(watcher)

    def sweep(self) -> None:
        """Delete what nobody has used for long."""
        with self._lock:
            now = time.monotonic()
            late = [k for k, v in self._visits.items() if not v.users and now - v.touched > self._idle]
            for key in late:
                self._leave(key, BY_IDLENESS.format(minutes=self._idle / 60))

    def _leave(self, key: str, reason: str) -> threading.Event:
        with self._lock:
            visit = self._visits.get(key)
            if visit is None:
                done = threading.Event()
                done.set()
                return done
            if reason:
                self._reasons.put(key, reason)
            visit.leaving.set()
            if not visit.users:
                self._delete(key, visit)
            return visit.gone

    def _delete(self, key: str, visit: Visit) -> None:
        del self._visits[key]
        self._dismiss(visit)
        visit.clear()
        for watcher in self._watchers:
            try:
                watcher(key)
            except Exception:  # the sweeper has others to look after
                log.exception("A watcher of deletions failed")

    def _dismiss(self, visit: Visit) -> None:
        """Let go of what was made of a visitor's data."""
        self._drop_data(_name(visit))

    # ---- the table ----

    @contextmanager
    def _use(self, key: str, *, opens: bool = False, alone: bool = False) -> Iterator[Visit]:
        with self._lock:
            visit = self._visits.get(key)
            if visit is None and opens:
                visit = self._open(key)
            if visit is None:
                raise InvalidRequest(self.farewell(key) or NOTHING)
            if visit.leaving.is_set():
                raise InvalidRequest("Your photos are being deleted; wait a moment.")
            if alone and visit.users:  # what it works with would change under its hands
                raise InvalidRequest("Something is still being done with your people; wait for its end, or cancel it.")
            visit.users += 1
            visit.touched = time.monotonic()
        try:
            yield visit
        finally:
            with self._lock:
                visit.users -= 1
                visit.touched = time.monotonic()
                if visit.leaving.is_set() and not visit.users and not visit.gone.is_set():
                    self._delete(key, visit)

    def _open(self, key: str) -> Visit:
        """A new visitor; the one who has been idle longest makes room."""
        if len(self._visits) >= self._most:
            idle = [k for k, v in self._visits.items() if not v.users]
            if not idle:
                raise InvalidRequest(FULL)
            self._leave(min(idle, key=lambda k: self._visits[k].touched), BY_OTHERS)
        visit = self._visits[key] = Visit(self.detector, self.limits)
        if self._sweeper is None:
            self._sweeper = threading.Thread(target=self._keep_sweeping, name="own photos", daemon=True)
            self._sweeper.start()
        return visit

    def _keep_sweeping(self) -> None:
        while True:
            time.sleep(self._sweep_every)
            self.sweep()
            with self._lock:
                if not self._visits:
                    self._sweeper = None
                    return


def _name(visit: Visit) -> str:
    return f"{OWN_DATA_PREFIX}{visit.session.token}"
