"""Parts shared by the hair styles: a cap over the head that ends at the hairline, and curls."""

from __future__ import annotations

import numpy as np

from dlfd_core.data.portraits.canvas import Canvas, Colour, darker, lighter, luminance
from dlfd_core.data.portraits.identity import Identity

#: Depth of the hair above the forehead, which turns with the face but a little less, and of the hair at the back.
CAP, BACK = 0.1, -0.22
XY = list[tuple[float, float]]


def crown(person: Identity, lift: float, side_y: float, puff: float = 0.0) -> XY:
    """Outer edge of the cap, from the left temple over the top of the head to the right temple."""
    w, h = person.width, person.height
    half = [
        (w + 0.018 + puff, side_y),
        (0.99 * w + 0.035 + puff, -0.42 * h),
        (0.67 * w + 0.6 * puff, -0.84 * h - 0.72 * lift),
    ]
    return [*[(-x, y) for x, y in half], (0, -h - lift), *half[::-1]]


def hairline(person: Identity, style: str) -> XY:
    """Lower edge of the cap, from the right temple to the left temple."""
    w, h, s = person.width, person.height, person.parting
    up = -0.66 * h + 0.03 * person.child
    temple = [(0.93 * w, -0.16 * h), (0.84 * w, -0.44 * h)]
    lower = np.array(
        [(0.62, -0.5), (0.4, -0.62), (0.2, -0.46), (0, -0.6), (-0.24, -0.45), (-0.45, -0.6), (-0.65, -0.48)]
    )
    straight = np.array([(0.9, -0.32), (0.5, -0.33), (0, -0.355), (-0.5, -0.33), (-0.9, -0.32)])
    side = np.sign(s)
    rest = {
        "fringe": list(straight * [w, h]),
        "sweep": [(0.45 * w * side + 0.2 * w, up), (s * w, up - 0.05), (-0.5 * w * side, -0.44 * h)],
        "parted": [(0.62 * w, -0.6 * h), (s * 0.5 * w, -0.83 * h), (-0.62 * w, -0.6 * h)],
        "high": [(0.5 * w, up - 0.03), (0, up - 0.06), (-0.5 * w, up - 0.03)],
        "peak": [(0.5 * w, up - 0.05), (0, up + 0.02), (-0.5 * w, up - 0.05)],
        "jagged": list(lower * [w, h]),
    }[style]
    if style == "sweep":
        rest = sorted(rest, reverse=True)
    ends = temple if style != "fringe" else [(0.95 * w, -0.1 * h)]
    return [*ends, *rest, *[(-x, y) for x, y in ends[::-1]]]


def draw_cap(
    canvas: Canvas, person: Identity, hair: Colour, line: str, lift: float, side_y: float = -0.05, puff: float = 0.0
) -> None:
    """Draw the cap of hair, with its shadow on the forehead, a shine and two strands."""
    shape = [*crown(person, lift, side_y, puff), *hairline(person, line)]
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
    with canvas.clipped(canvas.mask(shape, CAP)):
        for x in (0.25, 0.55):
            strand = [(x * w, -h - 0.5 * lift), (x * w * 1.25, -0.72 * h), (x * w * 1.4, -0.52 * h)]
            canvas.stroke(strand, 0.018, darker(hair, 0.3), CAP, 0.4)


def draw_curls(
    canvas: Canvas, hair: Colour, centres: np.ndarray, size: float, depth: float, rng: np.random.Generator
) -> None:
    """Draw curls: overlapping balls, every second one with a lighter crescent."""
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
