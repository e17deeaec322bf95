"""Structure check of an untrusted zip: its end record and table of contents, before any reader uses them.

APPNOTE.TXT (PKWARE) 4.3: local headers and data, then the central directory, then the end record. Here they must be
in this order, without a gap before the first header and without overlaps; "better zip bombs" (Fifield, WOOT 2019)
overlap files, so that a small zip holds the same data a thousand times.
"""

from __future__ import annotations

import struct

from dlfd_core.errors import InvalidData
from dlfd_core.own_photos.reading.limits import UploadLimits
from dlfd_core.own_photos.reading.zip_names import extra_fields

DAMAGED_ZIP = "The zip is damaged or incomplete; zip the photos again and send that."
NOT_A_ZIP = "This is not a zip; put the photos into a zip, or send them one by one."
UNUSUAL_ZIP = "The zip is in several parts; make an ordinary zip and send that."
PADDED_ZIP = "The zip has something before its first or after its last byte; make a new zip and send that."
OVERLAPPING = "Files in the zip share the same bytes, as only zips made to do harm do; make a new zip and send that."

_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LOCATOR_64 = b"PK\x06\x07"
_LOCATE_64, _END_64 = struct.Struct("<4sLQL"), struct.Struct("<4sQ2H2L4Q")
#: Values that mean "see the field for huge files", and that field's id.
_MANY, _HUGE, _FIELD_64 = 0xFFFF, 0xFFFFFFFF, 0x0001
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
    if disk or first_disk or here != count:
        raise InvalidData(UNUSUAL_ZIP)
    if not begins or end + _END.size + comment != len(content):
        raise InvalidData(PADDED_ZIP)
    table_end = end
    if content.startswith(_LOCATOR_64, max(0, end - _LOCATE_64.size)):
        table_end, count, size, start = _end_record_64(content, end, count, size, start)
    if start + size != table_end:
        raise InvalidData(DAMAGED_ZIP)
    return start, size, count


def _end_record_64(content: bytes, end: int, count: int, size: int, start: int) -> tuple[int, int, int, int]:
    """Where the table ends, and count, size and start, by the end record for huge files, which some programs write for
    small ones. It and its locator must stand right before the end record, and agree with it."""
    locator = end - _LOCATE_64.size
    record = locator - _END_64.size
    _, disk, offset, disks = _LOCATE_64.unpack_from(content, locator)
    if record < 0 or offset != record or disk or disks > 1 or not content.startswith(b"PK\x06\x06", record):
        raise InvalidData(DAMAGED_ZIP)
    _, length, _, _, disk, first_disk, here, count_64, size_64, start_64 = _END_64.unpack_from(content, record)
    agree = count in (count_64, _MANY) and size in (size_64, _HUGE) and start in (start_64, _HUGE)
    if length != _END_64.size - 12 or disk or first_disk or here != count_64 or not agree:
        raise InvalidData(DAMAGED_ZIP)
    return record, count_64, size_64, start_64


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
        packed, size, name, extra, comment, offset = *fields[8:13], fields[16]
        at_extra = at + _CENTRAL.size + name
        if _HUGE in (packed, size, offset):
            packed, offset = _sizes_64(content[at_extra : at_extra + extra], size, packed, offset)
        spans.append(_span(content, offset, packed, start))
        at += _CENTRAL.size + name + extra + comment
    if at != stop:
        raise InvalidData(DAMAGED_ZIP)
    return spans


def _sizes_64(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int]:
    """Packed size and offset from the field for huge files, which holds those of the three that are full, in order."""
    content = next((content for kind, content in extra_fields(extra) if kind == _FIELD_64), b"")
    values = [value for (value,) in struct.iter_unpack("<Q", content[: len(content) // 8 * 8])]
    found = []
    for value in (size, packed, offset):
        if value == _HUGE and not values:
            raise InvalidData(DAMAGED_ZIP)
        found.append(values.pop(0) if value == _HUGE else value)
    return found[1], found[2]


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
