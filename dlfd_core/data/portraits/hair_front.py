"""Draws the hair over the forehead, by style."""

from __future__ import annotations

import numpy as np

from dlfd_core.data.portraits.canvas import Canvas, Colour, darker, lighter, luminance
from dlfd_core.data.portraits.hair import CAP, draw_cap, draw_curls
from dlfd_core.data.portraits.identity import Identity, hair_now

#: Styles with a cap of hair: hairline, height above the head, lower end at the temples, width beside the head.
CAPS = {
    "long": ("parted", 0.06, 0.1, 0.03),
    "wavy": ("sweep", 0.08, 0.12, 0.04),
    "bob": ("parted", 0.06, 0.2, 0.045),
    "fringe": ("fringe", 0.07, 0.2, 0.03),
    "bowl": ("fringe", 0.06, -0.06, 0.02),
    "bun": ("high", 0.03, -0.06, 0.0),
    "ponytail": ("sweep", 0.04, -0.05, 0.01),
    "pigtails": ("parted", 0.04, -0.1, 0.01),
    "braids": ("parted", 0.04, 0.06, 0.02),
    "pixie": ("jagged", 0.07, 0.0, 0.03),
    "short": ("high", 0.06, -0.1, 0.01),
    "side": ("sweep", 0.09, -0.1, 0.01),
    "quiff": ("peak", 0.12, -0.1, 0.0),
    "spiky": ("jagged", 0.05, -0.12, 0.0),
    "buzz": ("peak", 0.018, -0.1, -0.012),
}


def draw_front(canvas: Canvas, person: Identity) -> None:
    """Draw all hair over the forehead."""
    hair, style = hair_now(person), person.hair_style
    if style == "buzz" and luminance(hair) > 0.6:
        hair = darker(person.skin, 0.25)  # light stubble on the scalp looks like shaded skin
    if style in CAPS:
        line, lift, side_y, puff = CAPS[style]
        draw_cap(canvas, person, hair, line, lift * person.hair_volume, side_y, puff)
    extra = {"spiky": _spikes, "quiff": _quiff, "curly": _curls, "afro": _curls, "balding": _wreath, "tuft": _tuft}
    if style in extra:
        extra[style](canvas, person, hair)
    if style in ("bald", "balding"):
        shine = (-0.3 * person.width, -0.78 * person.height)
        canvas.oval(*shine, 0.11, 0.06, (255, 255, 255), CAP, 0.32, angle=-0.5)


def _spikes(canvas: Canvas, person: Identity, hair: Colour) -> None:
    w, h = person.width, person.height
    for x in np.linspace(-0.8, 0.8, 7):
        y = -h * np.sqrt(1 - 0.75 * x * x)
        tip = (x * w * 1.15, y - 0.15 * person.hair_volume)
        canvas.shape([(x * w - 0.09, y + 0.1), tip, (x * w + 0.09, y + 0.1)], hair, CAP, curved=False)


def _quiff(canvas: Canvas, person: Identity, hair: Colour) -> None:
    h, v, side = person.height, person.hair_volume, [np.sign(person.parting), 1]
    front = [(0.3, -0.62 * h), (0.42, -h - 0.02), (0.2, -h - 0.2 * v)]
    back = [(-0.2, -h - 0.15 * v), (-0.36, -0.85 * h), (-0.1, -0.74 * h)]
    canvas.shape(np.array([*front, *back]) * side, hair, CAP)
    shine = np.array([(0.26, -h - 0.1), (0.05, -h - 0.13), (-0.18, -h - 0.07)]) * side
    canvas.stroke(shine, 0.035, lighter(hair, 0.3), CAP, 0.5)


def _curls(canvas: Canvas, person: Identity, hair: Colour) -> None:
    w, h = person.width, person.height
    rng = np.random.default_rng([*person.seed, 9])
    loose = person.hair_style == "curly"
    size = 0.105 * person.hair_volume if loose else 0.085
    draw_cap(canvas, person, hair, "high", 0.05, -0.12)
    t = np.linspace(0.06 * np.pi, 0.94 * np.pi, 9 if loose else 12)
    low = -0.16 * h - 0.66 * h * np.sin(t) + 0.07 * loose * np.sin(t) - 0.06
    draw_curls(canvas, hair, np.stack([0.86 * w * np.cos(t), low], axis=1), size, CAP, rng)
    t = np.linspace(0.1 * np.pi, 0.9 * np.pi, 8)
    high = -0.3 * h - 0.66 * h * np.sin(t) - 0.04
    draw_curls(canvas, hair, np.stack([0.7 * w * np.cos(t), high], axis=1), size, CAP, rng)


def _wreath(canvas: Canvas, person: Identity, hair: Colour) -> None:
    """Draw the hair at the sides of a bald head."""
    w, h = person.width, person.height
    outer = [(0.95 * w, 0.0), (w + 0.05, -0.02), (w + 0.06, -0.3 * h)]
    inner = [(0.93 * w, -0.62 * h), (0.78 * w, -0.7 * h), (0.88 * w, -0.42 * h)]
    for side in (-1, 1):
        canvas.shape(np.array([*outer, *inner]) * [side, 1], hair, 0.0)
    for x in (-0.12, 0.0, 0.12):
        canvas.stroke([(x - 0.12, -0.9 * h), (x, -h - 0.015), (x + 0.16, -0.92 * h)], 0.018, hair, CAP, 0.6)


def _tuft(canvas: Canvas, person: Identity, hair: Colour) -> None:
    """Draw the thin hair of a baby."""
    w, h = person.width, person.height
    for x, y in ((-0.07, -0.1), (0.02, -0.15), (0.1, -0.08)):
        canvas.stroke([(0, -0.86 * h), (x * 0.7, -h - 0.02), (x, -h + y)], 0.055, hair, CAP, taper=0.9)
    down = [(-0.6, -0.84), (0, -1.008), (0.6, -0.84), (0.3, -0.8), (0, -0.84), (-0.3, -0.8)]
    canvas.shape(np.array(down) * [w, h], hair, CAP, 0.5)
