"""Packs many small pictures into one WebP image, so that a browser makes one request and decodes one file."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from dlfd_core.types import Sprite


def make_sprite(images: np.ndarray, *, tile: int, columns: int = 32, quality: int = 70) -> Sprite:
    """Pack (n, S, S, 3) uint8 pictures into one sheet of n tiles, row by row, each ``tile`` pixels wide.

    Raises:
        ValueError: no pictures, or a sheet larger than WebP's limit of 16,383 pixels.
    """
    count = len(images)
    if count == 0:
        raise ValueError("a sprite needs at least one picture")
    columns = min(columns, count)
    size = columns * tile, -(-count // columns) * tile
    if max(size) > 16_383:
        raise ValueError(f"{count} tiles of {tile} pixels do not fit one WebP image")
    sheet = Image.new("RGB", size)
    for i, pixels in enumerate(images):
        picture = Image.fromarray(pixels)
        if picture.width != tile:
            picture = picture.resize((tile, tile), Image.Resampling.LANCZOS)
        sheet.paste(picture, (i % columns * tile, i // columns * tile))
    buffer = io.BytesIO()
    sheet.save(buffer, "WEBP", quality=quality, method=2)
    return Sprite(buffer.getvalue(), columns, tile, count)
