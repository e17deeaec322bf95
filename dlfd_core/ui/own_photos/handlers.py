"""Handlers of photos of own people, without gradio: answers to a browser's questions, and values of ``PhotoDrop``."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from dlfd_core.errors import InvalidRequest
from dlfd_core.types import ForgetProgress, OwnChoice, OwnSkipped
from dlfd_core.ui.components.assets import sprite_value
from dlfd_core.ui.forget.handlers import Handlers
from dlfd_core.ui.own_photos import views
from dlfd_core.ui.own_photos.questions import NO_SENSE, Answer, Back, Confirm, Piece, Question, Read, answer_to
from dlfd_core.ui.server.failures import job
from dlfd_core.ui.server.hosting import Hosting
from dlfd_core.ui.server.kept_jobs import KeptJobs
from dlfd_core.ui.server.neighbours import Neighbours
from dlfd_core.ui.text.markup import data_uri

#: Seconds that a deletion waits for the end of a run that it has stopped.
PATIENCE = 10.0
NOT_TAUGHT = "The classifier has not learned any of your people yet."
NOT_READY = "Your photos are still on the server, but no classifier knows them: choose them again, or delete them."
NO_CONSENT = "First tick that these people agreed; without this tick their photos are not used."
DELETED = (
    "Your photos and all that was made of them are deleted. What this page still shows of them is in your browser "
    "alone, until you close or reload it."
)
DELETING = "Your photos are deleted as soon as the run that uses them has stopped, in a few seconds."


class OwnHandlers:
    """Handlers of the part "Use photos of your own people".

    The browser calls ``functions`` directly, so that photos and faces pass through memory alone. The slot ``own`` is
    the value of ``PhotoDrop``, which holds no face.

    Args:
        page: shares its service and its count of runs.

    Attributes:
        kept: teaching that goes on while its page is reloaded or its line is lost; each has the one slot ``own``.
        left_behind: called with the session of a page whose photos a reloaded page has taken over.
    """

    def __init__(self, page: Handlers):
        self.page, self.own = page, page.service.own
        self._stamps = itertools.count(1)
        self._neighbours = Neighbours(Hosting.from_environment().per_address, self.own.give_way)
        self.own.on_wiped(self._neighbours.leave)
        self.kept = KeptJobs()
        self.own.on_wiped(self.kept.drop)
        self.left_behind: Callable[[str], None] = lambda session: None

    # ---- the browser's questions ----

    def functions(self) -> list[Callable[[object], Answer]]:
        """The functions that the browser calls. Anybody can call them, so bad input is answered with a sentence."""

        def own_start(question: object) -> Answer:
            return answer_to(Question, self._start, question)

        def own_send(question: object) -> Answer:
            return answer_to(Piece, self._send, question)

        def own_read(question: object) -> Answer:
            return answer_to(Read, self._read, question)

        def own_find_faces(question: object) -> Answer:
            return answer_to(Question, self._look, question)

        def own_confirm(question: object) -> Answer:
            return answer_to(Confirm, self._confirm, question)

        def own_ready(question: object) -> Answer:
            return answer_to(Question, self._ready, question)

        def own_back(question: object) -> Answer:
            return answer_to(Back, self._back, question)

        return [own_start, own_send, own_read, own_find_faces, own_confirm, own_ready, own_back]

    def _start(self, question: Question) -> Answer:
        with self._admitted(question.key):
            return {"secret": self.own.start(question.key)}

    def _back(self, question: Back) -> Answer:
        """Whether the photos are here for a page that was reloaded, or whose line was lost, and what to say."""
        before = self.own.come_back(question.key, question.secret)
        if before is None:
            reason = self.own.deletion_reason(question.key)
            return {"here": False, "ready": False, "teaching": False, "text": reason}
        self._neighbours.rename(before, question.key)
        if before != question.key:
            self.left_behind(before)
            for kept in (self.kept, *self.page.jobs):
                kept.rename(before, question.key)
        ready, ticket = self.own.ready(question.key), self.kept.ticket_of(question.key)
        if ticket is not None:
            self.kept.note(ticket)["session"] = question.key
            return {"here": True, "ready": ready is not None, "teaching": True, "text": ""}
        text = NOT_READY if ready is None else views.ready(ready, self.page.data)
        return {"here": True, "ready": ready is not None, "teaching": False, "text": text}

    def _send(self, question: Piece) -> Answer:
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

    def _read(self, question: Read) -> Answer:
        reading = self.own.read(question.key, cropped=question.cropped)
        return {"photos": reading.photos, "skipped": _listed(reading.skipped)}

    def _look(self, question: Question) -> Answer:
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

    def _confirm(self, question: Confirm) -> Answer:
        if not question.consent:
            raise InvalidRequest(NO_CONSENT)
        choices = [OwnChoice(one.number, one.person, one.face) for one in question.choices]
        confirmed = self.own.confirm(question.key, choices, only=question.only)
        return {"people": [list(person) for person in confirmed.people], "skipped": _listed(confirmed.skipped)}

    def _ready(self, question: Question) -> Answer:
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
        """Values of ``PhotoDrop``, None as heartbeat. Never raises: an error becomes a sentence. Teaching goes on
        where this iterator is closed, until ``stopped``."""
        now = {"session": session}  # a page that is reloaded has another one
        steps = job(self._run(task, now), partial(self._failed, session), "Teaching own people failed")
        ticket = self.kept.start(({"own": value} if value else {} for value in steps), session, now)
        yield from self._follow(ticket, session)

    def teach_on(self, session: str) -> Iterator[dict[str, Any] | None]:
        """The same for a page that was reloaded while its people were taught; nothing where nobody is taught."""
        ticket = self.kept.ticket_of(session)
        return self._follow(ticket, session) if ticket else iter(())

    def _follow(self, ticket: str, session: str) -> Iterator[dict[str, Any] | None]:
        for slots in self.kept.follow(ticket, session):
            value = slots.get("own")
            if value and value["stage"] == "taught":  # the page may be another one than at the start
                value = self._outcome(session)
            yield value and value | {"key": session}

    def _run(self, task: str, now: Mapping[str, str]) -> Iterator[dict[str, Any] | None]:
        yield self._value(now["session"], "teaching", "Getting ready")
        for batch in self.page.batches(partial(self._taught, now, task), now["session"]):
            yield self._progress(now["session"], batch[-1]) if batch else None
        yield self._value(now["session"], "taught")

    def _failed(self, session: str, sentence: str) -> dict[str, Any]:
        return self._value(session, "failed", sentence)

    def _outcome(self, session: str) -> dict[str, Any]:
        """The value once the classifier is taught."""
        ready = self.own.ready(session)
        if ready is None:
            return self._failed(session, self.own.deletion_reason(session) or DELETED)
        return self._value(session, "ready", views.ready(ready, self.page.data))

    def _progress(self, session: str, now: ForgetProgress) -> dict[str, Any]:
        share = now.done / max(1, now.total)
        return self._value(session, "teaching", now.message, share=share, left=now.seconds_left)

    def _taught(self, now: Mapping[str, str], task: str, should_stop: Callable[[], bool]) -> Iterator[ForgetProgress]:
        yield from self.own.adapt(now["session"], task, should_stop)

    def stopped(self, session: str) -> dict[str, Any]:
        """The value after a stop, which also stops teaching itself."""
        self.kept.drop(session)
        return self._value(session, "stopped", "Stopped. The classifier was not changed; your photos are still here.")

    def wipe(self, session: str) -> dict[str, Any]:
        """Delete all photos of this visitor and everything made of them."""
        self.kept.drop(session)
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


def _listed(skipped: Sequence[OwnSkipped]) -> list[Mapping[str, str]]:
    return [{"name": one.name, "sentence": one.sentence} for one in skipped]
