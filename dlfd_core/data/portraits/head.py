"""Draws head, ears, neck, skin and beard."""

from __future__ import annotations

import numpy as np

from dlfd_core.data.portraits.canvas import Canvas, Colour, Points, darker, lighter, luminance, mirrored, mix, ring
from dlfd_core.data.portraits.emotions import Expression
from dlfd_core.data.portraits.identity import Identity, hair_now

#: Depth of parts in front of the head's axis; negative is behind it.
EAR, FACE, NOSE = -0.18, 0.3, 0.42


def outline(person: Identity, jaw: float = 0.0) -> np.ndarray:
    """Control points (n, 2) of the head, clockwise from the top. ``jaw``: how far an open mouth lowers the chin."""
    w, h = person.width, person.height
    drop = 0.03 * max(jaw, 0)
    soft = 0.03 * person.sag
    half = [
        (0, -h),
        (0.63 * w, -0.84 * h),
        (0.95 * w, -0.45 * h),
        (w, 0.0),
        (person.cheek * 0.98 * w, 0.28 * h),
        ((person.jaw + soft) * w, 0.66 * h + drop),
        ((person.chin + soft) * w, 0.93 * h + drop),
        (0, h + drop),
    ]
    return mirrored(half)


def shadow_of(person: Identity) -> Colour:
    """Colour of the skin in shadow: darker and redder, not greyer."""
    return mix(darker(person.skin, 0.3), (150, 60, 50), 0.18)


def draw_neck(canvas: Canvas, person: Identity, light: float) -> None:
    """Draw the neck with the shadow of the chin."""
    half = 0.205 - 0.05 * person.child - 0.025 * person.feminine
    skin = darker(person.skin, 0.07)
    canvas.shape(
        [(-half, 0.3), (half, 0.3), (half, 0.8), (half + 0.25, 1.0), (0, 1.3), (-half - 0.25, 1.0), (-half, 0.8)],
        skin,
        None,
    )
    pose = canvas.pose
    sink = 0.13 + 0.3 * pose.pitch
    edge = person.height * 0.95 + canvas.lift  # the shadow moves with the chin, not with the body
    shade = ring(0.25 * pose.yaw - 0.05 * light, edge, 0.32 * person.width / 0.455, sink, count=24)
    with canvas.clipped(canvas.mask([(-half, 0.3), (half, 0.3), (half, 0.85), (-half, 0.85)], None, curved=False)):
        canvas.shape(shade, shadow_of(person), None, 0.75, curved=False)


def draw_ears(canvas: Canvas, person: Identity) -> None:
    size = person.ear * (1 + 0.12 * person.sag)
    for side in (-1, 1):
        x = side * (person.width + 0.018)
        canvas.oval(x, 0.06, 0.07 * size, 0.115 * size, darker(person.skin, 0.04), EAR, angle=-0.18 * side)
        canvas.oval(x + side * 0.006, 0.06, 0.036 * size, 0.07 * size, shadow_of(person), EAR, 0.55, angle=-0.18 * side)


def draw_earrings(canvas: Canvas, person: Identity) -> None:
    if person.earring is None:
        return
    for side in (-1, 1):
        x, y = side * (person.width + 0.03), 0.06 + 0.14 * person.ear
        if person.seed[1] % 2:
            canvas.oval(x, y + 0.04, 0.045, 0.055, darker(person.earring, 0.25), EAR)
            canvas.oval(x, y + 0.035, 0.026, 0.036, darker(person.skin, 0.12), EAR)
        else:
            canvas.oval(x, y, 0.03, 0.03, person.earring, EAR)
            canvas.oval(x - 0.008, y - 0.008, 0.011, 0.011, (255, 255, 255), EAR, 0.9)


def draw_head(canvas: Canvas, person: Identity, face: Expression, light: float) -> None:
    """Draw the head with light and shadow, cheeks, spots, wrinkles and beard."""
    shape = outline(person, face.jaw)
    canvas.shape(shape, person.skin)
    with canvas.clipped(canvas.mask(shape)):
        side = -np.sign(light) or 1.0
        strength = 0.22 + 0.3 * abs(light)
        away = side * person.width
        canvas.oval(away * 1.18, 0.12, 0.36, 0.85, shadow_of(person), 0.0, 0.33 * strength)
        canvas.oval(away * 1.30, 0.14, 0.36, 0.85, shadow_of(person), 0.0, 0.5 * strength)
        canvas.oval(-away * 0.45, -0.3, 0.25, 0.2, lighter(person.skin, 0.4), FACE, 0.15)
        _cheeks(canvas, person, face)
        _spots(canvas, person)
        draw_lines(canvas, person, face)
        _beard(canvas, person, face)


def _cheeks(canvas: Canvas, person: Identity, face: Expression) -> None:
    glow = mix(person.skin, (226, 70, 62), 0.6)
    strength = (0.45 + 0.6 * luminance(person.skin)) * person.blush + 0.18 * person.child + 0.1 * max(face.squint, 0)
    for x in (-1, 1):
        for share in (1.0, 0.7):
            canvas.oval(x * 0.265, 0.2 - 0.02 * face.squint, 0.125 * share, 0.085 * share, glow, FACE, 0.5 * strength)


def _spots(canvas: Canvas, person: Identity) -> None:
    rng = np.random.default_rng([*person.seed, 7])
    if person.freckles:
        for x, y in rng.normal([0, 0.13], [0.2, 0.055], (round(46 * person.freckles), 2)):
            size = rng.uniform(0.007, 0.012)
            canvas.oval(x, y, size, size, mix(person.skin, (140, 66, 34), 0.75), FACE, 0.7)
    for x, y in person.moles:
        canvas.oval(x, y, 0.015, 0.014, mix(person.skin, (52, 26, 22), 0.85), FACE)
    if 2.2 < person.look < 3.3:  # a teenager's skin
        for x, y in rng.uniform([-0.34, -0.36], [0.34, 0.42], (rng.integers(3, 8), 2)):
            canvas.oval(x, y, 0.015, 0.015, mix(person.skin, (206, 62, 62), 0.7), FACE, 0.7)
    if person.sag > 0.3:  # age spots
        for x, y in rng.uniform([-0.38, -0.45], [0.38, 0.2], (round(7 * person.sag), 2)):
            canvas.oval(x, y, rng.uniform(0.012, 0.026), 0.014, mix(person.skin, (116, 66, 38), 0.6), FACE, 0.45)


def draw_lines(canvas: Canvas, person: Identity, face: Expression) -> None:
    """Draw wrinkles: by age, and deeper where the expression creases the skin."""
    tone = mix(darker(person.skin, 0.45), (120, 44, 36), 0.3)
    if luminance(person.skin) < 0.35:
        tone = darker(person.skin, 0.6)
    age = person.lines

    def crease(points: Points, amount: float, width: float = 0.02) -> None:
        if amount > 0.04:
            canvas.stroke(points, 1.2 * width, tone, FACE, min(amount, 0.95))

    raised = max(face.inner + face.outer, 0) / 2
    for row in range(3):
        y = -0.315 - 0.075 * row + 0.02 * person.brow_y
        reach = 0.24 - 0.035 * row
        crease(
            [(-reach, y + 0.012), (0, y - 0.01), (reach, y + 0.012)],
            1.15 * (age - 0.17 * row) + 0.3 * raised * (age > 0.1),
        )
    for side in (-1, 1):
        smile = 0.35 * max(face.corner, face.sneer, 0)
        crease(
            [(side * 0.115, 0.165), (side * 0.185, 0.24), (side * 0.215, 0.34)],
            0.85 * age + (0.25 + age) * smile,
            0.022,
        )
        x = person.eye_gap + 0.135
        for turn in (-0.035, 0.0, 0.035):
            start = (side * x, person.eye_y + 0.4 * turn)
            crease(
                [start, (side * (x + 0.075), person.eye_y + 1.7 * turn)],
                0.85 * age + 0.3 * age * face.squint - 0.12,
                0.014,
            )
        under = person.eye_y + 0.105
        crease(
            [(side * 0.11, under - 0.01), (side * 0.19, under + 0.022), (side * 0.28, under - 0.012)],
            0.9 * person.sag + 0.2 * age,
            0.02,
        )
        crease([(side * 0.235, 0.40), (side * 0.25, 0.47), (side * 0.235, 0.53)], 0.8 * person.sag, 0.022)
        crease([(side * 0.028, -0.2), (side * 0.034, -0.12)], 0.75 * max(face.furrow, 0) + 0.35 * age, 0.02)
        if face.sneer > 0.3:
            crease([(side * 0.03, -0.01), (side * 0.075, 0.04)], 0.6 * face.sneer, 0.018)


def _beard(canvas: Canvas, person: Identity, face: Expression) -> None:
    """Draw the hair on cheeks and chin; the moustache covers the mouth and is drawn after it, in ``mouth``."""
    if person.beard in ("none", "moustache"):
        return
    hair = hair_now(person)
    w, h = person.width, person.height
    drop = 0.03 * max(face.jaw, 0)
    top, inner = {"goatee": (0.4, 0.42)}.get(person.beard, (0.02, 0.8))
    half = [(inner * w, top * h), (1.1 * w, top * h - 0.05), (1.1 * w, h + 0.3), (0, h + 0.3)]
    if person.beard == "goatee":
        half = [(0.1 * w, 0.5 * h), (0.4 * w, 0.55 * h), (0.42 * w, 0.8 * h), (0.3 * w, 1.2 * h), (0, 1.25 * h)]
        canvas.shape(mirrored([(0, 0.72 * h + drop), *half[1:]]), hair, 0.2, 0.95)
        return
    alpha = 0.3 if person.beard == "stubble" else 0.96
    right = [
        (1.1 * w, 0.0),
        (1.1 * w, h + 0.2),
        (0, h + 0.2),
        (0, 0.46 * h + drop),
        (0.3 * w, 0.4 * h),
        (0.62 * w, 0.42 * h),
        (0.86 * w, 0.2 * h),
    ]
    for side in (1, -1):
        canvas.shape(np.array(right) * [side, 1], hair, 0.12, alpha, curved=False)


def draw_long_beard(canvas: Canvas, person: Identity, face: Expression) -> None:
    """Draw the part of a beard below the chin."""
    if person.beard not in ("full", "long"):
        return
    w, h = person.width, person.height
    length = 0.10 if person.beard == "full" else 0.34
    drop = 0.03 * max(face.jaw, 0)
    half = [(0, 0.5 * h), (0.9 * w, 0.3 * h), (0.86 * w, 0.7 * h), (0.5 * w, h + 0.55 * length), (0, h + length + drop)]
    canvas.shape(mirrored(half), darker(hair_now(person), 0.12), 0.0)
