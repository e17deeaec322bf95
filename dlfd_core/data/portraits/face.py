"""Draws the face: eyes, brows and nose, and the mouth from ``mouth``."""

from __future__ import annotations

import numpy as np

from dlfd_core.data.portraits.canvas import Canvas, darker, lighter, luminance, mix
from dlfd_core.data.portraits.emotions import Expression
from dlfd_core.data.portraits.head import FACE, NOSE, shadow_of
from dlfd_core.data.portraits.identity import Identity, hair_now
from dlfd_core.data.portraits.mouth import INK, draw_mouth


def draw_face(canvas: Canvas, person: Identity, face: Expression, gaze: tuple[float, float]) -> None:
    """Draw eyes, nose, mouth and brows, in this order."""
    for side in (-1, 1):
        _eye(canvas, person, face, side, gaze)
    _nose(canvas, person, face)
    draw_mouth(canvas, person, face)
    for side in (-1, 1):
        _brow(canvas, person, face, side)


def _eye_y(person: Identity) -> float:
    return person.eye_y + 0.095 * person.child


def _eye(canvas: Canvas, person: Identity, face: Expression, side: int, gaze: tuple[float, float]) -> None:
    grown = person.eye_size * (1 + 0.38 * person.child)
    x, y = side * (person.eye_gap + 0.022 * person.child), _eye_y(person)
    w = 0.112 * grown
    droop = 0.24 * person.sag
    upper = (
        0.074
        * grown
        * float(np.clip(1 + 0.6 * face.lids - 0.25 * face.squint - droop - 0.2 * max(face.furrow, 0), 0.22, 1.7))
    )
    lower = 0.052 * grown * float(np.clip(1 + 0.3 * face.lids - 0.85 * face.squint, -0.12, 1.5))
    tilt = side * (person.eye_tilt - 0.10 * person.sag) * 0.5 * w
    slant = 0.25 * w * float(np.clip(-face.inner * 0.5 + face.outer * 0.4, -0.6, 0.6))  # the lids follow the brows
    inner, outer = (
        (x - side * w, y + abs(tilt) * np.sign(person.eye_tilt) * 0.5),
        (x + side * w, y - side * tilt - slant * 0.5),
    )
    top = [inner, (x - side * 0.45 * w, y - 0.86 * upper + slant), (x + side * 0.25 * w, y - upper), outer]
    bottom = [outer, (x + side * 0.4 * w, y + 0.9 * lower), (x - side * 0.3 * w, y + lower)]
    almond = [*top, *bottom]
    canvas.oval(x, y - 0.01, 1.22 * w, 1.35 * upper + 0.01, shadow_of(person), FACE, 0.16)
    canvas.shape(almond, (250, 247, 243), FACE)
    with canvas.clipped(canvas.mask(almond, FACE)):
        _iris(canvas, person, x + 0.3 * w * gaze[0], y - 0.008 + 0.2 * upper * gaze[1], grown)
        canvas.stroke([(px, py + 0.012) for px, py in top], 0.03, darker(person.skin, 0.6), FACE, 0.35, taper=0.3)
    lid = INK if luminance(person.skin) > 0.3 else (26, 16, 20)
    canvas.stroke(top, 0.024 + 0.016 * person.lashes, lid, FACE, taper=0.35)
    canvas.stroke([top[-1], *bottom, top[0]], 0.012, shadow_of(person), FACE, 0.8)
    if person.lashes > 0.35:
        for share in (0.0, 0.5):
            px, py = outer[0] - side * share * 0.4 * w, outer[1] - share * 0.75 * upper
            canvas.stroke(
                [(px, py), (px + side * 0.042, py - 0.035)], 0.016 * (0.7 + person.lashes), lid, FACE, taper=0.6
            )
    fold = upper + 0.028 - 0.02 * face.lids
    canvas.stroke(
        [(x - side * 0.7 * w, y - 0.62 * fold), (x, y - fold), (x + side * 0.9 * w, y - 0.45 * fold)],
        0.014,
        shadow_of(person),
        FACE,
        0.55,
    )
    if face.squint > 0.35:
        canvas.stroke(
            [(x - side * 0.7 * w, y + 0.05), (x, y + 0.068), (x + side * 0.8 * w, y + 0.042)],
            0.014,
            shadow_of(person),
            FACE,
            0.6,
        )


def _iris(canvas: Canvas, person: Identity, x: float, y: float, grown: float) -> None:
    r = 0.062 * grown * (1 + 0.06 * person.child)
    canvas.oval(x, y, r, r, darker(person.iris, 0.45), FACE)
    canvas.oval(x, y + 0.008, 0.8 * r, 0.8 * r, person.iris, FACE)
    canvas.oval(x, y + 0.02, 0.55 * r, 0.45 * r, lighter(person.iris, 0.3), FACE, 0.8)
    canvas.oval(x, y, 0.46 * r, 0.46 * r, (18, 12, 16), FACE)
    canvas.oval(x - 0.34 * r, y - 0.36 * r, 0.27 * r, 0.27 * r, (255, 255, 255), FACE)


def _brow(canvas: Canvas, person: Identity, face: Expression, side: int) -> None:
    hair = hair_now(person)
    colour = mix(darker(hair, 0.3), darker(person.skin, 0.55), 0.3 if luminance(hair) < 0.7 else 0.5)
    if person.grey > 0.6:
        colour = mix(hair, darker(person.skin, 0.4), 0.25)
    y = _eye_y(person) - 0.165 + person.brow_y - 0.02 * person.child
    close = 0.028 * max(face.furrow, 0)
    reach = person.brow_length
    inner = (side * (0.082 - close), y - 0.062 * face.inner + 0.01)
    middle = (side * 0.19 * (0.5 + 0.5 * reach), y - 0.05 * (0.5 * face.inner + 0.5 * face.outer) - person.brow_arch)
    outer = (side * 0.312 * reach, y - 0.06 * face.outer + 0.03)
    width = 0.038 * person.brow_weight * (1 - 0.3 * person.child)
    canvas.stroke([inner, middle, outer], width, colour, FACE, 0.96, taper=0.62)


def _nose(canvas: Canvas, person: Identity, face: Expression) -> None:
    kid = person.child
    w = 0.078 * person.nose_width * (1 - 0.3 * kid) * (1 + 0.1 * person.sag) * (1 + 0.1 * max(face.sneer, 0))
    tip = 0.17 + 0.05 * kid * 0.5 + 0.035 * (person.nose_length - 1) - 0.018 * max(face.sneer, 0)
    top = tip - 0.2 * person.nose_length * (1 - 0.45 * kid)
    shade, light = shadow_of(person), lighter(person.skin, 0.45)
    side = 1 if canvas.pose.yaw >= 0 else -1
    canvas.shape(
        [
            (-w, tip),
            (-0.3 * w, tip - 0.07),
            (0.3 * w, tip - 0.07),
            (w, tip),
            (0.5 * w, tip + 0.035),
            (-0.5 * w, tip + 0.035),
        ],
        darker(person.skin, 0.1),
        NOSE,
        0.55,
    )
    if person.nose_kind != 1:
        canvas.stroke(
            [(side * 0.035, top), (side * 0.045, (top + tip) / 2), (side * 0.9 * w, tip)],
            0.02,
            shade,
            NOSE,
            0.6,
            taper=0.8,
        )
    canvas.stroke(
        [(-w, tip - 0.006), (-0.75 * w, tip + 0.026), (0, tip + 0.04), (0.75 * w, tip + 0.026), (w, tip - 0.006)],
        0.022,
        shade,
        NOSE,
        0.95,
        taper=0.6,
    )
    if person.nose_kind >= 2:
        for x in (-0.42, 0.42):
            canvas.oval(x * w, tip + 0.022, 0.017, 0.011, darker(person.skin, 0.62), NOSE, 0.8)
    canvas.oval(-side * 0.01, tip - 0.035, 0.024, 0.03, light, NOSE, 0.5)
