"""The photos of one visitor, from the first piece that arrives to people whose faces are confirmed."""

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
from dlfd_core.own_photos.join import check_alone
from dlfd_core.own_photos.people import group_by_person
from dlfd_core.own_photos.reading.archive import Sent, SentPhoto, read_files, read_zip
from dlfd_core.own_photos.reading.faces import Detector, take_faces
from dlfd_core.own_photos.reading.limits import LIMITS, UploadLimits
from dlfd_core.own_photos.reading.names import Skipped
from dlfd_core.own_photos.reading.pictures import decode_photo
from dlfd_core.types import OwnChoice, OwnLook, OwnPeople, OwnPhoto, OwnReading, OwnReady, OwnSkipped

ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
INCOMPLETE = "A file did not arrive as a whole; send it again."
#: One face is looked for at a time: memory, and the device's cores for those whose turn it is.
_LOOKING = threading.Lock()


@dataclass
class _File:
    """A file that is arriving.

    Attributes:
        person: the folder it was in; empty goes by the file's name.
        pieces: by their place.
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
class _Found:
    person: str
    file: str
    faces: tuple[np.ndarray, ...]


class Visit:
    """One visitor's photos. Not safe to use from several threads: the desk holds ``lock`` around every call.

    Attributes:
        session: owns what was confirmed.
        ready: what can be forgotten, once the classifier was taught.
        only: the own people are to stand in place of the portraits.
        touched: when it was last used, by the desk's clock.
        users: pieces of work that are going on.
        leaving: set when everything is to go as soon as nobody works on it any more.
        gone: set when it is.
    """

    def __init__(self, detector: Detector | None, limits: UploadLimits = LIMITS):
        self.session = ConfirmedPhotos()
        self.ready: OwnReady | None = None
        self.only = False
        self.touched = 0.0
        self.users = 0
        self.lock, self.leaving, self.gone = threading.RLock(), threading.Event(), threading.Event()
        self._detector, self._limits = detector, limits
        self._files: dict[int, _File] = {}
        self._waiting: deque[SentPhoto] = deque()
        self._found: dict[int, _Found] = {}
        self._cropped = False

    @property
    def held(self) -> int:
        """Bytes of files that are not looked at yet."""
        arriving = sum(len(piece) for file in self._files.values() for piece in file.pieces.values())
        return arriving + sum(len(photo.content) for photo in self._waiting)

    def take(self, number: int, name: str, person: str, place: int, count: int, content: bytes) -> None:
        """One piece of a file; pieces may come in any order.

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
        if self.held + len(content) > self._limits.zip_bytes:
            raise InvalidData(
                f"More than {self._limits.zip_bytes // 1_000_000} MB were sent; send fewer or smaller photos."
            )
        file.pieces[place] = content

    def reset(self) -> None:
        """Other files are about to come: let go of those that are here and were not confirmed."""
        self._files, self._waiting, self._found = {}, deque(), {}

    def start(self, *, cropped: bool) -> OwnReading:
        """All files are here: open zips, and line the photos up.

        Raises:
            InvalidData: there is no photo among them.
        """
        files, self._files = list(self._files.values()), {}
        self._waiting, self._found, self._cropped = deque(), {}, cropped
        skipped: list[Skipped] = []
        refused: list[str] = []
        for sent, sentence in self._opened([(file.name, file.person, file.content()) for file in files]):
            refused += [sentence] if sentence else []
            if sent is not None:
                self._waiting.extend(sent.photos)
                skipped += sent.skipped
        if not self._waiting:
            raise InvalidData(refused[0] if refused else "No file was sent; choose photos of your people.")
        return OwnReading(len(self._waiting), (*_shown(skipped), *(OwnSkipped("", said) for said in refused)))

    def _opened(self, files: Sequence[tuple[str, str, bytes]]) -> list[tuple[Sent | None, str]]:
        """What each zip, and all loose files of each folder, hold; or why nothing can be taken of them."""
        loose: dict[str, list[tuple[str, bytes]]] = {}
        readers: list[Callable[[], Sent]] = []
        for name, person, content in files:
            if content.startswith(ZIP_STARTS):
                readers.append(partial(read_zip, content, self._limits))
            else:
                loose.setdefault(person, []).append((name, content))
        readers += [partial(read_files, group, person, self._limits) for person, group in loose.items()]
        return [_or_sentence(read) for read in readers]

    def look(self) -> OwnLook:
        """Look for faces in the next photo: a second or two. Raises ``InvalidRequest`` where none is left."""
        if not self._waiting:
            raise InvalidRequest("All photos are looked at already; send more.")
        sent = self._waiting.popleft()
        try:
            with _LOOKING:
                found = take_faces(
                    decode_photo(sent.content, self._limits),
                    already_cropped=self._cropped,
                    detector=self._detector,
                    limits=self._limits,
                )
        except InvalidData as error:
            return OwnLook(None, OwnSkipped(sent.name, str(error)), len(self._waiting))
        number, faces = len(self._found), (found.crop, *found.others)
        self._found[number] = _Found(sent.person, sent.name, faces)
        photo = OwnPhoto(number, sent.person, sent.name, tuple(map(_webp, faces)), found.sentence)
        return OwnLook(photo, None, len(self._waiting))

    def confirm(self, choices: Sequence[OwnChoice], *, only: bool) -> OwnPeople:
        """Keep the chosen faces, by person; all others are overwritten by the session or let go.

        Raises:
            InvalidRequest: a photo or face that was not found here. InvalidData: nobody has two photos, or there are
                too few people to stand in place of the portraits.
        """
        faces = []
        for choice in choices:
            found = self._found.get(choice.number)
            if found is None or not 0 <= choice.face < len(found.faces):
                raise InvalidRequest("One of these photos is not here any more; send your photos again.")
            faces.append((choice.person, found.file, found.faces[choice.face]))
        people, skipped = group_by_person(faces, self._limits)
        if only:
            check_alone(people)
        self.session.confirm(people)
        self.only, self.ready = only, None
        return OwnPeople(tuple((one.name, len(one.crops)) for one in people), _shown(skipped))

    def clear(self) -> None:
        """Overwrite and let go of everything."""
        for found in self._found.values():
            for face in found.faces:
                if face.flags.writeable:
                    face.fill(0)
        self.session.wipe()
        self._files, self._waiting, self._found, self.ready = {}, deque(), {}, None
        self.gone.set()


def _or_sentence(read: Callable[[], Sent]) -> tuple[Sent | None, str]:
    try:
        return read(), ""
    except DlfdError as error:
        return None, str(error)


def _shown(skipped: Sequence[Skipped]) -> tuple[OwnSkipped, ...]:
    return tuple(OwnSkipped(one.name, one.sentence) for one in skipped)


def _webp(face: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(face).save(buffer, "WEBP", quality=85)
    return buffer.getvalue()
