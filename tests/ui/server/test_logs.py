"""The log is bounded: outsiders cannot fill it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

import app
from dlfd_core.ui.server import logs
from tests.fakes import FakeService
from tests.ui.served import serve


@pytest.fixture
def handler() -> Iterator[Callable[[], logging.Handler]]:
    """Installs a handler as app.py does. No bound stays on the handlers that pytest uses for all tests."""
    installed: list[logging.Handler] = []

    def install() -> logging.Handler:
        installed.append(logging.StreamHandler())  # to the stream that a test captures
        logging.getLogger().addHandler(installed[0])
        return installed[0]

    yield install
    logging.getLogger().removeHandler(installed[0])
    for one in (one for name in ("", *logs.OTHERS) for one in logging.getLogger(name).handlers):
        one.filters = [each for each in one.filters if not isinstance(each, logs.Bounded)]


def test_so_many_messages_of_one_place_and_then_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("dlfd_core.ui.server.logs.time.monotonic", lambda: now[0])
    bounded = logs.Bounded(most=3, span=60)

    def written(line: int) -> str:
        record = logging.LogRecord("a", logging.ERROR, "file.py", line, "text", (), None)
        return record.getMessage() if bounded.filter(record) else ""

    assert [written(1) for _ in range(6)] == ["text", "text", f"text{logs.LEFT_OUT}", "", "", ""]
    assert written(2) == "text"
    now[0] += 61
    assert written(1) == "text"
    for line in range(3_000):
        bounded.filter(logging.LogRecord("a", logging.ERROR, "file.py", line, "text", (), None))
    assert len(bounded._places) <= logs.PLACES


def test_malformed_events_write_little_and_show_no_details(
    capfd: pytest.CaptureFixture[str], handler: Callable[[], logging.Handler]
) -> None:
    handler()
    with serve(FakeService()) as server:
        logs.bound_log()
        numbers = [one["id"] for one in server.ask("GET", "/config").json()["dependencies"]]
        for number in numbers:
            for data in (
                [],
                [1, 2, 3],
                [None] * 40,
                [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}],
            ):
                asked = {"data": data, "fn_index": number, "session_hash": "a"}
                assert server.ask("POST", "/gradio_api/queue/join", asked).status == 200
        said = server.ask("GET", "/gradio_api/queue/data?session_hash=a").text
        assert "Something went wrong" in said and "Traceback" not in said and "site-packages" not in said
    written = capfd.readouterr().err
    assert len(numbers) > 40 and 0 < written.count("Traceback") <= 2 * logs.MOST and len(written) < 100_000


def test_the_program_bounds_its_log(handler: Callable[[], logging.Handler], monkeypatch: pytest.MonkeyPatch) -> None:
    stream = handler()
    monkeypatch.setattr(app, "make_service", lambda limit: FakeService())
    monkeypatch.setattr("sys.argv", ["app.py"])
    monkeypatch.setattr(app, "launch_page", lambda service, host: (SimpleNamespace(block_thread=lambda: None), ""))
    monkeypatch.setattr(app, "warm_up", lambda service: None)
    app.main()
    assert any(isinstance(one, logs.Bounded) for one in stream.filters)


def test_a_page_in_another_program_leaves_its_log_alone(handler: Callable[[], logging.Handler]) -> None:
    stream = handler()
    with serve(FakeService()):
        assert stream.filters == []
