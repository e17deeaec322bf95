"""Photos of every kind as pixels; malicious files are refused with a sentence."""

from __future__ import annotations

import io
import struct
import time
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from dlfd_core.errors import InvalidData
from dlfd_core.own_photos.reading.limits import LIMITS
from dlfd_core.own_photos.reading.pictures import check_header, decode_photo
from tests.own_photos.reading.hostile import noise, photo, zipped

RED = (200, 40, 40)


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def refused(content: bytes) -> str:
    with pytest.raises(InvalidData) as caught:
        decode_photo(content)
    message = str(caught.value)
    assert "\n" not in message and message.endswith(".") and ";" in message, message
    return message


def png(width: int, height: int, data: bytes = b"", extra: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
    """A PNG whose header claims any size."""
    chunks = [(b"IHDR", struct.pack(">2L5B", width, height, 8, 2, 0, 0, 0)), *extra, (b"IDAT", data), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body)) for name, body in chunks
    )


# --- what is read ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
def test_formats(kind: str) -> None:
    pixels = decode_photo(photo(RED, (60, 40), kind))
    assert pixels.shape == (40, 60, 3) and pixels.dtype == np.uint8 and pixels.flags.owndata and pixels.flags.writeable
    assert np.abs(pixels.astype(int) - RED).max() <= 6


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_modes(mode: str) -> None:
    grey = Image.new("L", (48, 48), 255)
    if mode == "I;16":
        image = Image.fromarray(np.full((48, 48), 65_535, dtype=np.uint16))
    else:
        image = grey.convert("RGB").convert(mode)
    pixels = decode_photo(saved(image, "JPEG" if mode == "CMYK" else "PNG"))
    assert pixels.shape == (48, 48, 3) and (pixels >= 254).all()


def test_what_is_transparent_is_white() -> None:
    assert (decode_photo(saved(Image.new("RGBA", (48, 48), (0, 0, 0, 0)))) == 255).all()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_large_photos_of_every_mode_are_shrunk(mode: str) -> None:
    image = Image.fromarray(np.full((1_500, 2_000), 65_535, dtype=np.uint16))
    if mode != "I;16":
        image = Image.new("RGB", (2_000, 1_500), "white").convert(mode)
    pixels = decode_photo(saved(image))
    assert pixels.shape == (960, 1_280, 3) and (pixels >= 254).all()


def test_large_photos_are_shrunk() -> None:
    assert decode_photo(photo(RED, (3_000, 1_500), "JPEG")).shape == (640, 1_280, 3)


def test_turned_as_the_camera_says() -> None:
    image = Image.new("RGB", (60, 40), RED)
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "a place nobody should learn"
    assert decode_photo(saved(image, "JPEG", exif=exif)).shape == (60, 40, 3)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
def test_exif_that_cannot_be_read_turns_nothing() -> None:
    content = saved(Image.new("RGB", (60, 40), RED), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert decode_photo(content).shape == (40, 60, 3)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_the_first_picture_of_an_animation(kind: str) -> None:
    frames = [Image.new("RGB", (48, 48), colour) for colour in (RED, (0, 0, 255))]
    pixels = decode_photo(saved(frames[0], kind, save_all=True, append_images=frames[1:]))
    assert np.abs(pixels.astype(int) - RED).max() <= 6


def test_the_same_pixels_whatever_hangs_on_them() -> None:
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "where and when")
    image = Image.open(io.BytesIO(noise()))
    assert (decode_photo(saved(image, pnginfo=note)) == decode_photo(noise())).all()


# --- what is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "start"),
    [
        (saved(Image.new("RGB", (48, 48)), "GIF"), "This is a GIF"),
        (b"GIF89a/*<svg/onload=alert(1)>*/=1;", "This is a GIF"),
        (saved(Image.new("RGB", (48, 48)), "TIFF"), "This is a TIFF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "This is SVG"),
        (saved(Image.new("RGB", (48, 48)), "ICO"), "This is not a photo"),
        (saved(Image.new("RGB", (48, 48)), "PPM"), "This is not a photo"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "This is not a photo"),
        (b"\0\0\0\x1cftypavif", "This is a HEIC"),
        (zipped({"a": b"b"}), "This is an archive"),
        (b"", "The file is empty"),
    ],
)
def test_other_formats(content: bytes, start: str) -> None:
    assert refused(content).startswith(start)


@pytest.mark.parametrize(
    "tail",
    [b"<script>alert(1)</script>", b"<?php system(1);", b"<!DOCTYPE html>", b"<HtMl>", zipped({"a": b"b"})],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
def test_two_things_at_once(tail: bytes, kind: str) -> None:
    assert refused(photo(kind=kind) + tail).startswith("The file is a photo and something else at once")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
def test_cut_off(kind: str) -> None:
    content = noise(64, kind=kind)
    for share in (0.1, 0.5, 0.9):
        assert refused(content[: int(share * len(content))]).startswith("The photo is damaged")


@pytest.mark.parametrize("start", [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"RIFF\0\0\0\0WEBP"])
def test_only_the_start_of_a_photo(start: bytes) -> None:
    assert refused(start).startswith("The photo is damaged")
    assert refused(start + bytes(range(256)) * 4).startswith("The photo ")


@pytest.mark.parametrize(("width", "height"), [(7_000, 7_000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_too_many_pixels_by_the_header(width: int, height: int) -> None:
    assert refused(png(width, height)).startswith("The photo has more than 40 million pixels")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
def test_too_many_pixels_in_every_format(kind: str) -> None:
    with pytest.raises(InvalidData, match="more than 0 million pixels"):
        decode_photo(photo(size=(60, 60), kind=kind), replace(LIMITS, pixels=3_000))


@pytest.mark.parametrize("size", [(39, 60), (1, 1), (60, 20)])
def test_tiny(size: tuple[int, int]) -> None:
    assert refused(photo(size=size)).startswith(f"The photo has {size[0]} x {size[1]} pixels")


@pytest.mark.parametrize("size", [(400, 90), (60, 400)])
def test_strips(size: tuple[int, int]) -> None:
    assert refused(photo(size=size)).startswith("The photo is a strip")


@pytest.mark.parametrize("before", [True, False])
def test_text_that_unpacks_to_far_more(before: bool) -> None:
    text = (b"zTXt", b"Comment\0\0" + zlib.compress(bytes(50_000_000)))
    rows = zlib.compress((b"\0" + bytes(3 * 48)) * 48)
    if before:
        content = png(48, 48, rows, (text,))
    else:
        plain = png(48, 48, rows)
        (name, body), end = text, plain[-12:]
        chunk = struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))
        content = plain[:-12] + chunk + end
    assert refused(content).startswith("The photo is damaged")


def test_pixels_that_are_not_all_there() -> None:
    assert refused(png(1_000, 1_000, zlib.compress(bytes(100)))).startswith("The photo is damaged")


def test_too_many_bytes() -> None:
    with pytest.raises(InvalidData, match="more than 0 MB; save it smaller"):
        decode_photo(noise(), replace(LIMITS, entry_bytes=1_000))


# --- headers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start", [b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\x10", b"\xff\xd8" + b"\xff" * 9, b"\xff\xd8\xff\xe0\xff\xff"]
)
def test_a_jpeg_without_segments_is_refused_at_once(start: bytes) -> None:
    """Pillow looks through what is no segment byte by byte: 50 ms for each of these."""
    content = start + bytes(990_000)
    begun = time.process_time()
    for _ in range(40):
        with pytest.raises(InvalidData, match="damaged"):
            check_header(content)
    assert time.process_time() - begun < 0.5


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP"])
def test_the_size_in_the_header_is_enough(kind: str) -> None:
    check_header(photo(RED, (60, 40), kind))
    with pytest.raises(InvalidData, match="60 x 30 pixels"):
        check_header(photo(RED, (60, 30), kind))
    with pytest.raises(InvalidData, match="million pixels"):
        check_header(photo(RED, (600, 400), kind), replace(LIMITS, pixels=100_000))


def test_a_few_bytes_between_the_segments_of_a_jpeg() -> None:
    content = photo(RED, (60, 40), "JPEG")
    check_header(content[:20] + b"\0" * 100 + content[20:])
