"""A visitor's own photos: what is found in them, who is confirmed, and who can be forgotten in the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from dlfd_core.errors import InvalidRequest
from dlfd_core.types.cards import DataCard

#: Names of data sets made of a visitor's photos begin so; what follows is not to be guessed.
OWN_DATA_PREFIX = "own-"
#: As few own people as can stand alone: some train the classifier, others are those it never sees.
MINIMUM_OWN_PEOPLE = 6
#: Ids of own people: ``me1``, ``me2`` ...
OWN_PERSON_ID = re.compile(r"me[1-9][0-9]{0,3}")


def refuse_own(data: str) -> None:
    """For requests that name a data set from outside: own photos are reached from the page that sent them alone.

    Raises:
        InvalidRequest: it names somebody's own photos.
    """
    if data.startswith(OWN_DATA_PREFIX):
        raise InvalidRequest("Own photos can be used only on the page they were sent from; choose another data set.")


def are_own_people(people: Sequence[str]) -> bool:
    """Whether own people are among these ids."""
    return any(OWN_PERSON_ID.fullmatch(person) for person in people)


@dataclass(frozen=True)
class OwnSkipped:
    """A file or person that was left out: a cleaned name, still to be escaped, and one sentence why."""

    name: str
    sentence: str


@dataclass(frozen=True)
class OwnPhoto:
    """A photo with what can be taken of it.

    Attributes:
        number: of the photo in this visit.
        person, file: cleaned names, still to be escaped.
        faces: square WebP pictures; the first is proposed.
        sentence: what the visitor should look at; empty where there is nothing to decide.
    """

    number: int
    person: str
    file: str
    faces: tuple[bytes, ...] = field(repr=False)
    sentence: str = ""


@dataclass(frozen=True)
class OwnReading:
    """How many photos are to be looked at, and which files are none."""

    photos: int
    skipped: tuple[OwnSkipped, ...] = ()


@dataclass(frozen=True)
class OwnLook:
    """The next photo, looked at.

    Attributes:
        photo: None where it was left out, which ``skipped`` then explains.
        left: photos still to be looked at.
    """

    photo: OwnPhoto | None
    skipped: OwnSkipped | None
    left: int


@dataclass(frozen=True)
class OwnChoice:
    """A visitor's answer about one photo: whose it is, and which of its faces, counted from 0."""

    number: int
    person: str
    face: int = 0


@dataclass(frozen=True)
class OwnPeople:
    """Who was confirmed, as (name, number of photos), and what was left out."""

    people: tuple[tuple[str, int], ...]
    skipped: tuple[OwnSkipped, ...] = ()


@dataclass(frozen=True)
class OwnReady:
    """The classifier knows the own people now.

    Attributes:
        card: the whole data set, as the page's own card is; own people come last in it.
        own: the own people alone, with their pictures; tiles count in these.
        task: what the classifier tells that was taught.
        only: the own people stand in place of the portraits.
    """

    card: DataCard
    own: DataCard
    task: str
    only: bool = False
