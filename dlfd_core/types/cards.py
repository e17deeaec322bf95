"""Choices for a request: data sets with their tasks and people, methods with their settings and presets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

KnobValue = float | int | bool | str

#: The network of the page and the command line where no other one is chosen; ``benchmarks.networks`` found it.
DEFAULT_BACKBONE = "compact_resnet"
#: The preset that every method has; the default.
DEFAULT_PRESET = "quality"


@dataclass(frozen=True)
class Knob:
    """One setting of a method, with everything that a form needs to show it.

    Attributes:
        symbol: the paper's symbol, e.g. ``"λ_f"``; empty when it has none.
        kind: ``float`` and ``int`` are bounded by ``low``..``high`` (inclusive); ``choice`` by ``choices``.
        unit: e.g. ``"steps"``, ``"/255"``; empty when it has none.
        advanced: shown only after the advanced settings are unfolded.
    """

    name: str
    label: str
    kind: Literal["float", "int", "bool", "choice"]
    default: KnobValue
    help: str
    symbol: str = ""
    low: float = 0.0
    high: float = 0.0
    step: float = 0.0
    choices: tuple[str, ...] = ()
    unit: str = ""
    advanced: bool = True


@dataclass(frozen=True)
class PresetCard:
    """A named set of values for all knobs of a method.

    Attributes:
        help: a few words without a full stop.
    """

    name: str
    title: str
    help: str


@dataclass(frozen=True)
class MethodCard:
    """An unlearning method as the page and the command line show it.

    Attributes:
        presets: at least one; the first is the default.
    """

    name: str
    title: str
    summary: str
    source: str
    knobs: tuple[Knob, ...]
    presets: tuple[PresetCard, ...]


@dataclass(frozen=True)
class Sprite:
    """Many small square pictures in one WebP image, row by row from the top left.

    Attributes:
        image: WebP bytes, ``columns * tile`` pixels wide.
        tile: side of one picture in pixels.
    """

    image: bytes = field(repr=False)
    columns: int
    tile: int
    count: int


@dataclass(frozen=True)
class PersonCard:
    """A person of the training set who can be picked for forgetting.

    Attributes:
        photos: number of photos that the model learned from, which are those that can be forgotten.
        tile: index of the person's picture in ``DataCard.faces``.
        attributes: e.g. ``{"age group": "20-30", "glasses": "sometimes", "hair colour": "red"}``.
    """

    id: str
    name: str
    photos: int
    tile: int
    attributes: dict[str, str]


@dataclass(frozen=True)
class TaskCard:
    """What a classifier is trained to predict. This is never the identity, unless the task's name is ``identity``."""

    name: str
    title: str
    classes: tuple[str, ...]


@dataclass(frozen=True)
class DataCard:
    """A data set: its tasks and the people who can be picked.

    Attributes:
        name: the name in requests.
        about: a sentence on who the people are; empty for drawn ones.
    """

    name: str
    title: str
    tasks: tuple[TaskCard, ...]
    people: tuple[PersonCard, ...]
    faces: Sprite | None
    about: str = ""


#: A network whose run takes longer than this many seconds is called slow.
SLOW = 120


@dataclass(frozen=True)
class Offer:
    """A data set and a network that a host offers on the page; its original is ready.

    Attributes:
        weights, device: as in a request.
        accuracy: of the original on unseen photos, for the first task, in [0, 1].
        seconds: expected seconds until the result of the default method; None where nothing was measured.
    """

    data: DataCard
    backbone: str
    weights: str | None = None
    device: str = "auto"
    accuracy: float | None = None
    seconds: float | None = None

    @property
    def is_slow(self) -> bool:
        """Whether a run takes longer than ``SLOW`` seconds here."""
        return self.seconds is not None and self.seconds > SLOW


@dataclass(frozen=True)
class Catalog:
    """Everything that a request can choose from.

    Attributes:
        offers: what the host offers; empty where that is only the first data set with the default network.
    """

    data: tuple[DataCard, ...]
    backbones: tuple[str, ...]
    methods: tuple[MethodCard, ...]
    device: str
    offers: tuple[Offer, ...] = ()
