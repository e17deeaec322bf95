"""Structure check of an untrusted zip: its end record and table of contents, before any reader uses them.

APPNOTE.TXT (PKWARE) 4.3: local headers and data, then the central directory, then the end record. Here they must be
in this order, without a gap before the first header and without overlaps; "better zip bombs" (Fifield, WOOT 2019)
overlap files, so that a small zip holds the same data a thousand times.
"""

from __future__ import annotations

import struct

from dlfd_core.errors import InvalidData
from dlfd_core.own_photos.reading.limits import UploadLimits

DAMAGED_ZIP = "The zip is damaged or incomplete; zip the photos again and send that."
NOT_A_ZIP = "This is not a zip; put the photos into a zip, or send them one by one."
UNUSUAL_ZIP = "The zip is in several parts or made for huge files (zip64); make an ordinary zip and send that."
PADDED_ZIP = "The zip has something before its first or after its last byte; make a new zip and send that."
OVERLAPPING = "Files in the zip share the same bytes, as only zips made to do harm do; make a new zip and send that."

_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LOCATOR_64 = b"PK\x06\x07"
_LONGEST_COMMENT = 0xFFFF


def check_structure(content: bytes, limits: UploadLimits) -> int:
    """Raise unless the zip may be given to a reader; returns its number of entries.

    Raises:
        InvalidData: too large, too many files, no zip, cut off, or malformed on purpose.
    """
    if len(content) > limits.zip_bytes:
        raise InvalidData(f"The zip has more than {limits.zip_bytes // 1_000_000} MB; send fewer or smaller photos.")
    start, size, count = _end_record(content)
    spans = _entries(content, start, start + size, limits)
    if len(spans) != count:
        raise InvalidData(DAMAGED_ZIP)
    if not spans:
        raise InvalidData("The zip is empty; put photos into it and send it again.")
    _check_spans(sorted(spans), start)
    return count


def _end_record(content: bytes) -> tuple[int, int, int]:
    """Where the table of contents begins, its bytes, and its number of entries."""
    begins = content[:4] in (b"PK\x03\x04", b"PK\x05\x06")
    if not begins and b"PK\x05\x06" not in content[-_END.size - _LONGEST_COMMENT :]:
        raise InvalidData(NOT_A_ZIP)
    end = _find_end(content)
    if end < 0:
        raise InvalidData(DAMAGED_ZIP)
    _, disk, first_disk, here, count, size, start, comment = _END.unpack_from(content, end)
    if content.startswith(_LOCATOR_64, max(0, end - 20)) or disk or first_disk or here != count:
        raise InvalidData(UNUSUAL_ZIP)
    if count == 0xFFFF or 0xFFFFFFFF in (size, start):
        raise InvalidData(UNUSUAL_ZIP)
    if not begins or end + _END.size + comment != len(content):
        raise InvalidData(PADDED_ZIP)
    if start + size != end:
        raise InvalidData(DAMAGED_ZIP)
    return start, size, count


def _find_end(content: bytes) -> int:
    """Where Python's reader finds the end record: at the very end, else the last one that a comment can follow."""
    last = len(content) - _END.size
    if last >= 0 and content.startswith(b"PK\x05\x06", last) and content[-2:] == b"\0\0":
        return last
    position = content.rfind(b"PK\x05\x06", max(0, last - _LONGEST_COMMENT))
    return position if position <= last else -1


def _entries(content: bytes, start: int, stop: int, limits: UploadLimits) -> list[tuple[int, int]]:
    """(first byte, byte after the last) of each file by the table of contents and its local header."""
    spans: list[tuple[int, int]] = []
    at = start
    while at < stop:
        if len(spans) == limits.entries:
            raise InvalidData(f"The zip holds more than {limits.entries} files; send fewer at once.")
        if at + _CENTRAL.size > stop or not content.startswith(b"PK\x01\x02", at):
            raise InvalidData(DAMAGED_ZIP)
        fields = _CENTRAL.unpack_from(content, at)
        packed, name, extra, comment, offset = fields[8], *fields[10:13], fields[16]
        spans.append(_span(content, offset, packed, start))
        at += _CENTRAL.size + name + extra + comment
    if at != stop:
        raise InvalidData(DAMAGED_ZIP)
    return spans


def _span(content: bytes, offset: int, packed: int, start: int) -> tuple[int, int]:
    if offset + _LOCAL.size > start or content[offset : offset + 4] != b"PK\x03\x04":
        raise InvalidData(DAMAGED_ZIP)
    name, extra = _LOCAL.unpack_from(content, offset)[9:11]
    stop = offset + _LOCAL.size + name + extra + packed
    if stop > start:
        raise InvalidData(DAMAGED_ZIP)
    return offset, stop


def _check_spans(spans: list[tuple[int, int]], start: int) -> None:
    if spans[0][0] != 0:
        raise InvalidData(PADDED_ZIP)
    for (_, stop), (following, _) in zip(spans, [*spans[1:], (start, start)], strict=True):
        if stop > following:
            raise InvalidData(OVERLAPPING)
