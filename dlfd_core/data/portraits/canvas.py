"""Drawing surface in face coordinates, with supersampling and a head that can turn, tilt and nod.

Coordinates: the picture is the square [-1, 1] x [-1, 1], x to the right, y down, both in half picture widths.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, int, int]
Points = Sequence[tuple[float, float]] | np.ndarray

#: Drawn pixels per final pixel, in each direction. Pillow draws polygons with hard edges; averaging makes them soft.
SUPERSAMPLING = 4
#: Point that the head tilts around: the base of the neck.
PIVOT = np.array([0.0, 0.75])


@dataclass(frozen=True)
class Pose:
    """Position of the head in one photo.

    Attributes:
        dx, dy: shift of the whole person. scale: size of the whole person.
        roll: tilt of the head in radians. yaw: turn, positive looks to the right. pitch: nod, positive looks down.
    """

    dx: float = 0.0
    dy: float = 0.0
    scale: float = 1.0
    roll: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0


def mix(a: Colour, b: Colour, t: float) -> Colour:
    """Mix two colours: ``a`` at ``t`` = 0, ``b`` at ``t`` = 1."""
    t = min(max(t, 0.0), 1.0)
    return tuple(round(x + (y - x) * t) for x, y in zip(a, b, strict=True))  # type: ignore[return-value]


def darker(colour: Colour, amount: float) -> Colour:
    """Mix with a warm dark tone, which looks like shadow; plain black would look like dirt."""
    return mix(colour, (38, 16, 30), amount)


def lighter(colour: Colour, amount: float) -> Colour:
    """Mix with a warm white."""
    return mix(colour, (255, 250, 240), amount)


def luminance(colour: Colour) -> float:
    """Perceived brightness in [0, 1]."""
    return (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]) / 255


def smooth(points: Points, closed: bool = True, steps: int = 8) -> np.ndarray:
    """Control points (n, 2) -> points (m, 2) of the Catmull-Rom curve through them."""
    p = np.asarray(points, dtype=float)
    if len(p) < 3:
        return p
    before, after = (p[-1:], p[:2]) if closed else (2 * p[:1] - p[1:2], 2 * p[-1:] - p[-2:-1])
    p = np.vstack([before, p, after])
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    a, b, c, d = (p[i : len(p) - 3 + i, None, :] for i in range(4))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    curve = curve.reshape(-1, 2)
    return curve if closed else np.vstack([curve, p[-2]])


def ring(x: float, y: float, rx: float, ry: float, angle: float = 0.0, count: int = 28) -> np.ndarray:
    """Points (count, 2) of an ellipse turned by ``angle`` radians."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    px, py = rx * np.cos(t), ry * np.sin(t)
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([x + px * c - py * s, y + px * s + py * c], axis=1)


def mirrored(points: Points) -> np.ndarray:
    """Control points of a right half, from top to bottom -> control points of the whole closed outline."""
    right = np.asarray(points, dtype=float)
    left = right[::-1] * [-1, 1]
    keep = np.abs(left[:, 0]) > 1e-9  # points on the axis belong to both halves
    return np.vstack([right, left[keep]])


def hundredths(*numbers: float) -> np.ndarray:
    """A flat list x, y, x, y ... in hundredths -> points (n, 2); it makes long outlines readable."""
    return np.array(numbers, dtype=float).reshape(-1, 2) / 100


class Canvas:
    """Draws shapes in face coordinates.

    ``depth`` is the distance of a part in front of the head's axis: the larger it is, the more the part moves when the
    head turns.

    Args:
        size: side of the final picture in pixels.
    """

    def __init__(self, size: int, pose: Pose) -> None:
        self.size = size
        self.side = size * SUPERSAMPLING
        self.pose = pose
        self.lift = 0.0  # how much higher the body is drawn, for the short head of a child
        self._use(Image.new("RGB", (self.side, self.side)))

    def _use(self, image: Image.Image) -> None:
        self.image = image
        self._draw = ImageDraw.Draw(image, "RGBA")  # blends translucent colours into RGB

    def pixels(self, points: Points, depth: float | None) -> np.ndarray:
        """Face coordinates (n, 2) -> pixels (n, 2). With ``depth`` None, as on the body, nothing turns or tilts."""
        p = np.asarray(points, dtype=float).copy()
        pose = self.pose
        if depth is not None:
            bulge = depth * np.clip(1 - 0.9 * p[:, 0] ** 2, 0, 1)
            p[:, 0] = p[:, 0] * (1 - 0.18 * abs(pose.yaw) * (depth > 0)) + pose.yaw * bulge
            p[:, 1] += pose.pitch * bulge
            c, s = np.cos(pose.roll), np.sin(pose.roll)
            p = (p - PIVOT) @ np.array([[c, s], [-s, c]]) + PIVOT
        else:
            p[:, 1] -= self.lift
        p = p * pose.scale + [pose.dx, pose.dy]
        return (p + 1) * (self.side / 2)

    def shape(
        self, points: Points, fill: Colour, depth: float | None = 0.0, alpha: float = 1.0, curved: bool = True
    ) -> None:
        """Draw a filled closed outline: a smooth curve through the points, or straight lines if ``curved`` is False."""
        outline = smooth(points) if curved else points
        pixels = self.pixels(outline, depth)
        self._draw.polygon([tuple(p) for p in pixels.tolist()], fill=(*fill, round(255 * alpha)))

    def oval(
        self,
        x: float,
        y: float,
        rx: float,
        ry: float,
        fill: Colour,
        depth: float | None = 0.0,
        alpha: float = 1.0,
        angle: float = 0.0,
    ) -> None:
        """Draw a filled ellipse, turned by ``angle`` radians."""
        self.shape(ring(x, y, rx, ry, angle), fill, depth, alpha, curved=False)

    def stroke(
        self,
        points: Points,
        width: float,
        fill: Colour,
        depth: float | None = 0.0,
        alpha: float = 1.0,
        taper: float = 1.0,
    ) -> None:
        """Draw a brush stroke along the curve through the points. ``taper``: 0 equal width, 1 thin at both ends."""
        line = smooth(points, closed=False)
        along = np.gradient(line, axis=0)
        normal = np.stack([-along[:, 1], along[:, 0]], axis=1)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        t = np.linspace(0, np.pi, len(line))
        half_width = 0.5 * width * ((1 - taper) + taper * np.sin(t) ** 0.6)[:, None]
        self.shape(
            np.vstack([line + normal * half_width, (line - normal * half_width)[::-1]]),
            fill,
            depth,
            alpha,
            curved=False,
        )
        if taper < 0.5:
            for x, y in (line[0], line[-1]):
                self.oval(x, y, width * (1 - taper) / 2, width * (1 - taper) / 2, fill, depth, alpha)

    def mask(self, points: Points, depth: float | None = 0.0, curved: bool = True) -> Image.Image:
        """The area inside an outline as a greyscale image: 255 inside, 0 outside."""
        image = Image.new("L", (self.side, self.side))
        outline = smooth(points) if curved else points
        ImageDraw.Draw(image).polygon([tuple(p) for p in self.pixels(outline, depth).tolist()], fill=255)
        return image

    @contextmanager
    def clipped(self, mask: Image.Image) -> Iterator[None]:
        """Within the ``with`` block, draw only where ``mask`` is white."""
        below = self.image
        self._use(below.copy())
        yield
        self._use(Image.composite(self.image, below, mask))
