"""Zips and photos as a visitor may send them: ordinary ones, and malicious ones built by hand."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import numpy as np
from PIL import Image

LOCAL = struct.Struct("<4s5H3L2H")
CENTRAL = struct.Struct("<4s6H3L5H2L")
END = struct.Struct("<4s4H2LH")


def photo(colour: tuple[int, int, int] = (200, 40, 40), size: tuple[int, int] = (48, 48), kind: str = "PNG") -> bytes:
    """A plain picture as a file."""
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, kind)
    return out.getvalue()


def noise(side: int = 64, seed: int = 0, kind: str = "PNG") -> bytes:
    """A picture that zip cannot compress."""
    out = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)).save(out, kind)
    return out.getvalue()


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An ordinary zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


class RawZip:
    """A zip written field by field; each field may hold a false value."""

    def __init__(self) -> None:
        self.body, self.table, self.count = bytearray(), bytearray(), 0

    def add(
        self,
        name: bytes,
        content: bytes,
        *,
        method: int = 8,
        flags: int = 0,
        mode: int = 0,
        crc: int | None = None,
        packed: bytes | None = None,
        packed_size: int | None = None,
        size: int | None = None,
        offset: int | None = None,
        local_name: bytes | None = None,
    ) -> RawZip:
        if packed is None:
            packed = zlib.compress(content, wbits=-15) if method == 8 else content
        crc = zlib.crc32(content) if crc is None else crc
        size = len(content) if size is None else size
        packed_size = len(packed) if packed_size is None else packed_size
        local_name = name if local_name is None else local_name
        if offset is None:
            offset = len(self.body)
            head = LOCAL.pack(
                b"PK\3\4", 20, flags, method, 0, 33, crc, packed_size, min(size, 2**32 - 1), len(local_name), 0
            )
            self.body += head + local_name + packed
        self.table += CENTRAL.pack(
            b"PK\1\2", 20 | 3 << 8, 20, flags, method, 0, 33, crc, packed_size, size, len(name), 0, 0, 0, 0,
            mode << 16, offset,
        )  # fmt: skip
        self.table += name
        self.count += 1
        return self

    def end(self, *, count: int | None = None, start: int | None = None, size: int | None = None) -> bytes:
        count = self.count if count is None else count
        start = len(self.body) if start is None else start
        size = len(self.table) if size is None else size
        return bytes(self.body + self.table + END.pack(b"PK\5\6", 0, 0, count, count, size, start, 0))
