"""Limits of the server: kinds, bytes and seconds of bodies, connections, turns, and the runs of one network address."""

from __future__ import annotations

import asyncio
import json
import socket
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dlfd_core.ui.server import connections
from dlfd_core.ui.server.bodies import BODY_SECONDS, Bodies, Refused, Turns
from dlfd_core.ui.server.connections import BoundedConnection
from dlfd_core.ui.server.hosting import Hosting
from dlfd_core.ui.server.security import Guard
from tests.fakes import FakeService
from tests.ui.served import Served, serve

WORK, JOIN = "/gradio_api/component_server", "/gradio_api/queue/join"
Message = MutableMapping[str, Any]


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serve(FakeService(pause=0.1, steps=4)) as served:
        yield served


def head(path: str, kind: str, length: int, *more: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Type: {kind}", f"Content-Length: {length}", *more, "", ""]
    return "\r\n".join(lines).encode()


# ---- kinds ---------------------------------------------------------------------------------------------------------


def form(files: int, size: int) -> bytes:
    """A form with files, broken off before its end."""
    part = b'--x\r\nContent-Disposition: form-data; name="f%d"; filename="f%d"\r\n\r\n'
    return b"".join(part % (i, i) + bytes(size) + b"\r\n" for i in range(files))


@pytest.mark.parametrize("path", [WORK, JOIN, "/login", "/gradio_api/run/predict", "/gradio_api/cancel"])
def test_a_form_leaves_no_files(server: Served, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    body = form(20, 2_000)
    for ends in (False, True):
        content = body + (b"--x--\r\n" if ends else b"")
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
            length = len(content) + (0 if ends else 1_000)
            line.sendall(head(path, "multipart/form-data; boundary=x", length) + content)
            assert b" 415 " in line.recv(100)
    time.sleep(0.3)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "application/jsonx"])
def test_what_another_site_can_send_from_a_browser_is_refused(server: Served, kind: str) -> None:
    body = json.dumps({"data": [], "fn_index": 0, "session_hash": "a"}).encode()
    answer = server.ask("POST", JOIN, body, Content_Type=kind)
    assert answer.status == 415 and "Only JSON" in answer.text


def test_json_with_a_charset_is_json(server: Served) -> None:
    assert server.ask("POST", JOIN, b"{", Content_Type="Application/JSON; charset=utf-8").status == 422


# ---- bodies, without a server --------------------------------------------------------------------------------------


def run(work: Coroutine[Any, Any, None]) -> None:
    """``asyncio.run`` in a thread of its own: playwright keeps a loop in the thread of the tests once it has run."""
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, work).result(60)


async def read_all(scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[..., Any]) -> None:
    """An application that reads its request and answers."""
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})


class Request:
    """A request of its own to ``guard``; ``pieces`` are sent one by one by ``give``."""

    def __init__(self, guard: Guard, path: str = JOIN, client: str = "192.0.2.1", **headers: str):
        self.pieces: asyncio.Queue[Message] = asyncio.Queue()
        self.status = 0
        named = {"content-type": "application/json"} | headers
        scope = {
            "type": "http", "path": path, "method": "POST", "client": (client, 1),
            "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        }  # fmt: skip
        self.task = asyncio.create_task(guard(scope, self.pieces.get, self._sent))

    async def _sent(self, message: Message) -> None:
        self.status = message.get("status", self.status)

    async def give(self, size: int, *, last: bool = False) -> None:
        await self.pieces.put({"type": "http.request", "body": bytes(size), "more_body": not last})
        for _ in range(20):
            await asyncio.sleep(0)

    async def ended(self) -> int:
        await asyncio.wait_for(self.task, 20)
        return self.status


def test_a_body_has_to_arrive_in_time() -> None:
    async def slow() -> None:
        request = Request(Guard(read_all, bodies=Bodies(seconds=0.3)))
        for _ in range(5):
            await request.give(1)
            await asyncio.sleep(0.1)
        assert request.status == 408
        await request.give(1, last=True)
        assert await request.ended() == 408

    run(slow())
    assert 5 <= BODY_SECONDS <= 60


def test_all_open_bodies_together_are_bounded_and_their_room_is_free_again() -> None:
    async def many() -> None:
        bodies = Bodies(most=100)
        guard = Guard(read_all, bodies=bodies)
        first, second = Request(guard), Request(guard)
        await first.give(60)
        await second.give(60)
        assert second.status == 503
        await second.give(0, last=True)
        assert await second.ended() == 503 and bodies.held == 60
        await first.give(40, last=True)
        assert await first.ended() == 200 and bodies.held == 0
        third = Request(guard)
        await third.give(90, last=True)
        assert await third.ended() == 200

    run(many())


# ---- turns ---------------------------------------------------------------------------------------------------------


def test_one_address_cannot_take_all_turns() -> None:
    async def crowd() -> None:
        go_on = asyncio.Event()

        async def waits(scope: Message, receive: Any, send: Callable[..., Any]) -> None:
            await go_on.wait()
            await read_all(scope, receive, send)

        guard = Guard(waits, turns=Turns(most=4, each=2, seconds=0.3))
        crowd = [Request(guard, WORK, "192.0.2.1") for _ in range(9)]
        other = Request(guard, WORK, "192.0.2.2")
        for request in (*crowd, other):
            await request.give(1, last=True)
        await asyncio.sleep(0.6)
        assert guard.turns.taken.total() == 3
        go_on.set()
        assert await other.ended() == 200
        assert sorted([await request.ended() for request in crowd]) == [200] * 2 + [503] * 7
        assert guard.turns.taken.total() == 0

    run(crowd())


def test_a_turn_comes_when_another_ends() -> None:
    async def queue() -> None:
        turns = Turns(most=1, seconds=5)
        order = []

        async def work(name: str) -> None:
            async with turns.take(name):
                order.append(name)
                await asyncio.sleep(0.02)

        await asyncio.gather(*(work(str(i)) for i in range(5)))
        assert sorted(order) == list("01234")
        with pytest.raises(Refused):
            async with turns.take("a"), Turns(most=0, seconds=0.05).take("a"):
                pass
        assert turns.taken.total() == 0

    run(queue())


# ---- connections ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_connection_without_a_request_is_closed(server: Served, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedConnection, "head_seconds", 0.5)
    with socket.create_connection(("127.0.0.1", server.port), timeout=4) as line:  # uvicorn's own limit is 5 s
        line.sendall(sent)
        try:
            while line.recv(10_000):
                pass
        except ConnectionResetError:
            pass  # closed all the same; a time-out fails


def test_a_long_answer_is_not_cut(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedConnection, "head_seconds", 0.2)
    assert server.call("forget", people=["p00"])[-1][0] == "complete"


def test_one_address_may_have_so_many_connections(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "OPEN_EACH", 20)
    monkeypatch.setattr(connections, "OPEN_PER_VISITOR", 1)
    lines = [socket.create_connection(("127.0.0.1", server.port), timeout=5) for _ in range(60)]
    try:
        time.sleep(0.5)
        assert 10 <= sum(_is_open(line) for line in lines) <= 20
    finally:
        for line in lines:
            line.close()
    time.sleep(0.2)
    assert server.ask("GET", "/healthz").status == 200


def _is_open(line: socket.socket) -> bool:
    line.settimeout(0.02)
    try:
        return line.recv(1) != b""
    except TimeoutError:
        return True
    except OSError:
        return False


# ---- addresses -----------------------------------------------------------------------------------------------------


def sentences(server: Served, count: int, person: str = "p00", **headers: str) -> list[str]:
    """What so many runs from different sessions, all at once, end with; runs of another person are not cached."""
    said: list[str] = []

    def run(number: int) -> None:
        asked = {"data": [[person], "emotion", "dlfd", "quality", number, False, False, None, "", ""]}
        event = server.ask("POST", "/gradio_api/call/forget", asked, **headers).json()["event_id"]
        said.append(server.ask("GET", f"/gradio_api/call/forget/{event}", **headers).text)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return said


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A server whose addresses have one visitor each, with two runs at once."""
    monkeypatch.setenv("DLFD_VISITORS_PER_ADDRESS", "1")
    return lambda: serve(FakeService(pause=0.3, steps=5))


def test_one_address_has_the_runs_of_its_visitors(narrow: Callable[..., Any]) -> None:
    with narrow() as server:
        said = sentences(server, 5, X_Forwarded_For="203.0.113.9")  # which nobody declared
        refused = [text for text in said if "from your network" in text]
        assert len(refused) == 3 and "DLFD_VISITORS_PER_ADDRESS" in refused[0]
        assert sum("event: complete" in text for text in said) == 2


def test_a_school_behind_one_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLFD_VISITORS_PER_ADDRESS", "30")
    with serve(FakeService(pause=0.02, steps=3)) as server:
        assert not [text for text in sentences(server, 4) if "from your network" in text]


def test_behind_a_declared_proxy_its_header_tells_addresses_apart(
    narrow: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DLFD_PROXY", "1")
    with narrow() as server:
        said: list[str] = []

        def visitor(number: int) -> None:
            said.extend(sentences(server, 2, f"p0{number}", X_Forwarded_For=f"1.1.1.1, 10.0.0.{number}"))

        visitors = [threading.Thread(target=visitor, args=(number,)) for number in range(2)]
        for one in visitors:
            one.start()
        for one in visitors:
            one.join(30)
        assert len(said) == 4 and all("event: complete" in text for text in said)
        again = sentences(server, 4, "p02", X_Forwarded_For="8.8.8.8, 10.0.0.9")
        assert sum("from your network" in text for text in again) == 2


def test_who_the_page_says_it_is(server: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    lies = {"X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "https", "X_Gradio_Server": "http://evil.example"}
    for path in ("/", "/config"):
        answer = server.ask("GET", path, **lies)
        assert answer.status == 200 and "evil.example" not in answer.text
    monkeypatch.setenv("DLFD_PROXY", "1")
    with serve(FakeService()) as behind:
        root = behind.ask("GET", "/config", X_Forwarded_Host="demo.example", X_Forwarded_Proto="https").json()["root"]
        assert root == "https://demo.example"


@pytest.mark.parametrize(
    ("variables", "forwarded", "address"),
    [
        ({}, "", "192.0.2.1"),
        ({}, "203.0.113.1", "192.0.2.1"),
        ({"DLFD_PROXY": "1"}, "203.0.113.1", "203.0.113.1"),
        ({"DLFD_PROXY": "1"}, "6.6.6.6, 203.0.113.1", "203.0.113.1"),
        ({"DLFD_PROXY": "2"}, "6.6.6.6, 203.0.113.1, 10.0.0.1", "203.0.113.1"),
        ({"DLFD_PROXY": "2"}, "10.0.0.1", "192.0.2.1"),
        ({"DLFD_PROXY": "1"}, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ({"DLFD_PROXY": "1"}, "::ffff:203.0.113.1", "203.0.113.1"),
        ({"DLFD_PROXY": "1"}, "<script>", None),
        ({"SPACE_ID": "a/b"}, "203.0.113.1", None),
        ({"SPACE_ID": "a/b", "DLFD_PROXY": "1"}, "203.0.113.1", "203.0.113.1"),
    ],
)
def test_whose_address(variables: dict[str, str], forwarded: str, address: str | None) -> None:
    scope = {"client": ("192.0.2.1", 5), "headers": [(b"X-Forwarded-For", forwarded.encode()), (b"a", b"b")]}
    assert Hosting.from_environment(variables).arrange(scope) == address
    assert (b"a", b"b") in scope["headers"]


@pytest.mark.parametrize("value", ["yes", "-1", "1.5", "99999999", "٣٣٣٣٣٣"])
def test_a_setting_that_is_no_number(value: str) -> None:
    for name in ("DLFD_PROXY", "DLFD_VISITORS_PER_ADDRESS"):
        with pytest.raises(Exception, match=f"{name} is .*set it to a whole number"):
            Hosting.from_environment({name: value})


# ---- health --------------------------------------------------------------------------------------------------------


def test_health(server: Served) -> None:
    answer = server.ask("GET", "/healthz")
    state = answer.json()
    assert answer.status == 200 and set(state) == {"alive", "ready", "queue", "memory_mb"}
    assert state["alive"] is True and state["ready"] is True and state["queue"] == 0 and state["memory_mb"] > 50
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert server.ask("POST", "/healthz", {}).status == 200 and server.ask("GET", "/healthz/x").status == 404
