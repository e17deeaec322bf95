"""What many visitors at once, a stranger, a restart and a stopped process do to the running page."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from benchmarks.soak import served as in_own_process
from tests.fakes import FakeService
from tests.ui.served import Served, serve

CALL = "/gradio_api/call/forget"
#: Pages that are opened, and runs that are started, at once; both hold with three times as many, which takes longer.
OPENED, STARTED = 33, 66


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serve(FakeService(pause=0.05, steps=4)) as served:
        yield served


def arguments(seed: int, person: str = "p00") -> list[Any]:
    """The arguments of a run of its own."""
    return [[person], "emotion", "dlfd", "quality", seed, False, False, None, "", ""]


def begin(server: Served, seed: int, session: str = "visitor") -> str:
    """Start a run of a program; returns the number of its event."""
    answer = server.ask("POST", CALL, {"data": arguments(seed), "session_hash": session})
    assert answer.status == 200, answer.text
    return str(answer.json()["event_id"])


def end(server: Served, event: str) -> str:
    """The last message of a run."""
    return server.ask("GET", f"{CALL}/{event}").text.strip().split("\n\n")[-1]


def test_a_stranger_cannot_cancel_a_run(server: Served) -> None:
    """A cancel takes the session or the event of a run, and nobody else knows these."""
    function = next(
        one["id"] for one in server.ask("GET", "/config").json()["dependencies"] if one["api_name"] == "forget"
    )
    event = begin(server, 1)
    for session, wanted in (("stranger", "0" * 32), ("", event[:-1] + "x"), ("visito", ""), ("*", "*")):
        asked = {"session_hash": session, "fn_index": function, "event_id": wanted}
        assert server.ask("POST", "/gradio_api/cancel", asked).status in (200, 404)
    assert server.ask("POST", "/gradio_api/reset", {"event_id": "0" * 32}).status in (200, 404)
    assert end(server, event).startswith("event: complete")


def test_many_open_the_page_at_once(server: Served) -> None:
    with ThreadPoolExecutor(OPENED) as crowd:
        answers = list(crowd.map(lambda _: server.ask("GET", "/"), range(OPENED)))
    assert {answer.status for answer in answers} == {200} and len({len(answer.text) for answer in answers}) == 1
    assert server.ask("GET", "/healthz").json()["queue"] == 0


def test_many_runs_at_once_are_each_answered(server: Served) -> None:
    """By a report, by a sentence, or by a refusal; and the next visitor is served."""

    def ask(seed: int) -> str:
        try:
            answer = server.ask("POST", CALL, {"data": arguments(100 + seed), "session_hash": f"crowd-{seed}"})
            if answer.status != 200:
                return str(answer.status)
            text = end(server, answer.json()["event_id"])
            return text if text.startswith("event: complete") else f"refused {text}"
        except OSError:  # more connections than one address may have
            return "closed"

    with ThreadPoolExecutor(STARTED) as crowd:
        said = list(crowd.map(ask, range(STARTED)))
    finished = [text for text in said if text.startswith("event: complete")]
    rest = [text for text in said if text not in finished]
    assert 1 <= len(finished) <= 60 and all('"report"' in text for text in finished)
    assert all(text in ("503", "closed") or "from your network" in text or "busy" in text.lower() for text in rest), (
        rest
    )
    assert server.ask("GET", "/healthz").json()["queue"] == 0


def test_a_page_that_is_open_during_a_restart_goes_on() -> None:
    """The same session asks the new process."""
    with serve(FakeService(pause=0.0, steps=2)) as before:
        assert end(before, begin(before, 1, "open-page")).startswith("event: complete")
        port = before.port
    with serve(FakeService(pause=0.0, steps=2), port=port) as after:
        assert end(after, begin(after, 2, "open-page")).startswith("event: complete")
        gone = {"key": "open-page", "secret": "x" * 32}
        component = next(
            one["id"] for one in after.ask("GET", "/config").json()["components"]
            if "own_back" in (one["props"].get("server_fns") or [])
        )  # fmt: skip
        asked = {"component_id": component, "fn_name": "own_back", "session_hash": "open-page", "data": gone}
        assert after.ask("POST", "/gradio_api/component_server", asked).json()["here"] is False


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="this system cannot stop a process")
def test_a_process_that_was_stopped_for_a_while_goes_on(tmp_path: Path) -> None:
    with in_own_process(True, tmp_path) as (port, pid):
        server = Served(FakeService(), port)
        event = begin(server, 1)
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.append(end(server, event)))
        reader.start()
        os.kill(pid, signal.SIGSTOP)
        try:
            time.sleep(2)
            assert not said
        finally:
            os.kill(pid, signal.SIGCONT)
        reader.join(30)
        assert said and said[0].startswith("event: complete")
        assert server.ask("GET", "/healthz").json()["queue"] == 0
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
