"""The page on a fake service at a free port, and plain questions to it over HTTP."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from dlfd_core.ui.launch import launch_page
from tests.fakes import FakeService


@dataclass(frozen=True)
class Answer:
    """Header names are lower case."""

    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Served:
    service: FakeService
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """``body`` goes as it is where it is bytes or an iterator of them, and else as JSON; ``x_y`` is a header."""
        if body is not None and not isinstance(body, bytes | Iterator):
            body = json.dumps(body).encode()
        named = {"Content-Type": "application/json"} | {name.replace("_", "-"): said for name, said in headers.items()}
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            line.request(method, path, body, named)
            answer = line.getresponse()
            text = answer.read().decode(errors="replace")
            return Answer(answer.status, {name.lower(): said for name, said in answer.getheaders()}, text)
        finally:
            line.close()

    def call(self, name: str, **arguments: Any) -> list[tuple[str, Any]]:
        """All events of a call of the API, as (event, data)."""
        event = self.ask("POST", f"/gradio_api/call/v2/{name}", arguments).json()["event_id"]
        blocks = self.ask("GET", f"/gradio_api/call/{name}/{event}").text.strip().split("\n\n")
        return [(kind[7:], json.loads(data[6:])) for kind, data in (block.split("\n", 1) for block in blocks)]


@contextmanager
def serve(service: FakeService, port: int | None = None) -> Iterator[Served]:
    """Args:
    port: None takes a free one.
    """
    if port is None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
    page, _ = launch_page(service, host="127.0.0.1", port=port, quiet=True)
    try:
        yield Served(service, port)
    finally:
        page.close(verbose=False)
