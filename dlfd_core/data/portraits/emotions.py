"""Facial expressions: seven emotions as positions of the movable parts of a face, and the random draw of one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EMOTIONS = ("neutral", "happy", "sad", "surprised", "angry", "disgusted", "fearful")

#: The movable parts of a face. Up is positive; 1 is a full expression.
#: inner, outer: ends of the brows. lids: eyes wider. squint: lower lids up. corner: corners of the mouth up. jaw: mouth
#: open. wide: mouth wider. sneer: upper lip and nose drawn up. teeth: teeth shown. furrow: brows drawn together.
CHANNELS = ("inner", "outer", "lids", "squint", "corner", "jaw", "wide", "sneer", "teeth", "furrow")

PROTOTYPES: dict[str, tuple[float, ...]] = {
    "neutral": (0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "happy": (0.2, 0.3, -0.05, 0.6, 1.0, 0.45, 0.5, 0.0, 0.9, 0.0),
    "sad": (1.0, -0.75, -0.35, 0.0, -1.0, 0.0, -0.2, 0.0, 0.0, 0.35),
    "surprised": (0.95, 1.0, 0.85, 0.0, 0.0, 1.0, -0.55, 0.0, 0.0, 0.0),
    "angry": (-1.0, 0.55, 0.05, 0.4, -0.6, 0.2, 0.15, 0.15, 0.6, 1.0),
    "disgusted": (-0.45, -0.15, -0.4, 0.75, -0.45, 0.15, -0.05, 1.0, 0.35, 0.5),
    "fearful": (0.95, 0.1, 0.75, 0.0, -0.55, 0.45, 0.45, 0.0, 0.75, 0.55),
}
#: Positions that a smile adds to the expression of any emotion.
SMILE = np.array([0.05, 0.1, -0.02, 0.35, 0.85, 0.15, 0.35, 0.0, 0.45, 0.0])
#: Probability of a smile in a photo of each emotion.
SMILE_ODDS = {
    "neutral": 0.18, "happy": 1.0, "sad": 0.07, "surprised": 0.35, "angry": 0.05, "disgusted": 0.06, "fearful": 0.1,
}  # fmt: skip
#: Strength of an expression as a share of the full one: lowest, highest.
STRENGTH = (0.5, 1.15)
#: Largest share of a second emotion that is mixed in.
BLEND = 0.3
#: Standard deviation of each position from photo to photo.
JITTER = 0.08


@dataclass(frozen=True)
class Expression:
    """Positions of the movable parts in one photo (see ``CHANNELS``), and ``skew``: how crooked the mouth is, -1..1."""

    inner: float
    outer: float
    lids: float
    squint: float
    corner: float
    jaw: float
    wide: float
    sneer: float
    teeth: float
    furrow: float
    skew: float = 0.0


def draw_expression(
    rng: np.random.Generator, emotion: str, smiling: bool, resting: np.ndarray, gains: np.ndarray
) -> Expression:
    """Draw the expression of one person in one photo.

    Args:
        resting: (10,) the person's resting face. gains: (10,) how strongly the person moves each part.
    """
    other = EMOTIONS[rng.integers(len(EMOTIONS))]
    strength = rng.uniform(*STRENGTH)
    face = resting + strength * gains * np.array(PROTOTYPES[emotion])
    face = face + rng.uniform(0, BLEND) * strength * (np.array(PROTOTYPES[other]) - np.array(PROTOTYPES[emotion]))
    if smiling and emotion != "happy":
        face = face * np.where(np.arange(len(CHANNELS)) == CHANNELS.index("corner"), 0.2, 0.9) + SMILE * rng.uniform(
            0.75, 1.1
        )
    elif not smiling:
        face[CHANNELS.index("corner")] = min(face[CHANNELS.index("corner")], 0.28)  # the label says "not smiling"
    face = face + rng.normal(0, JITTER, len(CHANNELS))
    skew = float(rng.normal(0, 0.15) + (0.6 * rng.choice([-1, 1]) if emotion == "disgusted" else 0))
    return Expression(**dict(zip(CHANNELS, map(float, face), strict=True)), skew=skew)
