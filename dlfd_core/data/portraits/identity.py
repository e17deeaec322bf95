"""Identity of an invented person: everything that stays the same from photo to photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dlfd_core.data.portraits import palettes
from dlfd_core.data.portraits.canvas import Colour, mix
from dlfd_core.data.portraits.emotions import CHANNELS

#: Age groups in years, both ends included.
AGES = ((0, 6), (7, 12), (13, 19), (20, 30), (31, 45), (46, 55), (56, 66), (67, 80))
AGE_GROUPS = tuple(f"{low}-{high}" for low, high in AGES)

#: Standard deviation of the apparent age, in age groups; it makes neighbouring groups overlap.
AGE_LOOK_SPREAD = 0.04
#: Share of an age group's width, around its middle, over which the apparent ages of its people are spread.
AGE_LOOK_WIDTH = 0.25
#: Standard deviation of a person's resting face from the neutral face, as a share of a full expression.
RESTING_SPREAD = 0.16

FEMININE_HAIR = (
    "long",
    "wavy",
    "bob",
    "bun",
    "ponytail",
    "curly",
    "afro",
    "fringe",
    "pixie",
    "braids",
    "hijab",
    "hat",
    "buzz",
)
FEMININE_ODDS = (14, 13, 12, 9, 8, 9, 7, 9, 7, 6, 5, 4, 2)
MASCULINE_HAIR = (
    "short",
    "side",
    "quiff",
    "buzz",
    "bald",
    "balding",
    "curly",
    "afro",
    "spiky",
    "long",
    "bowl",
    "cap",
    "turban",
    "bun",
)
MASCULINE_ODDS = (13, 13, 12, 9, 6, 6, 10, 7, 9, 5, 6, 6, 4, 3)
BEARDS = ("none", "stubble", "moustache", "goatee", "full", "long")


@dataclass(frozen=True)
class Identity:
    """An invented person. Lengths are in half picture widths; shares are in [0, 1].

    Attributes:
        age: in years. look: apparent age on the scale 0 (baby) .. 8 (old), one unit per age group.
        child: 1 baby .. 0 adult. lines: depth of wrinkles. grey: share of grey in the hair.
        resting: offset of the resting face per channel of ``emotions.CHANNELS``. gains: how strongly each is moved.
        glasses: never, sometimes or always.
    """

    seed: tuple[int, ...]
    feminine: bool
    age: float
    look: float
    child: float
    lines: float
    grey: float
    sag: float
    skin: Colour
    hair_name: str
    hair: Colour
    hair_style: str
    hair_volume: float
    parting: float
    fabric: Colour
    width: float
    height: float
    jaw: float
    chin: float
    cheek: float
    eye_size: float
    eye_gap: float
    eye_tilt: float
    eye_y: float
    iris: Colour
    lashes: float
    brow_weight: float
    brow_arch: float
    brow_y: float
    brow_length: float
    nose_width: float
    nose_length: float
    nose_kind: int
    mouth_width: float
    mouth_y: float
    lip: float
    lipstick: Colour | None
    ear: float
    earring: Colour | None
    beard: str
    freckles: float
    moles: tuple[tuple[float, float], ...]
    blush: float
    glasses: str
    frame: int
    frame_colour: Colour
    wardrobe: tuple[Colour, ...]
    resting: np.ndarray
    gains: np.ndarray


def make_identity(seed: int, index: int, age_group: int, feminine: bool) -> Identity:
    """Draw person number ``index`` of the data set made with ``seed``."""
    rng = np.random.default_rng([seed, 1, index])
    low, high = AGES[age_group]
    age = float(rng.uniform(low, high + 0.99))
    position = 0.5 + AGE_LOOK_WIDTH * ((age - low) / (high + 1 - low) - 0.5)
    look = float(np.clip(age_group + position + rng.normal(0, AGE_LOOK_SPREAD), 0, 8))
    traits = {
        **_ageing(rng, look, feminine),
        **_colours(rng, look, feminine),
        **_shape(rng, look, feminine),
        **_adornment(rng, look, feminine),
    }
    resting = rng.normal(0, RESTING_SPREAD, len(CHANNELS))
    gains = rng.uniform(0.75, 1.2, len(CHANNELS))
    return Identity(seed=(seed, index), feminine=feminine, age=age, look=look, resting=resting, gains=gains, **traits)


def _child(look: float) -> float:
    """How childlike a face is: 1 for a baby, about 0.6 at age seven, 0.3 at thirteen, 0 from about twenty."""
    return float(np.interp(look, [0, 1, 2, 3, 3.6], [1.0, 0.68, 0.38, 0.1, 0.0]))


def _ageing(rng: np.random.Generator, look: float, feminine: bool) -> dict:
    """Draw the signs of age, each with its own noise, so that no single one determines the age group."""
    grey = np.interp(look + rng.normal(0, 0.08), [4.8, 5.3, 6.2, 7.1], [0, 0.35, 0.7, 1.0])
    style = rng.choice(MASCULINE_HAIR, p=np.array(MASCULINE_ODDS) / sum(MASCULINE_ODDS))
    if feminine:
        style = rng.choice(FEMININE_HAIR, p=np.array(FEMININE_ODDS) / sum(FEMININE_ODDS))
    if look > 5 and style in ("spiky", "bowl", "quiff", "short") and rng.random() < 0.55:
        style = rng.choice(["balding", "bald", "balding"])
    if look < 3 and style in ("bald", "balding", "bun"):
        style = "tuft" if look < 0.7 else rng.choice(["fringe", "pigtails"] if feminine else ["bowl", "short"])
    if look < 2.2 and feminine and rng.random() < 0.25:
        style = "pigtails"
    if look < 0.5 and rng.random() < 0.6:
        style = "tuft"
    beard = "none"
    if not feminine and look > 3:
        odds = [0.42, 0.16, 0.1, 0.1, 0.17, 0.05] if look > 3.7 else [0.75, 0.18, 0.04, 0.03, 0, 0]
        beard = str(rng.choice(BEARDS, p=odds))
    return {
        "child": float(np.clip(_child(look) + rng.normal(0, 0.01), 0, 1)),
        "lines": float(np.clip((look - 3.6) / 3.2 + rng.normal(0, 0.02), 0, 1)),
        "sag": float(np.clip((look - 4.8) / 2.6 + rng.normal(0, 0.06), 0, 1)),
        "grey": float(grey),
        "hair_style": str(style),
        "beard": beard,
    }


def _colours(rng: np.random.Generator, look: float, feminine: bool) -> dict:
    position = (len(palettes.SKINS) - 1) * rng.random() ** 1.12  # slightly more light and middle tones than deep ones
    tone = int(position)
    skin = mix(palettes.SKINS[tone], palettes.SKINS[min(tone + 1, len(palettes.SKINS) - 1)], position - tone)
    if position > 6:
        odds = {"black": 0.78, "brown": 0.17, "red": 0.01, "blond": 0.01, "dyed": 0.03}
    elif position > 3:
        odds = {"black": 0.46, "brown": 0.38, "red": 0.05, "blond": 0.07, "dyed": 0.04}
    else:
        odds = {"black": 0.18, "brown": 0.34, "red": 0.19, "blond": 0.26, "dyed": 0.03}
    name = str(rng.choice(list(odds), p=list(odds.values())))
    if name == "dyed" and not 2 < look < 5.5:
        name = "brown"
    shades = palettes.HAIR[name]
    dark_eyed = position > 5 or rng.random() < 0.45
    return {
        "skin": skin,
        "hair_name": name,
        "hair": shades[rng.integers(len(shades))],
        "fabric": palettes.FABRICS[rng.integers(len(palettes.FABRICS))],
        "iris": palettes.IRISES[rng.integers(0, 4) if dark_eyed else rng.integers(4, len(palettes.IRISES))],
        "lipstick": ((188, 44, 62), (206, 84, 96), (150, 44, 74))[rng.integers(3)]
        if _adult(rng, look, feminine, 0.4)
        else None,
        "blush": float(rng.uniform(0.1, 0.3)),
    }


def _adult(rng: np.random.Generator, look: float, feminine: bool, odds: float) -> bool:
    return bool(rng.random() < odds) and feminine and look > 2.6


def _shape(rng: np.random.Generator, look: float, feminine: bool) -> dict:
    kid = _child(look)
    return {
        "width": float(0.455 + rng.normal(0, 0.022) + 0.045 * kid - 0.012 * feminine),
        "height": float(0.60 + rng.normal(0, 0.018) - 0.1 * kid),
        "jaw": float(np.clip(0.78 + rng.normal(0, 0.06) - 0.05 * feminine + 0.03 * kid, 0.62, 0.92)),
        "chin": float(np.clip(0.34 + rng.normal(0, 0.06) - 0.05 * feminine + 0.1 * kid, 0.2, 0.5)),
        "cheek": float(np.clip(0.98 + rng.normal(0, 0.025) + 0.05 * kid, 0.92, 1.08)),
        "eye_size": float(np.clip(1 + rng.normal(0, 0.09) + 0.05 * feminine, 0.8, 1.25)),
        "eye_gap": float(0.195 + rng.normal(0, 0.012)),
        "eye_tilt": float(rng.normal(0.03, 0.09)),
        "eye_y": float(-0.035 + rng.normal(0, 0.012)),
        "lashes": float(np.clip(rng.normal(0.55 if feminine else 0.1, 0.2), 0, 1)),
        "brow_weight": float(np.clip(rng.normal(0.9 if feminine else 1.25, 0.22), 0.5, 1.8)),
        "brow_arch": float(rng.uniform(0.01, 0.05)),
        "brow_y": float(rng.normal(0, 0.014)),
        "brow_length": float(rng.uniform(0.9, 1.15)),
        "nose_width": float(np.clip(rng.normal(1.0, 0.17), 0.65, 1.45)),
        "nose_length": float(np.clip(rng.normal(1.0, 0.14), 0.7, 1.35)),
        "nose_kind": int(rng.integers(4)),
        "mouth_width": float(0.165 + rng.normal(0, 0.016)),
        "mouth_y": float(0.335 + rng.normal(0, 0.012)),
        "lip": float(np.clip(rng.normal(0.9 + 0.2 * feminine, 0.25), 0.4, 1.6)),
        "ear": float(np.clip(rng.normal(1, 0.13), 0.7, 1.4)),
    }


def _adornment(rng: np.random.Generator, look: float, feminine: bool) -> dict:
    spots = rng.uniform([0.17, 0.12], [0.34, 0.4], (3, 2))[: rng.choice([0, 0, 0, 1, 1, 2])]  # on the cheeks
    spots[:, 0] *= rng.choice([-1, 1], len(spots))
    glasses = rng.choice(["never", "sometimes", "always"], p=[0.52, 0.31, 0.17] if look > 1 else [0.8, 0.12, 0.08])
    jewel = palettes.METALS[rng.integers(3)] if rng.random() < (0.45 if feminine and look > 1 else 0.06) else None
    wardrobe = rng.choice(len(palettes.CLOTHES), size=4, replace=False)
    return {
        "hair_volume": float(rng.uniform(0.85, 1.2)),
        "parting": float(rng.choice([-1, 1]) * rng.uniform(0.1, 0.6)),
        "earring": jewel,
        "freckles": float(rng.uniform(0.4, 1)) if rng.random() < 0.16 else 0.0,
        "moles": tuple((float(x), float(y)) for x, y in spots),
        "glasses": str(glasses),
        "frame": int(rng.integers(6)),
        "frame_colour": palettes.FRAMES[rng.integers(len(palettes.FRAMES))],
        "wardrobe": tuple(palettes.CLOTHES[i] for i in wardrobe),
    }


def hair_now(person: Identity) -> Colour:
    """The hair colour at the person's age, with its share of grey."""
    if person.hair_name == "dyed":
        return person.hair
    target = palettes.HAIR["grey" if person.grey < 0.75 else "white"][person.seed[1] % 3]
    return mix(person.hair, target, 0.94 * person.grey**0.8)


def hair_colour_name(person: Identity) -> str:
    """Word for the hair colour in the picker: black, brown, blond, red, grey, white, dyed, covered or bald."""
    if person.hair_style in ("hijab", "turban"):
        return "covered"
    if person.hair_style == "bald":
        return "bald"
    if person.hair_name == "dyed" or person.grey < 0.35:
        return person.hair_name
    return "grey" if person.grey < 0.75 else "white"
