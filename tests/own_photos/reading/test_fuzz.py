"""Random bytes, damaged zips and photos: a sentence or a result, no other error, and never above the limits."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from dlfd_core.errors import DlfdError
from dlfd_core.own_photos.reading.archive import read_zip
from dlfd_core.own_photos.reading.limits import LIMITS
from dlfd_core.own_photos.reading.names import clean_name, person_of
from dlfd_core.own_photos.reading.pictures import decode_photo
from tests.own_photos.reading.hostile import RawZip, noise, photo, zipped

SMALL = replace(LIMITS, entry_bytes=20_000, total_bytes=40_000, zip_bytes=60_000, entries=6, pixels=100_000)
ZIPS = (
    zipped({"Anna/1.png": noise(16), "Ben/1.jpg": photo(kind="JPEG"), "Ben/x.txt": b"hello"}),
    RawZip().add(b"A/1.png", photo(), method=0).add("Zoë/2.png".encode(), photo(), flags=0x800).end(),
)
PHOTOS = tuple(noise(48, kind=kind) for kind in ("JPEG", "PNG", "WEBP", "BMP"))
EDITS = st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=4)), min_size=1, max_size=6)


def spoilt(content: bytes, edits: list[tuple[int, bytes]], cut: int) -> bytes:
    """Content with some bytes replaced, and perhaps with its end cut off."""
    changed = bytearray(content)
    for place, piece in edits:
        at = place % len(changed)
        changed[at : at + len(piece)] = piece
    return bytes(changed[: len(changed) - cut])


def check_zip(content: bytes) -> None:
    try:
        sent = read_zip(content, SMALL)
    except DlfdError as error:
        assert str(error).endswith(".")
        return
    assert len(sent.photos) + len(sent.skipped) <= SMALL.entries
    assert sum(len(one.content) for one in sent.photos) <= SMALL.total_bytes
    for one in sent.photos:
        assert one.person == clean_name(one.person) and 0 < len(one.person) <= SMALL.name_length


def check_photo(content: bytes) -> None:
    try:
        pixels = decode_photo(content, SMALL)
    except DlfdError as error:
        assert str(error).endswith(".")
        return
    assert pixels.size <= 3 * SMALL.pixels and min(pixels.shape[:2]) >= 1


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\3\4", b"PK\5\6"]))
def test_random_bytes_as_a_zip(content: bytes, start: bytes) -> None:
    check_zip(start + content)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(ZIPS), EDITS, st.integers(0, 40))
def test_spoilt_zips(content: bytes, edits: list[tuple[int, bytes]], cut: int) -> None:
    check_zip(spoilt(content, edits, cut))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ZIPS), st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_spoilt_tables_of_contents(content: bytes, back: int, piece: bytes) -> None:
    at = max(0, len(content) - len(piece) - back)
    check_zip(content[:at] + piece + content[at + len(piece) :])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(PHOTOS), EDITS, st.integers(0, 40))
def test_spoilt_photos(content: bytes, edits: list[tuple[int, bytes]], cut: int) -> None:
    check_photo(spoilt(content, edits, cut))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"RIFF\0\0\0\0WEBPVP8 "]), st.binary())
def test_random_bytes_as_a_photo(start: bytes, content: bytes) -> None:
    check_photo(start + content)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=120))
def test_names(text: str) -> None:
    name = clean_name(text)
    assert clean_name(name) == name and 0 < len(name) <= LIMITS.name_length and name.isprintable()
    assert clean_name(person_of((text, "1.png"))) == name and 0 < len(person_of((text or "x",))) <= LIMITS.name_length
