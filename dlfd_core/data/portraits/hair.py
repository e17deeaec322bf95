"""Hair: a part behind the head, and a cap in front of it that ends in a hairline."""

from __future__ import annotations

import numpy as np

from dlfd_core.data.portraits.canvas import Canvas, Colour, darker, lighter, luminance, ring
from dlfd_core.data.portraits.identity import Identity, hair_now

#: Depth of the hair above the forehead: turns with the face, a little less.
CAP, BACK = 0.1, -0.22
XY = list[tuple[float, float]]


def _crown(person: Identity, lift: float, side_y: float, puff: float = 0.0) -> XY:
    """Outer edge of the cap, from the left temple over the top to the right one."""
    w, h = person.width, person.height
    half = [
        (w + 0.018 + puff, side_y),
        (0.99 * w + 0.035 + puff, -0.42 * h),
        (0.67 * w + 0.6 * puff, -0.84 * h - 0.72 * lift),
    ]
    return [*[(-x, y) for x, y in half], (0, -h - lift), *half[::-1]]


def _hairline(person: Identity, style: str) -> XY:
    """Lower edge of the cap, from the right temple to the left one."""
    w, h, s = person.width, person.height, person.parting
    up = -0.66 * h + 0.03 * person.child
    temple = [(0.93 * w, -0.16 * h), (0.84 * w, -0.44 * h)]
    rest = {
        "fringe": [(0.9 * w, -0.32 * h), (0.5 * w, -0.33 * h), (0, -0.355 * h), (-0.5 * w, -0.33 * h), (-0.9 * w, -0.32 * h)],
        "sweep": [(0.45 * w * s / abs(s) + 0.2 * w, up), (s * w, up - 0.05), (-0.5 * w * s / abs(s), -0.44 * h)],
        "parted": [(0.62 * w, -0.6 * h), (s * 0.5 * w, -0.83 * h), (-0.62 * w, -0.6 * h)],
        "high": [(0.5 * w, up - 0.03), (0, up - 0.06), (-0.5 * w, up - 0.03)],
        "peak": [(0.5 * w, up - 0.05), (0, up + 0.02), (-0.5 * w, up - 0.05)],
        "jagged": [(0.62 * w, -0.5 * h), (0.4 * w, -0.62 * h), (0.2 * w, -0.46 * h), (0, -0.6 * h), (-0.24 * w, -0.45 * h), (-0.45 * w, -0.6 * h), (-0.65 * w, -0.48 * h)],
    }[style]  # fmt: skip
    if style == "sweep":
        rest = sorted(rest, reverse=True)
    ends = temple if style != "fringe" else [(0.95 * w, -0.1 * h)]
    return [*ends, *rest, *[(-x, y) for x, y in ends[::-1]]]


def _cap(
    canvas: Canvas, person: Identity, hair: Colour, line: str, lift: float, side_y: float = -0.05, puff: float = 0.0
) -> None:
    shape = [*_crown(person, lift, side_y, puff), *_hairline(person, line)]
    shadow = [(x, y + 0.035) for x, y in shape]
    canvas.shape(shadow, darker(person.skin, 0.5), CAP, 0.28)
    canvas.shape(shape, hair, CAP)
    w, h = person.width, person.height
    shine = lighter(hair, 0.28 if luminance(hair) < 0.5 else 0.45)
    canvas.stroke(
        [(-0.66 * w, -0.70 * h), (-0.36 * w, -0.9 * h - 0.4 * lift), (0.05 * w, -0.95 * h - 0.5 * lift)],
        0.05,
        shine,
        CAP,
        0.45,
    )
    for x in (0.25, 0.55):
        canvas.stroke(
            [(x * w, -h - 0.5 * lift), (x * w * 1.25, -0.72 * h), (x * w * 1.4, -0.52 * h)],
            0.018,
            darker(hair, 0.3),
            CAP,
            0.4,
        )


def _blobs(
    canvas: Canvas, hair: Colour, centres: np.ndarray, size: float, depth: float, rng: np.random.Generator
) -> None:
    """Curls: overlapping balls, each with a lighter crescent."""
    for x, y in centres:
        r = size * rng.uniform(0.85, 1.15)
        canvas.oval(x, y, r, r, darker(hair, rng.uniform(0.0, 0.16)), depth)
    for x, y in centres[::2]:
        canvas.stroke(
            [(x - 0.5 * size, y), (x - 0.1 * size, y - 0.5 * size), (x + 0.45 * size, y - 0.3 * size)],
            0.022,
            lighter(hair, 0.24),
            depth,
            0.6,
        )


def _fall(person: Identity, bottom: float, flare: float, wave: float = 0.0) -> XY:
    """Outline of hair that falls behind the head."""
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
    """Everything behind the head."""
    hair, v = darker(hair_now(person), 0.2), person.hair_volume
    w, h = person.width, person.height
    style = person.hair_style
    falls = {
        "long": (0.82, 0.03, 0.0),
        "wavy": (0.78, 0.08, 0.03),
        "bob": (0.36, 0.09, 0.0),
        "fringe": (0.5, 0.05, 0.0),
    }
    if style in falls:
        bottom, flare, wave = falls[style]
        canvas.shape(_fall(person, bottom, flare * v, wave), hair, BACK)
    rng = np.random.default_rng([*person.seed, 8])
    if style == "afro":
        canvas.oval(0, -0.22, (w + 0.24) * v**0.5, (h + 0.08) * v**0.5, hair, BACK)
        _blobs(canvas, hair, ring(0, -0.22, (w + 0.17) * v**0.5, (h + 0.02) * v**0.5, count=22), 0.12, BACK, rng)
    if style == "curly":
        low = 0.5 if person.feminine else 0.12
        angles = np.linspace(-0.28 * np.pi, 1.28 * np.pi, 19)
        ringlets = np.stack(
            [(w + 0.07) * np.cos(angles), -0.1 - (h - 0.06) * np.sin(angles) * np.where(np.sin(angles) < 0, low, 1)], 1
        )
        canvas.shape(_fall(person, low, 0.02), hair, BACK)
        _blobs(canvas, hair, ringlets, 0.11 * v, BACK, rng)
    if style == "bun":
        canvas.oval(0, -h - 0.13, 0.19 * v, 0.165 * v, hair, BACK)
        canvas.stroke([(-0.1, -h - 0.16), (0.0, -h - 0.22), (0.1, -h - 0.17)], 0.03, lighter(hair, 0.25), BACK, 0.6)
    if style == "ponytail":
        side = np.sign(person.parting)
        canvas.shape(
            [
                (side * x, y)
                for x, y in [(0.25, -h), (0.5, -0.62), (0.68, -0.3), (0.66, 0.2), (0.55, 0.5), (0.5, 0.1), (0.4, -0.3)]
            ],
            hair,
            BACK,
        )
    if style in ("pigtails", "braids"):
        for side in (-1, 1):
            if style == "pigtails":
                tail = [(0.42, -0.34), (0.62, -0.44), (0.78, -0.2), (0.74, 0.14), (0.64, 0.3), (0.56, 0.05)]
                canvas.shape([(side * x, y) for x, y in tail], hair, BACK)
                canvas.oval(side * 0.5, -0.36, 0.055, 0.06, person.fabric, BACK)
            else:
                for i, y in enumerate(np.linspace(0.02, 0.8, 7)):
                    canvas.oval(
                        side * (w + 0.06 + 0.012 * (-1) ** i),
                        y,
                        0.085 - 0.004 * i,
                        0.075,
                        darker(hair, 0.1 * (i % 2)),
                        BACK,
                    )
                canvas.oval(side * (w + 0.06), 0.87, 0.05, 0.035, person.fabric, BACK)


def draw_front(canvas: Canvas, person: Identity) -> None:
    """Everything over the forehead."""
    hair, v, style = hair_now(person), person.hair_volume, person.hair_style
    w, h = person.width, person.height
    rng = np.random.default_rng([*person.seed, 9])
    caps = {
        "long": ("parted", 0.06, 0.1, 0.03), "wavy": ("sweep", 0.08, 0.12, 0.04), "bob": ("parted", 0.06, 0.2, 0.045),
        "fringe": ("fringe", 0.07, 0.2, 0.03), "bowl": ("fringe", 0.06, -0.06, 0.02), "bun": ("high", 0.03, -0.06, 0.0),
        "ponytail": ("sweep", 0.04, -0.05, 0.01), "pigtails": ("parted", 0.04, -0.1, 0.01), "braids": ("parted", 0.04, 0.06, 0.02),
        "pixie": ("jagged", 0.07, 0.0, 0.03), "short": ("high", 0.06, -0.1, 0.01), "side": ("sweep", 0.09, -0.1, 0.01),
        "quiff": ("peak", 0.12, -0.1, 0.0), "spiky": ("jagged", 0.05, -0.12, 0.0), "buzz": ("peak", 0.018, -0.1, -0.012),
    }  # fmt: skip
    if style == "buzz":
        hair = darker(person.skin, 0.25) if luminance(hair) > 0.6 else hair
    if style in caps:
        line, lift, side_y, puff = caps[style]
        _cap(canvas, person, hair, line, lift * v, side_y, puff)
    if style == "spiky":
        for x in np.linspace(-0.8, 0.8, 7):
            y = -h * np.sqrt(1 - 0.75 * x * x)
            canvas.shape(
                [(x * w - 0.09, y + 0.1), (x * w * 1.15, y - 0.15 * v), (x * w + 0.09, y + 0.1)],
                hair,
                CAP,
                curved=False,
            )
    if style == "quiff":
        s = np.sign(person.parting)
        canvas.shape(
            [
                (s * x, y)
                for x, y in [
                    (0.3, -0.62 * h),
                    (0.42, -h - 0.02),
                    (0.2, -h - 0.2 * v),
                    (-0.2, -h - 0.15 * v),
                    (-0.36, -0.85 * h),
                    (-0.1, -0.74 * h),
                ]
            ],
            hair,
            CAP,
        )
        canvas.stroke(
            [(s * 0.26, -h - 0.1), (s * 0.05, -h - 0.13), (-s * 0.18, -h - 0.07)], 0.035, lighter(hair, 0.3), CAP, 0.5
        )
    if style in ("curly", "afro"):
        _cap(canvas, person, hair, "high", 0.05, -0.12)
        t = np.linspace(0.06 * np.pi, 0.94 * np.pi, 9 if style == "curly" else 12)
        size = 0.105 * v if style == "curly" else 0.085
        drop = 0.07 if style == "curly" else 0.0
        _blobs(
            canvas,
            hair,
            np.stack([0.86 * w * np.cos(t), -0.16 * h - 0.66 * h * np.sin(t) + drop * np.sin(t) - 0.06], 1),
            size,
            CAP,
            rng,
        )
        t = np.linspace(0.1 * np.pi, 0.9 * np.pi, 8)
        _blobs(canvas, hair, np.stack([0.7 * w * np.cos(t), -0.3 * h - 0.66 * h * np.sin(t) - 0.04], 1), size, CAP, rng)
    if style == "balding":
        for side in (-1, 1):
            tuft = [
                (0.95 * w, 0.0),
                (w + 0.05, -0.02),
                (w + 0.06, -0.3 * h),
                (0.93 * w, -0.62 * h),
                (0.78 * w, -0.7 * h),
                (0.88 * w, -0.42 * h),
            ]
            canvas.shape([(side * x, y) for x, y in tuft], hair, 0.0)
        for x in (-0.12, 0.0, 0.12):
            canvas.stroke([(x - 0.12, -0.9 * h), (x, -h - 0.015), (x + 0.16, -0.92 * h)], 0.018, hair, CAP, 0.6)
    if style == "tuft":
        for x, y in ((-0.07, -0.1), (0.02, -0.15), (0.1, -0.08)):
            canvas.stroke([(0, -0.86 * h), (x * 0.7, -h - 0.02), (x, -h + y)], 0.055, hair, CAP, taper=0.9)
        canvas.shape(
            [
                (-0.6 * w, -0.84 * h),
                (0, -h - 0.005),
                (0.6 * w, -0.84 * h),
                (0.3 * w, -0.8 * h),
                (0, -0.84 * h),
                (-0.3 * w, -0.8 * h),
            ],
            hair,
            CAP,
            0.5,
        )
    if style in ("bald", "balding"):
        canvas.oval(-0.3 * w, -0.78 * h, 0.11, 0.06, (255, 255, 255), CAP, 0.32, angle=-0.5)


def draw_locks(canvas: Canvas, person: Identity) -> None:
    """Hair that falls before the shoulders and beside the cheeks."""
    hair, w = hair_now(person), person.width
    if person.hair_style not in ("long", "wavy", "bob", "fringe"):
        return
    bottom = {"long": 0.86, "wavy": 0.82, "bob": 0.38, "fringe": 0.5}[person.hair_style]
    wave = 0.028 if person.hair_style == "wavy" else 0.0
    for side in (-1, 1):
        ys = np.linspace(-0.2, bottom, 6)
        outer = [(w + 0.075 * person.hair_volume + wave * (-1) ** i, y) for i, y in enumerate(ys)]
        inner = [(w - 0.055 + 0.045 * i / 5 + wave * (-1) ** i, y) for i, y in enumerate(ys)]
        inner[-1] = (inner[-1][0] + 0.03, bottom - 0.05)
        canvas.shape([(side * x, y) for x, y in [*outer, *inner[::-1]]], hair, 0.0)
        canvas.stroke([(side * (x - 0.04), y) for x, y in outer[1:-1]], 0.016, darker(hair, 0.3), 0.0, 0.45)
