"""Draws the hair behind the head and the locks in front of the shoulders."""

from __future__ import annotations

import numpy as np

from dlfd_core.data.portraits.canvas import Canvas, Colour, darker, hundredths, lighter, ring
from dlfd_core.data.portraits.hair import BACK, XY, draw_curls
from dlfd_core.data.portraits.identity import Identity, hair_now

#: Styles with hair that falls down: lower end, widening per length, wave.
FALLING = {"long": (0.82, 0.03, 0.0), "wavy": (0.78, 0.08, 0.03), "bob": (0.36, 0.09, 0.0), "fringe": (0.5, 0.05, 0.0)}


def _fall(person: Identity, bottom: float, flare: float, wave: float = 0.0) -> XY:
    """Outline of hair that falls down behind the head."""
    w, h = person.width, person.height
    wide = w + 0.075 * person.hair_volume
    steps = np.linspace(-0.3, bottom, 6)
    right = [(wide + flare * (y + 0.3) + wave * (-1) ** i, y) for i, y in enumerate(steps)]
    top = [(0.72 * w, -0.95 * h - 0.05)]
    return [
        (0, -h - 0.07),
        *top,
        *right,
        (0, bottom + 0.03),
        *[(-x, y) for x, y in right[::-1]],
        *[(-x, y) for x, y in top],
    ]


def draw_back(canvas: Canvas, person: Identity) -> None:
    """Draw all hair behind the head."""
    hair, v = darker(hair_now(person), 0.2), person.hair_volume
    style = person.hair_style
    if style in FALLING:
        bottom, flare, wave = FALLING[style]
        canvas.shape(_fall(person, bottom, flare * v, wave), hair, BACK)
    elif style in ("afro", "curly"):
        _curls(canvas, person, hair)
    elif style == "bun":
        top = -person.height
        canvas.oval(0, top - 0.13, 0.19 * v, 0.165 * v, hair, BACK)
        canvas.stroke([(-0.1, top - 0.16), (0.0, top - 0.22), (0.1, top - 0.17)], 0.03, lighter(hair, 0.25), BACK, 0.6)
    elif style == "ponytail":
        tail = hundredths(25, -60, 50, -62, 68, -30, 66, 20, 55, 50, 50, 10, 40, -30)
        canvas.shape(tail * [np.sign(person.parting), 1], hair, BACK)
    elif style in ("pigtails", "braids"):
        for side in (-1, 1):
            (_pigtail if style == "pigtails" else _braid)(canvas, person, hair, side)


def _curls(canvas: Canvas, person: Identity, hair: Colour) -> None:
    w, h, v = person.width, person.height, person.hair_volume
    rng = np.random.default_rng([*person.seed, 8])
    if person.hair_style == "afro":
        puff = v**0.5
        canvas.oval(0, -0.22, (w + 0.24) * puff, (h + 0.08) * puff, hair, BACK)
        draw_curls(canvas, hair, ring(0, -0.22, (w + 0.17) * puff, (h + 0.02) * puff, count=22), 0.12, BACK, rng)
        return
    low = 0.5 if person.feminine else 0.12
    angles = np.linspace(-0.28 * np.pi, 1.28 * np.pi, 19)
    reach = np.where(np.sin(angles) < 0, low, 1)
    ringlets = np.stack([(w + 0.07) * np.cos(angles), -0.1 - (h - 0.06) * np.sin(angles) * reach], axis=1)
    canvas.shape(_fall(person, low, 0.02), hair, BACK)
    draw_curls(canvas, hair, ringlets, 0.11 * v, BACK, rng)


def _pigtail(canvas: Canvas, person: Identity, hair: Colour, side: int) -> None:
    canvas.shape(hundredths(42, -34, 62, -44, 78, -20, 74, 14, 64, 30, 56, 5) * [side, 1], hair, BACK)
    canvas.oval(side * 0.5, -0.36, 0.055, 0.06, person.fabric, BACK)


def _braid(canvas: Canvas, person: Identity, hair: Colour, side: int) -> None:
    x = person.width + 0.06
    for i, y in enumerate(np.linspace(0.02, 0.8, 7)):
        tone = darker(hair, 0.1 * (i % 2))
        canvas.oval(side * (x + 0.012 * (-1) ** i), y, 0.085 - 0.004 * i, 0.075, tone, BACK)
    canvas.oval(side * x, 0.87, 0.05, 0.035, person.fabric, BACK)


def draw_locks(canvas: Canvas, person: Identity) -> None:
    """Draw the hair that falls beside the cheeks and in front of the shoulders."""
    hair, w = hair_now(person), person.width
    if person.hair_style not in FALLING:
        return
    bottom, _, wave = FALLING[person.hair_style]
    for side in (-1, 1):
        ys = np.linspace(-0.2, bottom, 6)
        outer = [(w + 0.075 * person.hair_volume + wave * (-1) ** i, y) for i, y in enumerate(ys)]
        inner = [(w - 0.055 + 0.045 * i / 5 + wave * (-1) ** i, y) for i, y in enumerate(ys)]
        inner[-1] = (inner[-1][0] + 0.03, bottom - 0.05)
        canvas.shape([(side * x, y) for x, y in [*outer, *inner[::-1]]], hair, 0.0)
        canvas.stroke([(side * (x - 0.04), y) for x, y in outer[1:-1]], 0.016, darker(hair, 0.3), 0.0, 0.45)
