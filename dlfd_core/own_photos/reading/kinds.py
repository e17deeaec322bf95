"""File type by the first bytes; the file's name is not used."""

from __future__ import annotations

import re

#: Accepted formats, by Pillow's names of their decoders.
PHOTOS = frozenset({"JPEG", "PNG", "WEBP", "BMP"})
_SEND = "save it as JPEG, PNG or WebP and send it again"
#: Error messages for all other kinds.
REFUSALS = {
    "GIF": f"This is a GIF; {_SEND}.",
    "TIFF": f"This is a TIFF; {_SEND}.",
    "film": "This is a video, as phones keep beside a photo; send the photos only.",
    "side file": "This is a side file of an album, with edits or a description and no picture; leave it out.",
    "raw": f"This is a raw photo of a camera; {_SEND}.",
    "HEIC": f"This is a HEIC or AVIF photo, as phones take them; {_SEND}.",
    "SVG": "This is SVG, HTML or XML, which can hold programs; send a photo.",
    "PDF": "This is a PDF; send the photos themselves.",
    "archive": "This is an archive inside the zip; unpack it and put its photos into the zip.",
    "program": "This is a program or script; send a photo.",
    "empty": "The file is empty; send it again.",
    "other": f"This is not a photo; {_SEND}.",
}
_STARTS = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"BM", "BMP"),
    (b"GIF8", "GIF"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"II+\0", "TIFF"),
    (b"MM\0+", "TIFF"),
    (b"%PDF", "PDF"),
    (b"PK\x03\x04", "archive"),
    (b"PK\x05\x06", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"BZh", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"Rar!", "archive"),
    (b"\xfd7zXZ\0", "archive"),
    (b"\x28\xb5\x2f\xfd", "archive"),
    (b"\x7fELF", "program"),
    (b"MZ", "program"),
    (b"#!", "program"),
    (b"\x1aE\xdf\xa3", "film"),
    (b"\0\0\1\xba", "film"),
    (b"\0\0\1\xb3", "film"),
    (b"FLV\x01", "film"),
    (b"bplist00", "side file"),
)
#: Brands of HEIC and AVIF, and of raw photos; the other files of this container are films.
_HEIC = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"mif2", b"msf1", b"avif", b"avis")
_RAW = (b"crx ",)
#: Parts with which QuickTime films begin.
_FILM_PARTS = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
#: Beginnings of XML files beside photos: edits of Apple's album, descriptions of a photo.
_SIDE_FILES = (b"<!doctype plist", b"<plist", b"<x:xmpmeta", b"<?xpacket")
#: Text that browsers and servers act on and that no photo needs: files with two meanings (polyglots) contain it.
_ACTIVE_TEXT = (b"<script", b"<?php", b"<html", b"<!doctype")
_END_OF_ZIP = b"PK\x05\x06"


def kind_of(content: bytes) -> str:
    """A name of ``PHOTOS``, or a key of ``REFUSALS``."""
    if not content:
        return "empty"
    for start, kind in _STARTS:
        if content.startswith(start):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    if content[4:8] == b"ftyp":
        return "HEIC" if content[8:12] in _HEIC else "raw" if content[8:12] in _RAW else "film"
    if content[4:8] in _FILM_PARTS or (content[:4] == b"RIFF" and content[8:12] == b"AVI "):
        return "film"
    if content[257:262] == b"ustar":
        return "archive"
    text = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<"):
        return "side file" if any(start in text for start in _SIDE_FILES) else "SVG"
    return "side file" if re.match(rb'\{\s*"', text) else "other"


def is_polyglot(content: bytes) -> bool:
    """Whether a photo's bytes are also a zip, or contain text that a browser or server would run."""
    end = content.rfind(_END_OF_ZIP, max(0, len(content) - 65_557))
    comment = int.from_bytes(content[end + 20 : end + 22], "little")
    if end >= 0 and len(content) - end - 22 == comment:
        return True
    lowered = content.lower()
    return any(text in lowered for text in _ACTIVE_TEXT)
