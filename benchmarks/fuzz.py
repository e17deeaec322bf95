"""``python -m benchmarks.fuzz``: random requests to the running page, its scripts' functions and its uploads.

Hypothesis makes the requests and shortens those that break something. The page has the fake service of the tests, so
that only the server is tried. Nothing that is sent may be answered with an unforeseen error, a place of this machine or
a traceback, and the page answers afterwards as before. The packages of ``requirements-dev.txt`` are needed.
"""

from __future__ import annotations

import argparse
import base64
import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from dlfd_core.ui.server.failures import NO_FIGURE, NO_FILE, NO_LOOK_ALIKES, NOT_SHOWN, UNFORESEEN
from tests.fake_own import draw_photo
from tests.fakes import FakeService
from tests.own_photos.reading.hostile import zipped
from tests.ui.served import Answer, Served, serve

#: Statuses of an answer that the server means: 500 is an error that nobody foresaw.
MEANT = frozenset({200, 400, 403, 404, 405, 408, 413, 415, 422, 503})
#: Words that no answer may have, and beginnings of sentences of functions that stand for an unforeseen error.
SECRETS = ("Traceback", "site-packages", sys.prefix, str(Path(__file__).resolve().parents[1]))
UNFORESEEN_SENTENCES = (UNFORESEEN, NO_FIGURE, NO_FILE, NO_LOOK_ALIKES, NOT_SHOWN)
#: Requests of one round of hypothesis in a long trial.
EXAMPLES = 200

NUMBERS = st.one_of(st.integers(-3, 2_000), st.integers(), st.floats(), st.sampled_from([10**400, -(2**63), 1e308]))
TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(["", "p00", "me1", "dlfd", "emotion", "quality", "\0", "../../etc/passwd", "<b>", "9" * 5_000]),
)
VALUES: SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(TEXTS, inner, max_size=5)),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    "key secret file name person place count content cropped choices only consent number face request run kind people "
    "photo step mark code session".split()
)
KEYS = st.sampled_from(["fuzzing-visitor", "fuzzing-neighbour", "short", ""])
PARAMETERS = st.sampled_from("people task method preset seed retrain control knobs data backbone key more".split())
PHOTOS = (draw_photo(1), draw_photo(2, kind="PNG"), draw_photo(3, kind="WEBP"), b"", b"hello")
ZIPS = (zipped({"Ada/1.jpg": PHOTOS[0], "Ada/2.png": PHOTOS[1]}), zipped({"x.txt": b"hello", "y/z.webp": PHOTOS[2]}))


class Broken(AssertionError):
    """An answer that breaks a rule; the message has the request and the answer."""


@dataclass
class Trial:
    """A served page and what can be asked of it.

    Attributes:
        functions: (number of the component, name) of each function that the page's scripts call.
        events: numbers of the page's events.
        sent: requests so far.
    """

    server: Served
    functions: list[tuple[int, str]] = field(default_factory=list)
    events: list[int] = field(default_factory=list)
    sent: int = 0

    def __post_init__(self) -> None:
        config = self.server.ask("GET", "/config").json()
        for component in config["components"]:
            self.functions += [(component["id"], name) for name in component["props"].get("server_fns") or []]
        self.events = [event["id"] for event in config["dependencies"]]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """A request whose answer keeps the rules. Raises ``Broken``."""
        self.sent += 1
        answer = self.server.ask(method, path, body, **headers)
        if answer.status not in MEANT or any(word in answer.text for word in SECRETS):
            raise Broken(f"{method} {path} {str(body)[:2_000]}: {answer.status} {answer.text[:500]}")
        return answer

    def function(self, component: int, name: str, data: Any) -> Any:
        """The answer of a function of the page's scripts, None where the request was refused. Raises ``Broken``."""
        asked = {"component_id": component, "fn_name": name, "session_hash": "fuzzing", "data": data}
        answer = self.ask("POST", "/gradio_api/component_server", asked)
        if answer.status != 200:
            return None
        given = answer.json()
        if isinstance(given, dict) and str(given.get("error", "")).startswith(UNFORESEEN_SENTENCES):
            raise Broken(f"{name} {str(data)[:2_000]}: {given}")
        return given

    def own(self, function: str, /, **question: Any) -> Any:
        """The answer of one of the functions for own photos. Raises ``Broken``."""
        component = next(number for number, known in self.functions if known == function)
        return self.function(component, function, question)


Attack = Callable[[Trial, st.DataObject], None]


def try_api(trial: Trial, data: st.DataObject) -> None:
    """A call of one of the three functions for programs, or of none."""
    name = data.draw(st.sampled_from(["forget", "report", "catalog", "nothing"]))
    if data.draw(st.booleans()):
        path, body = f"/gradio_api/call/v2/{name}", data.draw(st.dictionaries(PARAMETERS, VALUES, max_size=6))
    else:
        path, body = f"/gradio_api/call/{name}", {"data": data.draw(VALUES)}
    answer = trial.ask("POST", path, body)
    if answer.status == 200:
        said = trial.ask("GET", f"/gradio_api/call/{name}/{answer.json()['event_id']}")
        if UNFORESEEN in said.text:
            raise Broken(f"{path} {str(body)[:2_000]}: {said.text[:500]}")


def try_event(trial: Trial, data: st.DataObject) -> None:
    """An event of the page. Its answer would come by a stream; only that it is taken or refused is checked."""
    event = data.draw(st.one_of(st.sampled_from(trial.events), VALUES))
    trial.ask(
        "POST", "/gradio_api/queue/join", {"fn_index": event, "data": data.draw(VALUES), "session_hash": "fuzzing"}
    )


def try_function(trial: Trial, data: st.DataObject) -> None:
    """A question to a function of the page's scripts, with names of fields that some of them have."""
    component, name = data.draw(st.sampled_from(trial.functions))
    question = data.draw(
        st.one_of(VALUES, st.dictionaries(FIELDS, st.one_of(KEYS, VALUES), max_size=7), TEXTS.map(json.dumps))
    )
    trial.function(component, name, question)


def try_body(trial: Trial, data: st.DataObject) -> None:
    """Random bytes of some kind at some address."""
    path = data.draw(
        st.sampled_from(
            ["/", "/config", "/gradio_api/queue/join", "/gradio_api/component_server", "/gradio_api/call/forget",
             "/gradio_api/upload", "/gradio_api/cancel", "/gradio_api/reset", "/login", "/healthz", "/%00", "/%2e%2e/x"]
        )
    )  # fmt: skip
    kind = data.draw(st.sampled_from(["application/json", "text/plain", "multipart/form-data; boundary=x", ""]))
    body = data.draw(st.one_of(st.binary(max_size=300), VALUES.map(lambda value: json.dumps(value).encode())))
    trial.ask(data.draw(st.sampled_from(["POST", "PUT", "DELETE", "PATCH", "GET"])), path, body, Content_Type=kind)


def try_upload(trial: Trial, data: st.DataObject) -> None:
    """Photos and zips, some of them damaged, in pieces; then reading, looks for faces, and confirmation."""
    key = "fuzzing-visitor"
    trial.own("own_start", key=key)
    for number in range(data.draw(st.integers(1, 3))):
        content = _spoilt(data.draw(st.sampled_from([*PHOTOS, *ZIPS])), data)
        count = data.draw(st.integers(1, 3))
        size = max(1, -(-len(content) // count))
        for place in data.draw(st.permutations(range(count))):
            piece = base64.b64encode(content[place * size : (place + 1) * size]).decode()
            trial.own(
                "own_send", key=key, file=number, name=data.draw(st.text(max_size=20)),
                person=data.draw(st.sampled_from(["", "Ada", "../Bo"])), place=place, count=count, content=piece,
            )  # fmt: skip
    answer = trial.own("own_read", key=key, cropped=data.draw(st.booleans()))
    for _ in range(min(5, (answer or {}).get("photos", 0) + 1)):
        trial.own("own_find_faces", key=key)
    choices = [{"number": number, "person": "Ada", "face": 0} for number in data.draw(st.lists(st.integers(0, 3)))]
    trial.own("own_confirm", key=key, choices=choices, only=data.draw(st.booleans()), consent=True)


def _spoilt(content: bytes, data: st.DataObject) -> bytes:
    """Content with a few bytes replaced, and perhaps with its end cut off."""
    changed = bytearray(content)
    for place, piece in data.draw(
        st.lists(st.tuples(st.integers(0, 10**6), st.binary(min_size=1, max_size=4)), max_size=3)
    ):
        if changed:
            at = place % len(changed)
            changed[at : at + len(piece)] = piece
    return bytes(changed[: len(changed) - data.draw(st.sampled_from([0, 0, 1, 30]))])


ATTACKS: dict[str, Attack] = {
    "api": try_api, "events": try_event, "functions": try_function, "bodies": try_body, "uploads": try_upload,
}  # fmt: skip


def attack(trial: Trial, name: str, examples: int, seed: int | None = None) -> None:
    """Send ``examples`` random requests of one kind. Raises ``Broken`` with the shortest request that breaks a rule.

    Args:
        seed: None takes the same requests each time.
    """
    one = ATTACKS[name]

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=seed is None,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    @given(st.data())
    def requests(data: st.DataObject) -> None:
        one(trial, data)

    if seed is not None:
        from hypothesis import seed as seeded

        requests = seeded(seed)(requests)
    requests()
    state = trial.ask("GET", "/healthz")
    if state.status != 200 or trial.server.call("forget", people=["p00"])[-1][0] != "complete":
        raise Broken(f"The page does not answer as before after {name}: {state.text}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Send requests of all kinds by turns until the time is over; returns the exit code, 1 where one broke a rule."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0, help="minutes in which new rounds start (default: 5)")
    parser.add_argument("--seed", type=int, default=0, help="of the first round (default: 0)")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help=f"requests of a round ({EXAMPLES})")
    options = parser.parse_args(arguments)
    until, seed, broken = time.monotonic() + 60 * options.minutes, options.seed, 0
    with serve(FakeService(pause=0.0, steps=2)) as server:
        trial = Trial(server)
        while time.monotonic() < until:
            for name in ATTACKS:
                try:
                    attack(trial, name, options.examples, seed)
                except Broken as error:
                    broken += 1
                    print(f"{name}, seed {seed}: {error}")
            seed += 1
    print(f"{trial.sent} requests, {seed - options.seed} rounds of {len(ATTACKS)} kinds: {broken} broke a rule")
    return 1 if broken else 0


if __name__ == "__main__":
    logging.disable()  # only the result is of interest here
    sys.exit(main())
