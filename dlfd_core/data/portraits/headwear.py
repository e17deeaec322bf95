"""Draws headwear: hijab, turban, cap and knitted hat."""

from __future__ import annotations

import numpy as np

from dlfd_core.data.portraits.canvas import Canvas, darker, lighter, mirrored, ring, smooth
from dlfd_core.data.portraits.hair import BACK, CAP
from dlfd_core.data.portraits.head import FACE
from dlfd_core.data.portraits.identity import Identity, hair_now


def draw_headwear_back(canvas: Canvas, person: Identity) -> None:
    """Draw the part of a hijab behind the head."""
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
    """Draw a hijab, turban, cap or hat over the hair, if the person wears one."""
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
    """Draw a knitted hat with a turned-up edge and a bobble."""
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
