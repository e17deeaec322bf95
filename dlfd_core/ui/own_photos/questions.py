"""Questions of the browser about own photos, as it must send them, and their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dlfd_core.ui.components.photo_drop import PIECE
from dlfd_core.ui.server.failures import UNFORESEEN_JOB, answered

NO_SENSE = "This page and the server do not understand each other; load the page again."

Answer = dict[str, Any]


class Question(BaseModel):
    """The field of every question: ``key`` is the visitor's session, made by the browser and known to nobody else."""

    model_config = ConfigDict(strict=True, extra="forbid")
    key: str = Field(min_length=8, max_length=80)


class Piece(Question):
    """A piece of a file, as base64."""

    file: int = Field(ge=0, le=10_000)
    name: str = Field(max_length=1_000)
    person: str = Field(max_length=1_000)
    place: int = Field(ge=0, le=10_000)
    count: int = Field(ge=1, le=10_000)
    content: str = Field(max_length=-(-PIECE // 3) * 4)


class Back(Question):
    """A page that was reloaded, or whose line was lost, asks for its photos by the secret of its browser tab."""

    secret: str = Field(min_length=20, max_length=80)


class Read(Question):
    """All files have arrived; ``cropped``: each photo is a face already."""

    cropped: bool


class Choice(BaseModel):
    """A face that is to be used, and whose it is."""

    model_config = ConfigDict(strict=True, extra="forbid")
    number: int = Field(ge=0)
    person: str = Field(max_length=1_000)
    face: int = Field(ge=0)


class Confirm(Question):
    """The faces to be used; ``only``: these people replace the portraits; ``consent``: they agreed."""

    choices: list[Choice] = Field(max_length=2_000)
    only: bool
    consent: bool


def answer_to(kind: type[Question], work: Callable[[Any], Answer], value: object) -> Answer:
    """The answer to a question of the browser; ``value`` is the question, unchecked."""
    try:
        question = kind.model_validate(value)
    except ValidationError:
        return {"error": NO_SENSE}
    return answered(lambda: work(question), UNFORESEEN_JOB)
