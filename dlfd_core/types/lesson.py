"""A guided lesson: predict a result, do something on the page, look at the result, compare it with the prediction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dlfd_core.types.cards import DEFAULT_PRESET, KnobValue

#: ``example`` uses the finished example and needs no run; ``run`` fills in the form of the page and starts a run.
LessonAct = Literal["example", "run"]

#: In place of a list of people: those of the finished example, which are ``random:20`` with seed 0.
EXAMPLE_PEOPLE = "example"


@dataclass(frozen=True)
class LessonRun:
    """The run that a lesson starts. It is equal for all visitors, so it is computed once.

    Attributes:
        people: ids, or ``(EXAMPLE_PEOPLE,)``.
        knobs: settings that differ from the preset, as written in the file, sorted by name.
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
    """An answer to choose from; ``right`` only where the right answer does not depend on the run."""

    text: str
    right: bool = False


@dataclass(frozen=True)
class LessonLook:
    """A part of the page to look at: ``anchor`` is its id, ``link`` the text of the link, ``text`` follows the link."""

    anchor: str
    link: str
    text: str


@dataclass(frozen=True)
class Lesson:
    """One file of ``assets/lessons``.

    Attributes:
        name: of the file, without its number and ending; number: of the file, which gives the order of the lessons.
        minutes: duration in a class.
        run: the run that the lesson starts; None where it is about the finished example.
        reveal: paragraphs with facts of the run in braces, ``{unlearned.mia_auc}``; a paragraph is left out where the
            run lacks one of its facts.
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
