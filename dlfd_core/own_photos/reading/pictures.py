"""Decoder for untrusted photos: only the pixels are kept, no metadata and nothing else of the file."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PIL import Image, ImageOps

from dlfd_core.data.decoding import to_rgb
from dlfd_core.errors import InvalidData
from dlfd_core.own_photos.reading.kinds import PHOTOS, REFUSALS, is_polyglot, kind_of
from dlfd_core.own_photos.reading.limits import LIMITS, UploadLimits

#: Modes whose pixels can be averaged as they are.
_SHRINKABLE = frozenset({"L", "LA", "RGB", "RGBA", "CMYK"})
#: Bytes between the segments of a JPEG that are passed over; some cameras leave a few.
MOST_BETWEEN = 4_096
DAMAGED = "The photo is damaged or incomplete; send it again."


def decode_photo(content: bytes, limits: UploadLimits = LIMITS) -> np.ndarray:
    """(H, W, 3) uint8 RGB, upright, its longer side at most ``limits.kept_side``; of an animation the first frame.

    The first bytes alone choose the decoder, not a name or type the sender gave. Sizes are read from the header and
    checked before a pixel is decoded; Pillow itself refuses text chunks that would unpack to more than its limits.

    Raises:
        InvalidData: anything but a photo of a usable size, with a sentence for the sender.
    """
    if len(content) > limits.entry_bytes:
        raise InvalidData(
            f"The photo has more than {limits.entry_bytes // 1_000_000} MB; save it smaller and send it again."
        )
    kind = kind_of(content)
    if kind not in PHOTOS:
        raise InvalidData(REFUSALS[kind])
    if is_polyglot(content):
        raise InvalidData("The file is a photo and something else at once; open it, save it again and send that.")
    with _opened(content, kind, limits) as photo:
        return _pixels(photo, limits.kept_side)


def check_header(content: bytes, limits: UploadLimits = LIMITS) -> None:
    """Check a photo's kind and the size that its header says; no pixel is decoded. Raises ``InvalidData``."""
    kind = kind_of(content)
    if kind not in PHOTOS:
        raise InvalidData(REFUSALS[kind])
    with _opened(content, kind, limits):
        pass


@contextmanager
def _opened(content: bytes, kind: str, limits: UploadLimits) -> Iterator[Image.Image]:
    """The photo with a checked size; whatever fails inside this context means a damaged photo."""
    try:
        if kind == "JPEG":
            _check_segments(content)
        with Image.open(io.BytesIO(content), formats=(kind,)) as photo:
            _check_size(photo.width, photo.height, limits)
            yield photo
    except InvalidData:
        raise
    except Image.DecompressionBombError as error:
        raise InvalidData(_too_many_pixels(limits)) from error
    except Exception as error:  # decoders raise nearly anything on damaged or hostile bytes
        raise InvalidData(DAMAGED) from error


def _check_segments(content: bytes) -> None:
    """Check that a JPEG's segments follow each other up to its pixels: Pillow looks through anything between them byte
    by byte, which takes seconds for megabytes of zeros. Raises ``InvalidData``."""
    at, between = 2, 0
    while (marker := content.find(b"\xff", at)) >= 0:
        between += marker - at
        code = content[marker + 1 : marker + 2]
        if between > MOST_BETWEEN or not code:
            break
        if code == b"\xda":  # the pixels begin
            return
        if code == b"\xff" or code == b"\0":  # filling
            at, between = marker + 1, between + 1
        elif b"\xd0" <= code <= b"\xd9" or code == b"\x01":  # markers without content
            at = marker + 2
        else:
            at = marker + 2 + max(2, int.from_bytes(content[marker + 2 : marker + 4], "big"))
    raise InvalidData(DAMAGED)


def _check_size(width: int, height: int, limits: UploadLimits) -> None:
    """Check the size in the header, before anything is decoded."""
    short, long = sorted((width, height))
    if width * height > limits.pixels:
        raise InvalidData(_too_many_pixels(limits))
    if short < limits.min_side:
        raise InvalidData(
            f"The photo has {width} x {height} pixels; send one of at least {limits.min_side} on each side."
        )
    if long > limits.aspect * short:
        raise InvalidData(f"The photo is a strip of {width} x {height} pixels; cut it to the face and send that.")


def _too_many_pixels(limits: UploadLimits) -> str:
    return f"The photo has more than {limits.pixels // 1_000_000} million pixels; save it smaller and send it again."


def _pixels(photo: Image.Image, side: int) -> np.ndarray:
    photo.draft("RGB", (side, side))  # a large JPEG is decoded at a fraction of its size, never below ``side``
    photo.load()
    if photo.mode in _SHRINKABLE:  # before the conversion: its copies of 40 megapixels would fill the memory
        photo.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
    shrunk = to_rgb(_upright(photo))
    shrunk.thumbnail((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
    return np.array(shrunk, dtype=np.uint8)  # a copy that owns its memory


def _upright(photo: Image.Image) -> Image.Image:
    """Rotated as its EXIF data say; a photo whose EXIF cannot be read is not rotated, since its pixels are sound."""
    try:
        return ImageOps.exif_transpose(photo)
    except Exception:  # Pillow's EXIF reader, too, raises nearly anything on damaged bytes
        return photo
