"""Names of files in a zip as text: by the UTF-8 flag, Info-ZIP's field, or the code page that fits all of them."""

from __future__ import annotations

import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator

_UTF8 = 0x800
#: Extra field "Info-ZIP Unicode Path" (APPNOTE.TXT 4.6.9): version, CRC of the name in the header, name in UTF-8.
_UNICODE_PATH = 0x7075


def decoded_names(entries: Iterable[zipfile.ZipInfo]) -> list[str]:
    """The paths, composed (NFC), with / between folders; Windows' own zips may have \\ there.

    A name without the UTF-8 flag is taken from Info-ZIP's field; else read as UTF-8 where that is possible, as macOS
    writes it; else in the code page of a Korean, Japanese or Chinese Windows where all such names of the zip fit it;
    else in the old PC code page (437), as the format says.
    """
    entries = list(entries)
    raw = [None if info.flag_bits & _UTF8 else info.orig_filename.encode("cp437") for info in entries]
    known = [
        info.orig_filename if name is None else _unicode_path(info.extra, name) or _utf8(name)
        for info, name in zip(entries, raw, strict=True)
    ]
    pairs = list(zip(raw, known, strict=True))
    page = code_page([name for name, text in pairs if name is not None and text is None])
    texts = [name.decode(page) if name is not None and text is None else str(text) for name, text in pairs]
    return [unicodedata.normalize("NFC", text).replace("\\", "/") for text in texts]


def _utf8(name: bytes) -> str | None:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return None


def extra_fields(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """(id, content) of each extra field; a cut one ends them."""
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, at)
        if at + 4 + size > len(extra):
            return
        yield kind, extra[at + 4 : at + 4 + size]
        at += 4 + size


def _unicode_path(extra: bytes, name: bytes) -> str | None:
    """The name in Info-ZIP's field, if it belongs to the name in the header; a changed name has another CRC."""
    for kind, content in extra_fields(extra):
        if kind == _UNICODE_PATH and content[:5] == b"\1" + zlib.crc32(name).to_bytes(4, "little") and content[5:]:
            return _utf8(content[5:])
    return None


def code_page(names: list[bytes]) -> str:
    """The code page in which all these names make sense; 437 where none of Asia does."""
    for page, makes_sense in _PAGES.items():
        try:
            texts = [name.decode(page) for name in names]
        except UnicodeDecodeError:
            continue
        runs = [run for text in texts for run in _FOREIGN.findall(text)]
        # letters with accents of another code page are read as single characters of an Asian one
        if runs and sum(len(run) > 1 for run in runs) * 2 > len(runs) and makes_sense("".join(runs)):
            return page
    return "cp437"


_FOREIGN = re.compile(r"[^\x00-\x7f]+")


def _share(text: str, pattern: str) -> float:
    return len(re.findall(pattern, text)) / len(text)


def _korean(text: str) -> bool:
    """Hangul, most of it common: those of KS X 1001 have lead bytes from B0 on."""
    common = sum(0xB0 <= character.encode("cp949")[0] <= 0xC8 for character in text)
    return _share(text, "[\uac00-\ud7a3]") >= 0.9 and common >= 0.5 * len(text)


def _japanese(text: str) -> bool:
    """Kana and ideographs, none of half width."""
    return _share(text, "[\u3005\u3040-\u30ff\u4e00-\u9fff\uff01-\uff5e\u3000]") == 1.0


def _chinese(text: str) -> bool:
    """Ideographs of GB 2312."""
    return all(character.encode("gbk")[0] >= 0xB0 and character.encode("gbk")[-1] >= 0xA1 for character in text)


_PAGES: dict[str, Callable[[str], bool]] = {"cp949": _korean, "cp932": _japanese, "gbk": _chinese}
