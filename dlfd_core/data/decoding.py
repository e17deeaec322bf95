"""Decodes photo files to small square RGB pictures: turned upright, cropped to the centre, resized."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from dlfd_core.artifacts import open_ordinary
from dlfd_core.data.listing import is_inside, is_safe

Progress = Callable[[int, int], None]

#: Formats that are read, whatever the file's name is; of an animation or a stack, the first picture.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "AVIF")
READ = "JPEG, PNG, WebP, BMP, GIF, TIFF, PGM/PPM or AVIF"
MAX_PIXELS = 40_000_000
#: Environment variable; with 1, photos may be links to files outside their folder.
FOLLOW_LINKS = "DLFD_FOLLOW_LINKS"
#: Brands at byte 8 of a HEIF file, the format of many phones.
HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")

# Reasons why a file is not read, as predicates.
OUTSIDE = f"is a link to a file outside the folder (to read such files, set {FOLLOW_LINKS}=1)"
BROKEN_LINK = "is a link to a file that is not there"
TOO_LARGE = f"has more than {MAX_PIXELS // 1_000_000} megapixels (make it smaller)"
HEIC = "is HEIC, which is not read (save it as JPEG)"
EMPTY = "is empty"
FOREIGN = f"is no photo in a format that is read ({READ})"
DAMAGED = "is damaged"
CLOSED = "cannot be opened"


@dataclass(frozen=True)
class Framing:
    """Which part of a file is read.

    Attributes:
        inside: a folder (links resolved); photos whose links lead out of it are skipped. None trusts all paths.
        margin: share of the picture that is cut off at each edge, in [0, 0.5), for photos whose faces fill only the
            middle.
    """

    inside: Path | None = None
    margin: float = 0.0


def follows_links() -> bool:
    """Whether photos may be links to files outside their folder, by the environment variable ``FOLLOW_LINKS``."""
    return os.environ.get(FOLLOW_LINKS, "").strip().lower() in ("1", "true", "yes")


def decode_all(
    paths: Sequence[Path], size: int, framing: Framing, progress: Progress | None = None
) -> tuple[np.ndarray, list[str]]:
    """Decode N files in parallel: (n, S, S, 3) uint8 of the n readable photos, and N reasons, empty for these.

    Args:
        size: side S in pixels.
        progress: called with (photos done, photos in all); an exception raised by it stops the reading.
    """
    images: np.ndarray = np.empty((len(paths), size, size, 3), dtype=np.uint8)
    reasons: list[str] = []
    pool = ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1))  # Pillow releases the GIL while it decodes
    try:
        for i, result in enumerate(pool.map(lambda path: _decode(path, size, framing), paths)):
            if isinstance(result, str):
                reasons.append(result)
            else:
                images[i] = result
                reasons.append("")
            if progress is not None and ((i + 1) % 32 == 0 or i + 1 == len(paths)):
                progress(i + 1, len(paths))
    finally:
        pool.shutdown(cancel_futures=True)
    readable = np.array([not reason for reason in reasons], dtype=bool)
    return (images if readable.all() else images[readable]), reasons


def _decode(path: Path, size: int, framing: Framing) -> np.ndarray | str:
    """Decode one file: (S, S, 3) uint8, or the reason why it is not read."""
    if framing.inside is not None and not is_inside(path, framing.inside):
        return OUTSIDE if is_safe(Path.exists, path) else BROKEN_LINK
    try:
        with open_ordinary(path) as file:
            head = file.read(12)
            file.seek(0)
            try:
                with Image.open(file, formats=FORMATS) as photo:
                    return _pixels(photo, size, framing.margin)
            except Image.DecompressionBombError:
                return TOO_LARGE
            except UnidentifiedImageError:
                return _foreign(head)
            except Exception:  # decoders raise nearly any exception on damaged or hostile bytes
                return HEIC if _is_heic(head) else DAMAGED
    except FileNotFoundError:
        return BROKEN_LINK
    except OSError:
        return CLOSED


def _pixels(photo: Image.Image, size: int, margin: float) -> np.ndarray | str:
    if photo.width * photo.height > MAX_PIXELS:
        return TOO_LARGE
    # a large JPEG is decoded at a fraction of its size, but at least at twice the final size
    side = math.ceil(2 * size / (1 - 2 * margin))
    photo.draft("RGB", (side, side))
    upright = to_rgb(ImageOps.exif_transpose(photo))
    return np.asarray(ImageOps.fit(upright, (size, size), Image.Resampling.BICUBIC, bleed=margin))


def _foreign(head: bytes) -> str:
    """The reason for a file that no decoder knows, from its first 12 bytes."""
    if not head:
        return EMPTY
    return HEIC if _is_heic(head) else FOREIGN


def _is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS


def to_rgb(photo: Image.Image) -> Image.Image:
    """Convert to three channels of 8 bits; 16-bit grey is scaled down, transparent pixels become white."""
    if photo.mode.startswith("I"):
        photo = photo.point(lambda value: value * (1 / 256)).convert("L")
    if not photo.has_transparency_data:
        return photo.convert("RGB")
    white = Image.new("RGBA", photo.size, "white")
    return Image.alpha_composite(white, photo.convert("RGBA")).convert("RGB")
