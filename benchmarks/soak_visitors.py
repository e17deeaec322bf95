"""Visitors of a running demo, as ``soak`` sends them: each asks again and again over HTTP, and checks its answers."""

from __future__ import annotations

import http.client
import json
import random
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

#: How often each kind of visit is drawn. ``cached`` repeats one of few runs, ``own`` is a run nobody else asks for, and
#: the other two give up after the first progress: with the page's cancel, or by closing the connection.
KINDS = {"cached": 5, "own": 3, "cancelled": 1, "closed": 1}
#: The runs that are asked for again and again: (seed, people counted from the first).
FAVOURITES = ((0, 2), (1, 3), (2, 4))
#: Requests with one session; then a visitor comes as somebody new, below what one may start in ten minutes. So does
#: who has given up: over plain HTTP gradio hands what is left of a request to the session's next one.
PER_SESSION = 12


@dataclass(frozen=True)
class Asked:
    """A request for one epoch of fine-tuning."""

    people: tuple[str, ...]
    seed: int

    def data(self) -> list[object]:
        """The arguments of ``forget``, in order."""
        return [list(self.people), "emotion", "fine_tune", "quality", self.seed, False, False, {"epochs": 1}]

    def answered_by(self, report: Mapping[str, Any]) -> bool:
        """Whether a report is of this request."""
        said = report["request"]
        given = (said["people"], said["seed"], said["method"], said["knobs"].get("epochs", 1))
        return given == (sorted(self.people), self.seed, "fine_tune", 1)


@dataclass(frozen=True)
class Outcome:
    """What became of a request.

    Attributes:
        result: ``finished``, ``given up``, ``refused`` (a sentence of the demo), ``busy`` (the queue was full),
            ``unfinished`` (still going on when the soak's patience ended), ``mixed up`` (another request's answer) or
            ``error``.
        first, end: seconds to the first message and to the report; None where none came.
        key: of the report, and ``scores`` a text of its scores: equal requests must have equal ones.
    """

    kind: str
    result: str
    first: float | None = None
    end: float | None = None
    key: str = ""
    scores: str = ""
    said: str = ""


@dataclass
class Visitor:
    """One of many, in a thread of its own.

    Args:
        people: ids that can be picked.
        function: number of ``forget`` in gradio's configuration, which a cancel names.
        patience: seconds that are waited for a run after the end of the visit.
    """

    port: int
    number: int
    people: list[str]
    function: int
    patience: float = 120.0
    outcomes: list[Outcome] = field(default_factory=list)

    def stay(self, until: float) -> None:
        """Ask, think and ask again until a time of ``time.monotonic``; what was begun is waited for a while."""
        rng = random.Random(self.number)
        session, asked = "", 0
        while time.monotonic() < until:
            asked += 1
            if asked > PER_SESSION or not session or self.outcomes[-1].result != "finished":
                session, asked = uuid.uuid4().hex, 1
            (kind,) = rng.choices(list(KINDS), list(KINDS.values()))
            try:
                outcome = self._ask(kind, self._request(kind, rng), session, until + self.patience)
            except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
                outcome = Outcome(kind, "error", said=repr(error))
            self.outcomes.append(outcome)
            time.sleep(rng.uniform(0.1, 1.0))

    def _request(self, kind: str, rng: random.Random) -> Asked:
        if kind == "cached":
            seed, count = rng.choice(FAVOURITES)
            return Asked(tuple(self.people[:count]), seed)
        # a seed of its own: nobody else can have asked for this run before
        seed = 1_000 * (self.number + 1) + len(self.outcomes)
        return Asked(tuple(rng.sample(self.people[:6], 2)), seed)

    def _ask(self, kind: str, asked: Asked, session: str, latest: float) -> Outcome:
        started = time.monotonic()
        with connection(self.port) as line:
            question = {"data": asked.data(), "session_hash": session}
            status, text = exchange(line, "POST", "/gradio_api/call/forget", question)
        if status == 503:
            return Outcome(kind, "busy", said=text)
        if status != 200:
            return Outcome(kind, "error", said=f"{status} {text}")
        event = json.loads(text)["event_id"]
        first: float | None = None
        with connection(self.port) as line:
            line.request("GET", f"/gradio_api/call/forget/{event}")
            for name, data in messages(line.getresponse()):
                now = time.monotonic() - started
                if started + now > latest:
                    return Outcome(kind, "unfinished", first)
                if name == "heartbeat":
                    continue
                if name == "error":
                    said = data["error"] if isinstance(data, dict) else data
                    return Outcome(kind, "refused" if said else "error", first, said=str(said))
                first = first or now
                if name == "complete":
                    return _finished(kind, asked, data, first, now)
                if kind == "closed":
                    return Outcome(kind, "given up", first)
                if kind == "cancelled":
                    self._cancel(session, event)
                    return Outcome(kind, "given up", first)
        return Outcome(kind, "error", first, said="the answers ended without a last one")

    def _cancel(self, session: str, event: str) -> None:
        with connection(self.port) as line:
            body = {"session_hash": session, "fn_index": self.function, "event_id": event}
            status, text = exchange(line, "POST", "/gradio_api/cancel", body)
        if status != 200:
            raise ValueError(f"a cancel was answered with {status} {text}")


def _finished(kind: str, asked: Asked, data: Any, first: float, end: float) -> Outcome:
    last = data[0] if data else None
    if last is None or last.get("event") != "report":
        return Outcome(kind, "error", first, end, said=f"the last answer was no report: {str(last)[:200]}")
    report = last["report"]
    result = "finished" if asked.answered_by(report) else "mixed up"
    return Outcome(kind, result, first, end, report["key"], json.dumps(report["scores"], sort_keys=True))


@contextmanager
def connection(port: int) -> Iterator[http.client.HTTPConnection]:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        yield line
    finally:
        line.close()


def exchange(line: http.client.HTTPConnection, method: str, path: str, body: object = None) -> tuple[int, str]:
    """Status and text of an answer."""
    line.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
    answer = line.getresponse()
    return answer.status, answer.read().decode()


def messages(answer: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    """Server-sent events as (name, data); gradio sends a heartbeat every 15 seconds at least."""
    name = ""
    for row in answer:
        if row.startswith(b"event: "):
            name = row[7:].decode().strip()
        elif row.startswith(b"data: "):
            yield name, json.loads(row[6:])
