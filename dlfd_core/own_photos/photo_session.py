"""Photo session: the photos of one visitor, from the first piece of a file to confirmed faces."""

from __future__ import annotations

import io
import secrets
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from PIL import Image

from dlfd_core.errors import DlfdError, InvalidData, InvalidRequest
from dlfd_core.memory import return_freed_memory
from dlfd_core.own_photos.confirmed import ConfirmedPhotos
from dlfd_core.own_photos.join import check_enough_people
from dlfd_core.own_photos.people import group_by_person
from dlfd_core.own_photos.reading.allowance import OVERHEAD, Allowance, Room
from dlfd_core.own_photos.reading.archive import Upload, UploadedPhoto, read_files, read_zip
from dlfd_core.own_photos.reading.faces import Detector, crop_faces
from dlfd_core.own_photos.reading.limits import LIMITS, UploadLimits
from dlfd_core.own_photos.reading.names import Skipped
from dlfd_core.own_photos.reading.pictures import decode_photo
from dlfd_core.types import OwnChoice, OwnFaceSearch, OwnPeople, OwnPhoto, OwnReading, OwnReady, OwnSkipped

ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
INCOMPLETE = "A file did not arrive as a whole; send it again."
FULL = "Many visitors are using photos of their own just now; try again in a few minutes."
TOO_MUCH = "Your photos take more than {} MB of memory; send fewer or smaller photos."
#: One detector runs at a time, and one reading: they take memory, and cores that a run on the CPU needs.
_DETECTION, _READING = threading.Lock(), threading.Lock()


@dataclass
class _File:
    """A file that is arriving.

    Attributes:
        person: the folder it was in; empty takes the person from the file's name.
        pieces: by their place in the file.
    """

    name: str
    person: str
    count: int
    pieces: dict[int, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes that arrived."""
        return sum(map(len, self.pieces.values()))

    @property
    def held(self) -> int:
        """Bytes that the file takes in the visitor's room."""
        return self.size + OVERHEAD * (1 + len(self.pieces))

    def take_content(self) -> bytes:
        """The whole file; its pieces are dropped."""
        pieces, self.pieces = self.pieces, {}
        return b"".join(pieces[i] for i in range(self.count))


@dataclass(frozen=True)
class _PhotoFaces:
    """The faces found in one photo, the proposed one first."""

    person: str
    file: str
    faces: tuple[np.ndarray, ...]


class PhotoSession:
    """One visitor's photos. Not safe to use from several threads: ``OwnPhotos`` holds ``lock`` around every call.

    Args:
        everybody: the room of all visitors together; None is for a session alone.

    Attributes:
        confirmed: the people whose faces were confirmed, and the data set made of them.
        ready: the people that can be forgotten, once the classifier was taught.
        only: the own people replace the portraits instead of joining them.
        secret: known to the visitor's browser alone; with it a reloaded page gets its photos back.
        left: a time of ``time.monotonic`` since when the visitor's page is not connected; None while it is.
        last_used: a time of ``time.monotonic``.
        users: pieces of work that use it now.
        deleting: set when everything is to be deleted as soon as no work uses it.
        deleted: set when it is.
    """

    def __init__(self, detector: Detector | None, limits: UploadLimits = LIMITS, everybody: Room | None = None):
        self.confirmed = ConfirmedPhotos()
        self.ready: OwnReady | None = None
        self.only = False
        self.secret = secrets.token_urlsafe(24)
        self.left: float | None = None
        self.last_used = 0.0
        self.users = 0
        self.lock, self.deleting, self.deleted = threading.RLock(), threading.Event(), threading.Event()
        self._detector, self._limits = detector, limits
        most = limits.zip_bytes + limits.total_bytes  # the files themselves, and what they unpack to
        self._room = Room(most, TOO_MUCH.format(most // 1_000_000), everybody)
        self._files: dict[int, _File] = {}
        self._waiting: deque[UploadedPhoto] = deque()
        self._faces: dict[int, _PhotoFaces] = {}
        self._cropped = False

    @property
    def holds_photos(self) -> bool:
        """Whether the visitor has sent anything that is still here."""
        return bool(self._room.held or self.confirmed.people)

    def add_piece(self, number: int, name: str, person: str, place: int, count: int, content: bytes) -> None:
        """Add one piece of a file; pieces may come in any order.

        Args:
            number: of the file; place: of the piece, from 0; count: pieces the file has.

        Raises:
            InvalidRequest: the pieces do not fit together. InvalidData: too many files or bytes.
        """
        if number not in self._files and len(self._files) >= self._limits.entries:
            raise InvalidData(f"More than {self._limits.entries} files were sent; send fewer.")
        file = self._files.setdefault(number, _File(name, person, count))
        if not 0 <= place < count or count != file.count or place in file.pieces:
            raise InvalidRequest(INCOMPLETE)
        if sum(one.size for one in self._files.values()) + len(content) > self._limits.zip_bytes:
            raise InvalidData(
                f"More than {self._limits.zip_bytes // 1_000_000} MB were sent; send fewer or smaller photos."
            )
        self._room.take(len(content) + OVERHEAD)
        file.pieces[place] = content

    def reset(self) -> None:
        """Drop all files and faces that were not confirmed; new files are about to come."""
        self._files, self._waiting, self._faces = {}, deque(), {}
        self._room.give(self._room.held)
        return_freed_memory()

    def read(self, *, cropped: bool) -> OwnReading:
        """Open the zips and queue all photos, once all files have arrived.

        Raises:
            InvalidData: there is no photo among them.
        """
        files = list(self._files.values())
        if any(len(file.pieces) != file.count for file in files):
            self.reset()
            raise InvalidRequest(INCOMPLETE)
        self._drop_read()
        self._cropped = cropped
        try:
            with _READING:
                skipped, refused = self._read(files)
        finally:
            self._files = {}
            return_freed_memory()
        if not self._waiting:
            raise InvalidData(refused[0] if refused else "No file was sent; choose photos of your people.")
        return OwnReading(len(self._waiting), (*_own_skipped(skipped), *(OwnSkipped("", error) for error in refused)))

    def _drop_read(self) -> None:
        """Drop what was read before; files that arrived since stay."""
        self._waiting, self._faces = deque(), {}
        self._room.give(self._room.held - sum(file.held for file in self._files.values()))

    def _read(self, files: Sequence[_File]) -> tuple[list[Skipped], list[str]]:
        """Queue the photos of each zip, and of the loose files of each folder; returns the files that were left out,
        and a sentence for each zip or folder of which nothing could be read."""
        allowance = Allowance(self._limits, self._room)
        skipped: list[Skipped] = []
        refused: list[str] = []
        loose: dict[str, list[_File]] = {}
        for file in files:
            if file.pieces[0].startswith(ZIP_STARTS):
                self._queue([file], lambda content: read_zip(content[0][1], self._limits, allowance), skipped, refused)
            else:
                loose.setdefault(file.person, []).append(file)
        for person, group in loose.items():
            read = partial(read_files, person=person, limits=self._limits, allowance=allowance)
            self._queue(group, read, skipped, refused)
        return skipped, list(dict.fromkeys(refused))

    def _queue(
        self,
        files: Sequence[_File],
        read: Callable[[list[tuple[str, bytes]]], Upload],
        skipped: list[Skipped],
        refused: list[str],
    ) -> None:
        """Queue the photos that ``read`` finds in files, whose own bytes are dropped."""
        held = sum(file.held for file in files)
        try:
            with self._room.kept_on_success():
                upload = read([(file.name, file.take_content()) for file in files])
            self._waiting.extend(upload.photos)
            skipped += upload.skipped
        except DlfdError as error:
            refused.append(str(error))
        finally:
            self._room.give(held)

    def find_faces(self) -> OwnFaceSearch:
        """Find the faces in the next photo, which takes a second or two. Raises ``InvalidRequest`` where none is
        left."""
        if not self._waiting:
            raise InvalidRequest("All photos were searched for faces already; send more.")
        uploaded = self._waiting.popleft()
        self._room.give(len(uploaded.content) + OVERHEAD)
        try:
            with _DETECTION:
                crops = crop_faces(
                    decode_photo(uploaded.content, self._limits),
                    already_cropped=self._cropped,
                    detector=self._detector,
                    limits=self._limits,
                )
            self._room.take(sum(face.nbytes + OVERHEAD for face in (crops.largest, *crops.others)))
        except InvalidData as error:
            return OwnFaceSearch(None, OwnSkipped(uploaded.name, str(error)), len(self._waiting))
        number, faces = len(self._faces), (crops.largest, *crops.others)
        self._faces[number] = _PhotoFaces(uploaded.person, uploaded.name, faces)
        photo = OwnPhoto(number, uploaded.person, uploaded.name, tuple(map(_webp, faces)), crops.sentence)
        return OwnFaceSearch(photo, None, len(self._waiting))

    def confirm(self, choices: Sequence[OwnChoice], *, only: bool) -> OwnPeople:
        """Keep the chosen faces, by person; faces confirmed before are overwritten.

        Raises:
            InvalidRequest: a photo or face that was not found here. InvalidData: nobody has two photos, or there are
                too few people to replace the portraits.
        """
        faces = []
        for choice in choices:
            photo = self._faces.get(choice.number)
            if photo is None or not 0 <= choice.face < len(photo.faces):
                raise InvalidRequest("One of these photos is not here any more; send your photos again.")
            faces.append((choice.person, photo.file, photo.faces[choice.face]))
        people, skipped = group_by_person(faces, self._limits)
        if only:
            check_enough_people(people)
        self.confirmed.confirm(people)
        self.only, self.ready = only, None
        return OwnPeople(tuple((one.name, len(one.crops)) for one in people), _own_skipped(skipped))

    def wipe(self) -> None:
        """Overwrite all pixels and drop everything."""
        for photo in self._faces.values():
            for face in photo.faces:
                if face.flags.writeable:
                    face.fill(0)
        self.confirmed.wipe()
        self.ready = None
        self.reset()
        self.deleted.set()


def _own_skipped(skipped: Sequence[Skipped]) -> tuple[OwnSkipped, ...]:
    return tuple(OwnSkipped(one.name, one.sentence) for one in skipped)


def _webp(face: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(face).save(buffer, "WEBP", quality=85)
    return buffer.getvalue()
