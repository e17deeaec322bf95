"""Draws the mouth: lips, teeth and the moustache above."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlfd_core.data.portraits.canvas import Canvas, Colour, darker, luminance, mix
from dlfd_core.data.portraits.emotions import Expression
from dlfd_core.data.portraits.head import FACE, shadow_of
from dlfd_core.data.portraits.identity import Identity, hair_now

INK: Colour = (44, 28, 34)
TEETH: Colour = (252, 248, 240)
GUMS: Colour = (122, 32, 44)
XY = list[tuple[float, float]]


@dataclass(frozen=True)
class _Shape:
    """Geometry of the mouth: half width, opening and outlines.

    Attributes:
        top: lower edge of the upper lip, left to right. low: upper edge of the lower lip, right to left.
        upper: upper edge of the upper lip, left to right. under: lower edge of the lower lip, right to left.
    """

    width: float
    opening: float
    top: XY
    low: XY
    upper: XY
    under: XY


def _shape(person: Identity, face: Expression) -> _Shape:
    kid, skew = person.child, face.skew
    w = person.mouth_width * (1 - 0.14 * kid) * float(np.clip(1 + 0.26 * face.wide, 0.55, 1.5))
    y = person.mouth_y + 0.02 * kid + 0.005 * face.jaw
    rise, sneer = 0.062 * face.corner, 0.045 * max(face.sneer, 0)
    jaw = 0.135 * max(face.jaw, 0) + 0.03 * max(face.teeth - 0.45, 0)
    left, right = (-w, y - rise * (1 + 0.5 * skew)), (w, y - rise * (1 - 0.5 * skew))
    mid = y + 0.45 * rise
    edge, deep = mid - 0.12 * rise - 0.35 * jaw, mid + 0.25 * rise + 0.52 * jaw
    middle = (0.0, mid - 0.35 * jaw - sneer)
    top = [left, (-0.5 * w, edge - sneer * (1 + skew)), middle, (0.5 * w, edge - sneer * (1 - skew)), right]
    low = [right, (0.55 * w, deep), (0.0, mid + 0.35 * rise + 0.72 * jaw), (-0.55 * w, deep), left]
    if jaw < 0.012:  # closed: upper and lower lip meet in one line
        jaw, low = 0.0, top[::-1]
    full = person.lip * (1 - 0.35 * person.lines)
    bow, plump = 0.026 * full, 0.036 * full
    peak = middle[1] - 1.35 * bow
    crest = [(-0.45 * w, top[1][1] - bow), (-0.12 * w, peak), (0.0, middle[1] - bow), (0.12 * w, peak)]
    upper = [left, *crest, (0.45 * w, top[3][1] - bow), right]
    under = [right, (0.5 * w, low[1][1] + plump), (0, low[2][1] + 1.25 * plump), (-0.5 * w, low[3][1] + plump), left]
    return _Shape(w, jaw, top, low, upper, under)


def draw_mouth(canvas: Canvas, person: Identity, face: Expression) -> None:
    """Draw the lips, the inside of an open mouth, and the moustache."""
    shape = _shape(person, face)
    lip = person.lipstick or _natural_lip(person)
    strength = 0.95 if person.lipstick else 0.72
    chin = shape.under[2][1] + 0.03
    dent = [(-0.5 * shape.width, chin), (0, chin + 0.008), (0.5 * shape.width, chin)]
    canvas.stroke(dent, 0.02, shadow_of(person), FACE, 0.4)
    canvas.shape([*shape.upper, *shape.top[3:0:-1]], darker(lip, 0.1), FACE, strength)
    canvas.shape([*shape.under, *shape.low[3:0:-1]], lip, FACE, strength)
    if shape.opening:
        _inside(canvas, face, shape)
    line = mix(darker(lip, 0.62), INK, 0.35)
    canvas.stroke(shape.top, 0.022, line, FACE, 0.95, taper=0.35)
    if abs(face.corner) > 0.3:
        turn = 0.016 * np.sign(face.corner)
        for side, (x, y) in ((-1, shape.top[0]), (1, shape.top[-1])):
            canvas.stroke([(x - side * 0.006, y + 0.014), (x + side * 0.014, y - turn)], 0.018, line, FACE, 0.7)
    if person.beard not in ("none", "stubble"):
        _moustache(canvas, person, shape)


def _natural_lip(person: Identity) -> Colour:
    """Colour of lips without lipstick; deep skin needs a stronger rose for the lips to be visible at 64 pixels."""
    return mix(darker(person.skin, 0.16), (198, 84, 90), 0.42 + 0.2 * (luminance(person.skin) < 0.4))


def _inside(canvas: Canvas, face: Expression, shape: _Shape) -> None:
    """Draw the dark inside, the tongue and the teeth of an open mouth."""
    opening = [*shape.top, *shape.low[1:-1]]
    canvas.shape(opening, GUMS, FACE)
    with canvas.clipped(canvas.mask(opening, FACE)):
        canvas.oval(0, shape.low[2][1] + 0.01, 0.6 * shape.width, 0.42 * shape.opening, (220, 104, 104), FACE)
        if face.teeth > 0.2:
            height = shape.opening * float(np.clip(0.4 + 0.3 * face.teeth, 0.3, 0.85)) + 0.016
            canvas.shape([*shape.top, *[(x * 0.97, y + height) for x, y in shape.top[::-1]]], TEETH, FACE)
        if face.teeth > 0.3 and face.corner < 0:  # teeth bared without a smile: the lower row is visible too
            rim = [(x * 0.97, y - 0.36 * shape.opening) for x, y in shape.low[::-1]]
            canvas.shape([*shape.low, *rim], TEETH, FACE)


def _moustache(canvas: Canvas, person: Identity, shape: _Shape) -> None:
    hair = mix(hair_now(person), darker(hair_now(person), 0.3), 0.4)
    w, y = shape.width, shape.top[2][1]
    for side, (x, end) in ((-1, shape.top[0]), (1, shape.top[-1])):
        wing = [(0, y - 0.07), (side * 0.45 * w, y - 0.068), (x + side * 0.028, end - 0.004)]
        canvas.shape([*wing, (side * 0.5 * w, y - 0.022), (0, y - 0.026)], hair, FACE + 0.03, 0.97)
