"""Simulated visitors of a running demo for ``soak``: each sends requests over HTTP and checks the responses."""

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

#: Weights of the kinds of requests. ``cached`` repeats one of a few runs, ``own`` is a run of this visitor only. The
#: other two stop after the first progress: by the page's cancel, or by closing the connection.
KINDS = {"cached": 5, "own": 3, "cancelled": 1, "closed": 1}
#: The repeated runs: (seed, number of people, counted from the first).
FAVOURITES = ((0, 2), (1, 3), (2, 4))
#: Requests of one session, fewer than one visitor may start in ten minutes; then a new session begins. A new session
#: also begins after a request that was stopped: over plain HTTP gradio sends its remaining events to the session's next
#: request.
PER_SESSION = 12


@dataclass(frozen=True)
class ForgetCall:
    """A request for one epoch of fine-tuning."""

    people: tuple[str, ...]
    seed: int

    def data(self) -> list[object]:
        """The arguments of the API function ``forget``, in order."""
        return [list(self.people), "emotion", "fine_tune", "quality", self.seed, False, False, {"epochs": 1}, "", ""]

    def matches(self, report: Mapping[str, Any]) -> bool:
        """Whether a report is of this request."""
        request = report["request"]
        settings = (request["people"], request["seed"], request["method"], request["knobs"].get("epochs", 1))
        return settings == (sorted(self.people), self.seed, "fine_tune", 1)


@dataclass(frozen=True)
class Outcome:
    """Result of a request.

    Attributes:
        result: ``finished``, ``given up``, ``refused`` (with a sentence of the demo), ``busy`` (the queue was full),
            ``unfinished`` (still running at the time limit), ``mixed up`` (the report of another request) or ``error``.
        first, end: seconds to the first message and to the report; None without one.
        key, scores: of the report, the scores as text: equal requests must have equal scores.
        message: of an error or a refusal.
    """

    kind: str
    result: str
    first: float | None = None
    end: float | None = None
    key: str = ""
    scores: str = ""
    message: str = ""


@dataclass
class Visitor:
    """One visitor, in a thread of its own.

    Args:
        people: ids of the people to choose from.
        function: number of ``forget`` in gradio's configuration, which a cancel needs.
        time_limit: seconds to wait for the last run after the end of the visit.
    """

    port: int
    number: int
    people: list[str]
    function: int
    time_limit: float = 120.0
    outcomes: list[Outcome] = field(default_factory=list)

    def stay(self, until: float) -> None:
        """Send requests with short pauses until a time of ``time.monotonic``, and wait for the last one."""
        rng = random.Random(self.number)
        session, requests = "", 0
        while time.monotonic() < until:
            requests += 1
            if requests > PER_SESSION or not session or self.outcomes[-1].result != "finished":
                session, requests = uuid.uuid4().hex, 1
            kind = self.kind(rng)
            try:
                outcome = self.send(kind, self.call(kind, rng), session, until + self.time_limit)
            except (OSError, http.client.HTTPException, ValueError, KeyError) as error:
                outcome = Outcome(kind, "error", message=repr(error))
            self.outcomes.append(outcome)
            time.sleep(rng.uniform(0.1, 1.0))

    def kind(self, rng: random.Random) -> str:
        """The kind of the next request."""
        return rng.choices(list(KINDS), list(KINDS.values()))[0]

    def call(self, kind: str, rng: random.Random) -> ForgetCall:
        """A request of a kind."""
        if kind == "cached":
            seed, count = rng.choice(FAVOURITES)
            return ForgetCall(tuple(self.people[:count]), seed)
        # a unique seed: no other visitor can have requested this run
        seed = 1_000 * (self.number + 1) + len(self.outcomes)
        return ForgetCall(tuple(rng.sample(self.people[:6], 2)), seed)

    def send(self, kind: str, call: ForgetCall, session: str, latest: float) -> Outcome:
        """Send a request and read its events until the report, the time limit or the stop of its kind."""
        started = time.monotonic()
        with connection(self.port) as http_connection:
            body = {"data": call.data(), "session_hash": session}
            status, text = exchange(http_connection, "POST", "/gradio_api/call/forget", body)
        if status == 503:
            return Outcome(kind, "busy", message=text)
        if status != 200:
            return Outcome(kind, "error", message=f"{status} {text}")
        event = json.loads(text)["event_id"]
        first: float | None = None
        with connection(self.port) as http_connection:
            http_connection.request("GET", f"/gradio_api/call/forget/{event}")
            for name, data in messages(http_connection.getresponse()):
                now = time.monotonic() - started
                if started + now > latest:
                    return Outcome(kind, "unfinished", first)
                if name == "heartbeat":
                    continue
                if name == "error":
                    message = data["error"] if isinstance(data, dict) else data
                    return Outcome(kind, "refused" if message else "error", first, message=str(message))
                first = first or now
                if name == "complete":
                    return _finished(kind, call, data, first, now)
                if kind == "closed":
                    return Outcome(kind, "given up", first)
                if kind == "cancelled":
                    self._cancel(session, event)
                    return Outcome(kind, "given up", first)
        return Outcome(kind, "error", first, message="the events ended without a report")

    def _cancel(self, session: str, event: str) -> None:
        """Cancel a request as the page does."""
        with connection(self.port) as http_connection:
            body = {"session_hash": session, "fn_index": self.function, "event_id": event}
            status, text = exchange(http_connection, "POST", "/gradio_api/cancel", body)
        if status != 200:
            raise ValueError(f"the response to a cancel was {status} {text}")


def _finished(kind: str, call: ForgetCall, data: Any, first: float, end: float) -> Outcome:
    """The outcome of a request whose last event has arrived."""
    last = data[0] if data else None
    if last is None or last.get("event") != "report":
        return Outcome(kind, "error", first, end, message=f"the last event was no report: {str(last)[:200]}")
    report = last["report"]
    result = "finished" if call.matches(report) else "mixed up"
    return Outcome(kind, result, first, end, report["key"], json.dumps(report["scores"], sort_keys=True))


@contextmanager
def connection(port: int) -> Iterator[http.client.HTTPConnection]:
    """A connection to the server, closed afterwards."""
    http_connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
    try:
        yield http_connection
    finally:
        http_connection.close()


def exchange(
    http_connection: http.client.HTTPConnection, method: str, path: str, body: object = None
) -> tuple[int, str]:
    """Send a request, and return status and text of its response."""
    content = None if body is None else json.dumps(body)
    http_connection.request(method, path, content, {"Content-Type": "application/json"})
    response = http_connection.getresponse()
    return response.status, response.read().decode()


def messages(response: http.client.HTTPResponse) -> Iterator[tuple[str, Any]]:
    """Server-sent events as (name, data); gradio sends a heartbeat every 15 seconds at least."""
    name = ""
    for line in response:
        if line.startswith(b"event: "):
            name = line[7:].decode().strip()
        elif line.startswith(b"data: "):
            yield name, json.loads(line[6:])
