"""Draws clothes and glasses."""

from __future__ import annotations

import numpy as np

from dlfd_core.data.portraits.canvas import Canvas, Colour, darker, hundredths, lighter, mirrored, mix, ring, smooth
from dlfd_core.data.portraits.head import FACE
from dlfd_core.data.portraits.identity import Identity
from dlfd_core.data.portraits.photo import Photo


def draw_clothes(canvas: Canvas, person: Identity, photo: Photo) -> None:
    """Draw shoulders and collar. Kinds of clothes: tee, V neck, shirt, hoodie, turtleneck, stripes, dungarees."""
    cloth, accent, kind = photo.cloth, photo.cloth_accent, photo.clothing
    wide = 0.86 - 0.17 * person.child - 0.06 * person.feminine
    neck = 0.23 - 0.05 * person.child
    half = [(0, 0.86), (neck, 0.74), (neck + 0.14, 0.76), (wide, 0.93), (wide + 0.14, 1.5), (0, 1.5)]
    body = mirrored(half)
    canvas.shape(body, cloth, None)
    with canvas.clipped(canvas.mask(body, None)):
        if kind == 5:
            for y in (0.84, 0.98, 1.12):
                canvas.stroke([(-1.2, y + 0.03), (0, y + 0.08), (1.2, y + 0.03)], 0.06, accent, None, taper=0)
        side = -np.sign(photo.light) or 1.0
        canvas.oval(side * 0.95, 1.1, 0.5, 0.5, darker(cloth, 0.5), None, 0.25)
        if kind == 6:
            for x in (-1, 1):
                canvas.stroke([(x * 0.34, 0.7), (x * 0.3, 1.3)], 0.13, accent, None, taper=0)
    _collar(canvas, cloth, accent, kind, neck, darker(person.skin, 0.08))


def _collar(canvas: Canvas, cloth: Colour, accent: Colour, kind: int, neck: float, skin: Colour) -> None:
    if kind == 1:
        canvas.shape([(-neck, 0.72), (neck, 0.72), (0.1, 0.92), (0, 1.02), (-0.1, 0.92)], skin, None)
        canvas.stroke(
            [(-neck - 0.01, 0.74), (-0.1, 0.93), (0, 1.03), (0.1, 0.93), (neck + 0.01, 0.74)],
            0.04,
            darker(cloth, 0.25),
            None,
            taper=0.2,
        )
    elif kind == 2:
        for side in (-1, 1):
            flap = [(side * (neck + 0.03), 0.66), (side * 0.02, 0.88), (side * 0.17, 1.02), (side * (neck + 0.13), 0.8)]
            canvas.shape(flap, lighter(cloth, 0.35), None, curved=False)
    elif kind == 3:
        for side in (-1, 1):
            canvas.stroke(
                [(side * (neck + 0.1), 0.66), (side * 0.22, 0.86), (side * 0.04, 0.94)],
                0.14,
                darker(cloth, 0.16),
                None,
                taper=0.5,
            )
            canvas.stroke([(side * 0.1, 0.93), (side * 0.11, 1.1)], 0.026, lighter(cloth, 0.6), None, taper=0)
    elif kind == 4:
        canvas.shape(
            [(-neck, 0.62), (0, 0.68), (neck, 0.62), (neck + 0.03, 0.84), (0, 0.92), (-neck - 0.03, 0.84)],
            darker(cloth, 0.1),
            None,
        )
        canvas.stroke([(-neck, 0.65), (0, 0.71), (neck, 0.65)], 0.02, darker(cloth, 0.35), None, 0.6)
    else:
        canvas.stroke(
            [(-neck - 0.02, 0.735), (-0.12, 0.84), (0, 0.865), (0.12, 0.84), (neck + 0.02, 0.735)],
            0.045,
            accent if kind == 0 else darker(cloth, 0.2),
            None,
            taper=0.2,
        )


def draw_glasses(canvas: Canvas, person: Identity) -> None:
    """Draw glasses: round, square, cat-eye, aviator, half-rim or rimless (hard to see: only a small reflection)."""
    y = person.eye_y + 0.095 * person.child + 0.012
    gap = person.eye_gap + 0.012
    kind, colour = person.frame, person.frame_colour
    width = (0.034, 0.036, 0.032, 0.02, 0.03, 0.011)[kind]
    strength = 1.0 if kind < 5 else 0.55
    depth = FACE + 0.08
    for side in (-1, 1):
        lens = _lens(kind, gap, y) * [side, 1]
        canvas.shape(lens, (226, 240, 250), depth, 0.16, curved=False)
        edge = np.vstack([lens, lens[:2]])
        if kind == 4:
            edge = lens[lens[:, 1] < y + 0.01]
            edge = edge[np.argsort(edge[:, 0])]
        canvas.stroke(edge[:: max(1, len(edge) // 24)], width, colour, depth, strength, taper=0)
        x = side * gap
        canvas.stroke([(x - 0.07, y - 0.02), (x - 0.03, y - 0.075)], 0.026, (255, 255, 255), depth, 0.65)
        canvas.stroke(
            [(side * (gap + 0.14), y - 0.02), (side * (person.width - 0.01), y - 0.01)],
            width,
            mix(colour, darker(person.skin, 0.3), 0.2),
            0.15,
            strength,
            taper=0,
        )
    canvas.stroke(
        [(-gap + 0.135, y - 0.015), (0, y - 0.04), (gap - 0.135, y - 0.015)],
        max(width, 0.018),
        colour,
        depth,
        max(strength, 0.7),
        taper=0,
    )


#: Outlines of the right lens around its centre, by kind of frame; kind 0 is a round ring.
LENSES = {
    1: hundredths(-14, -10, 0, -11, 14, -10, 14.5, 2, 12, 11, 0, 12, -12, 11, -14.5, 2),
    2: hundredths(-13, -7, 0, -10, 17, -14, 15, 0, 10, 10, 0, 11.5, -10, 10, -14, 2),
    3: hundredths(-13.5, -9.5, 0, -10.5, 15, -9, 15, 3, 8, 14.5, 0, 15, -9, 10, -13.5, 0),
    4: hundredths(-14, -8.5, 0, -9.5, 14.5, -8.5, 15, 0, 11, 10, 0, 11.5, -11, 10, -14.5, 0),
    5: hundredths(-12.5, -8.5, 0, -9, 13, -8.5, 14, 0, 10, 8.5, 0, 9.5, -10, 8.5, -13.5, 0),
}


def _lens(kind: int, gap: float, y: float) -> np.ndarray:
    """Outline (n, 2) of the right lens."""
    return ring(gap, y, 0.145, 0.14, count=36) if kind == 0 else smooth(LENSES[kind] + np.array([gap, y]), steps=5)
