"""What a stranger finds who asks the running server: nothing but the page and its three functions."""

from __future__ import annotations

import asyncio
import base64
import gzip
import http.client
import importlib.metadata
import json
import sys
import time
from collections.abc import Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dlfd_core.ui.components.photo_drop import PIECE
from dlfd_core.ui.server.bodies import LARGEST_BODY, LARGEST_EVENT
from dlfd_core.ui.server.page_root import SCRIPT, with_own_root
from dlfd_core.ui.server.security import HEADERS, Guard
from tests.fakes import FakeService
from tests.ui.served import Answer, Served, serve

JOIN, WORK = "/gradio_api/queue/join", "/gradio_api/component_server"


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serve(FakeService(pause=0.2, steps=4)) as served:
        yield served


def leaks(text: str) -> list[str]:
    """Places of this machine in a text, and words of a traceback."""
    root = Path(__file__).resolve().parents[3]
    words = (str(root), str(Path.home()), sys.prefix, "site-packages", "Traceback", ".py")
    return [word for word in words if word and word != "/" and word in text]


def carries_headers(answer: Answer) -> bool:
    return {name: answer.headers.get(name.lower()) for name in HEADERS} == HEADERS


def test_whether_there_is_a_page_is_answered_without_making_it(server: Served) -> None:
    """gradio ends the start where this takes more than 3 s, which the page itself can take on a slow computer."""
    answer = server.ask("HEAD", "/")
    assert (answer.status, answer.text) == (200, "") and carries_headers(answer)
    assert answer.headers["content-type"].startswith("text/html")

    async def never(*arguments: Any) -> Any:
        raise AssertionError("the page was made")

    sent: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/", "method": "HEAD", "client": ("192.0.2.1", 1), "headers": []}
    with ThreadPoolExecutor(1) as aside:  # playwright keeps a loop in the thread of the tests once it has run
        aside.submit(asyncio.run, Guard(never)(scope, never, send)).result(20)
    assert [message.get("status") for message in sent] == [200, None]


@pytest.mark.parametrize("path", ["/", "/config", "/theme.css", "/gradio_api/info", "/gradio_api/openapi.json"])
def test_what_is_open_carries_the_headers_and_names_no_place_of_the_server(server: Served, path: str) -> None:
    answer = server.ask("GET", path)
    assert answer.status == 200 and carries_headers(answer)
    assert [word for word in leaks(answer.text) if word != ".py"] == []


def test_only_the_three_functions_are_described(server: Served) -> None:
    info = server.ask("GET", "/gradio_api/info").json()
    assert set(info["named_endpoints"]) == {"/catalog", "/forget", "/report"} and info["unnamed_endpoints"] == {}
    config = server.ask("GET", "/config").json()
    public = {event["api_name"] for event in config["dependencies"] if event["api_visibility"] == "public"}
    assert public == {"catalog", "forget", "report"}


@pytest.mark.parametrize(
    "path",
    [
        "/monitoring", "/monitoring/summary", "/monitoring/x", "/gradio_api/monitoring/summary",
        "/gradio_api/file=/etc/passwd", "/gradio_api/file=README.md", "/gradio_api/file=app.py",
        "/gradio_api/file=..%2f..%2fetc%2fpasswd", "/gradio_api/file%3D/etc/passwd", "/gradio_api/file/etc/passwd",
        "/gradio_api/file=http://127.0.0.1:1/", "/gradio_api/file=HTTPS://example.com/", "/gradio_api/proxy=http://x/",
        "/file=/etc/passwd", "/static/../../../../etc/passwd", "/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/svelte/../../app.py", "/docs", "/redoc", "/openapi.json", "/gradio_api/runs", "/gradio_api/dev/reload",
        "/gradio_api/run-history/buckets", "/gradio_api/vibe-code", "/gradio_api/profiling/traces",
        "/gradio_api/upload_progress?upload_id=x", "/gradio_api/deep_link?session_hash=x", "/gradio_api/nothing",
    ],
)  # fmt: skip
def test_what_is_shut_is_shut(server: Served, path: str) -> None:
    answer = server.ask("GET", path)
    assert answer.status in (403, 404) and carries_headers(answer)
    assert "root:" not in answer.text and len(answer.text) < 200 and leaks(answer.text) == []


@pytest.mark.parametrize(
    ("path", "body", "statuses"),
    [
        ("/gradio_api/upload", b"--x\r\n", {403}),
        ("/gradio_api/process_recording", b"x", {403}),
        ("/gradio_api/run/nothing", {"data": []}, {404}),
        ("/gradio_api/run/forget", {"data": []}, {404}),  # not past the queue
        ("/gradio_api/call/nothing", {"data": []}, {404}),
        ("/gradio_api/call/v2/nothing", {}, {404}),
        ("/gradio_api/call/v2/forget", {"people": ["p00"], "nothing": 1}, {400}),
        ("/gradio_api/call/v2/forget", {}, {400}),
        (JOIN, b"{", {422}),
        (JOIN, b"\xff\xfe", {400, 422}),
        (JOIN, {"data": []}, {400}),
        (JOIN, {"data": [], "fn_index": 99_999, "session_hash": "a"}, {404}),
        (JOIN, {"data": [], "fn_index": "x", "session_hash": "a"}, {422}),
        (JOIN, b"[" * 100_000, {400, 422}),
        ("/gradio_api/component_server", b"{", {400}),
        (
            "/gradio_api/component_server",
            {"data": [], "component_id": 99_999, "fn_name": "x", "session_hash": "a"},
            {404},
        ),
        (
            "/gradio_api/component_server",
            {"data": [], "component_id": 1, "fn_name": "__init__", "session_hash": "a"},
            {404},
        ),
    ],
)
def test_a_question_without_sense_is_answered_without_details(
    server: Served, path: str, body: object, statuses: set[int]
) -> None:
    answer = server.ask("POST", path, body)
    assert answer.status in statuses, answer.text
    assert carries_headers(answer) and leaks(answer.text) == []
    versions = [importlib.metadata.version(name) for name in ("gradio", "torch", "fastapi", "starlette", "pydantic")]
    assert [version for version in versions if version in answer.text] == []


@pytest.mark.parametrize("query", ["?run=%3Cscript%3Ezebra(1)%3C/script%3E", "?run=" + "A" * 5_000, "?run=x&run=%00"])
def test_a_link_is_not_repeated_in_the_page(server: Served, query: str) -> None:
    before = len(server.service.requests)
    answer = server.ask("GET", f"/{query}")
    assert answer.status == 200 and carries_headers(answer)
    assert "zebra" not in answer.text and "A" * 100 not in answer.text and leaks(answer.text) == []
    assert len(server.service.requests) == before


def test_an_error_nobody_foresaw_names_no_place(server: Served) -> None:
    kind, said = server.call("forget", people=["p00"], seed=666)[-1]
    assert kind == "error" and "Something went wrong" in said["error"]
    assert "/secret/place" not in json.dumps(said) and leaks(json.dumps(said)) == []


def test_large_questions_are_refused_before_they_are_read(server: Served) -> None:
    answer = server.ask("POST", "/gradio_api/call/forget", b"x" * (LARGEST_BODY + 1))
    assert answer.status == 413 and "200,000 bytes" in answer.text and carries_headers(answer)
    answer = server.ask("POST", JOIN, b"x" * (LARGEST_BODY + 1))  # an event may be larger, and this is malformed
    assert answer.status == 422
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    line.putrequest("POST", JOIN)
    line.putheader("Content-Type", "application/json")
    line.putheader("Content-Length", str(LARGEST_EVENT + 1))
    line.endheaders()  # and not one byte of it
    assert line.getresponse().status == 413
    line.close()


def test_a_piece_of_a_photo_is_not_too_large(server: Served) -> None:
    """Photos are sent in pieces as base64, with up to 4,000 bytes of JSON around each."""
    content = base64.b64encode(bytes(PIECE)).decode()
    for around, refused in ((4_000, False), (LARGEST_BODY, True)):
        answer = server.ask("POST", WORK, {"content": content, "around": "x" * around})
        assert (answer.status == 413) is refused


def test_a_question_that_does_not_say_how_large_it_is_is_cut_off(server: Served) -> None:
    pieces = (b"x" * 10_000 for _ in range(30))
    answer = server.ask("POST", "/gradio_api/call/forget", pieces)
    assert answer.status == 413 and carries_headers(answer)


def test_who_sends_a_refused_question_to_its_end_reads_why(server: Served) -> None:
    """More than the buffers of a connection hold: a line that is shut at once breaks while the question is sent."""
    for body in (b"x" * 20_000_000, (b"x" * 1_000_000 for _ in range(20))):
        answer = server.ask("POST", JOIN, body)
        assert answer.status == 413 and "may be sent here" in answer.text


def test_events_are_not_held_back(server: Served) -> None:
    """Progress arrives while the run goes on: with 4 steps of 0.2 s and a look every 0.5 s there are two times."""
    found = server.ask("POST", "/gradio_api/call/v2/forget", {"people": ["p00"], "control": True}).json()
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    line.request("GET", f"/gradio_api/call/forget/{found['event_id']}")
    answer = line.getresponse()
    assert answer.getheader("content-security-policy") == HEADERS["Content-Security-Policy"]
    times = [time.monotonic() for row in answer if row.startswith(b"event:")]
    line.close()
    assert len(times) >= 3 and times[-1] - times[0] > 0.8


def test_what_is_large_travels_packed_and_what_comes_bit_by_bit_does_not(server: Served) -> None:
    packed = {"Accept-Encoding": "gzip"}
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    line.request("GET", "/", headers=packed)
    answer = line.getresponse()
    body = answer.read()
    assert answer.getheader("content-encoding") == "gzip" and answer.getheader("x-content-type-options") == "nosniff"
    plain = server.ask("GET", "/")
    assert len(body) < 0.6 * len(plain.text) and "content-encoding" not in plain.headers
    assert "<html" in gzip.decompress(body).decode()
    found = server.ask("POST", "/gradio_api/call/v2/forget", {"people": ["p00"]}).json()
    line.request("GET", f"/gradio_api/call/forget/{found['event_id']}", headers=packed)
    assert line.getresponse().getheader("content-encoding") is None
    line.close()


def test_another_site_cannot_read_answers(server: Served) -> None:
    answer = server.ask("POST", JOIN, {}, Origin="https://evil.example")
    assert answer.headers.get("access-control-allow-origin") != "https://evil.example"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_the_page_takes_its_own_address_from_the_browser(server: Served) -> None:
    """A proxy may pass on another host than its visitors', and a path that the server does not know."""
    answer = server.ask("GET", "/", Host="127.0.0.1:7860")
    assert answer.text.count(SCRIPT.decode()) == 1
    before, after = answer.text.split(SCRIPT.decode())
    assert "window.gradio_config = {" in before and before.count("<body") == 0
    assert after.startswith("<script>window.gradio_api_info") and after.rstrip().endswith("</html>")
    assert with_own_root(b"<html></html>") == b"<html></html>"
