"""Face detection, and square face crops framed like the portraits.

The detector is MTCNN (Zhang et al., IEEE Signal Processing Letters 2016) as facenet-pytorch ships it: its weights are
in that package, so that nothing is downloaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from PIL import Image

from dlfd_core.errors import InvalidData
from dlfd_core.own_photos.reading.limits import LIMITS, UploadLimits

#: Pixels of the smallest face MTCNN looks for, in the picture as it is given: below ``min_face``, so that a face that
#: is too small is found and named.
SMALLEST = 24
NO_FACE = (
    "No face was found; send a photo with the face turned to the camera, or say that the photos are cropped already."
)


@dataclass(frozen=True)
class Face:
    """Attributes:
    box: left, top, right, bottom in pixels of the photo; may extend beyond its edge.
    probability: of being a face, in [0, 1].
    """

    box: tuple[float, float, float, float]
    probability: float

    @property
    def side(self) -> float:
        """Pixels of the shorter side."""
        return min(self.box[2] - self.box[0], self.box[3] - self.box[1])


#: (H, W, 3) uint8 RGB -> faces in any order.
Detector = Callable[[np.ndarray], Sequence[Face]]


@dataclass(frozen=True)
class FaceCrops:
    """The face crops of one photo.

    Attributes:
        largest: (S, S, 3) uint8, the face that is proposed.
        others: more faces, the smallest last.
        sentence: what the visitor should look at; empty where there is nothing to decide.
    """

    largest: np.ndarray = field(repr=False)
    others: tuple[np.ndarray, ...] = field(default=(), repr=False)
    sentence: str = ""


@lru_cache(maxsize=1)
def mtcnn() -> Detector:
    """The detector, loaded on first use (seconds), on the CPU."""
    from facenet_pytorch import MTCNN  # heavy, and only this function needs it

    net = MTCNN(keep_all=True, min_face_size=SMALLEST, device="cpu").eval()

    def detect(picture: np.ndarray) -> list[Face]:
        try:
            boxes, probabilities = net.detect(Image.fromarray(picture))
        except (RuntimeError, IndexError):  # 2.5.3 trips where all candidates lie outside the picture: no face
            boxes = None
        if boxes is None:
            return []
        return [
            Face((float(x0), float(y0), float(x1), float(y1)), float(p))
            for (x0, y0, x1, y1), p in zip(boxes, probabilities, strict=True)
        ]

    return detect


def find_faces(
    picture: np.ndarray, detector: Detector | None = None, limits: UploadLimits = LIMITS
) -> tuple[Face, ...]:
    """Detect the faces of a photo, the largest first, in a copy of at most ``detect_side`` pixels.

    Args:
        picture: (H, W, 3) uint8 RGB.
        detector: None takes ``mtcnn()``.
    """
    height, width = picture.shape[:2]
    if min(height, width) < SMALLEST:
        return ()
    scale = max(1.0, max(height, width) / limits.detect_side)
    resized = picture
    if scale > 1:
        size = max(1, round(width / scale)), max(1, round(height / scale))
        resized = np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))
    faces = [face for face in (detector or mtcnn())(resized) if face.probability >= limits.probability]
    sx, sy = width / resized.shape[1], height / resized.shape[0]
    scaled = [
        Face((f.box[0] * sx, f.box[1] * sy, f.box[2] * sx, f.box[3] * sy), f.probability)
        for f in faces
        if np.isfinite(f.box).all() and f.side > 0
    ]
    return tuple(sorted(scaled, key=lambda face: (-face.side, face.box)))


def turned_upright(
    picture: np.ndarray, detector: Detector | None = None, limits: UploadLimits = LIMITS
) -> tuple[np.ndarray, tuple[Face, ...]]:
    """The photo with its faces, turned by quarters to where a face is most certain; not turned where one is certain
    already. Photos that were saved without their EXIF data may lie on their side.

    Args:
        picture, detector: as in ``find_faces``.
    """
    faces = find_faces(picture, detector, limits)
    best, certainty = (picture, faces), _certainty(faces)
    if certainty >= limits.certain:
        return best
    for quarters in (1, 2, 3):
        turned = np.ascontiguousarray(np.rot90(picture, quarters))
        faces = find_faces(turned, detector, limits)
        if _certainty(faces) > certainty:
            best, certainty = (turned, faces), _certainty(faces)
    return best


def _certainty(faces: Sequence[Face]) -> float:
    return max((face.probability for face in faces), default=0.0)


def square_around(face: Face, limits: UploadLimits = LIMITS) -> tuple[float, float, float]:
    """Left, top and side of the square that is cropped, in pixels of the photo; may extend beyond its edge."""
    x0, y0, x1, y1 = face.box
    side = max(x1 - x0, y1 - y0) * (1 + 2 * limits.margin)
    return (x0 + x1 - side) / 2, (y0 + y1 - side) / 2 - limits.lift * side, side


def crop_face(picture: np.ndarray, face: Face, limits: UploadLimits = LIMITS) -> np.ndarray:
    """(S, S, 3) uint8: the square around a face; beyond the photo its edge is repeated."""
    left, top, wanted = square_around(face, limits)
    side = min(
        max(2, round(wanted)), 2 * max(picture.shape[:2])
    )  # a detector may return a box of any size, which must not fill the memory
    rows = np.clip(round(top) + np.arange(side), 0, picture.shape[0] - 1)
    columns = np.clip(round(left) + np.arange(side), 0, picture.shape[1] - 1)
    return _resized(picture[rows[:, None], columns], limits.crop_side)


def whole_picture(picture: np.ndarray, limits: UploadLimits = LIMITS) -> np.ndarray:
    """(S, S, 3) uint8: the central square, for photos that are cropped to the face already."""
    height, width = picture.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    return _resized(picture[top : top + side, left : left + side], limits.crop_side)


def crop_faces(
    picture: np.ndarray,
    *,
    already_cropped: bool = False,
    detector: Detector | None = None,
    limits: UploadLimits = LIMITS,
) -> FaceCrops:
    """The face to propose for a photo, and all others.

    Args:
        already_cropped: the face fills the photo, as the sender states: no detector is run.

    Raises:
        InvalidData: no face, or none that is large enough.
    """
    if already_cropped:
        return FaceCrops(whole_picture(picture, limits))
    picture, faces = turned_upright(picture, detector, limits)
    if not faces:
        raise InvalidData(NO_FACE)
    large = [face for face in faces if face.side >= limits.min_face]
    if not large:
        raise InvalidData(
            f"The face has {faces[0].side:.0f} pixels; send a larger photo, with {limits.min_face} or more on the face."
        )
    crops = [crop_face(picture, face, limits) for face in large[: limits.faces]]
    if len(crops) == 1:
        return FaceCrops(crops[0])
    shown = "" if len(large) == len(crops) else f" The {len(crops)} largest are shown."
    sentence = f"{len(large)} faces were found; the largest is proposed, choose another if needed.{shown}"
    return FaceCrops(crops[0], tuple(crops[1:]), sentence)


def _resized(square: np.ndarray, side: int) -> np.ndarray:
    return np.array(Image.fromarray(square).resize((side, side), Image.Resampling.BICUBIC, reducing_gap=3.0))
