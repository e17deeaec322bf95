"""Everything that differs between photos of a person: pose, light, room, clothes, expression, glasses, sharpness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlfd_core.data.portraits import palettes
from dlfd_core.data.portraits.canvas import Colour, Pose
from dlfd_core.data.portraits.emotions import EMOTIONS, SMILE_ODDS, Expression, draw_expression
from dlfd_core.data.portraits.identity import Identity

PHOTOS_PER_PERSON = 24


@dataclass(frozen=True)
class Photo:
    """One photo of one person: its labels and all parameters of the drawing.

    Attributes:
        light: -1 from the left .. 1 from the right. brightness: factor. warmth: -1 cold .. 1 warm.
        backdrop: kind of background. clothing: kind of clothes. sparkle: seed of small random details.
        blur: standard deviation in final pixels of a 64-pixel picture. noise: standard deviation in grey levels.
    """

    emotion: int
    smiling: bool
    glasses: bool
    expression: Expression
    pose: Pose
    gaze: tuple[float, float]
    light: float
    brightness: float
    warmth: float
    backdrop: int
    room: Colour
    room_accent: Colour
    clothing: int
    cloth: Colour
    cloth_accent: Colour
    blur: float
    noise: float
    sparkle: int


def make_photos(seed: int, person: Identity) -> list[Photo]:
    """Draw the ``PHOTOS_PER_PERSON`` photos of one person, with balanced emotions in random order."""
    rng = np.random.default_rng([seed, 2, person.seed[1]])
    count = len(EMOTIONS)
    rounds = np.concatenate([rng.permutation(count) for _ in range(PHOTOS_PER_PERSON // count + 1)])
    emotions = rng.permutation(rounds[:PHOTOS_PER_PERSON])
    odds = {"never": 0.0, "sometimes": rng.uniform(0.35, 0.65), "always": 1.0}[person.glasses]
    return [_make_photo(rng, person, int(emotion), bool(rng.random() < odds)) for emotion in emotions]


def _make_photo(rng: np.random.Generator, person: Identity, emotion: int, glasses: bool) -> Photo:
    name = EMOTIONS[emotion]
    smiling = bool(rng.random() < SMILE_ODDS[name])
    pose = Pose(
        dx=float(rng.normal(0, 0.045)),
        dy=float(rng.normal(0.05, 0.035)),
        scale=float(rng.uniform(1.12, 1.26)) * (1 - 0.14 * person.child),
        roll=float(rng.normal(0, 0.09)),
        yaw=float(np.clip(rng.normal(0, 0.42), -1, 1)) * 0.3,
        pitch=float(np.clip(rng.normal(0, 0.4), -1, 1)) * 0.16,
    )
    room, accent = rng.choice(len(palettes.ROOMS), size=2, replace=False)
    from_wardrobe = rng.random() < 0.7  # most photos show clothes from the person's own wardrobe
    cloth = person.wardrobe[rng.integers(3)] if from_wardrobe else palettes.CLOTHES[rng.integers(len(palettes.CLOTHES))]
    return Photo(
        emotion=emotion,
        smiling=smiling,
        glasses=glasses,
        expression=draw_expression(rng, name, smiling, person.resting, person.gains),
        pose=pose,
        gaze=(float(np.clip(rng.normal(0, 0.35), -1, 1)), float(np.clip(rng.normal(0, 0.25), -1, 1))),
        light=float(rng.uniform(-1, 1)),
        brightness=float(rng.uniform(0.9, 1.1)),
        warmth=float(rng.normal(0, 0.4)),
        backdrop=int(rng.integers(7)),
        room=palettes.ROOMS[room],
        room_accent=palettes.ROOMS[accent],
        clothing=int(rng.integers(7)),
        cloth=cloth,
        cloth_accent=palettes.CLOTHES[rng.integers(len(palettes.CLOTHES))],
        blur=float(rng.choice([0.0, 0.0, 0.0, 0.25, 0.4])),
        noise=float(rng.uniform(0.3, 1.8)),
        sparkle=int(rng.integers(1 << 30)),
    )


def make_id_photo(seed: int, person: Identity) -> Photo:
    """Draw the picture for the picker: frontal, evenly lit, slightly friendly."""
    rng = np.random.default_rng([seed, 3, person.seed[1]])
    friendly = Expression(0.1, 0.12, 0.05, 0.15, 0.5, 0.0, 0.15, 0.0, 0.0, 0.0, skew=float(rng.normal(0, 0.1)))
    room, accent = rng.choice(len(palettes.ROOMS), size=2, replace=False)
    return Photo(
        emotion=0,
        smiling=True,
        glasses=person.glasses == "always",
        expression=friendly,
        pose=Pose(dy=0.07, scale=1.1),
        gaze=(0.0, 0.0),
        light=0.5,
        brightness=1.03,
        warmth=0.1,
        backdrop=0,
        room=palettes.ROOMS[room],
        room_accent=palettes.ROOMS[accent],
        clothing=int(rng.integers(7)),
        cloth=person.wardrobe[0],
        cloth_accent=person.wardrobe[3],
        blur=0.0,
        noise=0.0,
        sparkle=int(rng.integers(1 << 30)),
    )
