"""Renders one photo of one person, layer by layer from back to front."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from dlfd_core.data.portraits.canvas import Canvas, darker, lighter, mix
from dlfd_core.data.portraits.face import draw_face
from dlfd_core.data.portraits.hair_back import FALLING, draw_back, draw_locks
from dlfd_core.data.portraits.hair_front import draw_front
from dlfd_core.data.portraits.head import draw_earrings, draw_ears, draw_head, draw_long_beard, draw_neck
from dlfd_core.data.portraits.headwear import draw_headwear, draw_headwear_back
from dlfd_core.data.portraits.identity import Identity
from dlfd_core.data.portraits.photo import Photo
from dlfd_core.data.portraits.wear import draw_clothes, draw_glasses


def render(person: Identity, photo: Photo, size: int) -> np.ndarray:
    """Render the photo -> (size, size, 3) uint8 RGB."""
    canvas = Canvas(size, photo.pose)
    _backdrop(canvas, photo)
    canvas.lift = 0.6 - person.height
    draw_headwear_back(canvas, person)
    draw_back(canvas, person)
    draw_neck(canvas, person, photo.light)
    draw_clothes(canvas, person, photo)
    draw_ears(canvas, person)
    draw_long_beard(canvas, person, photo.expression)
    draw_head(canvas, person, photo.expression, photo.light)
    draw_face(canvas, person, photo.expression, photo.gaze)
    draw_locks(canvas, person)
    draw_front(canvas, person)
    draw_headwear(canvas, person)
    if person.hair_style not in ("hijab", *FALLING):
        draw_earrings(canvas, person)
    if photo.glasses:
        draw_glasses(canvas, person)
    return _develop(canvas, photo)


def _backdrop(canvas: Canvas, photo: Photo) -> None:
    """Draw the background: a wall with a brightness gradient, and for most kinds shapes in soft colours."""
    rng = np.random.default_rng(photo.sparkle)
    room, accent, side = photo.room, mix(photo.room_accent, photo.room, 0.45), canvas.side
    ramp = np.linspace(0, 1, side)[:, None, None]
    top, bottom = np.array(lighter(room, 0.2)), np.array(darker(room, 0.08))
    wall = np.broadcast_to(top + (bottom - top) * ramp, (side, side, 3))
    canvas.image.paste(Image.fromarray(wall.astype(np.uint8)))
    flat = [(-2.0, -2.0), (2.0, -2.0), (2.0, 2.0), (-2.0, 2.0)]
    if photo.backdrop == 1:
        canvas.oval(rng.uniform(-0.4, 0.4), -0.1, 0.85, 0.85, accent, None, 0.8)
    elif photo.backdrop == 2:
        for x in np.arange(-1.2, 1.3, 0.5) + rng.uniform(0, 0.3):
            canvas.shape([(x, -2), (x + 0.25, -2), (x - 0.05, 2), (x - 0.3, 2)], accent, None, 0.6, curved=False)
    elif photo.backdrop == 3:
        for x, y in rng.uniform(-1, 1, (9, 2)):
            r = rng.uniform(0.08, 0.28)
            canvas.oval(x, y, r, r, lighter(accent, rng.uniform(0, 0.6)), None, 0.5)
    elif photo.backdrop == 4:
        canvas.shape(
            [(-2.0, -2.0), (rng.uniform(-0.3, 0.6), -2.0), (rng.uniform(-0.6, 0.3), 2.0), (-2.0, 2.0)],
            accent,
            None,
            0.75,
            curved=False,
        )
    elif photo.backdrop == 5:
        canvas.shape(flat, (188, 220, 242), None, 0.8, curved=False)
        for x in (-0.8, 0.0, 0.9):
            canvas.oval(
                x + rng.uniform(-0.2, 0.2), 0.95, 0.65, rng.uniform(0.6, 0.85), mix((112, 168, 108), accent, 0.3), None
            )
    elif photo.backdrop == 6:
        x, y = rng.choice([-0.62, 0.62]), rng.uniform(-0.6, -0.3)
        canvas.shape(
            [(x - 0.36, y - 0.4), (x + 0.36, y - 0.4), (x + 0.36, y + 0.45), (x - 0.36, y + 0.45)],
            lighter(accent, 0.5),
            None,
            curved=False,
        )
        canvas.shape(
            [(x - 0.29, y - 0.33), (x + 0.29, y - 0.33), (x + 0.29, y + 0.38), (x - 0.29, y + 0.38)],
            mix((176, 214, 238), accent, 0.3),
            None,
            curved=False,
        )
        canvas.stroke([(x, y - 0.35), (x, y + 0.4)], 0.05, lighter(accent, 0.5), None, taper=0)


def _develop(canvas: Canvas, photo: Photo) -> np.ndarray:
    """Resize to the final size, then apply the light, blur and noise of the photo."""
    size = canvas.size
    image = canvas.image.resize((size, size), Image.Resampling.BOX if photo.blur else Image.Resampling.LANCZOS)
    if photo.blur:
        image = image.filter(ImageFilter.GaussianBlur(photo.blur * size / 64))
    pixels = np.asarray(image).astype(np.float32)
    x = np.linspace(-1, 1, size, dtype=np.float32)[None, :, None]
    lit = photo.brightness * (1 + 0.09 * photo.light * x)
    tint = 1 + 0.035 * photo.warmth * np.array([1.0, 0.1, -1.0], dtype=np.float32)
    pixels = pixels * lit * tint
    if photo.noise:
        rng = np.random.default_rng([photo.sparkle, 1])
        pixels += rng.normal(0, photo.noise, (size, size, 1))
    return np.clip(np.round(pixels), 0, 255).astype(np.uint8)
