"""What people wear: clothes, hats, scarves and glasses."""

from __future__ import annotations

import numpy as np

from dlfd_core.data.portraits.canvas import Canvas, Colour, darker, lighter, mirrored, mix, ring, smooth
from dlfd_core.data.portraits.hair import BACK, CAP
from dlfd_core.data.portraits.head import FACE
from dlfd_core.data.portraits.identity import Identity, hair_now
from dlfd_core.data.portraits.photo import Photo


def draw_clothes(canvas: Canvas, person: Identity, photo: Photo) -> None:
    """Shoulders and collar; kinds: tee, V neck, shirt, hoodie, turtleneck, stripes, dungarees."""
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


def draw_headwear_back(canvas: Canvas, person: Identity) -> None:
    if person.hair_style == "hijab":
        w, h = person.width, person.height
        half = [
            (0, -h - 0.12),
            (0.8 * w, -h - 0.0),
            (w + 0.12, -0.3),
            (w + 0.13, 0.25),
            (w + 0.02, 0.7),
            (0.55, 1.05),
            (0, 1.2),
        ]
        canvas.shape(mirrored(half), darker(person.fabric, 0.12), BACK)


def draw_headwear(canvas: Canvas, person: Identity) -> None:
    """Hijab, turban, cap or hat over the hair."""
    {"hijab": _hijab, "turban": _turban, "cap": _cap, "hat": _hat}.get(person.hair_style, lambda *_: None)(
        canvas, person
    )


def _hijab(canvas: Canvas, person: Identity) -> None:
    w, h, cloth = person.width, person.height, person.fabric
    half = [
        (0, -h - 0.11),
        (0.75 * w, -h - 0.02),
        (w + 0.1, -0.35),
        (w + 0.1, 0.2),
        (0.86 * w, 0.66),
        (0.42, 0.92),
        (0, 1.0),
    ]
    outer, inner = smooth(mirrored(half)), ring(0, 0.05, 0.9 * w, 0.98 * h - 0.02, count=40)
    hole = canvas.mask(inner, 0.05, curved=False).point(lambda v: 255 - v)
    with canvas.clipped(hole):
        canvas.shape(outer, cloth, 0.0, curved=False)
        canvas.stroke(
            [(-0.5 * w, -h + 0.01), (0, -h - 0.045), (0.5 * w, -h + 0.01)], 0.045, lighter(cloth, 0.35), CAP, 0.5
        )
        for side in (-1, 1):
            canvas.stroke(
                [(side * (w + 0.05), 0.15), (side * 0.8 * w, 0.6), (-side * 0.1, 0.86)],
                0.03,
                darker(cloth, 0.35),
                0.0,
                0.5,
            )
        canvas.stroke([(-0.3, 0.7), (0, 0.78), (0.35, 0.66)], 0.03, lighter(cloth, 0.25), 0.0, 0.5)
    canvas.stroke(ring(0, 0.05, 0.9 * w, 0.98 * h - 0.02, count=40)[20:], 0.028, darker(cloth, 0.3), 0.05, 0.6)


def _turban(canvas: Canvas, person: Identity) -> None:
    w, h, cloth = person.width, person.height, person.fabric
    half = [
        (0, -h - 0.26),
        (0.6 * w, -h - 0.2),
        (w + 0.1, -0.78 * h),
        (w + 0.05, -0.28 * h),
        (0.75 * w, -0.42 * h),
        (0.3 * w, -0.62 * h),
        (0, -0.72 * h),
    ]
    canvas.shape(mirrored(half), cloth, CAP)
    for i in range(3):
        y = -0.62 * h - 0.12 * i
        canvas.stroke(
            [(-w - 0.05, y + 0.16), (-0.2 * w, y - 0.07), (0.75 * w, y - 0.19)], 0.024, darker(cloth, 0.35), CAP, 0.6
        )
    canvas.stroke([(-0.4 * w, -h - 0.16), (0.1, -h - 0.2), (0.5 * w, -h - 0.13)], 0.04, lighter(cloth, 0.4), CAP, 0.5)


def _hair_under(canvas: Canvas, person: Identity, bottom: float) -> None:
    w, h = person.width, person.height
    for side in (-1, 1):
        lock = [
            (0.86 * w, -0.5 * h),
            (w + 0.05, -0.45 * h),
            (w + 0.05, bottom - 0.1),
            (w - 0.01, bottom),
            (0.93 * w, -0.1),
        ]
        canvas.shape([(side * x, y) for x, y in lock], hair_now(person), 0.0)


def _cap(canvas: Canvas, person: Identity) -> None:
    w, h, cloth = person.width, person.height, person.fabric
    _hair_under(canvas, person, 0.05)
    canvas.shape(
        mirrored([(0, -h - 0.11), (0.62 * w, -h - 0.04), (w + 0.03, -0.62 * h), (w + 0.02, -0.4 * h), (0, -0.52 * h)]),
        cloth,
        CAP,
    )
    brim = mirrored([(0, -0.72 * h), (0.6 * w, -0.66 * h), (0.93 * w, -0.45 * h), (0.8 * w, -0.36 * h), (0, -0.47 * h)])
    canvas.shape([(x, y + 0.03) for x, y in brim], darker(person.skin, 0.5), FACE, 0.35)
    canvas.shape(brim, darker(cloth, 0.25), FACE)
    canvas.oval(0, -h - 0.11, 0.035, 0.025, darker(cloth, 0.25), CAP)
    canvas.oval(0, -0.86 * h, 0.09, 0.075, lighter(cloth, 0.55), 0.2)


def _hat(canvas: Canvas, person: Identity) -> None:
    """A knitted hat with a turned-up edge and a bobble."""
    w, h, cloth = person.width, person.height, person.fabric
    _hair_under(canvas, person, 0.42)
    canvas.oval(0, -h - 0.17, 0.095, 0.09, lighter(cloth, 0.4), CAP)
    canvas.shape(
        mirrored([(0, -h - 0.13), (0.62 * w, -h - 0.05), (w + 0.05, -0.6 * h), (w + 0.04, -0.42 * h), (0, -0.5 * h)]),
        cloth,
        CAP,
    )
    band = mirrored(
        [
            (0, -0.74 * h),
            (0.7 * w, -0.7 * h),
            (w + 0.06, -0.56 * h),
            (w + 0.055, -0.34 * h),
            (0.6 * w, -0.45 * h),
            (0, -0.49 * h),
        ]
    )
    canvas.shape(band, lighter(cloth, 0.18), CAP)
    for x in np.linspace(-0.85, 0.85, 9):
        canvas.stroke(
            [(x * w, -0.69 * h + 0.1 * x * x), (x * w, -0.5 * h + 0.09 * x * x)],
            0.018,
            darker(cloth, 0.2),
            CAP,
            0.5,
            taper=0.2,
        )


def draw_glasses(canvas: Canvas, person: Identity) -> None:
    """Frames: round, square, cat-eye, aviator, half-rim, rimless (the hard case: hardly more than a glint)."""
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


def _lens(kind: int, gap: float, y: float) -> np.ndarray:
    if kind == 0:
        return ring(gap, y, 0.145, 0.14, count=36)
    boxes = {
        1: [
            (-0.14, -0.1),
            (0, -0.11),
            (0.14, -0.1),
            (0.145, 0.02),
            (0.12, 0.11),
            (0, 0.12),
            (-0.12, 0.11),
            (-0.145, 0.02),
        ],
        2: [(-0.13, -0.07), (0, -0.1), (0.17, -0.14), (0.15, 0.0), (0.1, 0.1), (0, 0.115), (-0.1, 0.1), (-0.14, 0.02)],
        3: [
            (-0.135, -0.095),
            (0, -0.105),
            (0.15, -0.09),
            (0.15, 0.03),
            (0.08, 0.145),
            (0, 0.15),
            (-0.09, 0.1),
            (-0.135, 0.0),
        ],
        4: [
            (-0.14, -0.085),
            (0, -0.095),
            (0.145, -0.085),
            (0.15, 0.0),
            (0.11, 0.1),
            (0, 0.115),
            (-0.11, 0.1),
            (-0.145, 0.0),
        ],
        5: [
            (-0.125, -0.085),
            (0, -0.09),
            (0.13, -0.085),
            (0.14, 0.0),
            (0.1, 0.085),
            (0, 0.095),
            (-0.1, 0.085),
            (-0.135, 0.0),
        ],
    }
    return smooth(np.array(boxes[kind]) + [gap, y], steps=5)
