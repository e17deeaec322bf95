"""Sprite sheets: many small pictures in one image, in order."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from dlfd_core.data.sprites import make_sprite


def test_a_sprite_holds_every_picture_in_order() -> None:
    pictures = np.stack([np.full((8, 8, 3), 20 * i, dtype=np.uint8) for i in range(7)])
    sprite = make_sprite(pictures, tile=16, columns=3, quality=95)
    sheet = np.asarray(Image.open(io.BytesIO(sprite.image)).convert("RGB")).astype(int)
    assert sheet.shape == (48, 48, 3) and (sprite.columns, sprite.tile, sprite.count) == (3, 16, 7)
    for i in range(7):
        row, column = divmod(i, 3)
        assert abs(sheet[row * 16 + 8, column * 16 + 8].mean() - 20 * i) < 4
    with pytest.raises(ValueError, match="at least one"):
        make_sprite(pictures[:0], tile=8)
    with pytest.raises(ValueError, match="do not fit"):
        make_sprite(pictures, tile=9000, columns=7)
