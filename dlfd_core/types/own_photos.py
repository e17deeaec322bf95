"""A visitor's own photos: the faces in them, the people that the visitor confirmed, and the taught data set."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from dlfd_core.errors import InvalidRequest
from dlfd_core.types.cards import DataCard

#: Prefix of the names of data sets made of a visitor's photos; the rest of the name is random, so nobody can guess it.
OWN_DATA_PREFIX = "own-"
#: Least number of own people without the portraits: some train the classifier, the others are its unseen people.
MINIMUM_OWN_PEOPLE = 6
#: Ids of own people: ``me1``, ``me2`` ...
OWN_PERSON_ID = re.compile(r"me[1-9][0-9]{0,3}")


def refuse_own(data: str) -> None:
    """Refuse own photos in a request from outside the page: only the page that sent them may use them.

    Raises:
        InvalidRequest: ``data`` names somebody's own photos.
    """
    if data.startswith(OWN_DATA_PREFIX):
        raise InvalidRequest("Own photos can be used only on the page they were sent from; choose another data set.")


def are_own_people(people: Sequence[str]) -> bool:
    """Whether any of these ids is that of an own person."""
    return any(OWN_PERSON_ID.fullmatch(person) for person in people)


@dataclass(frozen=True)
class OwnSkipped:
    """A file or person that was left out: its cleaned name, not yet escaped, and the reason in one sentence."""

    name: str
    sentence: str


@dataclass(frozen=True)
class OwnPhoto:
    """A photo with the faces found in it.

    Attributes:
        number: of the photo in this session.
        person, file: cleaned names, not yet escaped.
        faces: square WebP pictures; the first is the proposal.
        sentence: what the visitor should look at; empty where there is nothing to decide.
    """

    number: int
    person: str
    file: str
    faces: tuple[bytes, ...] = field(repr=False)
    sentence: str = ""


@dataclass(frozen=True)
class OwnReading:
    """Number of photos in an upload, and the files that are not photos."""

    photos: int
    skipped: tuple[OwnSkipped, ...] = ()


@dataclass(frozen=True)
class OwnFaceSearch:
    """The result of the search for faces in the next photo.

    Attributes:
        photo: None where it was left out; ``skipped`` then says why.
        left: number of photos still to be searched.
    """

    photo: OwnPhoto | None
    skipped: OwnSkipped | None
    left: int


@dataclass(frozen=True)
class OwnChoice:
    """A visitor's answer about one photo: the name of the person, and the number of the face, counted from 0."""

    number: int
    person: str
    face: int = 0


@dataclass(frozen=True)
class OwnPeople:
    """The confirmed people as (name, number of photos), and what was left out."""

    people: tuple[tuple[str, int], ...]
    skipped: tuple[OwnSkipped, ...] = ()


@dataclass(frozen=True)
class OwnReady:
    """The result of teaching: the classifier is trained on the own people.

    Attributes:
        card: the whole data set; own people come last in it.
        own: only the own people, with their pictures; their tiles are indices into these pictures.
        task: the task of the taught classifier.
        only: own people replace the portraits instead of joining them.
    """

    card: DataCard
    own: DataCard
    task: str
    only: bool = False
