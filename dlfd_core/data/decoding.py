"""Decodes photo files to small square RGB pictures: turned upright, cropped to the centre, resized."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from dlfd_core.artifacts import open_ordinary
from dlfd_core.data.listing import is_inside

Progress = Callable[[int, int], None]

FORMATS = ("JPEG", "PNG", "WEBP", "BMP")
MAX_PIXELS = 40_000_000


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


def decode_all(
    paths: Sequence[Path], size: int, framing: Framing, progress: Progress | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Decode N files in parallel: (n, S, S, 3) uint8 of the n readable photos, and an (N,) bool mask of these.

    Args:
        size: side S in pixels.
        progress: called with (photos done, photos in all); an exception raised by it stops the reading.
    """
    images: np.ndarray = np.empty((len(paths), size, size, 3), dtype=np.uint8)
    readable: np.ndarray = np.zeros(len(paths), dtype=bool)
    pool = ThreadPoolExecutor(max_workers=min(8, os.cpu_count() or 1))  # Pillow releases the GIL while it decodes
    try:
        for i, image in enumerate(pool.map(lambda path: _decode(path, size, framing), paths)):
            if image is not None:
                images[i], readable[i] = image, True
            if progress is not None and ((i + 1) % 32 == 0 or i + 1 == len(paths)):
                progress(i + 1, len(paths))
    finally:
        pool.shutdown(cancel_futures=True)
    return (images if readable.all() else images[readable]), readable


def _decode(path: Path, size: int, framing: Framing) -> np.ndarray | None:
    """Decode one file: (S, S, 3) uint8, or None where it is no readable photo."""
    if framing.inside is not None and not is_inside(path, framing.inside):
        return None
    try:
        with open_ordinary(path) as file, Image.open(file, formats=FORMATS) as photo:
            if photo.width * photo.height > MAX_PIXELS:
                return None
            # a large JPEG is decoded at a fraction of its size, but at least at twice the final size
            side = math.ceil(2 * size / (1 - 2 * framing.margin))
            photo.draft("RGB", (side, side))
            upright = to_rgb(ImageOps.exif_transpose(photo))
            return np.asarray(ImageOps.fit(upright, (size, size), Image.Resampling.BICUBIC, bleed=framing.margin))
    except Exception:  # decoders raise nearly any exception on damaged or hostile bytes: skip and count
        return None


def to_rgb(photo: Image.Image) -> Image.Image:
    """Convert to three channels of 8 bits; 16-bit grey is scaled down, transparent pixels become white."""
    if photo.mode.startswith("I"):
        photo = photo.point(lambda value: value * (1 / 256)).convert("L")
    if not photo.has_transparency_data:
        return photo.convert("RGB")
    white = Image.new("RGBA", photo.size, "white")
    return Image.alpha_composite(white, photo.convert("RGBA")).convert("RGB")
