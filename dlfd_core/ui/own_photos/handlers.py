"""Handlers of photos of own people, without gradio: answers to a browser's questions, and values of ``PhotoDrop``."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import ForgetProgress, OwnChoice, OwnSkipped
from dlfd_core.ui.components.assets import sprite_value
from dlfd_core.ui.components.photo_drop import PIECE
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.own_photos import views
from dlfd_core.ui.server.failures import UNFORESEEN_JOB, answered, job
from dlfd_core.ui.server.hosting import Hosting
from dlfd_core.ui.server.neighbours import Neighbours
from dlfd_core.ui.text.markup import data_uri

#: Seconds that a deletion waits for the end of a run that it has stopped.
PATIENCE = 10.0
NO_SENSE = "This page and the server do not understand each other; load the page again."
NOT_TAUGHT = "The classifier has not learned any of your people yet."
NOT_READY = "Your photos are still on the server, but no classifier knows them: choose them again, or delete them."
NO_CONSENT = "First tick that these people agreed; without it their photos are not used."
DELETED = (
    "Your photos and all that was made of them are deleted. What this page still shows of them is in your browser "
    "alone, until you close or reload it."
)
DELETING = "Your photos are deleted as soon as the run that uses them has stopped, in a few seconds."


class _Question(BaseModel):
    """The field of every question: ``key`` is the visitor's session, made by the browser and known to nobody else."""

    model_config = ConfigDict(strict=True, extra="forbid")
    key: str = Field(min_length=8, max_length=80)


class _Piece(_Question):
    file: int = Field(ge=0, le=10_000)
    name: str = Field(max_length=1_000)
    person: str = Field(max_length=1_000)
    place: int = Field(ge=0, le=10_000)
    count: int = Field(ge=1, le=10_000)
    content: str = Field(max_length=-(-PIECE // 3) * 4)


class _Back(_Question):
    secret: str = Field(min_length=20, max_length=80)


class _Read(_Question):
    cropped: bool


class _Choice(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    number: int = Field(ge=0)
    person: str = Field(max_length=1_000)
    face: int = Field(ge=0)


class _Confirm(_Question):
    choices: list[_Choice] = Field(max_length=2_000)
    only: bool
    consent: bool


Answer = dict[str, Any]


class OwnHandlers:
    """Handlers of the part "Use photos of your own people".

    The browser calls ``functions`` directly, so that photos and faces pass through memory alone. The slot ``own`` is
    the value of ``PhotoDrop``, which holds no face.

    Args:
        page: shares its service and its count of runs.

    Attributes:
        left_behind: called with the session of a page whose photos a reloaded page has taken over.
    """

    def __init__(self, page: Handlers):
        self.page, self.own = page, page.service.own
        self._stamps = itertools.count(1)
        self._neighbours = Neighbours(Hosting.from_environment().per_address, self.own.give_way)
        self.own.on_wiped(self._neighbours.leave)
        self.left_behind: Callable[[str], None] = lambda session: None

    # ---- the browser's questions ----

    def functions(self) -> list[Callable[[object], Answer]]:
        """The functions that the browser calls. Anybody can call them, so bad input is answered with a sentence."""

        def own_start(question: object) -> Answer:
            return _answered(_Question, self._start, question)

        def own_send(question: object) -> Answer:
            return _answered(_Piece, self._send, question)

        def own_read(question: object) -> Answer:
            return _answered(_Read, self._read, question)

        def own_find_faces(question: object) -> Answer:
            return _answered(_Question, self._look, question)

        def own_confirm(question: object) -> Answer:
            return _answered(_Confirm, self._confirm, question)

        def own_ready(question: object) -> Answer:
            return _answered(_Question, self._ready, question)

        def own_back(question: object) -> Answer:
            return _answered(_Back, self._back, question)

        return [own_start, own_send, own_read, own_find_faces, own_confirm, own_ready, own_back]

    def _start(self, question: _Question) -> Answer:
        with self._admitted(question.key):
            return {"secret": self.own.start(question.key)}

    def _back(self, question: _Back) -> Answer:
        """Whether the photos are here for a page that was reloaded, or whose line was lost, and what to say."""
        before = self.own.come_back(question.key, question.secret)
        if before is None:
            return {"here": False, "ready": False, "text": self.own.deletion_reason(question.key)}
        self._neighbours.rename(before, question.key)
        if before != question.key:
            self.left_behind(before)
        ready = self.own.ready(question.key)
        text = NOT_READY if ready is None else views.ready(ready, self.page.data)
        return {"here": True, "ready": ready is not None, "text": text}

    def _send(self, question: _Piece) -> Answer:
        try:
            content = base64.b64decode(question.content, validate=True)
        except ValueError as error:
            raise InvalidRequest(NO_SENSE) from error
        with self._admitted(question.key):
            self.own.send(
                question.key, question.file, question.name, question.person, question.place, question.count, content
            )
        return {}

    @contextmanager
    def _admitted(self, key: str) -> Iterator[None]:
        """Context of work that may open a session for photos. Raises ``TooOften``."""
        self._neighbours.admit(key)
        try:
            yield
        except Exception:
            if not self.own.is_open(key):
                self._neighbours.leave(key)
            raise

    def _read(self, question: _Read) -> Answer:
        reading = self.own.read(question.key, cropped=question.cropped)
        return {"photos": reading.photos, "skipped": _listed(reading.skipped)}

    def _look(self, question: _Question) -> Answer:
        look = self.own.find_faces(question.key)
        photo = look.photo and {
            "number": look.photo.number,
            "person": look.photo.person,
            "file": look.photo.file,
            "faces": [data_uri(face, "image/webp") for face in look.photo.faces],
            "sentence": look.photo.sentence,
        }
        skipped = look.skipped and _listed([look.skipped])[0]
        return {"photo": photo, "skipped": skipped, "left": look.left}

    def _confirm(self, question: _Confirm) -> Answer:
        if not question.consent:
            raise InvalidRequest(NO_CONSENT)
        choices = [OwnChoice(one.number, one.person, one.face) for one in question.choices]
        confirmed = self.own.confirm(question.key, choices, only=question.only)
        return {"people": [list(person) for person in confirmed.people], "skipped": _listed(confirmed.skipped)}

    def _ready(self, question: _Question) -> Answer:
        ready = self.own.ready(question.key)
        if ready is None:
            raise InvalidRequest(self.own.deletion_reason(question.key) or NOT_TAUGHT)
        people = [
            {"id": one.id, "name": one.name, "photos": one.photos, "tile": one.tile, "attributes": {}}
            for one in ready.own.people
        ]
        return {"people": people, "faces": sprite_value(ready.own.faces), "only": ready.only}

    # ---- teaching and deleting ----

    def hello(self, session: str) -> dict[str, Any]:
        """The value once the page is opened."""
        return self._value(session, "empty")

    def teach(self, task: str, session: str) -> Iterator[dict[str, Any] | None]:
        """Values of ``PhotoDrop``, None as heartbeat. Never raises: an error becomes a sentence."""
        return job(self._run(task, session), partial(self._value, session, "failed"), "Teaching own people failed")

    def _run(self, task: str, session: str) -> Iterator[dict[str, Any] | None]:
        yield self._value(session, "teaching", "Getting ready")
        for batch in self.page.batches(partial(self._taught, session, task), session):
            yield self._progress(session, batch[-1]) if batch else None
        ready = self.own.ready(session)
        if ready is None:
            raise InvalidRequest(self.own.deletion_reason(session) or DELETED)
        yield self._value(session, "ready", views.ready(ready, self.page.data))

    def _progress(self, session: str, now: ForgetProgress) -> dict[str, Any]:
        share = now.done / max(1, now.total)
        return self._value(session, "teaching", now.message, share=share, left=now.seconds_left)

    def _taught(self, session: str, task: str, should_stop: Callable[[], bool]) -> Iterator[ForgetProgress]:
        yield from self.own.adapt(session, task, should_stop)

    def stopped(self, session: str) -> dict[str, Any]:
        """The value after a stop; teaching itself stops because its stream is closed."""
        return self._value(session, "stopped", "Stopped. The classifier was not changed; your photos are still here.")

    def wipe(self, session: str) -> dict[str, Any]:
        """Delete all photos of this visitor and everything made of them."""
        done = self.own.wipe(session, PATIENCE)
        return self._value(session, "deleted", DELETED if done else DELETING)

    def left(self, session: str) -> None:
        """Delete the same some minutes after the page is closed, unless it comes back."""
        self.own.leave(session)

    def _value(
        self, session: str, stage: str, text: str = "", *, share: float = 0.0, left: float | None = None
    ) -> dict[str, Any]:
        stamp = next(self._stamps)  # gives each message a value of its own, also where it repeats a sentence
        return {"key": session, "stage": stage, "text": text, "share": share, "left": left, "stamp": stamp}


def _answered(kind: type[_Question], work: Callable[[Any], Answer], value: object) -> Answer:
    """The answer to a question of the browser; ``value`` is the question, unchecked."""
    try:
        question = kind.model_validate(value)
    except ValidationError:
        return {"error": NO_SENSE}
    return answered(lambda: work(question), UNFORESEEN_JOB)


def _listed(skipped: Sequence[OwnSkipped]) -> list[Mapping[str, str]]:
    return [{"name": one.name, "sentence": one.sentence} for one in skipped]
