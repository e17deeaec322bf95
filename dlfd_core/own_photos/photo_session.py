"""Photo session: the photos of one visitor, from the first piece of a file to confirmed faces."""

from __future__ import annotations

import io
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from PIL import Image

from dlfd_core.errors import DlfdError, InvalidData, InvalidRequest
from dlfd_core.own_photos.confirmed import ConfirmedPhotos
from dlfd_core.own_photos.join import check_enough_people
from dlfd_core.own_photos.people import group_by_person
from dlfd_core.own_photos.reading.archive import Upload, UploadedPhoto, read_files, read_zip
from dlfd_core.own_photos.reading.faces import Detector, crop_faces
from dlfd_core.own_photos.reading.limits import LIMITS, UploadLimits
from dlfd_core.own_photos.reading.names import Skipped
from dlfd_core.own_photos.reading.pictures import decode_photo
from dlfd_core.types import OwnChoice, OwnFaceSearch, OwnPeople, OwnPhoto, OwnReading, OwnReady, OwnSkipped

ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
INCOMPLETE = "A file did not arrive as a whole; send it again."
#: One detector runs at a time: it takes memory, and cores that a run on the CPU needs.
_DETECTION = threading.Lock()


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

    def content(self) -> bytes:
        if len(self.pieces) != self.count:
            raise InvalidRequest(INCOMPLETE)
        return b"".join(self.pieces[i] for i in range(self.count))


@dataclass(frozen=True)
class _PhotoFaces:
    """The faces found in one photo, the proposed one first."""

    person: str
    file: str
    faces: tuple[np.ndarray, ...]


class PhotoSession:
    """One visitor's photos. Not safe to use from several threads: ``OwnPhotos`` holds ``lock`` around every call.

    Attributes:
        confirmed: the people whose faces were confirmed, and the data set made of them.
        ready: the people that can be forgotten, once the classifier was taught.
        only: the own people replace the portraits instead of joining them.
        last_used: a time of ``time.monotonic``.
        users: pieces of work that use it now.
        deleting: set when everything is to be deleted as soon as no work uses it.
        deleted: set when it is.
    """

    def __init__(self, detector: Detector | None, limits: UploadLimits = LIMITS):
        self.confirmed = ConfirmedPhotos()
        self.ready: OwnReady | None = None
        self.only = False
        self.last_used = 0.0
        self.users = 0
        self.lock, self.deleting, self.deleted = threading.RLock(), threading.Event(), threading.Event()
        self._detector, self._limits = detector, limits
        self._files: dict[int, _File] = {}
        self._waiting: deque[UploadedPhoto] = deque()
        self._faces: dict[int, _PhotoFaces] = {}
        self._cropped = False

    @property
    def waiting_bytes(self) -> int:
        """Bytes of files whose faces were not searched for yet."""
        arriving = sum(len(piece) for file in self._files.values() for piece in file.pieces.values())
        return arriving + sum(len(photo.content) for photo in self._waiting)

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
        if self.waiting_bytes + len(content) > self._limits.zip_bytes:
            raise InvalidData(
                f"More than {self._limits.zip_bytes // 1_000_000} MB were sent; send fewer or smaller photos."
            )
        file.pieces[place] = content

    def reset(self) -> None:
        """Drop all files and faces that were not confirmed; new files are about to come."""
        self._files, self._waiting, self._faces = {}, deque(), {}

    def read(self, *, cropped: bool) -> OwnReading:
        """Open the zips and queue all photos, once all files have arrived.

        Raises:
            InvalidData: there is no photo among them.
        """
        files, self._files = list(self._files.values()), {}
        self._waiting, self._faces, self._cropped = deque(), {}, cropped
        skipped: list[Skipped] = []
        refused: list[str] = []
        for upload, error in self._uploads([(file.name, file.person, file.content()) for file in files]):
            refused += [error] if error else []
            if upload is not None:
                self._waiting.extend(upload.photos)
                skipped += upload.skipped
        if not self._waiting:
            raise InvalidData(refused[0] if refused else "No file was sent; choose photos of your people.")
        return OwnReading(len(self._waiting), (*_own_skipped(skipped), *(OwnSkipped("", error) for error in refused)))

    def _uploads(self, files: Sequence[tuple[str, str, bytes]]) -> list[tuple[Upload | None, str]]:
        """The photos of each zip, and of the loose files of each folder; or why none could be read."""
        loose: dict[str, list[tuple[str, bytes]]] = {}
        readers: list[Callable[[], Upload]] = []
        for name, person, content in files:
            if content.startswith(ZIP_STARTS):
                readers.append(partial(read_zip, content, self._limits))
            else:
                loose.setdefault(person, []).append((name, content))
        readers += [partial(read_files, group, person, self._limits) for person, group in loose.items()]
        return [_upload_or_error(read) for read in readers]

    def find_faces(self) -> OwnFaceSearch:
        """Find the faces in the next photo, which takes a second or two. Raises ``InvalidRequest`` where none is
        left."""
        if not self._waiting:
            raise InvalidRequest("All photos were searched for faces already; send more.")
        uploaded = self._waiting.popleft()
        try:
            with _DETECTION:
                crops = crop_faces(
                    decode_photo(uploaded.content, self._limits),
                    already_cropped=self._cropped,
                    detector=self._detector,
                    limits=self._limits,
                )
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
        self._files, self._waiting, self._faces, self.ready = {}, deque(), {}, None
        self.deleted.set()


def _upload_or_error(read: Callable[[], Upload]) -> tuple[Upload | None, str]:
    try:
        return read(), ""
    except DlfdError as error:
        return None, str(error)


def _own_skipped(skipped: Sequence[Skipped]) -> tuple[OwnSkipped, ...]:
    return tuple(OwnSkipped(one.name, one.sentence) for one in skipped)


def _webp(face: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(face).save(buffer, "WEBP", quality=85)
    return buffer.getvalue()
