"""Faces: detected, chosen and cropped; most tests use a detector of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from dlfd_core.errors import InvalidData
from dlfd_core.own_photos.reading.faces import (
    Detector,
    Face,
    crop_face,
    crop_faces,
    find_faces,
    mtcnn,
    square_around,
    turned_upright,
)
from dlfd_core.own_photos.reading.limits import LIMITS

PLAIN = replace(LIMITS, margin=0.0, lift=0.0)


def detector(*boxes: tuple[float, float, float, float], probability: float = 0.99) -> Detector:
    return lambda picture: [Face(box, probability) for box in boxes]


def painted(box: tuple[int, int, int, int], size: tuple[int, int] = (200, 300)) -> np.ndarray:
    """A black picture (H, W, 3) with a white box."""
    picture = np.zeros((*size, 3), dtype=np.uint8)
    picture[box[1] : box[3], box[0] : box[2]] = 255
    return picture


def test_the_largest_face_first() -> None:
    found = find_faces(painted((0, 0, 1, 1)), detector((0, 0, 30, 40), (50, 50, 120, 130), (0, 0, 50, 50)))
    assert [face.side for face in found] == [70, 50, 30]


def test_what_is_hardly_a_face_does_not_count() -> None:
    picture = painted((0, 0, 1, 1))
    assert find_faces(picture, detector((0, 0, 50, 50), probability=0.89)) == ()
    assert find_faces(picture, detector((0, 0, float("nan"), 50), (5, 5, 5, 50))) == ()


def test_large_photos_are_searched_small_and_boxes_are_of_the_photo() -> None:
    seen = []

    def look(picture: np.ndarray) -> list[Face]:
        seen.append(picture.shape)
        return [Face((64, 64, 128, 128), 0.99)]

    (face,) = find_faces(np.zeros((640, 1280, 3), dtype=np.uint8), look)
    assert seen == [(320, 640, 3)] and face.box == (128, 128, 256, 256)


def test_the_crop_is_the_square_around_the_face() -> None:
    crop = crop_face(painted((100, 50, 164, 114)), Face((100, 50, 164, 114), 1.0), PLAIN)
    assert crop.shape == (64, 64, 3) and crop.dtype == np.uint8 and (crop == 255).all()


def test_margin_and_lift() -> None:
    face = Face((100, 80, 164, 144), 1.0)
    crop = crop_face(painted((100, 80, 164, 144)), face, replace(LIMITS, margin=0.5, lift=0.1))[..., 0] > 127
    assert abs(crop.mean() - 0.25) < 0.02
    rows = np.flatnonzero(crop.any(axis=1))
    assert abs(rows.mean() / 63 - 0.6) < 0.02


def test_a_face_at_the_edge_is_continued_by_the_edge() -> None:
    crop = crop_face(np.full((100, 100, 3), 77, dtype=np.uint8), Face((-30, 60, 40, 130), 1.0))
    assert (crop == 77).all()


@pytest.mark.parametrize("box", [(-1e9, -1e9, 1e9, 1e9), (1e8, 1e8, 1e8 + 50, 1e8 + 50), (0, 0, 1e-3, 1e-3)])
def test_boxes_that_are_no_faces_cost_nothing(box: tuple[float, float, float, float]) -> None:
    assert crop_face(painted((0, 0, 9, 9)), Face(box, 1.0)).shape == (64, 64, 3)


def test_one_face_needs_no_word() -> None:
    found = crop_faces(painted((0, 0, 1, 1)), detector=detector((10, 10, 60, 60)))
    assert found.others == () and found.sentence == ""


def test_several_faces() -> None:
    picture = painted((100, 50, 164, 114))
    found = crop_faces(picture, detector=detector((0, 0, 40, 40), (100, 50, 164, 114)), limits=PLAIN)
    assert found.sentence == "2 faces were found; the largest is proposed, choose another if needed."
    assert (found.largest == 255).all() and (found.others[0] == 0).all()


def test_a_face_too_small_beside_a_large_one_is_not_offered() -> None:
    found = crop_faces(painted((0, 0, 1, 1)), detector=detector((0, 0, 20, 20), (50, 50, 90, 90)))
    assert found.others == () and found.sentence == ""


@pytest.mark.parametrize(
    ("boxes", "start"), [((), "No face was found; send"), (((0, 0, 31, 50),), "The face has 31 pixels; send a larger")]
)
def test_none_or_too_small(boxes: tuple, start: str) -> None:
    with pytest.raises(InvalidData) as caught:
        crop_faces(painted((0, 0, 1, 1)), detector=detector(*boxes))
    assert str(caught.value).startswith(start)


def test_already_cropped_photos_are_taken_whole() -> None:
    def nobody_looks(picture: np.ndarray) -> list[Face]:
        raise AssertionError

    found = crop_faces(painted((50, 0, 250, 200)), already_cropped=True, detector=nobody_looks)
    assert (found.largest == 255).all() and found.largest.shape == (64, 64, 3)


def test_pictures_without_room_for_a_face() -> None:
    assert find_faces(np.zeros((9, 300, 3), dtype=np.uint8)) == ()


@pytest.mark.parametrize("turns", range(4))
def test_a_photo_on_its_side_is_turned(turns: int) -> None:
    """The detector of this test is certain of a face only where the white box is at the top left."""
    upright = painted((0, 0, 80, 80))

    def look(picture: np.ndarray) -> list[Face]:
        lies = picture[:80, :80].mean() < 250
        return [Face((0, 0, 80, 80), 0.93 if lies else 0.999)]

    found, (face,) = turned_upright(np.rot90(upright, turns), look)
    assert (found == upright).all() and face.probability == 0.999
    assert (crop_faces(np.rot90(upright, turns), detector=look, limits=PLAIN).largest == 255).all()


def test_a_certain_face_is_searched_once() -> None:
    seen = []

    def look(picture: np.ndarray) -> list[Face]:
        seen.append(picture.shape)
        return [Face((0, 0, 80, 80), 0.99)]

    turned_upright(painted((0, 0, 80, 80)), look)
    assert len(seen) == 1


# --- the real detector ----------------------------------------------------------------------------------------------


def test_nothing_is_found_in_noise_nor_in_one_colour(rng: np.random.Generator) -> None:
    assert find_faces(rng.integers(0, 256, (240, 320, 3), dtype=np.uint8)) == ()
    for size in ((40, 40), (40, 160), (160, 40)):
        assert find_faces(np.full((*size, 3), 128, dtype=np.uint8)) == ()


@pytest.mark.parametrize("error", [RuntimeError, IndexError])
def test_a_picture_the_detector_trips_over_shows_no_face(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    import facenet_pytorch

    def trip(self: object, picture: object) -> None:
        raise error("torch.cat(): expected a non-empty list of Tensors")

    monkeypatch.setattr(facenet_pytorch.MTCNN, "detect", trip)
    assert find_faces(np.zeros((60, 60, 3), dtype=np.uint8), mtcnn()) == ()


def test_most_portraits_are_found_and_framed_as_they_were() -> None:
    """Drawn faces, enlarged and pasted on a wider picture: the crop is nearly the square of the portrait."""
    from dlfd_core.data.portraits import load_portraits

    overlaps = []
    for portrait in load_portraits().images[::700]:  # 9 of them
        wide = np.full((224, 320, 3), 120, dtype=np.uint8)
        wide[24:200, 72:248] = np.asarray(Image.fromarray(portrait).resize((176, 176), Image.Resampling.BICUBIC))
        faces = find_faces(wide, mtcnn())
        overlaps += [overlap(square_around(faces[0]), (72, 24, 176))] if faces else []
    assert len(overlaps) >= 6
    assert np.median(overlaps) > 0.7, overlaps


def overlap(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    """Area that two squares (left, top, side) share by the area that either covers."""
    shared = 1.0
    for axis in (0, 1):
        shared *= max(0.0, min(one[axis] + one[2], other[axis] + other[2]) - max(one[axis], other[axis]))
    return shared / (one[2] ** 2 + other[2] ** 2 - shared)


def test_most_portraits_on_their_side_are_turned_upright() -> None:
    """Without turning, a third of them show a face that lies, and the others none."""
    from dlfd_core.data.portraits import load_portraits

    data, turned = load_portraits(), 0
    for number in range(8):
        photo = np.full((300, 400, 3), 110, dtype=np.uint8)
        face = Image.fromarray(data.images[number * 101]).resize((220, 220), Image.Resampling.BICUBIC)
        photo[40:260, 90:310] = np.asarray(face)
        found, faces = turned_upright(np.ascontiguousarray(np.rot90(photo, 1 + number % 3)))
        turned += bool(faces) and found.shape == photo.shape and bool((found == photo).all())
    assert turned >= 5
