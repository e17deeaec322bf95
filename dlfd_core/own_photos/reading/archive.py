"""In-memory reader for untrusted zip files; nothing is unpacked to disk.

The structure is checked first (``structure.py``), since Python's reader trusts counts, sizes and offsets. Each file is
then unpacked in pieces, and the unpacked bytes are counted.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from dlfd_core.artifacts import open_ordinary
from dlfd_core.errors import InvalidData
from dlfd_core.own_photos.reading.allowance import Allowance
from dlfd_core.own_photos.reading.kinds import PHOTOS, REFUSALS, kind_of
from dlfd_core.own_photos.reading.limits import LIMITS, UploadLimits
from dlfd_core.own_photos.reading.names import Skipped, clean_name, person_of
from dlfd_core.own_photos.reading.paths import Unusable, is_ignored, safe_parts, without_wrapping
from dlfd_core.own_photos.reading.pictures import check_header
from dlfd_core.own_photos.reading.structure import DAMAGED_ZIP, check_structure
from dlfd_core.own_photos.reading.zip_names import decoded_names

#: Methods whose unpacking can be bounded: stored and deflate, which is what photos are zipped with.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
DAMAGED_FILE = "It is damaged inside the zip; zip the photo again."
#: Characters of a path that are shown.
SHOWN = 80
_PIECE = 1 << 16
_ENCRYPTED = 0x1

Parts = tuple[str, ...]


@dataclass(frozen=True)
class UploadedPhoto:
    """Bytes of a photo whose header is checked; its pixels are not decoded yet.

    Attributes:
        person: who it shows, by its folder or its name (``names.person_of``).
        name: path inside the zip, cleaned, still to be escaped where it is shown.
    """

    person: str
    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Upload:
    """Photos sorted by person and name, and the skipped files sorted by name."""

    photos: tuple[UploadedPhoto, ...]
    skipped: tuple[Skipped, ...]


def read_zip(source: bytes | Path, limits: UploadLimits = LIMITS, allowance: Allowance | None = None) -> Upload:
    """Read the photos of a zip. The top folder names the person; folders that enclose all others are removed first.

    Folders and files that operating systems leave behind are ignored; other skipped files are listed with the reason,
    one sentence each.

    Args:
        allowance: shared with the other files of the same reading; None is for a zip alone.

    Raises:
        InvalidData: it is no zip, is malformed on purpose, breaks a limit of the whole, or holds no photo.
    """
    allowance = allowance or Allowance(limits)
    content = source if isinstance(source, bytes) else _bytes_of(source, limits)
    allowance.count_entries(check_structure(content, limits))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            kept, skipped = _Reader(archive, limits, allowance).read()
    except InvalidData:
        raise
    except UnicodeDecodeError as error:
        raise InvalidData("A file name in the zip cannot be read; rename the photos and zip them again.") from error
    except Exception as error:  # the reader raises nearly anything on damaged or hostile tables
        raise InvalidData(DAMAGED_ZIP) from error
    return _upload(without_wrapping(kept), skipped)


def read_files(
    files: Iterable[tuple[str, bytes]],
    person: str = "",
    limits: UploadLimits = LIMITS,
    allowance: Allowance | None = None,
) -> Upload:
    """Read single photo files, like ``read_zip``.

    Args:
        files: (name, content); only the last part of a name counts.
        person: who all of them show; empty takes the person from each file's name.
        allowance: as in ``read_zip``.

    Raises:
        InvalidData: too many or too large in all, or no photo among them.
    """
    allowance = allowance or Allowance(limits)
    kept: dict[Parts, bytes] = {}
    skipped = []
    for name, content in files:
        allowance.count_entries(1)
        allowance.count_bytes(len(content))
        base = PurePosixPath(name.replace("\\", "/")).name or "photo"
        parts = (person, base) if person else (base,)
        try:
            if parts in kept:
                raise Unusable("There is another file of this name; rename one of them.")
            if len(content) > limits.entry_bytes:
                raise Unusable(_too_large(limits))
            kept[parts] = _photo(content, limits)
            allowance.keep_photo(len(content))
        except Unusable as reason:
            skipped.append(Skipped(clean_name(base, SHOWN), str(reason)))
    return _upload(kept, skipped)


def _bytes_of(path: Path, limits: UploadLimits) -> bytes:
    try:
        with open_ordinary(path) as file:
            return file.read(limits.zip_bytes + 1)  # never more, however long the file is
    except (OSError, ValueError) as error:
        raise InvalidData("The file that was sent is not there any more; send it again.") from error


class _Reader:
    """One pass over a zip."""

    def __init__(self, archive: zipfile.ZipFile, limits: UploadLimits, allowance: Allowance):
        self.archive, self.limits, self.allowance = archive, limits, allowance

    def read(self) -> tuple[dict[Parts, bytes], list[Skipped]]:
        """Content of photos by the parts of their path, and what was skipped."""
        kept: dict[Parts, bytes] = {}
        skipped = []
        entries = self.archive.infolist()
        for info, name in zip(entries, decoded_names(entries), strict=True):
            if is_ignored(name, info):
                continue
            try:
                parts = safe_parts(name, info, self.limits)
                if parts in kept:
                    raise Unusable("There is another file of this name in the zip; rename one of them.")
                kept[parts] = content = _photo(self._unpacked(info), self.limits)
                self.allowance.keep_photo(len(content))
            except Unusable as reason:
                skipped.append(Skipped(clean_name(name, SHOWN), str(reason)))
        return kept, skipped

    def _unpacked(self, info: zipfile.ZipInfo) -> bytes:
        """The content of one file. It is refused by its first bytes where it is no photo; the size in its header is
        used only to refuse it earlier.

        Raises:
            Unusable: this file is skipped. InvalidData: the whole zip unpacks to too much.
        """
        if info.flag_bits & _ENCRYPTED:
            raise Unusable("It is locked with a password; zip the photos without one.")
        if info.compress_type not in METHODS:
            raise Unusable("It is packed in an unusual way; make an ordinary zip and send that.")
        content = bytearray()
        try:
            with self.archive.open(info) as file:
                while piece := file.read(_PIECE):
                    self._count(len(piece), len(content) + len(piece), info.compress_size)
                    if not content:
                        _check_kind(piece)
                        if info.file_size > self.limits.entry_bytes:
                            raise Unusable(_too_large(self.limits))
                    content += piece
        except (Unusable, InvalidData):
            raise
        except Exception as error:  # a wrong checksum, a broken stream, another name in the local header
            raise Unusable(DAMAGED_FILE) from error
        if len(content) != info.file_size:
            raise Unusable(DAMAGED_FILE)
        return bytes(content)

    def _count(self, piece: int, so_far: int, packed: int) -> None:
        self.allowance.count_bytes(piece)
        if so_far > self.limits.entry_bytes:
            raise Unusable(_too_large(self.limits))
        if so_far > self.limits.ratio_from and so_far > self.limits.ratio * max(1, packed):
            raise Unusable("It unpacks to far more than a photo would; save it as JPEG and zip it again.")


def _too_large(limits: UploadLimits) -> str:
    return f"It has more than {limits.entry_bytes // 1_000_000} MB; save it smaller and send it again."


def _check_kind(start: bytes) -> None:
    """Raises ``Unusable`` where a file does not begin like a photo."""
    kind = kind_of(start)
    if kind not in PHOTOS:
        raise Unusable(REFUSALS[kind])


def _photo(content: bytes, limits: UploadLimits) -> bytes:
    """``content``, if it is a photo by its first bytes and its header. Raises ``Unusable``."""
    _check_kind(content)
    try:
        check_header(content, limits)
    except InvalidData as error:
        raise Unusable(str(error)) from error
    return content


def _upload(kept: Mapping[Parts, bytes], skipped: Iterable[Skipped]) -> Upload:
    listed = tuple(sorted(skipped, key=lambda one: (one.name, one.sentence)))
    if not kept:
        reason = f" The first file was left out: {listed[0].sentence}" if listed else ""
        raise InvalidData(f"No photo was found; send JPEG, PNG or WebP photos, in a folder for each person.{reason}")
    photos = [
        UploadedPhoto(person_of(parts), clean_name("/".join(parts), SHOWN), content) for parts, content in kept.items()
    ]
    return Upload(tuple(sorted(photos, key=lambda photo: (photo.person, photo.name, photo.content))), listed)
