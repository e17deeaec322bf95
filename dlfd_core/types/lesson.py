"""A guided lesson: first predict, then do something on the page, look, and see whether the prediction was right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dlfd_core.types.cards import DEFAULT_PRESET, KnobValue

#: ``example`` shows the finished example and needs no run; ``run`` fills the page's fields and starts a run.
LessonAct = Literal["example", "run"]

#: Instead of a list of people: those of the finished example, which are ``random:20`` drawn with seed 0.
EXAMPLE_PEOPLE = "example"


@dataclass(frozen=True)
class LessonRun:
    """The run a lesson asks for. Everybody who takes the lesson asks for an equal one, so it is computed once.

    Attributes:
        people: ids, or ``(EXAMPLE_PEOPLE,)``.
        knobs: settings that differ from the preset, as they are written in the file, sorted by name.
    """

    people: tuple[str, ...]
    task: str
    method: str
    preset: str = DEFAULT_PRESET
    knobs: tuple[tuple[str, KnobValue], ...] = ()
    seed: int = 0
    retrain: bool = False
    control: bool = False


@dataclass(frozen=True)
class LessonOption:
    """An answer to tick; ``right`` only where the question has an answer that does not depend on the run."""

    text: str
    right: bool = False


@dataclass(frozen=True)
class LessonLook:
    """Where to look: ``anchor`` names a part of the page, ``link`` is the link's text, ``text`` follows it."""

    anchor: str
    link: str
    text: str


@dataclass(frozen=True)
class Lesson:
    """One file of ``assets/lessons``.

    Attributes:
        name: the file's, without number and ending; number: the file's, in whose order lessons stand.
        minutes: how long it takes in a class.
        run: what ``run`` starts; None where the lesson is about the finished example.
        reveal: paragraphs with facts of the run in braces, ``{unlearned.mia_auc}``; one whose facts the run does not
            have is left out.
        doing, think, teacher: plain paragraphs, or lines that start with ``- `` for a list.
    """

    name: str
    number: int
    title: str
    minutes: int
    goal: str
    run: LessonRun | None
    question: str
    options: tuple[LessonOption, ...]
    doing: str
    looks: tuple[LessonLook, ...]
    reveal: tuple[str, ...]
    think: str
    teacher: str

    @property
    def act(self) -> LessonAct:
        return "example" if self.run is None else "run"
